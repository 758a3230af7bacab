"""What changed between two grades of one exercise: from their receipts alone, without any of the student's code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from grader.errors import DifferentExercises
from grader.model.grade import Grade, MachineReport
from grader.model.result import CheckResult, Verdict
from grader.model.speed import ChunkCurve, SpeedReport
from grader.report.figures.curve import band_in_words, best_speedup, own_point
from grader.report.quantity import points, seconds
from grader.report.view import MARKS
from grader.report.visible import inline

NOTHING = "–"
Values = dict[str, str]


@dataclass(frozen=True)
class Change:
    """One thing, and what it was in the first and in the second grade."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Part:
    """A group of changes; ``same`` is what to say where there are none."""

    title: str
    changes: tuple[Change, ...]
    same: str


@dataclass(frozen=True)
class Comparison:
    """Two grades beside each other. ``finding`` is the whole of it in one sentence."""

    title: str
    finding: str
    parts: tuple[Part, ...]


def compare(before: Grade, after: Grade) -> Comparison:
    """What the second grade has otherwise than the first.

    Raises:
        DifferentExercises: They are of different exercises.
    """
    if before.exercise != after.exercise:
        raise DifferentExercises(
            f"The first receipt is of {inline(before.exercise)!r}, the second of {inline(after.exercise)!r}.",
            "Compare two gradings of the same exercise.",
        )
    checks = changed_checks(before, after)
    return Comparison(
        title=inline(after.exercise_title),
        finding=_finding(before, after, len(checks)),
        parts=(
            Part("Graded", tuple(_both(_identity(before), _identity(after))), ""),
            Part("Checks", checks, "No check changed."),
            Part("Speed", tuple(_both(_speed(before), _speed(after))), "No speed was measured."),
            Part(
                "Machine and sandbox", tuple(_changed(_place(before), _place(after))), "The same machine and sandbox."
            ),
            Part("Versions", tuple(_changed(_versions(before), _versions(after))), "The same in both."),
        ),
    )


def _finding(before: Grade, after: Grade, changed: int) -> str:
    checks = "no check changed" if not changed else f"{changed} check{'s' if changed > 1 else ''} changed"
    if before.score == after.score:
        return f"The score is the same, {score_in_words(after)}; {checks}."
    return f"The score went from {score_in_words(before)} to {score_in_words(after)}; {checks}."


def score_in_words(grade: Grade) -> str:
    """``9 of 10``, or that there is no score."""
    return "not graded" if grade.score is None else f"{points(grade.score)} of {points(grade.max_score)}"


def _identity(grade: Grade) -> Values:
    again = {"judged again": _moment(grade.rescored.at)} if grade.rescored else {}
    return {
        "file": inline(grade.submission.name),
        "SHA-256": inline(grade.submission.sha256)[:12],
        "graded": _moment(grade.graded_at),
        **again,
        "score": score_in_words(grade),
        "status": grade.status.value.replace("_", " "),
        "seed": str(grade.seed),
        "exercise version": str(grade.exercise_version),
    }


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def changed_checks(before: Grade, after: Grade) -> tuple[Change, ...]:
    """The checks whose verdict or points changed, in the order of the second grade."""
    return tuple(_checks(before, after))


def _checks(before: Grade, after: Grade) -> Iterator[Change]:
    old = {check.id: check for check in before.checks}
    new = {check.id: check for check in after.checks}
    for check_id in [*new, *(name for name in old if name not in new)]:
        left, right = _result(old.get(check_id)), _result(new.get(check_id))
        if left != right:
            yield Change(inline(check_id), left, right)


def _result(check: CheckResult | None) -> str:
    if check is None:
        return "not there"
    mark, word = MARKS[check.verdict]
    if not check.max_points or check.verdict in (Verdict.INCONCLUSIVE, Verdict.ERRORED):
        return f"{mark} {word}"
    return f"{mark} {word}, {points(check.points)} of {points(check.max_points)}"


def _speed(grade: Grade) -> Values:
    speed = grade.timing.speed
    values = _modelled(grade) | _wall(speed)
    for curve in speed.curves:
        values |= _curve(curve)
    if speed.breakdown:
        values["wall time of the run"] = seconds(speed.breakdown.wall_s)
        values |= {f"of it {part.name}": seconds(part.seconds) for part in speed.breakdown.parts}
        values["imbalance"] = f"{speed.breakdown.imbalance_ratio:.2f}"
    return values | _predicted(speed) | _outcomes(speed)


def _modelled(grade: Grade) -> Values:
    speed = grade.timing.modelled
    if speed is None:
        return {}
    return {
        "modelled on idle cores": f"{speed.own:.2f} times as fast as serial on {speed.workers:,}",
        "the reference there": f"{speed.reference:.2f} times as fast",
    }


def _wall(speed: SpeedReport) -> Values:
    wall = speed.wall
    if wall is None:
        return {}
    interval = "" if wall.low is None or wall.high is None else f", between {wall.low:.2f} and {wall.high:.2f}"
    return {"by the wall clock there": f"{wall.ratio:.2f} times as fast as serial{interval}"}


def _curve(curve: ChunkCurve) -> Values:
    if not curve.points:
        return {}
    inputs, own = inline(curve.inputs), own_point(curve)
    told = NOTHING if own is None else f"{own.speedup:.2f} times as fast as serial with chunk size {own.chunksize:,}"
    best = f"{best_speedup(curve):.2f} times as fast with a chunk size {band_in_words(curve)}"
    band = "the machine was too busy to tell" if curve.is_too_disturbed else best
    return {f"own chunk size, {inputs}": told, f"near the best, {inputs}": band}


def _predicted(speed: SpeedReport) -> Values:
    if speed.what_if is None:
        return {}
    return {f"predicted on {one.workers:,} workers": seconds(one.predicted_s) for one in speed.what_if.by_workers}


def _outcomes(speed: SpeedReport) -> Values:
    methods: Values = {f"under {run.start_method}": run.outcome for run in speed.start_methods}
    return methods | {f"inputs “{inline(run.name)}”": run.outcome for run in speed.varied}


def _place(grade: Grade) -> Values:
    return {**_machine(grade.machine), "sandbox": inline(grade.sandbox.backend)}


def _machine(machine: MachineReport) -> Values:
    return {
        "system": inline(machine.system),
        "processor": inline(machine.processor),
        "cores": str(machine.cores),
        "quota": NOTHING if machine.quota_cores is None else f"{machine.quota_cores:g} cores",
        "Python": inline(machine.python),
        "start method": inline(machine.start_method),
        "load": NOTHING if machine.load_1m is None else f"{machine.load_1m:.2f}",
    }


def _versions(grade: Grade) -> Values:
    return {inline(name): inline(version) for name, version in sorted(grade.versions.items())}


def _both(before: Values, after: Values) -> Iterator[Change]:
    """Every value, changed or not."""
    for name in dict.fromkeys([*before, *after]):
        yield Change(name, before.get(name, NOTHING), after.get(name, NOTHING))


def _changed(before: Values, after: Values) -> Iterator[Change]:
    return (change for change in _both(before, after) if change.before != change.after)
