"""The grader for Python programs: ``grade`` takes a file and returns its Grade, as the command line does.

Stable within a major version are: the name ``grader.grade`` with its keywords, the fields of
:class:`grader.model.grade.Grade` (the report schema ``pargrade/report/v1``), the names in
:func:`grader.report.formats`, and the classes in :mod:`grader.errors`. New keywords, fields, formats and errors may
be added; a check's wording may change at any time. Every other module may change with any version.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks import CHECKS
from grader.errors import AmbiguousExercise, InputError, printable
from grader.judging import judge
from grader.loading import load
from grader.model.grade import Grade
from grader.model.run import Sandbox
from grader.model.sitting import Sitting
from grader.model.submission import Submission
from grader.pipeline import Settings, Workbench, observe
from grader.sandbox import choose_sandbox, demand_guarantees
from grader.sandbox.capped import CappedSandbox
from grader.timing.lock import lock_path


def grade(
    path: str | os.PathLike[str],
    *,
    exercise: str | None = None,
    exercises: str | os.PathLike[str] | None = None,
    seed: int | None = None,
    quick: bool = False,
    speed: bool = True,
    start_method: str | None = None,
    graded: bool = False,
    sandbox: str | Sandbox | None = None,
    most_memory_mib: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Grade:
    """Grade one script or notebook. Whatever the program does is in the Grade, never an exception.

    Args:
        path: The ``.py`` or ``.ipynb`` file; modules beside it that it imports are taken along.
        exercise: The exercise's id; None to tell it from the file.
        exercises: A folder of exercises in place of those that come along.
        seed: Makes the unseen inputs, so the same one repeats a grading; None draws one.
        quick: Smaller inputs and no slow measurements; ``speedup`` is then ``inconclusive``.
        speed: Whether to make the further runs behind the pictures of speed; they decide nothing.
        start_method: How processes start where the program does not say; None for this Python's own.
        graded: Refuse to run without the guarantees that other people's code needs.
        sandbox: A sandbox or the name of one; None for the strongest that holds here.
        most_memory_mib: No run may use more memory than this, whatever the exercise allows.
        progress: Told what is being done now, in a few words.

    Raises:
        InputError: The file or a name cannot be used: it is missing, is no program, fits no exercise.
        ExerciseError: The exercise is broken.
        SandboxError: A run could not be started or supervised, or ``graded`` asks for more than holds here.
        PluginError: A sandbox of another package fails to load.

    These are all kinds of :class:`grader.errors.PargradeError`, with a ``message`` and a ``hint``.
    """
    must_be_possible(start_method)
    chosen = choose_sandbox(sandbox) if sandbox is None or isinstance(sandbox, str) else sandbox
    if graded:
        demand_guarantees(chosen)
    if most_memory_mib is not None:
        chosen = CappedSandbox(chosen, most_memory_mib << 20)
    catalog = Catalog(Path(exercises) if exercises is not None else bundled("exercises"), CHECKS)
    settings = Settings(drawn(seed), quick, exercise, start_method, speed)
    return grade_loaded(load(Path(path)), settings, replace(workbench(catalog, chosen), progress=progress))


def workbench(catalog: Catalog, sandbox: Sandbox) -> Workbench:
    """Everything that grading a submission needs, put together for this machine."""
    return Workbench(catalog, CHECKS, sandbox, _now, measuring_lock=lock_path(os.environ))


def must_be_possible(start_method: str | None) -> None:
    """Look whether processes can start so on this system.

    Raises:
        InputError: They cannot.
    """
    known = multiprocessing.get_all_start_methods()
    if start_method is not None and start_method not in known:
        raise InputError(f"This system cannot start processes by {start_method!r}.", f"It has: {', '.join(known)}.")


def drawn(seed: int | None) -> int:
    """The seed, or where there is none one that nobody can foresee."""
    return int.from_bytes(os.urandom(4)) if seed is None else seed


def grade_loaded(submission: Submission, settings: Settings, bench: Workbench) -> Grade:
    """Grade what was read.

    Raises:
        PargradeError: As :func:`observe_loaded`.
    """
    return judge(observe_loaded(submission, settings, bench), bench.checks)


def observe_loaded(submission: Submission, settings: Settings, bench: Workbench) -> Sitting:
    """Run what was read. That no exercise can be told from an unusable file is told by what is wrong with the file.

    Raises:
        PargradeError: As :func:`grader.pipeline.grade_submission`.
    """
    try:
        return observe(submission, settings, bench)
    except AmbiguousExercise as error:
        if submission.fault is None:
            raise
        raise AmbiguousExercise(
            f"{printable(submission.name)}: {submission.fault.headline}", submission.fault.hint
        ) from error


def _now() -> datetime:
    return datetime.now(UTC)
