"""Does the program end normally?"""

from __future__ import annotations

from typing import ClassVar

from grader.checks.base import Check, Example, fails, passes
from grader.checks.failures import explain_fault, explain_run
from grader.model.evidence import Evidence
from grader.model.result import EvidenceKind, Finding, Verdict


class Runs(Check):
    """The program runs to its end within the limits, and leaves nothing running.

    It is run as a script, on the files it is given and on files it has never seen. A program that crashes or
    hangs shows nothing more, so this check stands before all others; it gives no points of its own.
    """

    kind = "runs"
    examples: ClassVar[tuple[Example, ...]] = (
        passes(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor() as pool:\n"
            "        report(pool.map(count_words, sys.argv[1:], chunksize=2))\n"
        ),
        fails(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor() as pool:\n"
            "        report(pool.map(lambda name: count_words(name), sys.argv[1:], chunksize=2))\n",
            "cannot send it to the workers",
            "lambda-mapped",
        ),
        fails(
            "if __name__ == '__main__':\n    chunksize = int(input('Chunk size? '))\n",
            "asks a question with `input()`",
            "waits-for-input",
        ),
    )

    def evaluate(self, evidence: Evidence) -> Finding | None:
        """Failed with the first cause found; the cause is named where it is one of the usual ones."""
        fault = explain_fault(evidence)
        if fault is not None:
            return fault
        for run in evidence.script_runs():
            finding = explain_run(evidence, run)
            if finding is not None:
                return finding
        slowest = max((run.observation.wall_s for run in evidence.script_runs()), default=None)
        if slowest is None:
            return None
        return Finding(
            verdict=Verdict.PASSED,
            headline=f"The program ends normally; its longest run took {slowest:.1f} s.",
            evidence=EvidenceKind.KERNEL,
        )
