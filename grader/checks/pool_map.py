"""Is the real work mapped by ``ProcessPoolExecutor.map``?"""

from __future__ import annotations

from typing import ClassVar

from grader.checks.base import Check, Example, failed, fails, passes
from grader.checks.effort import Effort, base_cost_s, effort_of
from grader.checks.handed_back import printed_what_is_right, too_little_came_back
from grader.checks.maps import (
    empty_map,
    evidence_of,
    main_map,
    mapped_run,
    maps_on_wire,
    on_wire,
    unreached_pool,
    unshown_maps,
    was_read,
)
from grader.checks.places import at, locate
from grader.model.evidence import Evidence, ObservedRun
from grader.model.facts import PoolKind
from grader.model.result import EvidenceKind, Finding, Location, Verdict
from grader.model.trace import MapCalled, Submitted

LARGEST_MAIN_SHARE = 0.75
"""Of all CPU time. An honest program leaves about a fifth to its main process, one that counts twice a half to two
thirds, a serial one in disguise nearly all."""
LEAST_OF_WHO_ANSWERED = 0.1
"""Of all CPU time. An honest program's pool does most of the work, one that is mapped for show some hundredths."""


class PoolMap(Check):
    """The real work is mapped by ``ProcessPoolExecutor.map``.

    ``map`` hands the items out in chunks and gives the results back in order, so the program stays as simple as
    the serial one. Threads share one interpreter lock and cannot count faster; single ``submit`` calls send every
    item on its own.
    """

    kind = "pool-map"
    examples: ClassVar[tuple[Example, ...]] = (
        passes(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor() as pool:\n"
            "        report(pool.map(count_words, sys.argv[1:], chunksize=2))\n"
        ),
        fails(
            "if __name__ == '__main__':\n    report(map(count_words, sys.argv[1:]))\n",
            "No work is mapped over a process pool",
            "no-map",
        ),
        fails(
            "if __name__ == '__main__':\n    with ThreadPoolExecutor() as pool:\n"
            "        report(pool.map(count_words, sys.argv[1:]))\n",
            "threads",
            "threads",
        ),
        fails(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor() as pool:\n"
            "        list(pool.map(abs, range(40), chunksize=5))\n    report(map(count_words, sys.argv[1:]))\n",
            "the main process did",
            "dummy-map",
        ),
    )

    def evaluate(self, evidence: Evidence) -> Finding | None:
        """Find the map call that carries the work, in each run, and what is used instead where there is none."""
        found = mapped_run(evidence)
        if found is None:
            return instead_of_map(evidence)
        for other in evidence.script_runs():
            finding = _in_vain(evidence, other)
            if finding is not None:
                return finding if other.observation.succeeded else None  # one cause, not two: that it broke off
        if doubt := too_little_came_back(evidence, of_pool=True):
            return Finding(
                verdict=Verdict.INCONCLUSIVE,
                headline=f"Whether the map carries the work cannot be told. {doubt}",
                evidence=EvidenceKind.WIRE,
            )
        run, call = found
        return Finding(
            verdict=Verdict.PASSED,
            headline=f"`{call.function}` is mapped over {call.items} items by "
            f"ProcessPoolExecutor.map{_less(run, call)}.",
            evidence=evidence_of(run, call),
            location=locate(evidence.submission, call.line, call.column),
        )


def doubts_of_map(evidence: Evidence) -> tuple[str, ...]:
    """What a person should look at: a map that looks as if it carried the work, and too little that came back."""
    if mapped_run(evidence) is None or any(_in_vain(evidence, run) for run in evidence.script_runs()):
        return ()
    doubt = too_little_came_back(evidence, of_pool=True)
    return (doubt,) if doubt else ()


def _in_vain(evidence: Evidence, run: ObservedRun) -> Finding | None:
    """Why a run shows that the map does not carry the work, or nothing: no run makes up for another.

    A run that broke off before the work was done shows nothing, and no more does one that had nothing to do.
    """
    if not (run.observation.succeeded or printed_what_is_right(run)):
        return None
    call, effort = main_map(run), effort_of(run, base_cost_s(evidence))
    if call is None:
        return _not_always(run.spec.name) if printed_what_is_right(run) else None
    if effort.tells and effort.main_share > LARGEST_MAIN_SHARE:
        return _dummy(evidence, call, f"the main process did {effort.main_share:.0%} of the work")
    answered = _share_of_who_answered(run, effort)
    if effort.tells and answered < LEAST_OF_WHO_ANSWERED:
        return _dummy(evidence, call, f"the processes that sent results back did {answered:.0%} of the work")
    return None


def _not_always(name: str) -> Finding:
    return failed(
        "not-always",
        f"In the run “{name}” no work is mapped over a process pool, though it is in another.",
        "The program is run on the files it is given, and on files that it has not seen. Both are mapped.",
        "Which files there are, and how many, should make no difference to how they are counted.",
    )


def _share_of_who_answered(run: ObservedRun, effort: Effort) -> float:
    """What of all work was done by processes that a pool's queue shows to have worked off chunks; 1.0 if unknown.

    What starting them cost is counted as their work, so it is never too little.
    """
    wire = was_read(run)
    if wire is None or not wire.whole:
        return 1.0
    answered = {pid for seen in maps_on_wire(run) for pid in seen.items_by_worker}
    if not answered or effort.total_s <= 0:
        return 1.0
    return min(1.0, sum(seen.cpu_s for seen in run.observation.processes if seen.pid in answered) / effort.total_s)


