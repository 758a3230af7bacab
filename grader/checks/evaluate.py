"""Puts the checks of an exercise to the evidence, in the order their requirements allow."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from grader.checks.base import Check
from grader.checks.maps import Mapped, counted, holds, mapped, maps_on_wire, was_read
from grader.checks.pool_map import doubts_of_map
from grader.checks.workers import doubts
from grader.model.answers import Said
from grader.model.evidence import Evidence, ObservedRun
from grader.model.exercise import CheckSpec
from grader.model.result import CheckResult, EvidenceKind, Finding, Verdict
from grader.model.trace import MapCalled
from grader.model.wire import WireMap
from grader.registry import Registry

MISFITS_SHOWN = 4
"""Sentences on one run: a forger can tell of thousands of map calls."""
_SHARE = {Verdict.PASSED: Decimal(1), Verdict.FAILED: Decimal(0), Verdict.SKIPPED: Decimal(0)}
_UNKNOWN = (Verdict.ERRORED, Verdict.INCONCLUSIVE)


@dataclass(frozen=True)
class Judgement:
    """All results in the exercise's order, and why a person should look at them, if at all."""

    results: tuple[CheckResult, ...]
    review_reasons: tuple[str, ...]


def evaluate(evidence: Evidence, registry: Registry[type[Check]]) -> Judgement:
    """Judge every check of the exercise. A check that fails by our own fault is ``errored``, never a failure."""
    specs = evidence.exercise.spec.checks
    results: dict[str, CheckResult] = {}
    causes: dict[str, CheckResult] = {}
    for spec in in_order(specs):
        results[spec.id] = _judge(spec, evidence, registry, results, causes)
    ordered = tuple(results[spec.id] for spec in specs)
    errored = [
        f"The check {result.id} could not be carried out." for result in ordered if result.verdict is Verdict.ERRORED
    ]
    return Judgement(ordered, (*errored, *contradictions(evidence), *doubts(evidence), *doubts_of_map(evidence)))


def in_order(specs: tuple[CheckSpec, ...]) -> list[CheckSpec]:
    """The checks with each one after those it requires; the catalog has refused circles."""
    done: dict[str, CheckSpec] = {}
    waiting = list(specs)
    while waiting:
        ready = [spec for spec in waiting if all(name in done for name in spec.requires)]
        done |= {spec.id: spec for spec in ready}
        waiting = [spec for spec in waiting if spec.id not in done]
    return list(done.values())


def _judge(
    spec: CheckSpec,
    evidence: Evidence,
    registry: Registry[type[Check]],
    done: Mapping[str, CheckResult],
    causes: dict[str, CheckResult],
) -> CheckResult:
    """One check. ``causes`` tells for each check that was not judged which other one has to pass first."""
    missing = [done[name] for name in spec.requires if done[name].verdict not in (Verdict.PASSED, Verdict.PARTIAL)]
    finding = None if missing else _finding(spec, evidence, registry)
    if finding is None:
        gate = done.get(evidence.exercise.spec.checks[0].id)
        first = missing[0] if missing else gate
        if first is None:
            return _result(spec, _no_evidence())
        causes[spec.id] = causes.get(first.id, first)
        finding = _not_judged(causes[spec.id])
    return _result(spec, finding)


def _finding(spec: CheckSpec, evidence: Evidence, registry: Registry[type[Check]]) -> Finding | None:
    try:
        check_class = registry.get(spec.kind)
        check = check_class(spec, check_class.params_model.model_validate(dict(spec.params)))
        return check.evaluate(evidence)
    except Exception as error:  # noqa: BLE001, whatever breaks here is our fault and must not cost points
        return _errored(error)


def _not_judged(first: CheckResult) -> Finding:
    """Skipped because another check has to pass first; if that one could not be judged, neither can this."""
    if first.verdict in _UNKNOWN:
        return Finding(
            verdict=Verdict.INCONCLUSIVE,
            headline=f"Not judged: it builds on “{first.title}”, which could not be judged.",
            evidence=first.evidence,
        )
    return Finding(
        verdict=Verdict.SKIPPED,
        headline=f"Not judged: first “{first.title}” has to pass ({first.id}).",
        evidence=first.evidence,
    )


def _no_evidence() -> Finding:
    return Finding(
        verdict=Verdict.INCONCLUSIVE,
        headline="The runs of the program gave no evidence for this check.",
        evidence=EvidenceKind.KERNEL,
    )


def _errored(error: Exception) -> Finding:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
    return Finding(
        verdict=Verdict.ERRORED,
        headline="The grader failed at this check. That is not your fault and costs no points.",
        detail=f"{type(error).__name__} at {where}: {str(error)[:200]}",
        hint="Please tell your teaching assistant, and keep the JSON report.",
        evidence=EvidenceKind.KERNEL,
        cause="grader-error",
    )


