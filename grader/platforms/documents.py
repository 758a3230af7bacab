"""Texts and JSON as hosts can take them: no control characters, no lone surrogates, no number that is not finite."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.model.grade import Grade
from grader.platforms.seam import Failure, Order
from grader.report.quantity import points
from grader.report.visible import escape_hidden

FILES = Path(__file__).resolve().parent / "files"
"""Scripts and examples for each host, in a folder with its name."""

TELL_THE_TEACHER = (
    "This is no fault of your program, and nothing is decided about it. Hand it in again later, and tell your teacher "
    "if it happens again."
)


def as_json(data: Mapping[str, Any]) -> str:
    """A JSON document with a line break at its end; what is invisible in a text is shown as a sign.

    Raises:
        ValueError: A number is not finite.
    """
    return dumped(visible(data))


def dumped(data: Mapping[str, Any]) -> str:
    """A JSON document of data that is ``visible`` already."""
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def visible(value: Any) -> Any:
    """The same value with every text in it made visible."""
    match value:
        case str():
            return escape_hidden(value)
        case Mapping():
            return {key: visible(inner) for key, inner in value.items()}
        case list() | tuple():
            return [visible(inner) for inner in value]
        case _:
            return value


def in_words(failure: Failure) -> str:
    """What a student reads in place of a report: what is wrong, and the next step."""
    step = failure.hint if failure.by_student else TELL_THE_TEACHER
    detail = "" if failure.by_student or not failure.hint else f"\n\nFor the teacher: {failure.hint}"
    return "\n\n".join(part for part in (failure.message, step) if part) + detail


def in_points(grade: Grade) -> str:
    """The score of a grade that has one: "8.5 of 10 points"."""
    return "no points" if grade.score is None else f"{points(grade.score)} of {points(grade.max_score)} points"


def settings_text(order: Order, comment: str, *more: str) -> bytes:
    """A ``pargrade.toml`` for what was ordered, with further lines of the host."""
    lines = [
        f"# {comment}",
        f'exercise = "{order.exercise}"',
        f'file = "{order.script_name}" # which one to grade where several programs are handed in',
        *(['exercises = "exercises"'] if order.exercise_files else []),
        *more,
    ]
    return ("\n".join(lines) + "\n").encode()
