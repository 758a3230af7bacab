"""Does the chunk size leave work for every worker?"""

from __future__ import annotations

from typing import ClassVar

from grader.checks.base import Check, Example, failed, fails, passes
from grader.checks.maps import counted, evidence_of, mapped_run, process_maps, workers_of
from grader.checks.places import locate
from grader.model.evidence import Evidence, ObservedRun
from grader.model.result import Finding, Verdict
from grader.model.trace import MapCalled


class ChunkBalance(Check):
    """The chunk size leaves work for every worker: there are at least as many chunks as workers.

    A chunk is never divided. With fewer chunks than workers, some workers only wait.
    """

    kind = "chunk-balance"
    examples: ClassVar[tuple[Example, ...]] = (
        passes(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor(4) as pool:\n"
            "        report(pool.map(count_words, sys.argv[1:], chunksize=3))\n"
        ),
        fails(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor(4) as pool:\n"
            "        report(pool.map(count_words, sys.argv[1:], chunksize=1000))\n",
            "1 chunk for 4 workers",
            "too-few-chunks",
        ),
    )

    def evaluate(self, evidence: Evidence) -> Finding | None:
        """Compare the chunks of the main map call with the workers of its pool."""
        found = mapped_run(evidence)
        if found is None:
            return None
        run, call = found
        workers = workers_of(run, call)
        of_workers = counted(workers, "worker")
        of_chunks = counted(call.chunks, "chunk")
        location = locate(evidence.submission, call.line, call.column)
        if call.chunks >= workers:
            return Finding(
                verdict=Verdict.PASSED,
                headline=f"{of_chunks} for {of_workers}: there is work for each.",
                evidence=evidence_of(run, call),
                location=location,
            )
        if workers > call.items:
            return _fewer_items_than_workers(evidence, run, call, workers)
        idle = workers - call.chunks
        return failed(
            "too-few-chunks",
            f"{counted(call.items, 'item')} in chunks of {call.chunksize} make {of_chunks} for {of_workers}.",
            f"A chunk is never divided, so {idle} of the workers {'gets' if idle == 1 else 'get'} nothing to do.",
            f"For every worker to get a chunk, {call.items} items may be divided into chunks of at most "
            "items / workers; a few chunks for each worker even out items of different size.",
            location,
            evidence_of(run, call),
        )


def _fewer_items_than_workers(evidence: Evidence, run: ObservedRun, call: MapCalled, workers: int) -> Finding:
    """No chunk size can help here."""
    calls = [other for other in process_maps(run) if other.line == call.line]
    location, known_by = locate(evidence.submission, call.line, call.column), evidence_of(run, call)
    if call.items == 1 and len(calls) > 1:
        return failed(
            "map-per-item",
            f"`map` is called {len(calls):,} times, with one item each time.",
            "One item is one chunk for one worker. The others wait, and so does the next call.",
            "What does `map` need to be given, for all the items to go out in one call?",
            location,
            known_by,
        )
    return failed(
        "more-workers-than-items",
        f"{counted(call.items, 'item')} cannot keep {counted(workers, 'worker')} busy.",
        "Each item goes to one worker, whatever the chunk size, so the others get nothing to do.",
        "With fewer workers, each can get several chunks.",
        location,
        known_by,
    )
