"""How the speed of a program depends on the chunk size of its map: which sizes to try, and what the runs tell."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from grader.model.speed import ChunkCurve, CurvePoint

NEAR_BEST = 0.85
"""Speeds above this share of the best are near it: single runs differ by about as much."""
STEP = 4
FEWEST_POINTS = 3


@dataclass(frozen=True)
class Round:
    """Runs made one after the other: wall seconds of the serial program, and of the program at each chunk size."""

    serial_s: float
    seconds: Mapping[int, float]


@dataclass(frozen=True)
class Swept:
    """What was swept: ``inputs`` in words, and what the program's own run told of its map call and pool."""

    inputs: str
    input_bytes: int
    items: int
    workers: int
    cores: float
    own: int


def sizes_to_try(items: int, workers: int) -> list[int]:
    """Chunk sizes from 1 up to all items in steps of four, those that tell most first.

    The extremes come first, then one chunk for every worker, then the middle.
    """
    per_worker = chunks_of(items, workers)
    steps = []
    size = STEP
    while size < per_worker:
        steps.append(size)
        size *= STEP
    middle_first = sorted(steps, key=lambda step: abs(step * step - per_worker))
    return [size for size in dict.fromkeys([1, items, per_worker, *middle_first]) if size > 0]


def chunks_of(items: int, chunksize: int) -> int:
    """How many chunks of this size the items make."""
    return -(-items // chunksize)


def curve_of(swept: Swept, rounds: Sequence[Round]) -> ChunkCurve | None:
    """The curve through all sizes that were measured, or None where they are too few to show anything."""
    points = _points(swept.items, rounds)
    if len(points) < FEWEST_POINTS:
        return None
    low, high = near_best(points)
    return ChunkCurve(
        inputs=swept.inputs,
        items=swept.items,
        input_bytes=swept.input_bytes,
        workers=swept.workers,
        cores=swept.cores,
        serial_s=tuple(one.serial_s for one in rounds),
        points=points,
        own=swept.own if any(point.chunksize == swept.own for point in points) else None,
        best_from=points[low].chunksize,
        best_to=points[high].chunksize,
        message_s=message_cost(points, swept.workers),
        sentence=sentence_of(points, (low, high), swept.own),
    )


def _points(items: int, rounds: Sequence[Round]) -> tuple[CurvePoint, ...]:
    points = []
    for size in sorted({size for one in rounds for size in one.seconds}):
        taken = [one for one in rounds if size in one.seconds]
        ratios = [one.serial_s / one.seconds[size] for one in taken]
        points.append(
            CurvePoint(
                chunksize=size,
                chunks=chunks_of(items, size),
                seconds=tuple(one.seconds[size] for one in taken),
                speedup=statistics.median(ratios),
                low=min(ratios),
                high=max(ratios),
            )
        )
    return tuple(points)


def near_best(points: Sequence[CurvePoint]) -> tuple[int, int]:
    """First and last place of the unbroken run of points around the best that are all near it."""
    best = max(range(len(points)), key=lambda place: points[place].speedup)
    near = NEAR_BEST * points[best].speedup
    first = last = best
    while first > 0 and points[first - 1].speedup >= near:
        first -= 1
    while last + 1 < len(points) and points[last + 1].speedup >= near:
        last += 1
    return first, last


def message_cost(points: Sequence[CurvePoint], workers: int) -> float | None:
    """Seconds of wall time that one more chunk costs: b in t(c) = a + b * items / c, never negative.

    b is the weighted median of the slopes between all pairs of points (Theil and Sen's estimate, with weights as in
    Jaeckel 1972: how far apart the two are), so that one disturbed run moves it little. Where workers go short of
    chunks, time is lost for another reason; such points are left out. None where fewer than three remain.
    """
    told = [(point.chunks, statistics.median(point.seconds)) for point in points if point.chunks >= workers]
    if len(told) < FEWEST_POINTS:
        return None
    slopes = [((b - a) / (m - n), abs(m - n)) for (n, a), (m, b) in combinations(told, 2) if m != n]
    return max(0.0, _weighted_median(slopes)) if slopes else None


def _weighted_median(values: Iterable[tuple[float, float]]) -> float:
    """The value at which half of the weight is reached; of pairs (value, weight), at least one."""
    ordered = sorted(values)
    half = sum(weight for _, weight in ordered) / 2
    reached = 0.0
    for value, weight in ordered:
        reached += weight
        if reached >= half:
            return value
    return ordered[-1][0]


def sentence_of(points: Sequence[CurvePoint], band: tuple[int, int], own: int) -> str:
    """What being outside the band of near-best sizes costs, in one plain sentence, and where the own size lies."""
    first, last = band
    inside = points[first : last + 1]
    parts = [_outside(points[:first]), _outside(points[last + 1 :])]
    outside = " and ".join(part for part in parts if part)
    best = f"{_range(inside)} makes it {_times(statistics.median(point.speedup for point in inside))} times as fast"
    mine = next((point for point in points if point.chunksize == own), None)
    yours = ""
    if mine is not None and mine not in inside and mine.chunksize not in _worst_sizes(points, band):
        yours = f" Yours, {own:,}, makes it {_times(mine.speedup)} times as fast."
    if not outside:
        return f"The chunk size hardly matters here: {best} as the serial program.{yours}"
    return f"Chunk size {outside}; {'anything ' if first != last else ''}{best}.{yours}"


def _worst_sizes(points: Sequence[CurvePoint], band: tuple[int, int]) -> set[int]:
    """The sizes that the sentence names: the slowest on either side of the band."""
    sides = (points[: band[0]], points[band[1] + 1 :])
    return {min(side, key=lambda point: point.speedup).chunksize for side in sides if side}


def _outside(points: Sequence[CurvePoint]) -> str:
    if not points:
        return ""
    worst = min(points, key=lambda point: point.speedup)
    return f"{worst.chunksize:,} makes it {_times(worst.speedup)} times as fast as the serial program"


def _range(points: Sequence[CurvePoint]) -> str:
    first, last = points[0].chunksize, points[-1].chunksize
    return f"{first:,}" if first == last else f"from {first:,} to {last:,}"


def _times(speedup: float) -> str:
    """One digit after the point: single runs tell no more."""
    return f"{speedup:.1f}"
