"""Which of a program's map calls carries the work, by what it told and by what went over the pool's queue."""

from __future__ import annotations

from grader.model.evidence import Evidence, ObservedRun
from grader.model.result import EvidenceKind
from grader.model.trace import MapCalled
from grader.model.wire import WireMap

UNTOLD = 0
"""The number and the line of a map call that the program's interpreter said nothing of."""


def told_maps(run: ObservedRun) -> list[MapCalled]:
    """The map calls on process pools that the program's interpreter told of, with at least one item."""
    return [call for call in run.trace.maps if call.kind == "process" and call.items > 0]


def process_maps(run: ObservedRun) -> list[MapCalled]:
    """The map calls on process pools that were given at least one item.

    Where the queues were read, a call that was told but cannot have been is left out, and one that was seen there
    without being told is put in.
    """
    told = told_maps(run)
    pairs = _pairs(run, told)
    held = [call for call, seen in zip(told, pairs, strict=True) if seen is not None or not is_disproved(run, call)]
    taken = {id(seen) for seen in pairs if seen is not None}
    unfinished = {_last_part(call.function) for call, seen in zip(told, pairs, strict=True) if seen is None} & {
        _last_part(call.function) for call in held
    }
    untold = [
        seen
        for seen in maps_on_wire(run)
        if id(seen) not in taken and seen.items_by_worker and seen.function not in unfinished
    ]
    return held + [_as_call(seen) for seen in untold]


def maps_on_wire(run: ObservedRun) -> tuple[WireMap, ...]:
    """The maps that went over a queue, as far as it was read."""
    wire = run.observation.wire
    return tuple(seen for seen in wire.maps if seen.method == "map" and seen.items) if wire else ()


def on_wire(run: ObservedRun, call: MapCalled) -> WireMap | None:
    """What of the queue is this call, or None where it was not read or holds no such call."""
    told = told_maps(run)
    if call not in told:
        return next((seen for seen in maps_on_wire(run) if _as_call(seen) == call), None)
    return _pairs(run, told)[told.index(call)]


def is_disproved(run: ObservedRun, call: MapCalled) -> bool:
    """A call of which all chunks are said to be done, though the queue, read from end to end, held no such call."""
    wire = run.observation.wire
    if wire is None or not wire.whole or not run.observation.succeeded:
        return False
    done = [chunk for chunk in run.trace.chunks if chunk.call == call.call and not chunk.error]
    return len(done) == call.chunks and on_wire(run, call) is None


def evidence_of(run: ObservedRun, call: MapCalled) -> EvidenceKind:
    """What is known of a map call by reading the queue counts more than what the program told."""
    return EvidenceKind.SELF_REPORTED if on_wire(run, call) is None else EvidenceKind.WIRE


def _pairs(run: ObservedRun, told: list[MapCalled]) -> list[WireMap | None]:
    """For each told call what went over the queue: the same function, items and chunks, each used once."""
    left = list(maps_on_wire(run))
    found: list[WireMap | None] = []
    for call in told:
        seen = next((seen for seen in left if _is_same(call, seen)), None)
        if seen is not None:
            left.remove(seen)
        found.append(seen)
    return found


def _is_same(call: MapCalled, seen: WireMap) -> bool:
    whole, rest = divmod(call.items, call.chunksize)
    chunks = (call.chunksize,) * whole + ((rest,) if rest else ())
    return seen.chunks == chunks and seen.function in ("", _last_part(call.function)) and bool(seen.items_by_worker)


def _last_part(name: str) -> str:
    if name.startswith("partial(") and name.endswith(")"):
        return f"partial({_last_part(name[8:-1])})"
    return name.rpartition(".")[2]


def _as_call(seen: WireMap) -> MapCalled:
    """A call as it would have been told; whether its chunk size was given shows where that is not the default."""
    largest = max(seen.chunks)
    return MapCalled(
        type="map",
        call=UNTOLD,
        pool=UNTOLD,
        kind="process",
        method="map",
        function=seen.function,
        module="",
        items=seen.items,
        chunks=len(seen.chunks),
        chunksize=largest,
        explicit=largest > 1,
        line=UNTOLD,
        column=0,
        at=0,
    )


def main_map(run: ObservedRun) -> MapCalled | None:
    """The map call whose chunks took the most CPU time, or None when nothing was mapped."""
    calls = process_maps(run)
    return max(calls, key=lambda call: (cpu_of(run, call), call.items), default=None)


def cpu_of(run: ObservedRun, call: MapCalled) -> float:
    """CPU seconds of all chunks of a map call, as the workers reported them."""
    return sum(chunk.cpu_s for chunk in run.trace.chunks if chunk.call == call.call)


def mapped_run(evidence: Evidence) -> tuple[ObservedRun, MapCalled] | None:
    """The first run as a script with a map call, and its main one."""
    for run in evidence.script_runs():
        call = main_map(run)
        if call is not None:
            return run, call
    return None


def workers_of(run: ObservedRun, call: MapCalled) -> int:
    """The number of workers of the pool a map call was made on, at least 1."""
    pool = run.trace.pool_of(call)
    if pool is not None:
        return max(1, pool.workers)
    seen = on_wire(run, call)
    return max(1, len(seen.items_by_worker) if seen else 1)
