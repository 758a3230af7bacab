"""What one student handed in, as the batch found it: who, which file, and how to read it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from grader.batch.records import Student


@dataclass(frozen=True)
class HandIn:
    """One submission to be graded.

    ``read`` gives the program and the Python files beside it by their names, each time anew, so that a thousand
    hand-ins need no more memory than one. ``sha256`` is the digest of just that.
    """

    student: Student
    file: str
    """The name of the program among what ``read`` gives: ``my_script.py``."""
    source: str
    """Where it was found, for people: ``class.zip: Ada Lovelace_1_assignsubmission_file/my_script.py``."""
    sha256: str
    read: Callable[[], Mapping[str, bytes]]
    submitted_at: datetime | None = None
    """When it was handed in, where the layout tells; with a zone."""
    late: bool = False
    """Whether the layout itself marks it as late."""
    folder: str = ""
    """The student's own folder in the layout, which some systems want back in a zip of feedback."""
    earlier: tuple[str, ...] = ()
    """Other attempts of the same student, which are not graded: where each was found."""


@dataclass(frozen=True)
class Refused:
    """Something that cannot be graded, and why; the others are graded all the same."""

    source: str
    reason: str
    student: Student | None = None


@dataclass(frozen=True)
class Intake:
    """All that was found. ``missing`` are students of the roster of whom there is nothing."""

    layout: str
    hand_ins: tuple[HandIn, ...]
    refused: tuple[Refused, ...] = ()
    missing: tuple[Student, ...] = ()
    notes: tuple[str, ...] = ()
    """What a person should know besides, such as a hand-in of somebody who is not in the roster."""
    has_roster: bool = False
    """Whether a roster told who is missing: then nobody else is."""
