"""``grade start ID [DIR]``: lay out a folder to work in."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from grader.cli.app import App
from grader.cli.completing import complete_exercises
from grader.cli.options import exercises_root
from grader.cli.screen import say
from grader.errors import InputError, OutputNotWritable

if TYPE_CHECKING:
    from grader.model.exercise import Exercise, RunSpec

_ANY_SEED = 0  # what a student gets to practise on is the same for all


@click.command("start", short_help="Start an exercise in a new folder.")
@click.argument("exercise", metavar="ID", shell_complete=complete_exercises)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False, readable=False))
@exercises_root
@click.pass_obj
def start(app: App, exercise: str, folder: str | None, root: Path | None) -> None:
    """Start an exercise: put the task, a script to begin with and its input files into DIR.

    DIR is a new folder with the name of the exercise, unless another is given. Nothing is overwritten.
    """
    if folder == "":
        raise InputError("The name of the folder is empty.", f"For example: grade start {exercise} work")
    found = app.catalog(root).load(exercise)
    target = Path(exercise if folder is None else folder)
    lay_out(target, starting_files(found))
    say(_next_steps(found, target))


def starting_files(exercise: Exercise) -> dict[str, bytes]:
    """The files a student begins with, by their names in the folder.

    Raises:
        CorpusMissing: The plays are not installed.
    """
    files = {
        "task.md": (exercise.folder / "task.md").read_bytes(),
        exercise.spec.script_name: (exercise.folder / "starter.py").read_bytes(),
    }
    run = _given_run(exercise)
    if run is not None and run.inputs is not None and exercise.spec.corpus:
        from grader.model.exercise import GeneratorRequest

        files |= exercise.generators[run.inputs](GeneratorRequest(_ANY_SEED)).files
    return files


def _given_run(exercise: Exercise) -> RunSpec | None:
    """The first run as a script: the one on the files that students have."""
    return next((run for run in exercise.spec.runs if run.mode == "script"), None)


def lay_out(target: Path, files: Mapping[str, bytes]) -> None:
    """Write all the files into the folder, or none of them.

    Raises:
        OutputNotWritable: Some are there already, or the folder cannot be written.
    """
    tops = sorted({PurePosixPath(name).parts[0] for name in files})
    there = [name for name in tops if (target / name).exists() or (target / name).is_symlink()]
    if there:
        raise OutputNotWritable(
            f"The folder {str(target)!r} already holds {', '.join(there)}, and nothing is overwritten.",
            "Give another folder, or move them away first.",
        )
    try:
        with _staging(target) as stage:
            _write(stage, files)
            _move(stage, target, tops)
    except OSError as error:
        raise OutputNotWritable(
            f"The folder {str(target)!r} cannot be written: {error.strerror}.", "Give another folder."
        ) from error


@contextmanager
def _staging(target: Path) -> Iterator[Path]:
    """A folder on the same disk as the target, where the files are put together; gone afterwards."""
    parent = target if target.is_dir() else _nearest_folder(target)
    stage = parent / f".grade-{os.urandom(6).hex()}.tmp"
    stage.mkdir()
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _nearest_folder(path: Path) -> Path:
    """The folder that exists on the way to this path."""
    return next(parent for parent in path.absolute().parents if parent.is_dir())


def _write(stage: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = stage / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _move(stage: Path, target: Path, tops: list[str]) -> None:
    """Move what is ready into place; take it back if that fails halfway."""
    made = _make_folders(target)
    moved: list[Path] = []
    try:
        for name in tops:
            moved.append(target / name)
            (stage / name).rename(target / name)
    except BaseException:
        for path in moved:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        for folder in made:
            folder.rmdir()
        raise


def _make_folders(target: Path) -> list[Path]:
    """Make the folder and those above it; returns the new ones, innermost first."""
    new = [folder for folder in (target, *target.absolute().parents) if not folder.exists()]
    target.mkdir(parents=True, exist_ok=True)
    return new


def _next_steps(exercise: Exercise, target: Path) -> str:
    script = exercise.spec.script_name
    run = _given_run(exercise)
    args = " ".join(run.args) if run else ""
    steps = [
        f"cd {shlex.quote(str(target))}" if target != Path() else "",
        f"python {script} {args}".rstrip(),
        f"grade {script}",
    ]
    lines = "\n".join(f"    {step}" for step in steps if step)
    return f"{exercise.spec.title}: read task.md, then write your program in {script}.\n\nTo go on:\n\n{lines}"
