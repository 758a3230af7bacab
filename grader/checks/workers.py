"""Did several worker processes really do the work?"""

from __future__ import annotations

from typing import ClassVar

from grader.checks.base import Check, Example, failed, fails, passes
from grader.checks.effort import Comparison, Effort, base_cost_s, comparisons, effort_in, role_of, spread_on_wire
from grader.checks.handed_back import came_from_one, too_little_came_back
from grader.model.base import Frozen
from grader.model.evidence import Evidence, ObservedRun
from grader.model.result import EvidenceKind, Finding, Verdict
from grader.model.run import Ended

CLEARLY_SEVERAL = 0.75
"""Of the wanted number of workers: two workers that share the work 5 to 1 count as 1.4, 3 to 1 as 1.6."""
CLEARLY_ONE = 1.25
MAIN_DID_LITTLE = 0.65
MAIN_DID_MOST = 0.8


MUCH_OF_IT = 0.6
"""Of the work of the run that did most: a run that did less is not looked at."""
ALL_OF_IT = 0.6
"""Of what the whole work takes by the reference: a process that used as much can have done all of it alone, as programs
that read a file at once count in 0.7 to 0.8 of the reference's time."""
FAR_TOO_MUCH = 2.3
"""Times the reference's CPU time. A program that counts everything twice, once serially, uses 2.0 to 2.1 times."""
FAR_TOO_LITTLE = 0.2
"""Better ways to count, such as counting equal tokens before looking at them, take a third of the reference's time."""


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
        """The run in which the work was shared best speaks for the program, unless one of them had to be stopped."""
        if evidence.was_stopped():
            return None
        ended = [run for run in evidence.script_runs() if _worked_to_the_end(run)]
        whole = any(run.observation.succeeded for run in ended)
        found = _efforts(evidence, ended)
        finding = _judge(_best(found), self.params.minimum) if found else _too_little_work(ended)
        finding = _beside_reference(_of_threads(finding, ended), evidence, self.params.minimum)
        if finding.verdict is Verdict.PASSED and (doubt := too_little_came_back(evidence) or came_from_one(evidence)):
            finding = _cannot_tell(doubt)
        if whole or finding.verdict is Verdict.PASSED:
            return finding
        return None  # a program that failed afterwards is not blamed for this, too


def _efforts(evidence: Evidence, runs: list[ObservedRun]) -> list[Effort]:
    """Of these runs and of the measured ones, as far as there was work enough to tell.

    Those with little work beside the largest say less: what starts really cost weighs more in them.
    """
    base_s = base_cost_s(evidence)
    seen = [run.observation for run in runs] + [pair.submission for pair in evidence.measurement.pairs()]
    found = [effort for observation in seen if (effort := effort_in(observation, base_s)).tells]
    most_s = max((effort.total_s for effort in found), default=0.0)
    return [effort for effort in found if effort.total_s >= MUCH_OF_IT * most_s]


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


def _of_threads(finding: Finding, runs: list[ObservedRun]) -> Finding:
    """The finding with another hint where the work is mapped, but over threads."""
    if finding.cause != "no-worker" or not any(call.kind == "thread" for run in runs for call in run.trace.maps):
        return finding
    hint = "Threads are a part of the main process. Which pool has a process for each worker?"
    return finding.model_copy(update={"hint": hint})


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


def _beside_reference(finding: Finding, evidence: Evidence, minimum: int) -> Finding:
    """The finding, unless the comparison with the trusted reference says that it cannot be known."""
    closest = _closest(evidence)
    if closest is None:
        return finding
    if finding.verdict is Verdict.PASSED:
        doubt = _doubt(closest, evidence, minimum)
        return _cannot_tell(doubt) if doubt else finding
    if finding.cause == "no-worker" and _workers_did_the_work_too(closest.mine, closest, minimum):
        return _cannot_tell(
            f"The main process used {_seconds(closest.mine.main_s)} of CPU time and the workers, who shared it, "
            f"{_seconds(sum(closest.mine.workers_s))}; the whole work takes {_seconds(closest.reference.total_s)}."
        )
    return finding


def _closest(evidence: Evidence) -> Comparison | None:
    """The round in which the program came closest to the reference: disturbances only make it look worse."""
    return min(comparisons(evidence), key=lambda seen: seen.inflation, default=None)


