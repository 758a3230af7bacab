"""Inputs changed in ways that must not, or must in a known way, change the result: no reference is needed to judge it.

Words of what is counted here are files whose contents can be put together in any order: each ends with its line.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from grader.model.speed import VariedRun

Totals = Mapping[str, int]
Outcome = Literal["right", "wrong", "failed", "stopped"]
EMPTY_FILES = 5
REPEATS = 2
SHOWN = 3


@dataclass(frozen=True)
class Variation:
    """Changed inputs. Every total has to be ``factor`` times that of the inputs as they were."""

    name: str
    what: str
    files: Mapping[str, bytes]
    factor: int = 1
    repeated: bool = False
    """The inputs are not changed at all: only chance can make a difference."""


def variations(files: Mapping[str, bytes], seed: int) -> tuple[Variation, ...]:
    """The inputs as they are, first, and all their variations."""
    rng = random.Random(seed)  # noqa: S311 - the same seed must give the same inputs
    again = [
        Variation(f"again {number}", "The same files once more.", files, repeated=True)
        for number in range(1, REPEATS + 1)
    ]
    return (
        Variation("as it is", f"{len(files)} files of about the same size.", files, repeated=True),
        *again,
        Variation("other order", "The same files in another order.", _shuffled(files, rng)),
        Variation("one huge file", "Half of all text in the first file, the rest in small ones.", _skewed(files)),
        Variation("empty files", f"{EMPTY_FILES} empty files among the others.", _with_empty_files(files)),
        Variation("doubled", "Every file holds its text twice.", {n: c + c for n, c in files.items()}, factor=2),
    )


def _shuffled(files: Mapping[str, bytes], rng: random.Random) -> dict[str, bytes]:
    """The same contents under each other's names, for programs that find their files by themselves."""
    contents = list(files.values())
    rng.shuffle(contents)
    return dict(zip(files, contents, strict=True))


def _skewed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    names = list(files)
    joined = names[: len(names) // 2 + 1]
    return {names[0]: b"".join(files[name] for name in joined)} | {n: files[n] for n in names[len(joined) :]}


def _with_empty_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The empty ones come before, between and after the others."""
    names = sorted(files)
    step = max(1, len(names) // EMPTY_FILES)
    added = {name.replace(".", "-empty.", 1): b"" for name in names[::step][:EMPTY_FILES]}
    return {**files, **added}


@dataclass(frozen=True)
class Tried:
    """What came of a variation: how the run ended, what it printed, and why it failed where it did."""

    variation: Variation
    ended: Literal["well", "failed", "stopped"]
    totals: Totals
    detail: str = ""


def judged(tried: list[Tried], right: Totals) -> tuple[VariedRun, ...]:
    """Each run compared with the first one, the first one with the right totals.

    Where runs on the same files differ among themselves, the result is left to chance: that is told as a race, and no
    other difference is called wrong.
    """
    first = tried[0]
    same = [one for one in tried if one.variation.repeated and one.ended == "well"]
    race = next((one for one in same if one.totals != first.totals), None) if first.ended == "well" else None
    return tuple(_judged(one, first, right, race) for one in tried)


def _judged(one: Tried, first: Tried, right: Totals, race: Tried | None) -> VariedRun:
    name, what = one.variation.name, one.variation.what
    if one.ended != "well":
        return VariedRun(name=name, what=what, outcome=one.ended, detail=one.detail)
    base = right if one is first or first.ended != "well" else first.totals
    expected = {word: count * one.variation.factor for word, count in base.items()}
    if race is not None and (one is race or one is first or one.totals != expected):
        return VariedRun(name=name, what=what, outcome="differs", detail=_race(first, race))
    if one.totals == expected and expected:
        return VariedRun(name=name, what=what, outcome="right")
    return VariedRun(name=name, what=what, outcome="wrong", detail=_difference(expected, one.totals))


def _race(first: Tried, other: Tried) -> str:
    words = _different(first.totals, other.totals)
    shown = _rows(words, first.totals, other.totals, "in one run", "in another")
    return f"A race: two runs on the same files gave different totals ({shown}). Something depends on who comes first."


def _difference(expected: Totals, found: Totals) -> str:
    words = _different(expected, found)
    if not words:
        return "Nothing was printed."
    return f"{_rows(words, expected, found, 'expected', 'printed')}."


def _different(left: Totals, right: Totals) -> list[str]:
    return sorted(word for word in {*left, *right} if left.get(word) != right.get(word))


def _rows(words: list[str], left: Totals, right: Totals, of_left: str, of_right: str) -> str:
    rows = [
        f"`{word[:40]}` {_number(left.get(word))} {of_left}, {_number(right.get(word))} {of_right}"
        for word in words[:SHOWN]
    ]
    more = f"; and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return "; ".join(rows) + more


def _number(count: int | None) -> str:
    return "not at all" if count is None else f"{count:,}"
