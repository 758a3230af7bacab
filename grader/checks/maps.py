"""Which of a program's map calls carries the work, by what it told and by what went over the pool's queue."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from grader.model.evidence import Evidence, ObservedRun
from grader.model.facts import PoolFact, PoolKind
from grader.model.result import EvidenceKind
from grader.model.trace import MapCalled
from grader.model.wire import Wire, WireMap

LONGEST_NAME = 200
"""Names in messages are cut there."""
UNTOLD = 0
"""The number and the line of a map call that the program's interpreter said nothing of."""


@dataclass(frozen=True)
class Mapped:
    """A map call on a process pool, as it is judged, and what there is to show for it.

    Where the queue was read, ``call`` has its numbers wherever the program told others.
    """

    call: MapCalled
    told: MapCalled | None
    """As the program's interpreter told it."""
    seen: WireMap | None
    """As it went over the queue."""
    done: int = 0
    """How many chunks of it are said to have come back with results."""
    failed: bool = False
    """Whether one is said to have ended with an error."""
    read_to_end: bool = True
    """Whether nothing of the queue is missing."""
    broke_off: bool = False
    """Whether the program ended with an error: a pool that breaks while chunks are handed out loses count of one."""

    @property
    def is_shown(self) -> bool:
        """A chunk of it came back from another process."""
        return self.seen is not None and self.seen.answered > 0

    @property
    def agrees(self) -> bool:
        """Whether what was told may be what was read.

        Chunks that were never handed out may be missing, as where the program did not wait for all results; but none
        may be there that was not told, and none be missing that is said to be done.
        """
        if self.told is None or self.seen is None:
            return False
        told, seen = self.told, self.seen
        rest = told.items % told.chunksize if told.chunksize else 0
        others = [items for items in seen.chunks if items not in (0, told.chunksize)]
        return (
            seen.function in ("", _last_part(told.function))
            and len(seen.chunks) <= told.chunks + self.broke_off
            and seen.items <= told.items + self.broke_off * told.chunksize
            and others in ([], [rest])
            and (self.done <= seen.answered or not self.read_to_end)
        )


def told_maps(run: ObservedRun) -> list[MapCalled]:
    """The map calls on process pools that the program's interpreter told of, with at least one item."""
    return [call for call in run.trace.maps if call.kind == "process" and call.items > 0]


def maps_on_wire(run: ObservedRun) -> tuple[WireMap, ...]:
    """The maps that went over a queue, as far as it was read."""
    wire = was_read(run)
    return tuple(seen for seen in wire.maps if seen.method == "map") if wire else ()


def mapped(run: ObservedRun) -> list[Mapped]:
    """All map calls on process pools, those that were told first; each is put together with what was read of it.

    The harness numbers its calls, in what it tells and in the messages; what goes without it has a name only.
    """
    left: dict[int | str, list[WireMap]] = {}
    for seen in maps_on_wire(run):
        left.setdefault(seen.function if seen.call is None else seen.call, []).append(seen)
    done = Counter(chunk.call for chunk in run.trace.chunks if not chunk.error)
    failed = {chunk.call for chunk in run.trace.chunks if chunk.error}
    wire = was_read(run)
    to_end = wire is not None and wire.whole
    found = []
    for told in told_maps(run):
        same = left.get(told.call) or left.get(_last_part(told.function))
        seen_of_it = same.pop(0) if same else None
        broke_off = not run.observation.succeeded
        pair = Mapped(told, told, seen_of_it, done[told.call], told.call in failed, to_end, broke_off)
        if pair.seen is not None and not pair.agrees:
            pair = replace(pair, call=_as_call(pair.seen, told))
        found.append(pair)
    return found + [Mapped(_as_call(seen), None, seen) for rest in left.values() for seen in rest]


def holds(run: ObservedRun, found: Mapped) -> bool:
    """Whether a map call took place.

    Where the queue was read, that takes a chunk that came back from another process. Only of a program that broke
    off is it believed that it called ``map``, unless it claims results, too.
    """
    if was_read(run) is None or found.is_shown:
        return True
    return found.told is not None and not run.observation.succeeded and not found.done


def was_read(run: ObservedRun) -> Wire | None:
    """What was read of the pools' queues, or None where nothing could be."""
    wire = run.observation.wire
    return wire if wire is not None and wire.readable else None


def process_maps(run: ObservedRun) -> list[MapCalled]:
    """The map calls on process pools that took place, with at least one item."""
    return [found.call for found in mapped(run) if holds(run, found)]


def unshown_maps(run: ObservedRun) -> list[MapCalled]:
    """The map calls that the program told of, and that did not take place as far as the queue was read."""
    return [found.told for found in mapped(run) if found.told and not holds(run, found)]


def on_wire(run: ObservedRun, call: MapCalled) -> WireMap | None:
    """What was read of this call, or None where it was not read or holds no such call."""
    return next((found.seen for found in mapped(run) if found.call == call), None)


def unreached_pool(evidence: Evidence) -> PoolFact | None:
    """A process pool that stands in the source, where no run made one."""
    made = any(pool.kind == "process" for run in evidence.script_runs() for pool in run.trace.pools)
    written = (pool for pool in evidence.facts.pools if pool.kind is PoolKind.PROCESS)
    return None if made else next(written, None)


def empty_map(evidence: Evidence) -> MapCalled | None:
    """A map call that was given no item at all, where no other one was given any."""
    calls = [call for run in evidence.script_runs() for call in run.trace.maps if call.kind == "process"]
    return calls[0] if calls and not any(call.items for call in calls) else None


def counted(number: int, noun: str) -> str:
    """``1 item``, ``38 items``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def evidence_of(run: ObservedRun, *calls: MapCalled) -> EvidenceKind:
    """What map calls are known by: reading the queue only where all were found there, with all their items."""
    read = [found.call for found in mapped(run) if found.is_shown and found.seen and found.seen.is_counted]
    return EvidenceKind.WIRE if all(call in read for call in calls) else EvidenceKind.SELF_REPORTED


def _last_part(name: str) -> str:
    if name.startswith("partial(") and name.endswith(")"):
        return f"partial({_last_part(name[8:-1])})"
    return name.rpartition(".")[2][:LONGEST_NAME]


def _as_call(seen: WireMap, told: MapCalled | None = None) -> MapCalled:
    """A call as it was read; that its chunk size was given shows where that is not the default."""
    largest = max((1, *seen.chunks))
    read = {
        "function": seen.function or "a function without a name",
        "items": max(seen.items, len(seen.chunks)),
        "chunks": len(seen.chunks),
        "chunksize": largest,
        "explicit": largest > 1,
    }
    if told is not None:
        return told.model_copy(update=read)
    nowhere = {"call": UNTOLD, "pool": UNTOLD, "line": UNTOLD, "column": 0, "at": 0.0, "module": ""}
    return MapCalled(type="map", kind="process", method="map", **nowhere, **read)


def main_map(run: ObservedRun) -> MapCalled | None:
    """The map call whose chunks took the most CPU time as the workers reported it, or None when nothing was mapped."""
    cpu_s: dict[int, float] = {}
    for chunk in run.trace.chunks:
        cpu_s[chunk.call] = cpu_s.get(chunk.call, 0.0) + chunk.cpu_s
    return max(process_maps(run), key=lambda call: (cpu_s.get(call.call, 0.0), call.items), default=None)


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
