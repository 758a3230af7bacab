"""Is the map call given a chunk size?"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from grader.checks.base import Check, Example, failed, fails, partly, passes
from grader.checks.maps import counted, evidence_of, mapped_run, process_maps
from grader.checks.places import at, locate
from grader.model.base import Frozen
from grader.model.evidence import Evidence, ObservedRun
from grader.model.result import EvidenceKind, Finding, Verdict
from grader.model.trace import MapCalled

WHY = (
    "Every chunk is one message to a worker and one back. With a chunk size of 1, the default, each item travels "
    "alone; with many small items the messages cost more than the work."
)


class ChunkSizeParams(Frozen):
    """``required`` is the chunk size the exercise asks for; without it any number above 1 is right."""

    required: int | None = None


class ChunkSize(Check):
    """The map call is given an explicit chunk size.

    Choosing it is the point of the exercise. An explicit 1 earns a part: it is what the default does.
    """

    kind = "chunksize"
    params_model = ChunkSizeParams
    examples: ClassVar[tuple[Example, ...]] = (
        passes(
            "if __name__ == '__main__':\n    files = sys.argv[1:]\n    with ProcessPoolExecutor() as pool:\n"
            "        report(pool.map(count_words, files, chunksize=len(files) // 16 + 1))\n"
        ),
        fails(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor() as pool:\n"
            "        report(pool.map(count_words, sys.argv[1:]))\n",
            "is given no chunk size",
            "default-chunksize",
        ),
        partly(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor() as pool:\n"
            "        report(pool.map(count_words, sys.argv[1:], chunksize=1))\n",
            "is 1, which is the default",
            "chunksize-one",
        ),
    )

    def evaluate(self, evidence: Evidence) -> Finding | None:
        """Judge the map call with the most work, or each map call where one number is required."""
        found = mapped_run(evidence)
        if found is None:
            return None
        run, main = found
        required: int | None = self.params.required
        calls = process_maps(run) if required is not None else [main]
        for call in calls:
            finding = _judge(evidence, run, call, required)
            if finding is not None:
                return finding
        return Finding(
            verdict=Verdict.PASSED,
            headline=f"The chunk size is {main.chunksize}: {main.items} items in {counted(main.chunks, 'chunk')}.",
            evidence=evidence_of(run, main),
            location=locate(evidence.submission, main.line, main.column),
        )


def _judge(evidence: Evidence, run: ObservedRun, call: MapCalled, required: int | None) -> Finding | None:
    """What is wrong with the chunk size of one call, or None."""
    if not call.explicit:
        return _default(evidence, run, call)
    location = locate(evidence.submission, call.line, call.column)
    if required is not None and call.chunksize != required:
        return failed(
            "other-chunksize",
            f"`{call.function}` is mapped with a chunk size of {call.chunksize}; the exercise asks for {required}.",
            f"With {required}, two workers get one half of the ten items each, which the report can show.",
            f"Set `chunksize={required}` in each of the two map calls.",
            location,
            evidence_of(run, call),
        )
    if call.chunksize > 1:
        return None
    return Finding(
        verdict=Verdict.PARTIAL,
        share=Decimal("0.5"),
        cause="chunksize-one",
        headline=f"The chunk size of mapping `{call.function}` is 1, which is the default.",
        detail=WHY,
        hint="How many items does each worker get? Try a number that gives every worker a few chunks.",
        location=location,
        evidence=EvidenceKind.SELF_REPORTED,
    )


def _default(evidence: Evidence, run: ObservedRun, call: MapCalled) -> Finding:
    misplaced = evidence.facts.chunksize_elsewhere
    if misplaced:
        return failed(
            "chunksize-misplaced",
            f"`chunksize` is given to `{misplaced[0].name}`; the pool's `map` is given no chunk size.",
            WHY,
            "Move `chunksize=...` into the parentheses of the pool's `map`.",
            at(evidence, misplaced[0].place),
            EvidenceKind.SELF_REPORTED,
        )
    return failed(
        "default-chunksize",
        f"The map call of `{call.function}` is given no chunk size, so each of its {call.items} items travels alone.",
        WHY,
        "`map` takes a keyword argument for it, after the items.",
        locate(evidence.submission, call.line, call.column),
        evidence_of(run, call),
    )
