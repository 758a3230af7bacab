"""Reads what a word count printed: strictly as the exercise asks, or with a tolerant eye."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = r"""[^\s"'(){}\[\],:=]"""
LINE = re.compile(rf"""({_WORD}[^\s"(){{}}\[\],:=]*+) == (\d++)""")  # an apostrophe may stand inside: o'er
# Possessive quantifiers never give back what they took: any line is read in one pass, however it is made.
_TOLERANT = re.compile(rf"""[\s"'({{\[]*+({_WORD}++)["']?+(?:\s*+(?:==|=|:|,|->)\s*+|\s++)(\d++)[\s)}}\],]*+""")
_PAIR = re.compile(rf"""["']({_WORD}++)["']\s*+[:,]\s*+(\d++)""")


@dataclass(frozen=True)
class Printed:
    """A word with a number, as printed on a line (counted from 1). ``exact`` lines have the asked form."""

    word: str
    count: int
    line: int
    exact: bool


@dataclass(frozen=True)
class Output:
    """All counts that were printed, and the other lines that are not empty, with their numbers."""

    counts: tuple[Printed, ...]
    others: tuple[tuple[int, str], ...]

    def totals(self) -> dict[str, int]:
        """The last number printed for each word."""
        return {printed.word: printed.count for printed in self.counts}


def read_output(stdout: bytes) -> Output:
    """Find the printed counts, whatever the form: ``the == 5``, ``the: 5``, ``('the', 5)``, a whole dictionary."""
    counts: list[Printed] = []
    others: list[tuple[int, str]] = []
    for number, raw in enumerate(stdout.decode("utf-8", "replace").splitlines(), start=1):
        line = raw.rstrip()
        exact = LINE.fullmatch(line)
        tolerant = exact or _TOLERANT.fullmatch(line)
        if tolerant is not None:
            counts.append(Printed(tolerant[1], _number(tolerant[2]), number, exact is not None))
            continue
        pairs = _PAIR.findall(line)
        counts += [Printed(word, _number(count), number, False) for word, count in pairs]
        if line and not pairs:
            others.append((number, line))
    return Output(tuple(counts), tuple(others))


def _number(digits: str) -> int:
    """The number, or -1 for one too long to be a count (and to be turned into a number cheaply)."""
    return int(digits) if len(digits) <= 15 else -1
