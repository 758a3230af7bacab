"""Grading one submission in a process of its own or on another machine: plain data in, plain data out.

Nothing is raised: whatever goes wrong is an outcome with a reason, and the other submissions are not touched.
"""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path

import grader
from grader.batch.digests import exercise_digest
from grader.batch.lane import take_lane
from grader.batch.marks import Case, mark_of
from grader.batch.places import EVIDENCE, FAILURE
from grader.batch.records import Entry, Work
from grader.batch.reports import reports_of
from grader.batch.rows import as_text
from grader.bundled import bundled
from grader.catalog import Catalog, load_exercise
from grader.checks import CHECKS
from grader.errors import InputError, PargradeError
from grader.evidence_store import evidence_bytes
from grader.judging import judge
from grader.loading import load
from grader.model.exercise import Exercise
from grader.model.grade import Grade
from grader.pipeline import Settings, Workbench, observe
from grader.report.json import dump
from grader.sandbox import choose_sandbox, demand_guarantees
from grader.sandbox.workfolder import work_folder
from grader.timing.lock import lock_path

ERRORED = "errored"
_KEPT_INPUTS = 3
"""Of each generator: those of the first run and of two more rounds of measuring."""
_MEASURING_PATIENCE_S = 1800.0
"""In a batch everyone waits for a turn to measure, however many there are before."""


@dataclass(frozen=True)
class Setup:
    """What all tasks of a batch have in common. The same ``seed`` gives everyone the same unseen inputs."""

    exercise: str
    exercise_sha256: str
    seed: int
    root: str | None = None
    """The folder of exercises, or None for those that come along."""
    sandbox: str = "best"
    curves: bool = False
    """Whether to measure by wall clock what the pictures of speed show, one submission at a time on a machine."""
    grader_version: str = grader.__version__


@dataclass(frozen=True)
class Task:
    """One submission: its files by name, and which of them is the program."""

    work: Work
    file: str
    files: Mapping[str, bytes]
    setup: Setup
    case: Case
    """What else its reports tell."""

    @property
    def key(self) -> str:
        """The student."""
        return self.work.student


@dataclass(frozen=True)
class Outcome:
    """What became of a task: the grade as the gradebook keeps it, and the reports by name."""

    entry: Entry
    reports: Mapping[str, bytes] = field(default_factory=dict)


Bench = Callable[[Setup], Workbench]
"""Makes what gradings need in this process."""


def do_task(task: Task) -> Outcome:
    """Grade a submission in this process, in the strongest sandbox that holds here."""
    return grade_task(task, _standing_bench)


def grade_task(task: Task, bench: Bench) -> Outcome:
    """Grade a submission. Whatever goes wrong is an outcome."""
    started = time.monotonic()
    try:
        grade, evidence = _grade(task, bench(task.setup))
        return _graded(task, grade, evidence, time.monotonic() - started)
    except PargradeError as error:
        reason = " ".join(part for part in (error.message, error.hint) if part)
        return errored(task, reason, time.monotonic() - started)
    except Exception as error:  # noqa: BLE001  one submission's trouble must not touch another
        reason = f"pargrade failed: {type(error).__name__}: {error}. This is our fault; {FAILURE} tells more."
        return errored(task, reason, time.monotonic() - started, "".join(traceback.format_exception(error)))


def errored(task: Task, reason: str, seconds: float, details: str = "") -> Outcome:
    """The outcome of a task that could not be done. ``details`` is the traceback where the grader itself broke."""
    entry = Entry(task.work, ERRORED, None, None, None, datetime.now(UTC), seconds, as_text(reason))
    reports = reports_of(None, mark_of(entry, task.case))
    return Outcome(entry, {**reports, FAILURE: details.encode()} if details else reports)


def _grade(task: Task, bench: Workbench) -> tuple[Grade, bytes]:
    """The grade, and the evidence that it rests on."""
    setup = task.setup
    with work_folder(task.files) as folder:
        submission = load(folder.work / task.file)
    settings = Settings(setup.seed, exercise=setup.exercise, speed=setup.curves)
    sitting = observe(submission, settings, bench)
    grade = judge(sitting, bench.checks)
    return grade, evidence_bytes(sitting, grade)


def _graded(task: Task, grade: Grade, evidence: bytes, seconds: float) -> Outcome:
    entry = Entry(task.work, grade.status, grade.score, grade.max_score, dump(grade), grade.graded_at, seconds)
    reports = reports_of(grade, mark_of(entry, task.case), entry.receipt or "")
    return Outcome(entry, {**reports, EVIDENCE: evidence})


# --- what is made once in a process -------------------------------------------------------------------


@dataclass(frozen=True)
class OneExercise(Catalog):
    """A catalog that has loaded the exercise of the batch already."""

    exercise: Exercise | None = None

    def load(self, exercise_id: str) -> Exercise:
        """The exercise."""
        return self.exercise or super().load(exercise_id)


def with_inputs_kept(exercise: Exercise) -> Exercise:
    """The exercise with generators that make the same inputs only once: everyone of a class gets the same."""
    kept = {name: lru_cache(maxsize=_KEPT_INPUTS)(generate) for name, generate in exercise.generators.items()}
    return replace(exercise, generators=kept)


@cache
def _lane() -> Path:
    return take_lane()


@cache
def _standing_bench(setup: Setup) -> Workbench:
    """What gradings need, made once in a worker process and kept, with a temp folder of its own.

    Raises:
        PargradeError: This machine does not protect from untrusted code, or has other exercises or another grader.
    """
    _lane()
    root = Path(setup.root) if setup.root else bundled("exercises")
    _must_be_the_same(setup, root / setup.exercise)
    sandbox = choose_sandbox(setup.sandbox)
    demand_guarantees(sandbox)
    exercise = with_inputs_kept(load_exercise(root / setup.exercise, CHECKS))
    return Workbench(
        OneExercise(root, CHECKS, exercise),
        CHECKS,
        sandbox,
        lambda: datetime.now(UTC),
        measuring_lock=lock_path(os.environ) if setup.curves else None,
        measuring_patience_s=_MEASURING_PATIENCE_S,
    )


def _must_be_the_same(setup: Setup, folder: Path) -> None:
    """On another machine there may be another grader, or an older copy of the exercise."""
    if setup.grader_version != grader.__version__:
        raise InputError(
            f"The batch is graded by pargrade {setup.grader_version}, but this worker has {grader.__version__}.",
            "Install the same version on all machines.",
        )
    if not folder.is_dir() or exercise_digest(folder) != setup.exercise_sha256:
        raise InputError(
            f"This worker's exercise folder {folder} is missing or differs from that of the batch.",
            "Give a folder with --exercises that all machines share, and grade again.",
        )
