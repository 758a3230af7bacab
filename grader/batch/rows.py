"""Records of a gradebook to and from rows of its tables."""

from __future__ import annotations

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping

from grader.batch.records import Adjustment, Entry, Event, Found, Progress, Student, Terms, Work
from grader.model.exercise import LateSpec

DAMAGED = (ValueError, TypeError, AttributeError, ArithmeticError, LookupError)
"""What reading a row raises that no gradebook has written."""


def grade_values(entry: Entry) -> dict[str, Any]:
    """What is written of a grade, as the current one."""
    work = entry.work
    return {
        "student": work.student,
        "exercise": work.exercise,
        "current": True,
        "source": as_text(work.source),
        "source_sha256": work.source_sha256,
        "exercise_sha256": work.exercise_sha256,
        "grader_version": work.grader_version,
        "submitted_at": work.submitted_at,
        "graded_at": entry.graded_at,
        "seconds": entry.seconds,
        "outcome": entry.outcome,
        "score": entry.score,
        "max_score": entry.max_score,
        "receipt": entry.receipt,
        "failure": as_text(entry.failure),
    }


def found_values(found: Found) -> dict[str, Any]:
    """What is written of what was found."""
    told = {name: as_text(getattr(found, name)) for name in ("source", "reason", "folder")}
    return asdict(found) | told | {"earlier": [as_text(other) for other in found.earlier]}


def as_text(text: str) -> str:
    """Text as any database takes it: bytes of a name that are no UTF-8, and zeros, are written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def student_in(row: RowMapping) -> Student:
    """Who it is."""
    identifiers = {_text(kind): _text(value) for kind, value in row["identifiers"].items()}
    return Student(row["student"], _text(row["name"]), identifiers)


def entry_in(row: RowMapping) -> Entry:
    """A grade, with its receipt where that was asked for."""
    work = Work(
        row["student"],
        row["exercise"],
        row["source"],
        row["source_sha256"],
        row["exercise_sha256"],
        row["grader_version"],
        row["submitted_at"],
    )
    return Entry(
        work,
        row["outcome"],
        _points(row["score"]),
        _points(row["max_score"]),
        row.get("receipt"),
        row["graded_at"],
        row["seconds"],
        row["failure"],
    )


def found_in(row: RowMapping) -> Found:
    """As it was kept."""
    return Found(**{**row, "earlier": tuple(row["earlier"])})


def terms_in(row: RowMapping) -> Terms:
    """As they were kept."""
    late = row["late"]
    return Terms(
        row["exercise"],
        row["seed"],
        row["max_score"],
        row["due"],
        None if late is None else LateSpec.model_validate(late),
    )


def adjustment_in(row: RowMapping) -> Adjustment:
    """As it was kept."""
    return Adjustment(
        row["id"],
        row["student"],
        row["exercise"],
        row["check_id"],
        row["points"],
        row["why"],
        row["who"],
        row["at"],
        row["source_sha256"],
    )


def event_in(row: RowMapping) -> Event:
    """As it was kept."""
    return Event(row["at"], row["who"], row["student"], row["exercise"], row["what"], row["detail"])


def progress_in(row: RowMapping) -> Progress:
    """How far a batch was when it last told."""
    running = row["running"]
    return Progress(
        row["id"],
        row["started_at"],
        row["updated_at"],
        row["ended_at"],
        row["host"],
        row["pid"],
        row["total"],
        row["done"],
        row["failed"],
        tuple(json.loads(running) if isinstance(running, str) else running),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _points(value: Decimal | None) -> Decimal | None:
    if value is not None and not value.is_finite():
        raise ValueError(f"{value} is no number of points")
    return value
