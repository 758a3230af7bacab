"""Is the program faster than the serial one?"""

from __future__ import annotations

from typing import ClassVar

from grader.checks.base import Check, Example
from grader.checks.speed import Speed, best_speed
from grader.model.evidence import Evidence
from grader.model.result import EvidenceKind, Finding, Verdict

MUCH_MORE = 1.25
"""Times the reference's work."""


class Speedup(Check):
    """The program is faster than the serial version.

    It is judged by the CPU time that each process used, beside the reference solution on the same files: how long
    would the same work take on as many idle cores as the exercise has workers? So the verdict is the same on a fast
    machine, a busy one and a small one. It takes a sandbox that sees the end of every process.
    """

    kind = "speedup"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor() as pool:\n"
            "        report(pool.map(count_words, sys.argv[1:], chunksize=2))\n",
            Verdict.INCONCLUSIVE,
            "cannot be judged",
        ),
    )

    def evaluate(self, evidence: Evidence) -> Finding | None:
        """The best round speaks for the program; of one that had to be stopped nothing is known, by its own doing."""
        if evidence.was_stopped():
            return None
        if not evidence.process_table_exact:
            return _cannot_tell(
                "The speed cannot be judged in this sandbox: it looks at the processes only now and then, and their "
                "clocks have to be exact."
            )
        best = best_speed(evidence)
        if best is None:
            reason = evidence.measurement.reason or "The runs were too short to tell; --quick makes them so."
            return _cannot_tell(f"The speed was not judged. {reason}")
        return _judge(best)


def _cannot_tell(headline: str) -> Finding:
    return Finding(verdict=Verdict.INCONCLUSIVE, headline=headline, evidence=EvidenceKind.KERNEL)


def _judge(best: Speed) -> Finding:
    share = best.share
    reached = (
        f"{best.own:.1f} times as fast as the serial program on {best.workers} idle cores; "
        f"the reference solution reaches {best.reference:.1f}"
    )
    if share == 1:
        return Finding(verdict=Verdict.PASSED, headline=f"It is {reached}.", evidence=EvidenceKind.KERNEL)
    cause, detail = _why(best)
    verdict, headline = (Verdict.PARTIAL, f"It is only {reached}.")
    if share == 0:
        verdict, headline = Verdict.FAILED, f"It would be {reached}."
    return Finding(
        verdict=verdict,
        share=share,
        cause=cause,
        headline=headline,
        detail=detail,
        hint="Look at the picture of the workers: who computes when, and who waits?",
        evidence=EvidenceKind.KERNEL,
    )


def _why(best: Speed) -> tuple[str, str]:
    """What keeps it from being faster: the largest of what the main process does, of too much and of uneven work."""
    own, reference = best.work.mine, best.work.reference
    if best.waits:
        return (
            "one-after-the-other",
            f"On average {own.at_once:.1f} of its processes at a time computed or were ready to, of the reference's "
            f"{reference.at_once:.1f}. The work is divided, but its parts wait: for one another, as at a lock, or for "
            "something else than a core.",
        )
    busiest = max(own.workers_s, default=0.0)
    even = sum(own.workers_s) / best.workers
    if own.main_s - reference.main_s > max(busiest - even, 0.0):
        return (
            "serial-part",
            f"The main process computed for {own.main_s:.2f} s, that of the reference for {reference.main_s:.2f} s. "
            "While it does so alone, the workers wait.",
        )
    if best.work.inflation > MUCH_MORE and (own.total_s - reference.total_s) / best.workers > busiest - even:
        return (
            "more-work",
            f"All processes together computed for {own.total_s:.2f} s, those of the reference for "
            f"{reference.total_s:.2f} s: the counting itself takes longer, or is done more than once.",
        )
    return (
        "uneven-work",
        f"The busiest worker computed for {busiest:.2f} s; divided evenly it would be {even:.2f} s for each of "
        f"{best.workers}. The last one decides when the program is done.",
    )
