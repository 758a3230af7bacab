"""Blackboard Learn's "Assignment File Download": flat files, with a text file about each attempt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from grader.batch.gradebook import Student
from grader.batch.intake.layouts.base import Asked, Layout, Piece, Texts, text_of
from grader.batch.intake.names import key_of

_FILE = re.compile(
    r"^(?P<assignment>.+)_(?P<user>[^_]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<receipt>\.txt))$"
)
_NAME = re.compile(r"^Name:[ \t]*(?P<name>.*?)[ \t]*\([^()\n]*\)[ \t]*$", re.MULTILINE)
_NO_FILE = "the attempt has no file: only what was typed into the browser"


def pieces(names: Sequence[str], texts: Texts, _: Asked) -> Iterable[Piece]:
    """Files of all attempts; what a receipt says gives the student's name."""
    found = {path: match for path in names if (match := _FILE.match(path.rsplit("/", 1)[-1]))}
    called: dict[str, str] = {}
    for path, match in found.items():
        if match["receipt"] and (name := _NAME.search(text_of(texts, path))):
            called.setdefault(match["user"], name["name"])
    for path, match in found.items():
        user, when = match["user"], _when(match["when"])
        yield Piece(
            path,
            match["file"] or path.rsplit("/", 1)[-1],
            Student(key_of(user), called.get(user, ""), {"login": user}),
            attempt=f"{path.rpartition('/')[0]}/{match['when']}",
            newer=(match["when"],),
            submitted_at=when,
            unusable=_NO_FILE if match["receipt"] else "",
        )


def _when(stamp: str) -> datetime | None:
    """The stamp is in the server's time; it is taken for that of this machine."""
    try:
        return datetime.strptime(stamp, "%Y-%m-%d-%H-%M-%S").astimezone()
    except (ValueError, OverflowError, OSError):
        return None


LAYOUT = Layout("Blackboard", "Exercise 1_alovelace_attempt_2026-11-23-17-05-00_my_script.py", pieces)
