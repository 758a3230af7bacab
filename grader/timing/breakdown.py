"""Where the wall time of one run went: parts that add up to it, from what the harness told and the process table.

The run is cut at moments that the harness told. Before the pool is made, time is start-up (the interpreter, the import
of the program) or serial. While a map call has chunks that are not done, the time of every worker is cut into its own
start, its chunks, the gaps between them (messages) and its wait for the last chunk of all (imbalance), and the mean
over the workers is taken. All other time is serial: the main process was alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.model.evidence import ObservedRun
from grader.model.speed import Breakdown, PartName, TimePart
from grader.model.trace import ChunkDone, Trace

PARTS: tuple[PartName, ...] = ("start-up", "computing", "messages", "imbalance", "serial rest")


@dataclass(frozen=True)
class Span:
    """A stretch of the run, in seconds since its start."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


def breakdown_of(run: ObservedRun, import_s: float = 0.0) -> Breakdown | None:
    """The parts of a run's wall time, or None where it told of no chunk of a process pool.

    ``import_s`` is what importing the program takes. All moments are the word of the program's interpreter; they are
    cut to the run's own time, so that whatever was told, no part is negative and their sum is the wall time.
    """
    wall_s = run.observation.wall_s
    chunks = [chunk for chunk in run.trace.chunks if chunk.pid and not chunk.error]
    if not chunks or wall_s <= 0:
        return None
    phases = _phases(run.trace, chunks, wall_s)
    workers = _workers(run.trace, chunks)
    parts = dict.fromkeys(PARTS, 0.0)
    lanes = _lanes(chunks, wall_s)
    for phase in phases:
        _add_phase(parts, phase, lanes, workers)
    told = run.trace.hello.at if run.trace.hello else 0.0
    before_s = min(told + import_s, phases[0].start)
    parts["start-up"] += before_s
    parts["serial rest"] += wall_s - before_s - sum(phase.seconds for phase in phases)
    busy = [sum(span.seconds for span in spans) for spans in lanes.values()]
    busy_mean = sum(busy) / workers
    return Breakdown(
        run=run.spec.name,
        wall_s=wall_s,
        workers=workers,
        parts=tuple(TimePart(name=name, seconds=max(0.0, parts[name])) for name in PARTS),
        imbalance_ratio=max(busy) / busy_mean if busy_mean > 0 else 1.0,
    )


def _workers(trace: Trace, chunks: Sequence[ChunkDone]) -> int:
    """The workers that might have worked: those of the largest pool whose chunks were told, and all that did."""
    calls = {chunk.call for chunk in chunks}
    pools = {call.pool for call in trace.maps if call.call in calls}
    made = [pool.workers for pool in trace.pools if pool.pool in pools]
    return max(len({chunk.pid for chunk in chunks}), *made, 1)


def _phases(trace: Trace, chunks: Iterable[ChunkDone], wall_s: float) -> list[Span]:
    """The stretches in which some map call had chunks to be done, in order, none overlapping another.

    A call's stretch begins when its pool was made, where it is the first of that pool, else with its first chunk.
    """
    by_call: dict[int, list[ChunkDone]] = defaultdict(list)
    for chunk in chunks:
        by_call[chunk.call].append(chunk)
    pool_of = {call.call: call.pool for call in trace.maps}
    made_at = {pool.pool: pool.at for pool in trace.pools}
    spans = []
    for call, done in sorted(by_call.items(), key=lambda pair: min(chunk.start for chunk in pair[1])):
        first = min(chunk.start for chunk in done)
        start = min(first, made_at.pop(pool_of.get(call, 0), first))
        spans.append(_cut(start, max(chunk.end for chunk in done), wall_s))
    return _merged(spans)


def _lanes(chunks: Iterable[ChunkDone], wall_s: float) -> dict[int, list[Span]]:
    """What each worker did, by its pid: spans in order, none overlapping another."""
    lanes: dict[int, list[Span]] = defaultdict(list)
    for chunk in chunks:
        lanes[chunk.pid].append(_cut(chunk.start, chunk.end, wall_s))
    return {pid: _merged(spans) for pid, spans in lanes.items()}


def _add_phase(parts: dict[PartName, float], phase: Span, lanes: dict[int, list[Span]], workers: int) -> None:
    """Add one phase's time to the parts: the mean over ``workers`` of how each spent it."""
    idle = workers - len(lanes)
    parts["imbalance"] += idle * phase.seconds / workers
    for spans in lanes.values():
        inside = [span for span in spans if span.start >= phase.start and span.end <= phase.end]
        if not inside:
            parts["imbalance"] += phase.seconds / workers
            continue
        computing = sum(span.seconds for span in inside)
        waiting: PartName = "start-up" if inside[0] == spans[0] else "messages"
        parts[waiting] += (inside[0].start - phase.start) / workers
        parts["computing"] += computing / workers
        parts["messages"] += (inside[-1].end - inside[0].start - computing) / workers
        parts["imbalance"] += (phase.end - inside[-1].end) / workers


def _cut(start: float, end: float, wall_s: float) -> Span:
    """The stretch as far as it lies within the run."""
    start = min(max(start, 0.0), wall_s)
    return Span(start, min(max(end, start), wall_s))


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as spans that do not overlap, in order."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged
