"""What a target is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from grader.model.mark import Mark


@dataclass(frozen=True)
class Feedback:
    """What a student may read of a grade: a few lines of plain text, the whole page, and the program's file name.

    There is no page where a person set the mark of what was never graded.
    """

    comment: str
    page: Callable[[], bytes] | None = None
    file_name: str = ""


def no_feedback(mark: Mark) -> Feedback | None:  # noqa: ARG001
    """Nothing to read for anybody."""
    return None


@dataclass(frozen=True)
class Job:
    """What shall go out.

    ``marks`` are of one exercise, except for ``csv`` and ``json``. ``sheet`` is the file downloaded from the other
    system and ``sheet_name`` what messages call it.
    """

    marks: tuple[Mark, ...]
    sheet: bytes | None = None
    sheet_name: str = ""
    feedback: Callable[[Mark], Feedback | None] = no_feedback
    grade_column: str | None = None
    """Which column takes the grade, by its title or number in the file, where the file leaves a choice."""
    comment_column: str | None = None
    """Which column takes the comment, where the header is in a language that is not known."""
    scale: bool = False
    """Convert points where the other system has another maximum; without it that is an error."""
    by_name: bool = False
    """Also find students by their whole name, where it occurs once on each side."""


@dataclass(frozen=True)
class LeftOut:
    """Somebody whose number is not in the result, and why."""

    student: str
    why: str
    kind: Literal["missing", "unsettled", "unplaced"] = "unplaced"
    """Nothing was handed in; there is no number that may go out; or there is one, and no place for it."""


@dataclass(frozen=True)
class Export:
    """The result: one file's ``content``, or the ``files`` of a folder or zip, made when they are written.

    ``written`` are the students whose number is in it, ``strangers`` the rows of the file that belong to nobody here.
    """

    content: bytes | None
    written: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    strangers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    files: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    zipped: bool = False
    """Whether ``files`` are to be packed into one zip."""
