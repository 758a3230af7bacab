"""What a gradebook keeps, as plain records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from grader.model.exercise import LateSpec


@dataclass(frozen=True)
class Work:
    """What was, or would be, graded. Equal digests and versions mean an equal grade."""

    student: str
    exercise: str
    source: str
    """Where the submission was found, for people."""
    source_sha256: str
    exercise_sha256: str
    grader_version: str
    submitted_at: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """One grade as it is kept. ``outcome`` is a grade's status, or ``errored`` with the reason in ``failure``."""

    work: Work
    outcome: str
    score: Decimal | None
    max_score: Decimal | None
    receipt: str | None
    graded_at: datetime
    seconds: float
    failure: str = ""


@dataclass(frozen=True)
class Adjustment:
    """Points of one check set by a person; ``points`` None is a comment without points."""

    id: int
    student: str
    exercise: str
    check_id: str
    points: Decimal | None
    why: str
    who: str
    at: datetime
    source_sha256: str | None = None
    """The digest of the submission that it was made for."""


@dataclass(frozen=True)
class Terms:
    """What holds for all submissions of one exercise. The ``seed`` is secret until all have handed in."""

    exercise: str
    seed: int
    max_score: Decimal
    due: datetime | None = None
    late: LateSpec | None = None


@dataclass(frozen=True)
class Found:
    """What was found of one student when the submissions were last looked through."""

    student: str
    exercise: str
    state: Literal["handed_in", "refused", "missing"]
    source: str = ""
    reason: str = ""
    """Why it was refused."""
    folder: str = ""
    """The student's own folder in the layout."""
    marked_late: bool = False
    earlier: tuple[str, ...] = ()
    """Other attempts, which are not graded."""


@dataclass(frozen=True)
class Event:
    """Something that happened to a student's grade."""

    at: datetime
    who: str
    student: str
    exercise: str
    what: str
    detail: str


@dataclass(frozen=True)
class Student:
    """Who: the key used in all tables, a name for people, and what other systems call them."""

    student: str
    name: str = ""
    identifiers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How far a batch is. ``ended_at`` is None while it runs, and for ever when it was killed."""

    id: int
    started_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    host: str
    pid: int
    total: int
    done: int
    failed: int
    running: tuple[str, ...]


def called(student: str, name: str) -> str:
    """``Ada Lovelace (moodle-1)``; the key alone where there is no other name."""
    return f"{name} ({student})" if name and name != student else student


def in_order(student: str) -> tuple[tuple[str | int, ...], str]:
    """What keys of students are sorted by, as people count: ``moodle-2`` comes before ``moodle-10``."""
    parts = re.split(r"([0-9]+)", student)
    return tuple(int(part) if at % 2 else part for at, part in enumerate(parts)), student