def _less(run: ObservedRun, call: MapCalled) -> str:
    """What to add where not all items were handed out, as far as the queue was read."""
    seen = on_wire(run, call)
    if seen is None or not seen.is_counted or seen.items >= call.items:
        return ""
    return f", {seen.items} of which were handed to the workers"


def _dummy(evidence: Evidence, call: MapCalled, who: str) -> Finding:
    return failed(
        "dummy-map",
        f"`{call.function}` is mapped over {call.items} items, but {who}.",
        "What counts is where the computing happens. Here the pool is given little or nothing to do, and the "
        "program is as slow as the serial one.",
        "Map the function that does the counting, over the files.",
        locate(evidence.submission, call.line, call.column),
    )


def instead_of_map(evidence: Evidence) -> Finding | None:
    """What the program uses in place of a map over a process pool."""
    runs = evidence.script_runs()
    for run in runs:
        finding = unshown(evidence, run) or _other_map(evidence, run) or _submits(evidence, run)
        if finding is not None:
            return finding
    if not any(run.observation.succeeded for run in runs):
        return None
    unreached, empty = unreached_pool(evidence), empty_map(evidence)
    if unreached is not None:
        return failed(
            "no-map",
            f"No work is mapped over a process pool: the program ends without getting to line {unreached.place.line}.",
            "A pool is to be made there. Functions run when they are called, and branches when their condition holds.",
            "What would have to be called, or to be true, for that line to be run?",
            at(evidence, unreached.place),
            EvidenceKind.SELF_REPORTED,
        )
    if empty is not None:
        return failed(
            "empty-map",
            f"`{empty.function}` is mapped over nothing: `map` gets no items.",
            "What it was to go through was empty.",
            "Which files does the program find? Print their number to `sys.stderr`, and start it in another folder.",
            locate(evidence.submission, empty.line, empty.column),
            EvidenceKind.SELF_REPORTED,
        )
    pool = next((pool for pool in evidence.facts.pools if pool.kind is PoolKind.PROCESS), None)
    if pool is not None:
        return failed(
            "no-map",
            "No work is mapped over a process pool: one is made, but its `map` is given nothing.",
            "A pool that gets no items only costs the time to start it.",
            "Call `map` on the pool, with the counting function and the files.",
            at(evidence, pool.place),
            EvidenceKind.SELF_REPORTED,
        )
    return failed(
        "no-map",
        "No work is mapped over a process pool.",
        "The program does everything in one process, one item after the other.",
        "Make a ProcessPoolExecutor and use its `map` in place of the loop or of the built-in `map`.",
        evidence=EvidenceKind.SELF_REPORTED,
    )


def unshown(evidence: Evidence, run: ObservedRun) -> Finding | None:
    """What is said of a map call that the program told of and nobody saw."""
    call, wire = next(iter(unshown_maps(run)), None), was_read(run)
    if call is None or wire is None:
        return None
    location = locate(evidence.submission, call.line, call.column)
    told = f"`{call.function}` is said to be mapped over {call.items} items, but"
    if not wire.whole:
        return Finding(
            verdict=Verdict.INCONCLUSIVE,
            headline=f"{told} the pool's queue held more than could be read.",
            location=location,
            evidence=EvidenceKind.WIRE,
        )
    return failed(
        "map-not-sent",
        f"{told} no chunk of it came back from a worker process.",
        "What a pool hands to its workers goes over a queue, and the results come back over another. Both were read "
        "from outside the program.",
        "Call `map` on a ProcessPoolExecutor, and let its workers do the counting.",
        location,
        EvidenceKind.WIRE,
    )


def _other_map(evidence: Evidence, run: ObservedRun) -> Finding | None:
    call = next((call for call in run.trace.maps if call.kind != "process"), None)
    if call is None:
        return None
    location = locate(evidence.submission, call.line, call.column)
    if call.kind == "thread":
        return _threads(location)
    return failed(
        "multiprocessing-pool",
        f"The work is mapped by `{call.method}` of multiprocessing.Pool, not by ProcessPoolExecutor.map.",
        "The two are alike. ProcessPoolExecutor is the newer one: it notices when a worker dies, where the older pool "
        "waits for ever.",
        "Import ProcessPoolExecutor from concurrent.futures and call its `map` with the same function and items.",
        location,
        EvidenceKind.SELF_REPORTED,
    )


def _submits(evidence: Evidence, run: ObservedRun) -> Finding | None:
    event: Submitted | None = next(iter(run.trace.submits), None)
    if event is None:
        return None
    location = locate(evidence.submission, event.line, event.column)
    if event.kind == "thread":
        return _threads(location)
    return failed(
        "submit",
        f"The work is handed out by {event.count} single {_written_as(evidence, event)} calls, not by `map`.",
        "Each call is a message of its own, so no chunk size can be set.",
        "`pool.map` takes the function once, and all items.",
        location,
        EvidenceKind.SELF_REPORTED,
    )


def _written_as(evidence: Evidence, event: Submitted) -> str:
    """The call as the student knows it: asyncio submits in the program's place."""
    by_loop = event.method == "submit" and "run_in_executor" in evidence.submission.line_text(event.line)
    return "`run_in_executor`" if by_loop else f"`{event.method}`"


def _threads(location: Location | None) -> Finding:
    return failed(
        "threads",
        "The work is given to threads, not to processes.",
        "Threads of one Python process take turns at its interpreter lock, so computing in them is no faster than "
        "in one.",
        "ProcessPoolExecutor is used in the same way and has a process for each worker.",
        location,
        EvidenceKind.SELF_REPORTED,
    )
