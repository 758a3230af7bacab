"""Is the program faster than the serial one?"""

from __future__ import annotations

from typing import ClassVar

from grader.checks.base import Check, Example
from grader.model.evidence import Evidence
from grader.model.result import EvidenceKind, Finding, Verdict


class Speedup(Check):
    """The program is faster than the serial version.

    This version of the grader does not measure speed yet; the check cannot tell and never costs points.
    """

    kind = "speedup"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor() as pool:\n"
            "        report(pool.map(count_words, sys.argv[1:], chunksize=2))\n",
            Verdict.INCONCLUSIVE,
            "Speed is not measured",
        ),
    )

    def evaluate(self, evidence: Evidence) -> Finding | None:  # noqa: ARG002, nothing of it is timed
        """Inconclusive, until speed is measured."""
        return Finding(
            verdict=Verdict.INCONCLUSIVE,
            headline="Speed is not measured by this version of the grader, so it is not judged and costs no points.",
            evidence=EvidenceKind.KERNEL,
        )
