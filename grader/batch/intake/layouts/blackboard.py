"""Blackboard Learn's "Assignment File Download": flat files, with a text file about each attempt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from grader.batch.intake.layouts.base import Asked, Layout, Piece, Texts, text_of
from grader.batch.intake.names import key_of
from grader.batch.records import Student

# The first time that is found, since a student's own file may be called so, too.
_FILE = re.compile(r"^(?P<head>.+?_[^_]+?)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<receipt>\.txt))$")
_NAME = re.compile(r"^Name:[ \t]*(?P<name>.*?)[ \t]*\((?P<user>[^()\n]*)\)[ \t]*$", re.MULTILINE)
_NO_FILE = "the attempt has no file: only what was typed into the browser"


def pieces(names: Sequence[str], texts: Texts, _: Asked) -> Iterable[Piece]:
    """Files of all attempts; what a receipt says gives the student's name."""
    found = {path: match for path in names if (match := _FILE.match(path.rsplit("/", 1)[-1]))}
    students = _students(found, texts)
    for path, match in found.items():
        when = _when(match["when"])
        yield Piece(
            path,
            match["file"] or path.rsplit("/", 1)[-1],
            students[match["head"]],
            attempt=f"{path.rpartition('/')[0]}/{match['when']}",
            newer=(match["when"],),
            submitted_at=when,
            unusable=_NO_FILE if match["receipt"] else "",
        )


def _students(found: Mapping[str, re.Match[str]], texts: Texts) -> dict[str, Student]:
    """Who it is by what stands before the time: the title of the assignment and the account.

    Both may hold ``_``. Where the account ends is told by the receipt, which holds it, too; else it is the last part,
    and two who have that in common are called by all of it, so that nobody is taken for the other.
    """
    students: dict[str, Student] = {}
    for path, match in found.items():
        if match["receipt"] and match["head"] not in students and (told := _NAME.search(text_of(texts, path))):
            user = told["user"] if match["head"].endswith(f"_{told['user']}") else _last(match["head"])
            students[match["head"]] = _student(user, told["name"])
    others = {match["head"] for match in found.values()} - students.keys()
    often = Counter(map(_last, others))
    return students | {head: _student(_last(head), head if often[_last(head)] > 1 else "") for head in others}


def _student(user: str, name: str) -> Student:
    return Student(key_of(user), name, {"login": user})


def _last(head: str) -> str:
    return head.rpartition("_")[2]


def _when(stamp: str) -> datetime | None:
    """The stamp is in the server's time; it is taken for that of this machine."""
    try:
        return datetime.strptime(stamp, "%Y-%m-%d-%H-%M-%S").astimezone()
    except (ValueError, OverflowError, OSError):
        return None


LAYOUT = Layout("Blackboard", "Exercise 1_alovelace_attempt_2026-11-23-17-05-00_my_script.py", pieces)
