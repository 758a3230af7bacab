"""The list of attacks: which there are, where each is tried, and what is expected of it.

An attack is a comment ``# attacks: 24, 25`` with its numbers, anywhere in the tests. The programs in ``attacks``,
which are run in every sandbox with walls, begin with a header:

# attacks: 24, 25
# what: in one sentence
# limits: wall_s=3 processes=20       fields of ``Limits``; may be left out
# ends: timed-out | exited            how the run may end; without it, it ends by itself

A program prints a line for each attempt, with LEAK where something worked, and "done" when it tried all of them;
one that has to be stopped prints nothing of the kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from grader.model.run import Ended, Limits

TESTS = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).with_name("attacks")
PLANNED = range(1, 97)
"""The attacks that the design asks for; those from 97 on came later."""
_MARKER = re.compile(r"^\s*# attacks: (\d+(?:, \d+)*)$", re.MULTILINE)
_HEADER = re.compile(r"^# (\w+): (.+)$")
_KINDS = {field.name: type(field.default) for field in fields(Limits)}


@dataclass(frozen=True)
class Attack:
    """One program, with what its header says."""

    path: Path
    numbers: tuple[int, ...]
    what: str
    limits: dict[str, float]
    ends: tuple[Ended, ...]

    def __str__(self) -> str:
        return self.path.stem


def attack_programs() -> list[Attack]:
    """All programs that attack the sandbox they run in."""
    return [read_header(path) for path in sorted(FOLDER.glob("*.py")) if path.name != "target.py"]


def read_header(path: Path) -> Attack:
    """What the first lines of a program say.

    Raises:
        KeyError: A line is missing, or names what does not exist.
        ValueError: A number is none.
    """
    header: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        found = _HEADER.match(line)
        if found is None:
            break
        header[found[1]] = found[2]
    limits = dict(item.split("=") for item in header.get("limits", "").split())
    return Attack(
        path,
        _numbers(header["attacks"]),
        header["what"],
        {name: _KINDS[name](value) for name, value in limits.items()},
        tuple(Ended(word) for word in header.get("ends", Ended.EXITED).split(" | ")),
    )


@cache
def where_tried() -> dict[int, tuple[str, ...]]:
    """The files, relative to the tests, in which each attack is tried."""
    found: dict[int, list[str]] = {}
    for path in sorted(TESTS.rglob("*.py")):
        for number in _marked(path):
            found.setdefault(number, []).append(path.relative_to(TESTS).as_posix())
    return {number: tuple(dict.fromkeys(places)) for number, places in sorted(found.items())}


def _marked(path: Path) -> Iterator[int]:
    if path != Path(__file__).resolve():
        for found in _MARKER.finditer(path.read_text(encoding="utf-8", errors="replace")):
            yield from _numbers(found[1])


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(", "))
