"""Which of a program's map calls carries the work."""

from __future__ import annotations

from grader.model.evidence import Evidence, ObservedRun
from grader.model.trace import MapCalled


def process_maps(run: ObservedRun) -> list[MapCalled]:
    """The map calls on process pools that were given at least one item."""
    return [call for call in run.trace.maps if call.kind == "process" and call.items > 0]


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
    return max(1, pool.workers if pool else 1)
