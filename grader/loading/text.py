"""What scripts and notebooks have in common: the program as text, and why a text cannot be one."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.model.submission import Fault, SourceLine, SubmissionKind

_EXERCISE = re.compile(r"^[ \t]*#[ \t]*exercise:[ \t]*([a-z][a-z0-9_]{0,39})[ \t]*$", re.MULTILINE)
_UNUSABLE = re.compile("[\0\ud800-\udfff]")
_KEPT_LINE = re.compile(r"^[ \t\f]*[^\s#]", re.MULTILINE)


@dataclass(frozen=True)
class Program:
    """What was found in the file: the fields mean the same as in a Submission."""

    program: bytes
    source: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    origin: tuple[SourceLine, ...] = ()
    notes: tuple[str, ...] = ()
    exercise_hint: str | None = None


class UnusableError(Exception):
    """Carries a Fault up to ``load``, where it becomes a value; it never leaves this package."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.headline)
        self.fault = fault


def universal_newlines(text: str) -> str:
    """The text with every line ending as Python counts lines: ``\\r\\n`` and ``\\r`` become ``\\n``."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def has_code(text: str) -> bool:
    """Whether any line holds more than white space and a comment."""
    return _KEPT_LINE.search(text) is not None


def exercise_comment(text: str) -> str | None:
    """The ID of the first ``# exercise: ID`` line."""
    found = _EXERCISE.search(universal_newlines(text))
    return found[1] if found else None


def unusable_character(text: str) -> tuple[int, str] | None:
    """The line and kind of the first character that no Python program can hold, if there is one."""
    found = _UNUSABLE.search(text)
    if found is None:
        return None
    what = "a NUL character" if found[0] == "\0" else "half a character (a lone surrogate)"
    return text.count("\n", 0, found.start()) + 1, what


def too_large(size: int, limit: int, kind: SubmissionKind) -> Fault:
    """The fault of a file over the limit, both in bytes."""
    hint = (
        "Clear the outputs of the notebook (Kernel > Restart and Clear Output), save it and hand it in again."
        if kind is SubmissionKind.NOTEBOOK
        else "Keep data out of the program: let it read the data from files."
    )
    return Fault(
        "file-too-large",
        f"The {kind.value} is too large: {math.ceil(size / 1e5) / 10} MB.",
        f"It may have at most {limit / 1e6:.0f} MB, so it was not run.",
        hint,
    )
