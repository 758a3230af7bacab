"""Did several worker processes really do the work?"""

from __future__ import annotations

from typing import ClassVar

from grader.checks.base import Check, Example, fails, passes
from grader.checks.effort import Effort, base_cost_s, effort_of, role_of
from grader.checks.failures import failed
from grader.model.base import Frozen
from grader.model.evidence import Evidence, ObservedRun
from grader.model.result import EvidenceKind, Finding, Verdict
from grader.model.run import Ended

CLEARLY_SEVERAL = 0.75
"""Of the wanted number of workers: two workers that share the work 5 to 1 count as 1.4, 3 to 1 as 1.6."""
CLEARLY_ONE = 1.25
MAIN_DID_LITTLE = 0.65
MAIN_DID_MOST = 0.8


class WorkersParams(Frozen):
    """``minimum`` is how many workers have to share the work."""

    minimum: int = 2


class Workers(Check):
    """At least two worker processes really did the work, by the CPU time the operating system charged them.

    A pool can be made and hardly used. The processor's own account of each process shows who computed.
    """

    kind = "workers"
    params_model = WorkersParams
    examples: ClassVar[tuple[Example, ...]] = (
        passes(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor(4) as pool:\n"
            "        report(pool.map(count_words, sys.argv[1:], chunksize=2))\n"
        ),
        fails(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor(max_workers=1) as pool:\n"
            "        report(pool.map(count_words, sys.argv[1:], chunksize=2))\n",
            "One worker did all the work",
            "one-worker",
        ),
        fails(
            "if __name__ == '__main__':\n    report(map(count_words, sys.argv[1:]))\n",
            "No worker process did any work",
            "no-worker",
        ),
    )

    def evaluate(self, evidence: Evidence) -> Finding | None:
        """The run in which the work was shared best speaks for the program."""
        ended = [run for run in evidence.script_runs() if _worked_to_the_end(run)]
        whole = any(run.observation.succeeded for run in ended)
        base_s = base_cost_s(evidence)
        found = [effort for run in ended if (effort := effort_of(run, base_s)).tells]
        finding = _judge(_best(found), self.params.minimum) if found else _too_little_work(ended)
        if whole or finding.verdict is Verdict.PASSED:
            return finding
        return None  # a program that failed afterwards is not blamed for this, too


def _worked_to_the_end(run: ObservedRun) -> bool:
    """The run ended by itself: well, or after all chunks it had handed out were worked off."""
    seen = run.observation
    return seen.succeeded or (seen.ended is Ended.EXITED and not any(chunk.error for chunk in run.trace.chunks))


def _best(found: list[Effort]) -> Effort:
    return max(found, key=lambda effort: (effort.main_share <= MAIN_DID_LITTLE, effort.effective_workers))


def _too_little_work(runs: list[ObservedRun]) -> Finding:
    """Nothing to compare; but where no worker ever came up, none can have worked."""
    if not any(role_of(seen, run.observation) == "worker" for run in runs for seen in run.observation.processes):
        return failed(
            "no-worker",
            "The program started no worker process.",
            "What is not handed to a pool is done by the main process alone.",
            "The function that does the counting has to be the one that the pool maps.",
        )
    return Finding(
        verdict=Verdict.INCONCLUSIVE,
        headline="The program used too little CPU time, besides starting processes, to tell who worked.",
        evidence=EvidenceKind.KERNEL,
    )


def _judge(effort: Effort, minimum: int) -> Finding:
    shared = effort.effective_workers >= CLEARLY_SEVERAL * minimum
    shares = _shares(effort)
    if shared and effort.main_share <= MAIN_DID_LITTLE:
        return Finding(
            verdict=Verdict.PASSED,
            headline=f"{len(_busy(effort))} worker processes shared the work: {shares}.",
            evidence=EvidenceKind.KERNEL,
        )
    if effort.main_share >= MAIN_DID_MOST:
        return failed(
            "no-worker",
            f"No worker process did any work to speak of: {shares}.",
            "The operating system charges each process for the CPU time it uses. Here the main process did nearly all.",
            "The function that does the counting has to be the one that the pool maps.",
        )
    if effort.effective_workers <= CLEARLY_ONE:
        return failed(
            "one-worker",
            f"One worker did all the work: {shares}.",
            "With one busy worker the program takes as long as without a pool, and a little longer.",
            "How many workers has the pool, and how many chunks are there to share?",
        )
    return Finding(
        verdict=Verdict.INCONCLUSIVE,
        headline=f"The work was shared too unevenly to call it parallel or serial: {shares}.",
        evidence=EvidenceKind.KERNEL,
    )


def _busy(effort: Effort) -> tuple[float, ...]:
    return tuple(cpu for cpu in effort.workers_s if cpu >= 0.1 * effort.workers_s[0])


def _shares(effort: Effort) -> str:
    if not effort.workers_s:
        return f"all {effort.main_s:.2f} s of CPU time were used by the main process"
    workers = ", ".join(f"{cpu:.2f} s" for cpu in effort.workers_s[:8])
    return f"CPU time of the workers {workers}; of the main process {effort.main_s:.2f} s"
