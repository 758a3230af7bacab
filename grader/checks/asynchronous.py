"""Is all work submitted before the first result is read?"""

from __future__ import annotations

from typing import ClassVar

from grader.checks.base import Check, Example, failed, fails, passes
from grader.checks.maps import told_maps
from grader.checks.places import locate
from grader.checks.results import ANNOUNCE, MAPPED
from grader.model.evidence import Evidence
from grader.model.result import EvidenceKind, Finding, Verdict


class Asynchronous(Check):
    """Both map calls are made before the first result is read.

    ``map`` returns at once, and the workers go on in the background. Reading a result waits for it, so who reads
    before submitting the rest leaves workers without work.
    """

    kind = "asynchronous"
    exercise = "async_map"
    examples: ClassVar[tuple[Example, ...]] = (
        passes(MAPPED + ANNOUNCE + "        print(sum(sums), sum(products))\n"),
        fails(
            "if __name__ == '__main__':\n    a, b = range(1, 11), range(11, 21)\n"
            "    with ProcessPoolExecutor() as pool:\n        sums = list(pool.map(add, a, b, chunksize=5))\n"
            "        products = list(pool.map(product, a, b, chunksize=5))\n"
            + ANNOUNCE
            + "        print(sum(sums), sum(products))\n",
            "before",
            "consumed-before-submitted",
        ),
    )

    def evaluate(self, evidence: Evidence) -> Finding | None:
        """Compare the time of the first result read with that of the last map call."""
        run = next((run for run in evidence.script_runs() if len(told_maps(run)) > 1), None)
        if run is None:
            return None
        calls = sorted(told_maps(run), key=lambda call: call.at)
        reads = [event for event in run.trace.consumed if event.what == "first"]
        if not reads:
            return failed(
                "results-unread",
                "The results of the map calls are never read.",
                "Errors in the workers stay unseen then.",
                "Go through both results after the announcement.",
                evidence=EvidenceKind.SELF_REPORTED,
            )
        first = min(reads, key=lambda event: event.at)
        last = calls[-1]
        if first.at >= last.at:
            return Finding(
                verdict=Verdict.PASSED,
                headline=f"All {len(calls)} map calls were made before the first result was read.",
                evidence=EvidenceKind.SELF_REPORTED,
            )
        early = next((call for call in calls if call.call == first.call), calls[0])
        return failed(
            "consumed-before-submitted",
            f"The results of `{early.function}` are read before `{last.function}` is submitted.",
            "Reading waits for the workers, so the second list of jobs reaches them only when the first is done.",
            "Keep what the first `map` returns as it is, without `list(...)` or a loop, until both calls are made.",
            locate(evidence.submission, early.line, early.column),
            EvidenceKind.SELF_REPORTED,
        )