def _result(spec: CheckSpec, finding: Finding) -> CheckResult:
    share = _SHARE.get(finding.verdict, finding.share if finding.verdict is Verdict.PARTIAL else Decimal(0))
    return CheckResult(
        id=spec.id,
        title=spec.title,
        topic=spec.topic,
        requires=spec.requires,
        points=spec.points * share,
        max_points=spec.points,
        verdict=finding.verdict,
        headline=finding.headline,
        detail=finding.detail,
        hint=finding.hint,
        location=finding.location,
        cause=finding.cause,
        evidence=finding.evidence,
    )


def contradictions(evidence: Evidence) -> tuple[str, ...]:
    """Where what the program's interpreter told cannot be true by what the operating system saw.

    A table made by polling can miss a process that lives for a moment, so it contradicts nobody.
    """
    malformed = tuple(told for run in evidence.runs.values() for told in (_malformed(run),) if told)
    if not evidence.process_table_exact:
        return malformed
    found = [_impossible(name, run) for name, run in evidence.runs.items()]
    for run in evidence.script_runs():
        if was_read(run) is not None:
            misfits = [sentence for one in mapped(run) if (sentence := _misfit(run, one))]
            found += misfits[:MISFITS_SHOWN]
            if len(misfits) > MISFITS_SHOWN:
                found.append(
                    f"In the run “{run.spec.name}” {len(misfits) - MISFITS_SHOWN:,} more map calls do not fit."
                )
    return (*malformed, *(sentence for sentence in found if sentence))


def _malformed(run: ObservedRun) -> str | None:
    """What only a program that writes to the private descriptor itself can bring about."""
    faults = [answer for answer in run.observation.answers if answer.said is Said.MALFORMED]
    if not faults:
        return None
    return (
        f"In the run “{run.spec.name}” {len(faults)} of {len(run.observation.answers)} answers were malformed: "
        f"{faults[0].text}."
    )


def _misfit(run: ObservedRun, found: Mapped) -> str | None:
    """What was told and what was read of a map call, where the two do not fit."""
    name, told, seen = run.spec.name, found.told, found.seen
    if told is None and seen is not None:
        by_main = seen.sender == run.observation.main_pid
        if not (by_main and found.is_shown and run.observation.succeeded) or run.observation.claims_cut:
            return None  # what other processes map is not told, nor what was going on when the program was ended
        return f"In the run “{name}” {_shape(seen)} went over a pool's queue; the program told of no such map."
    if told is None or found.agrees or not (seen or _claims_work(run, found)):
        return None
    wire = was_read(run)
    if wire and not wire.whole and seen is None and _is_beside_the_work(run, told):
        return None
    read = [_shape(seen)] if seen else [_shape(other) for other in maps_on_wire(run)[:4]]
    return (
        f"In the run “{name}” the program told of {_told_shape(told, found.done)}; what was read of the pools' queues "
        f"is {', '.join(read) or 'no map at all'}{'' if wire and wire.whole else ', and not all could be read'}."
    )


def _is_beside_the_work(run: ObservedRun, told: MapCalled) -> bool:
    """Whether a call that fell into the part of the queue that was not read is smaller than one that was read.

    It is judged by the larger one, so there is nothing to gain by making it up. Programs that add up in the pool, too,
    send so much that not all is read.
    """
    return any(seen.answered and seen.items > told.items for seen in maps_on_wire(run))


def _claims_work(run: ObservedRun, found: Mapped) -> bool:
    """Whether a call is said to have done something; one that failed before anything was sent is not.

    Where the queue was flooded, nobody knows what was sent.
    """
    return not holds(run, found) and (found.done > 0 or not found.failed or not found.read_to_end)


def _told_shape(told: MapCalled, done: int) -> str:
    chunks = counted(told.chunks, "chunk")
    return f"`{told.function}` mapped over {counted(told.items, 'item')} in {chunks}, {done} of them done"


def _shape(seen: WireMap) -> str:
    items = counted(seen.items, "item") if seen.is_counted else "items that could not be counted"
    chunks = counted(len(seen.chunks), "chunk")
    return f"`{seen.function or '?'}` mapped over {items} in {chunks}, {seen.answered} of them answered"


def _impossible(name: str, run: ObservedRun) -> str | None:
    seen = {process.pid for process in run.observation.processes}
    told = {chunk.pid for chunk in run.trace.chunks if chunk.pid}
    if told and len(seen) == 1 and told - seen:
        return (
            f"In the run “{name}” the program told of {len(told)} workers; "
            "the operating system saw no process besides the main one."
        )
    return None
