"""Pairs of programs with much in common, by winnowed fingerprints of their tokens. Never a verdict: a person looks.

The method is that of S. Schleimer, D. Wilkerson and A. Aiken, "Winnowing: Local Algorithms for Document
Fingerprinting" (SIGMOD 2003). A fingerprint is the hash of ``GRAM`` tokens in a row, and of each ``WINDOW``
neighbouring ones the smallest is kept. So a run of ``GRAM + WINDOW - 1`` tokens that two programs share always leaves
one in common, and nothing shorter than ``GRAM`` tokens does. The student's own names, and the content of strings and
numbers, do not count. Left out is what stands in the starter code, and what many of the class have.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations

from grader.batch.tokens import Kind, Token, tokens

GRAM = 12
WINDOW = 6
MIN_COMMON = 8
"""Fewer fingerprints in common, some 40 tokens, are chance."""
COMMON_SHARE = 0.25
MOST_WITH_ONE = 150
"""A fingerprint that more than a quarter of a class have, or more than this many, tells nothing of a pair."""
_FEWEST = 3
_MAX_PLACES = 4
MOST_FRAGMENTS = 100
"""Of a pair. Programs cut into thousands of pieces and put together in another order would take hours to compare."""


@dataclass(frozen=True)
class Lines:
    """Lines of a program, both counted from 1 and both included."""

    first: int
    last: int


@dataclass(frozen=True)
class Fragment:
    """Lines of two programs that are alike."""

    left: Lines
    right: Lines


@dataclass(frozen=True)
class SimilarPair:
    """Two students whose programs have much in common.

    ``share`` is the part of the fingerprints of the program with fewer of them that the other has, too, from 0 to 1,
    and ``common`` their number. ``fragments`` are the longest ones, in the order of the left program.
    """

    left: str
    right: str
    share: float
    common: int
    fragments: tuple[Fragment, ...]


def similar_pairs(
    sources: Iterable[tuple[str, str]], starters: Iterable[str] = (), *, min_share: float = 0.5, most: int = 200
) -> tuple[SimilarPair, ...]:
    """The pairs with the largest shares, at most ``most`` and none below ``min_share``.

    ``sources`` are students with the text of their program, which need not be Python that runs; ``starters`` texts that
    everybody was given. The time grows with the pairs that have something rare in common, not with all pairs.
    """
    given = {gram for text in starters for gram in _grams(_codes(tokens(text)))}
    prints = {student: _Print.of(tokens(text), given) for student, text in sources}
    _leave_out_common(prints)
    ranked = sorted(
        (
            (-common / min(len(prints[left].places), len(prints[right].places)), -common, left, right)
            for (left, right), common in _in_common(prints).items()
            if common >= MIN_COMMON
        ),
    )
    return tuple(
        SimilarPair(left, right, -share, -common, _fragments(prints[left], prints[right]))
        for share, common, left, right in ranked[:most]
        if -share >= min_share
    )


@dataclass
class _Print:
    """A program's fingerprints with the places where they begin, and the line of each token."""

    places: dict[int, list[int]]
    lines: Sequence[int]

    @classmethod
    def of(cls, found: Sequence[Token], given: Set[int]) -> _Print:
        counted = [token for token in found if token.kind is not Kind.LAYOUT]
        grams = _grams(_codes(counted))
        places: dict[int, list[int]] = defaultdict(list)
        for place in _winnowed(grams):
            if grams[place] not in given and len(places[grams[place]]) < _MAX_PLACES:
                places[grams[place]].append(place)
        return cls({gram: at for gram, at in places.items() if at}, [token.line for token in counted])


def _codes(found: Sequence[Token]) -> list[int]:
    """A number for what each token is; changes of lines and indentation do not count."""
    return [
        zlib.crc32((token.text if token.kind is Kind.WORD else token.kind.value).encode("utf-8", "replace"))
        for token in found
        if token.kind is not Kind.LAYOUT
    ]


def _grams(codes: Sequence[int]) -> list[int]:
    """The hash of every run of tokens. Hashes of tuples of integers are the same in every process."""
    return [hash(tuple(codes[at : at + GRAM])) for at in range(len(codes) - GRAM + 1)]


def _winnowed(grams: Sequence[int]) -> list[int]:
    """The places of the smallest hash of each window, the rightmost of equal ones."""
    if not grams:
        return []
    chosen: list[int] = []
    best = -1
    for end in range(min(WINDOW, len(grams)), len(grams) + 1):
        start = max(0, end - WINDOW)
        if best < start:
            best = min(range(end - 1, start - 1, -1), key=grams.__getitem__)
        elif grams[end - 1] <= grams[best]:
            best = end - 1
        if not chosen or chosen[-1] != best:
            chosen.append(best)
    return chosen


def _leave_out_common(prints: Mapping[str, _Print]) -> None:
    owners = Counter(gram for one in prints.values() for gram in one.places)
    limit = max(_FEWEST, min(MOST_WITH_ONE, int(len(prints) * COMMON_SHARE)))
    for one in prints.values():
        one.places = {gram: at for gram, at in one.places.items() if owners[gram] <= limit}


def _in_common(prints: Mapping[str, _Print]) -> Counter[tuple[str, str]]:
    """How many fingerprints each pair shares, by way of who has each fingerprint."""
    owners: dict[int, list[str]] = defaultdict(list)
    for student in sorted(prints):
        for gram in prints[student].places:
            owners[gram].append(student)
    found: Counter[tuple[str, str]] = Counter()
    for students in owners.values():
        found.update(combinations(students, 2))
    return found


def _fragments(left: _Print, right: _Print) -> tuple[Fragment, ...]:
    """Fingerprints in common that follow each other on both sides make one fragment; the longest come first."""
    places = sorted(
        (right_at - left_at, left_at)
        for gram in left.places.keys() & right.places.keys()
        for left_at in left.places[gram]
        for right_at in right.places[gram]
    )
    runs: list[tuple[int, int, int]] = []  # the shift from left to right, the first token, the one behind the last
    for shift, at in places:
        if runs and runs[-1][0] == shift and at <= runs[-1][2]:
            runs[-1] = (shift, runs[-1][1], at + GRAM)
        else:
            runs.append((shift, at, at + GRAM))
    kept: list[tuple[int, int, int]] = []
    for run in sorted(runs, key=lambda run: (run[1] - run[2], run)):
        if len(kept) < MOST_FRAGMENTS and not any(_overlap(run, other) for other in kept):
            kept.append(run)
    kept.sort(key=lambda run: run[1])
    return tuple(
        Fragment(_lines(left, start, end), _lines(right, start + shift, end + shift)) for shift, start, end in kept
    )


def _overlap(run: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    (shift, start, end), (its_shift, its_start, its_end) = run, other
    return (start < its_end and its_start < end) or (
        start + shift < its_end + its_shift and its_start + its_shift < end + shift
    )


def _lines(one: _Print, start: int, end: int) -> Lines:
    return Lines(one.lines[start], one.lines[end - 1])
