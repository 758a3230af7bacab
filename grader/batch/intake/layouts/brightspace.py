"""Brightspace (D2L): a folder per attempt, with two numbers, the student's name and the time in its name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from grader.batch.intake.layouts.base import Asked, Layout, Piece, Texts
from grader.batch.intake.names import key_of
from grader.batch.records import Student

_FOLDER = re.compile(
    r"^(?P<first>\d+)-(?P<second>\d+) - (?P<name>.+?) - (?P<when>[A-Z][a-z]+ \d{1,2}, \d{4} \d{3,4} [AP]M)$"
)


def pieces(names: Sequence[str], _: Texts, __: Asked) -> Iterable[Piece]:
    """Files in the folders of all attempts."""
    found = [(path, match, inner) for path in names for match, inner in [_folder(path)] if match]
    numbers = _numbers({match[0]: match for _, match, _ in found})
    for path, match, inner in found:
        number = numbers[match[0]]
        when = _when(match["when"])
        identifiers = {"brightspace_id": number} if number.isdigit() else {}
        yield Piece(
            path,
            inner,
            Student(key_of(f"brightspace-{number}"), match["name"], identifiers),
            attempt=f"{path.removesuffix(inner)}",
            newer=("" if when is None else when.astimezone(UTC).isoformat(), match[0]),
            submitted_at=when,
            folder=match[0],
        )


def _folder(path: str) -> tuple[re.Match[str] | None, str]:
    parts = path.split("/")
    for index, part in enumerate(parts[:-1]):
        if found := _FOLDER.match(part):
            return found, "/".join(parts[index + 1 :])
    return None, ""


def _numbers(folders: Mapping[str, re.Match[str]]) -> dict[str, str]:
    """For each folder what tells its student from the others.

    One of the numbers is the student's and one the assignment's, and the maker does not document which. So it is the
    one that belongs to fewer names more than one, if any to two at all: one student may have been renamed. Of two such
    the one that joins more attempts; where neither is such, both numbers together with the name. Where all have one
    name, the one that joins fewer: they might be namesakes.
    """
    names: dict[str, dict[str, set[str]]] = {"first": defaultdict(set), "second": defaultdict(set)}
    for which, called in names.items():
        for found in folders.values():
            called[found[which]].add(found["name"])
    doubles = {which: sum(len(people) - 1 for people in called.values()) for which, called in names.items()}
    usable = [which for which in names if doubles[which] == min(doubles.values())]
    if all(doubles.values()) and len(usable) > 1:
        return {folder: f"{found['first']}-{found['second']}-{found['name']}" for folder, found in folders.items()}
    pick = max if len({found["name"] for found in folders.values()}) == 1 else min
    best = pick(usable, key=lambda which: len(names[which]))
    return {folder: found[best] for folder, found in folders.items()}


def _when(text: str) -> datetime | None:
    """The time is in the server's zone; it is taken for that of this machine. ``805 AM`` is five past eight."""
    day, clock, half = text.rsplit(" ", 2)
    for form in ("%b %d, %Y %I%M %p", "%B %d, %Y %I%M %p"):
        try:
            return datetime.strptime(f"{day} {clock.zfill(4)} {half}", form).astimezone()
        except (ValueError, OverflowError, OSError):
            continue
    return None


LAYOUT = Layout("Brightspace", "4711-98765 - Ada Lovelace - Nov 23, 2026 505 PM/my_script.py", pieces)
