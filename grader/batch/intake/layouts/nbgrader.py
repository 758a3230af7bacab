"""nbgrader: the tree of a course, ``submitted/STUDENT/ASSIGNMENT/``, and the inbound folder of its exchange."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from grader.batch.intake.layouts.base import Asked, Layout, Piece, Texts, text_of
from grader.batch.intake.names import key_of
from grader.batch.records import Student

_STEP = "submitted"
_STAMP = "timestamp.txt"
_INBOUND = re.compile(
    r"^(?P<student>[^+]+)\+(?P<assignment>[^+]+)\+(?P<when>\d{4}-\d\d-\d\d[^+]*)(?:\+(?P<random>[^+]+))?$"
)
_FORMS = ("%Y-%m-%d %H:%M:%S.%f %Z", "%Y-%m-%d %H:%M:%S %Z", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S")


def submitted_pieces(names: Sequence[str], texts: Texts, asked: Asked) -> Iterable[Piece]:
    """Files of a course's tree. Of several assignments that of the exercise is taken."""
    known = set(names)
    found = [(path, parts, parts.index(_STEP)) for path in names if _STEP in (parts := path.split("/"))[:-3]]
    assignments = {parts[at + 2] for _, parts, at in found}
    for path, parts, at in found:
        student, assignment, *inner = parts[at + 1 :]
        above = "/".join(parts[: at + 3])
        stamp = f"{above}/{_STAMP}"
        when = _when(text_of(texts, stamp)) if stamp in known else None
        yield Piece(
            path,
            "/".join(inner),
            _student(student),
            attempt=above,
            newer=("" if when is None else when.isoformat(),),
            submitted_at=when,
            folder=f"{student}/{assignment}",
            unusable=_unclear(assignments, asked),
            passed_over=inner == [_STAMP] or _is_another(assignment, assignments, asked),
        )


def inbound_pieces(names: Sequence[str], _: Texts, asked: Asked) -> Iterable[Piece]:
    """Files of the exchange's inbound folder: one folder per attempt."""
    found = [
        (path, parts, at, match)
        for path in names
        for parts in [path.split("/")]
        for at, match in [_attempt(parts)]
        if match is not None
    ]
    assignments = {match["assignment"] for *_, match in found}
    for path, parts, at, match in found:
        when = _when(match["when"])
        yield Piece(
            path,
            "/".join(parts[at + 1 :]),
            _student(match["student"]),
            attempt="/".join(parts[: at + 1]),
            newer=("" if when is None else when.isoformat(), match[0]),
            submitted_at=when,
            folder=match[0],
            unusable=_unclear(assignments, asked),
            passed_over=parts[-1] == _STAMP or _is_another(match["assignment"], assignments, asked),
        )


def _attempt(parts: Sequence[str]) -> tuple[int, re.Match[str] | None]:
    for at, part in enumerate(parts[:-1]):
        if match := _INBOUND.match(part):
            return at, match
    return 0, None


def _student(login: str) -> Student:
    return Student(key_of(login), "", {"login": login})


def _is_another(assignment: str, assignments: set[str], asked: Asked) -> bool:
    """Whether the exercise's own assignment is there, and this is not it."""
    wanted = _folded(asked.assignment)
    return wanted in map(_folded, assignments) and _folded(assignment) != wanted


def _unclear(assignments: set[str], asked: Asked) -> str:
    if len(assignments) == 1 or _folded(asked.assignment) in map(_folded, assignments):
        return ""
    return f"there are several assignments here, and none is called {asked.assignment or 'like the exercise'}"


def _folded(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())


def _when(text: str) -> datetime | None:
    """``2026-11-23 17:05:00.123456 UTC``: without a zone it is UTC."""
    words = text.strip()
    for form in _FORMS:
        try:
            return datetime.strptime(words, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    try:
        when = datetime.fromisoformat(words)
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


SUBMITTED = Layout("nbgrader", "submitted/alovelace/exercise_1/my_script.ipynb", submitted_pieces)
INBOUND = Layout(
    "nbgrader exchange", "alovelace+exercise_1+2026-11-23 17:05:00.000000 UTC+h3x/my_script.ipynb", inbound_pieces
)
