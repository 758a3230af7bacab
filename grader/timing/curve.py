"""How the speed of a program depends on the chunk size of its map: which sizes to try, and what the runs tell."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from grader.model.speed import ChunkCurve, CurvePoint, is_too_disturbed

NEAR_BEST = 0.85
"""Speeds above this share of the best are near it: single runs differ by about as much."""
STEP = 4
FEWEST_POINTS = 3
DISTURBED_CORES = 0.2
"""Above this many cores used by others, the figures are called rough."""


@dataclass(frozen=True)
class Round:
    """Runs made one after the other: wall seconds of the serial program, and of the program at each chunk size.

    The serial program runs before and after the others, and the faster of its two runs counts.
    """

    serial_s: float
    seconds: Mapping[int, float]
    others_cores: tuple[float, ...] = ()
    """Cores that other programs kept busy during each run."""


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

    That are one item, one chunk for every worker and all in one chunk; then come those in the middle.
    """
    per_worker = chunks_of(items, workers)
    steps = []
    size = STEP
    while size < per_worker:
        steps.append(size)
        size *= STEP
    middle_first = sorted(steps, key=lambda step: abs(math.log(step * step / per_worker)))
    return list(dict.fromkeys([1, per_worker, items, *middle_first]))


def chunks_of(items: int, chunksize: int) -> int:
    """How many chunks of this size the items make."""
    return -(-items // chunksize)


def curve_of(swept: Swept, rounds: Sequence[Round]) -> ChunkCurve | None:
    """The curve through all sizes that were measured, or None where they are too few to show anything."""
    points = _points(swept.items, rounds)
    if len(points) < FEWEST_POINTS:
        return None
    low, high = near_best(points)
    others_cores = median_others(rounds)
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
        sentence=_with_others(sentence_of(points, (low, high), swept.own), others_cores, swept.cores),
        others_cores=others_cores,
    )


def median_others(rounds: Sequence[Round], more: Sequence[float] = ()) -> float | None:
    """Cores that other programs kept busy during the runs, and ``more`` of them: the median, None where unknown."""
    told = [*more, *(cores for one in rounds for cores in one.others_cores)]
    return statistics.median(told) if told else None


def _points(items: int, rounds: Sequence[Round]) -> tuple[CurvePoint, ...]:
    points = []
    serial_s = min((one.serial_s for one in rounds), default=0.0)
    for size in sorted({size for one in rounds for size in one.seconds}):
        taken = [one for one in rounds if size in one.seconds]
        speedup = serial_s / min(one.seconds[size] for one in taken)
        ratios = [speedup, *(one.serial_s / one.seconds[size] for one in taken)]
        points.append(
            CurvePoint(
                chunksize=size,
                chunks=chunks_of(items, size),
                seconds=tuple(one.seconds[size] for one in taken),
                speedup=speedup,
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
    told = [(point.chunks, min(point.seconds)) for point in points if point.chunks >= workers]
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
    speed = f"{statistics.median(point.speedup for point in inside):.1f} times as fast"
    worst = [min(side, key=lambda point: point.speedup) for side in (points[:first], points[last + 1 :]) if side]
    mine = next((point for point in points if point.chunksize == own), None)
    yours = ""
    if mine is not None and mine not in inside and mine not in worst:
        yours = f" Yours, {own:,}, makes it {mine.speedup:.1f} times as fast."
    if not worst:
        return f"The chunk size hardly matters here: {_range(inside)} it is {speed} as the serial program."
    slow = [f"{point.chunksize:,} makes it {point.speedup:.1f} times as fast" for point in worst]
    slow[0] += " as the serial program"
    anything = "anything " if first != last else ""
    return f"Chunk size {', and '.join(slow)}; {anything}{_range(inside)} makes it {speed}.{yours}"


def _with_others(sentence: str, others_cores: float | None, cores: float) -> str:
    """The sentence with a word on how busy the machine was; where it was too busy, that word alone."""
    if others_cores is None:
        return sentence
    busy = f"Other programs kept {others_cores:.1f} of {cores:g} cores busy meanwhile"
    if is_too_disturbed(others_cores, cores):
        return f"{busy}: this curve tells little. Grade again when the machine is quiet."
    return sentence if others_cores < DISTURBED_CORES else f"{sentence} {busy}, so the figures are rough."


def _range(points: Sequence[CurvePoint]) -> str:
    first, last = points[0].chunksize, points[-1].chunksize
    return f"{first:,}" if first == last else f"from {first:,} to {last:,}"
