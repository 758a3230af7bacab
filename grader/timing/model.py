"""A cost model of one program: predicts its wall time for other chunk sizes, and for other numbers of workers.

t(chunk size, workers, cores) = start + makespan + chunks * message + rest

``makespan`` is how long the workers need for the chunks, each handed to the worker that is free first, where as many
run at full speed as there are cores. The task times are the program's own, in CPU seconds. ``start`` is the time until
the first chunk starts, ``rest`` what the main process does besides, ``message`` what one more chunk costs. The main
process handles all messages, so their cost does not shrink with more workers.
"""

from __future__ import annotations

import heapq
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from grader.model.speed import ChunkCurve, Prediction, WhatIf
from grader.model.trace import ChunkDone
from grader.timing.curve import chunks_of

WORKERS = (2, 4, 8, 16)
MOST_ITEMS = 100_000
TELLING = 1.1
"""Predictions are called different when one is this many times the other."""


@dataclass(frozen=True)
class CostModel:
    """What the program's parts cost, in seconds. ``item_s`` has the CPU time of each item in the map's order."""

    item_s: tuple[float, ...]
    start_s: float
    rest_s: float
    message_s: float

    def wall_s(self, chunksize: int, workers: int, cores: float) -> float:
        """Expected wall time with this chunk size on so many workers and cores."""
        chunks = _chunk_times(self.item_s, chunksize)
        computing = makespan(chunks, workers, cores)
        return self.start_s + computing + len(chunks) * self.message_s + self.rest_s


def makespan(tasks: Iterable[float], workers: int, cores: float) -> float:
    """Seconds until all tasks are done, each begun by the worker that is free first, in order.

    Workers that are busy at the same time share the cores evenly: each runs at the speed min(1, cores / busy workers).
    Tasks of the same speed progress alike, so it is enough to know at which progress each ends.
    """
    waiting = iter(tasks)
    ends: list[float] = []
    progress = elapsed = 0.0
    while True:
        while len(ends) < workers and (task := next(waiting, None)) is not None:
            heapq.heappush(ends, progress + task)
        if not ends:
            return elapsed
        speed = min(1.0, cores / len(ends))
        end = heapq.heappop(ends)
        elapsed += (end - progress) / speed
        progress = end


def item_times(chunks: Sequence[ChunkDone]) -> tuple[float, ...]:
    """CPU seconds of each item, in order: each has its chunk's mean. The chunks are those of one map call.

    Empty where they tell of more items than any exercise has: the numbers are the word of the program's interpreter.
    """
    if sum(chunk.count for chunk in chunks) > MOST_ITEMS:
        return ()
    ordered = sorted(chunks, key=lambda chunk: chunk.first)
    return tuple(chunk.cpu_s / chunk.count for chunk in ordered for _ in range(chunk.count))


def fitted(curve: ChunkCurve, item_s: tuple[float, ...], start_s: float) -> CostModel | None:
    """The model that fits the measured points of a curve best, or None where its cost of a message is not known.

    What the task times and messages leave of the wall time at each point is start and rest; its median is taken.
    """
    if curve.message_s is None or len(item_s) != curve.items:
        return None
    message_s = curve.message_s
    bare = CostModel(item_s, 0.0, 0.0, message_s)
    left = [min(point.seconds) - bare.wall_s(point.chunksize, curve.workers, curve.cores) for point in curve.points]
    fixed_s = max(0.0, statistics.median(left))
    start_s = min(start_s, fixed_s)
    return CostModel(item_s, start_s, fixed_s - start_s, message_s)


def unseen_size(curve: ChunkCurve, draw: float) -> int | None:
    """A chunk size that was not measured, between two that were; ``draw`` from 0 to below 1 chooses which two.

    It is their geometric mean, for the curve changes with the ratio of sizes.
    """
    pairs = [(a.chunksize, b.chunksize) for a, b in pairwise(curve.points) if a.chunks > 1]
    gaps = [(low, high) for low, high in pairs if high - low > 1]
    if not gaps:
        return None
    low, high = gaps[int(draw * len(gaps))]
    return min(max(low + 1, round(math.sqrt(low * high))), high - 1)


def what_if(model: CostModel, curve: ChunkCurve, checked: Prediction | None = None) -> WhatIf:
    """Predictions for chunk sizes in powers of two, and for other numbers of workers, on as many idle cores.

    ``checked`` is a prediction for this machine's own cores, with what a run then took.
    """
    items, workers = curve.items, curve.workers
    own = curve.own or curve.best_from
    sizes = [1 << power for power in range(items.bit_length()) if 1 << power < items]
    by_chunksize = tuple(_predicted(model, size, workers) for size in sorted({*sizes, own, items}))
    by_workers = tuple(_predicted(model, own, count) for count in WORKERS)
    error = None
    if checked is not None and checked.measured_s:
        error = abs(checked.predicted_s - checked.measured_s) / checked.measured_s
    return WhatIf(
        inputs=curve.inputs,
        items=items,
        start_s=model.start_s,
        rest_s=model.rest_s,
        message_s=model.message_s,
        by_chunksize=by_chunksize,
        by_workers=by_workers,
        checked=checked,
        error=error,
        sentence=_sentence(model, by_workers, own, min(curve.serial_s)),
    )


def _predicted(model: CostModel, chunksize: int, workers: int) -> Prediction:
    return Prediction(chunksize=chunksize, workers=workers, predicted_s=model.wall_s(chunksize, workers, workers))


def _chunk_times(item_s: Sequence[float], chunksize: int) -> list[float]:
    return [sum(item_s[first : first + chunksize]) for first in range(0, len(item_s), chunksize)]


def _sentence(model: CostModel, by_workers: Sequence[Prediction], own: int, serial_s: float) -> str:
    """What more cores would bring at the program's own chunk size, and what stands in the way."""
    few, many = by_workers[0], by_workers[-1]
    gain = serial_s / many.predicted_s
    told = (
        f"With chunk size {own:,} on {many.workers} workers and as many idle cores it would take about "
        f"{many.predicted_s:.2f} s, in place of {few.predicted_s:.2f} s on {few.workers}: "
        f"{gain:.1f} times as fast as the serial program."
    )
    parts = {
        "starting": model.start_s,
        "what the main process does alone": model.rest_s,
        "messages": chunks_of(len(model.item_s), own) * model.message_s,
    }
    largest = max(parts, key=lambda name: parts[name])
    if few.predicted_s > TELLING * many.predicted_s and parts[largest] < many.predicted_s / 3:
        return told
    return f"{told} Most of what more workers cannot shorten is {largest} ({parts[largest]:.2f} s)."