def _doubt(seen: Comparison, evidence: Evidence, minimum: int) -> str:
    """Why work that looks shared may not have been, or nothing."""
    whole = f"the exercise's own program needs {_seconds(seen.reference.total_s)} for all of the work"
    looks_shared = seen.mine.main_share < MAIN_DID_MOST  # else it is a serial program, however slow
    if looks_shared and seen.main >= ALL_OF_IT and seen.least_inflation >= FAR_TOO_MUCH:
        return (
            f"The main process alone used {_seconds(seen.mine.main_s)} of CPU time, and {whole}; with the workers' "
            f"{_seconds(sum(seen.mine.workers_s))} the program used {seen.inflation:.1f} times as much."
        )
    busy = _busy(seen.mine)
    whole_each = sum(busy) >= ALL_OF_IT * len(busy) * seen.reference.total_s  # the mean: single clocks scatter
    if len(busy) >= minimum and whole_each and not _items_were_spread(evidence, minimum):
        return (
            f"Each of {len(busy)} workers used as much CPU time as all of the work takes: "
            f"{', '.join(map(_seconds, seen.mine.workers_s[:8]))}, and {whole}."
        )
    return ""


def _items_were_spread(evidence: Evidence, minimum: int) -> bool:
    """Whether in some run the pool's queue shows that several workers sent back results of that many items."""
    return any(
        spread_on_wire(run.observation.wire, len(run.inputs.files)) >= CLEARLY_SEVERAL * minimum
        for run in evidence.script_runs()
    )


def _workers_did_the_work_too(effort: Effort, seen: Comparison, minimum: int) -> bool:
    """A main process that wastes time does not make idle workers of those who did the work."""
    return sum(seen.workers) >= ALL_OF_IT and effort.effective_workers >= CLEARLY_SEVERAL * minimum


def _cannot_tell(reason: str) -> Finding:
    return Finding(
        verdict=Verdict.INCONCLUSIVE,
        headline=f"Who did the work cannot be told from the CPU time. {reason}",
        evidence=EvidenceKind.KERNEL,
    )


def doubts(evidence: Evidence) -> tuple[str, ...]:
    """What a person should look at: work that may be made up or hidden. Only by an exact account of all processes."""
    closest = _closest(evidence)
    minimum = _minimum(evidence)
    if closest is None or minimum is None or not evidence.process_table_exact:
        return ()
    if all(_did_far_too_little(seen) for seen in comparisons(evidence)):
        return (
            f"The program used {_seconds(closest.mine.total_s)} of CPU time for what takes the exercise's own program "
            f"{_seconds(closest.reference.total_s)}: a better way to do it, or work that was done out of sight.",
        )
    doubt = _doubt(closest, evidence, minimum)
    if not doubt and closest.mine.main_share < MAIN_DID_MOST and closest.mine.effective_workers > CLEARLY_ONE:
        doubt = came_from_one(evidence)
    return (doubt,) if doubt else ()


def _did_far_too_little(seen: Comparison) -> bool:
    """Even if only half of what was taken off for starts was really spent on them."""
    return seen.mine.total_s + seen.mine.starts_s / 2 < FAR_TOO_LITTLE * seen.reference.total_s


def _minimum(evidence: Evidence) -> int | None:
    """How many workers the exercise wants, or None where it does not ask."""
    for spec in evidence.exercise.spec.checks:
        if spec.kind == Workers.kind:
            return WorkersParams.model_validate(dict(spec.params)).minimum
    return None


def is_settled(evidence: Evidence) -> bool:
    """Whether the last measured round is as clear as it can get, so that another would not change the verdict."""
    found = comparisons(evidence)
    minimum = _minimum(evidence)
    if minimum is None:
        return True
    if not found:
        return False
    last = found[-1]
    finding = _judge(last.mine, minimum)
    serial = finding.verdict is Verdict.FAILED and not _workers_did_the_work_too(last.mine, last, minimum)
    return serial or (finding.verdict is Verdict.PASSED and not _doubt(last, evidence, minimum))


def _seconds(value: float) -> str:
    return f"{value:.2f} s"


def _busy(effort: Effort) -> tuple[float, ...]:
    return tuple(cpu for cpu in effort.workers_s if cpu >= 0.1 * effort.workers_s[0])


def _shares(effort: Effort) -> str:
    if not effort.workers_s:
        return f"all {effort.main_s:.2f} s of CPU time were used by the main process"
    workers = ", ".join(f"{cpu:.2f} s" for cpu in effort.workers_s[:8])
    return f"CPU time of the workers {workers}; of the main process {effort.main_s:.2f} s"
