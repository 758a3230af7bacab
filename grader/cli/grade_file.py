"""``grade FILE``: grade a script or notebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.app import App
from grader.cli.group import FILE_COMMAND, FileCommand
from grader.cli.options import exercise_id, exercises_root, file_option
from grader.cli.outputs import STDOUT, Outputs, plan_outputs
from grader.cli.screen import progress
from grader.errors import InputError

if TYPE_CHECKING:
    from grader.catalog import Catalog
    from grader.model.grade import Grade
    from grader.model.run import Sandbox
    from grader.model.submission import Submission

BEST_SANDBOX = "best"
START_METHODS = ("fork", "forkserver", "spawn")


@dataclass(frozen=True)
class Wish:
    """How the file is to be graded. Without a ``seed`` every grading draws its own."""

    root: Path | None
    exercise: str | None
    quick: bool
    seed: int | None
    start_method: str | None


@click.command(FILE_COMMAND, cls=FileCommand, hidden=True)
@click.argument("file", type=click.Path(readable=False))
@exercise_id
@file_option("--json", "the report as JSON", or_stdout=True)
@file_option("--html", "the report as a web page")
@file_option("--md", "the report as Markdown", or_stdout=True)
@file_option("--junit", "the report as JUnit XML")
@file_option("--evidence", "all that the grade rests on, for grade rescore,")
@click.option("--quick", is_flag=True, help="Use smaller inputs and leave out slow measurements.")
@click.option("--watch", is_flag=True, help="Grade again whenever the file is saved, until Ctrl-C.")
@click.option("--graded", is_flag=True, help="Refuse to run without the protection that other people's code needs.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    help="Make the unseen inputs from this number, to repeat a grading.",
)
@click.option(
    "--start-method",
    metavar="NAME",
    type=click.Choice(START_METHODS),
    help=f"How processes start where the program does not say: {', '.join(START_METHODS)}.",
)
@click.option("--sandbox", "backend", metavar="NAME", help="The sandbox to run the program in.")
@exercises_root
@click.pass_context
def grade_file(
    ctx: click.Context,
    file: str,
    exercise: str | None,
    json: str | None,
    html: str | None,
    md: str | None,
    junit: str | None,
    evidence: str | None,
    quick: bool,
    watch: bool,
    graded: bool,
    seed: int | None,
    start_method: str | None,
    backend: str | None,
    root: Path | None,
) -> int:
    """Grade one Python script or Jupyter notebook."""
    app: App = ctx.obj
    sandbox = app.choose_sandbox(backend or (BEST_SANDBOX if graded else None))
    if graded:
        from grader.sandbox import demand_guarantees

        demand_guarantees(sandbox)
    if start_method is not None:
        from grader.api import must_be_possible

        must_be_possible(start_method)
    _must_name_a_file(ctx, file, app.catalog(root))
    if watch and STDOUT in (json, md):
        raise InputError(
            "--watch shows one report after the other, and no reader of JSON or Markdown expects several.",
            "Give a file in place of -, or leave out --watch.",
        )
    outputs = plan_outputs(
        {"json": json, "html": html, "markdown": md, "junit": junit},
        default="terminal",
        inputs=[file],
        evidence=evidence,
    )
    wish = Wish(root, exercise, quick, seed, start_method)
    if watch:
        from grader.cli.watch import watch_file

        def grade_again(submission: Submission) -> None:
            _grade(submission, wish, sandbox, app, outputs)

        watch_file(Path(file), grade_again)
    return _grade_once(Path(file), wish, sandbox, app, outputs)


def _grade_once(path: Path, wish: Wish, sandbox: Sandbox, app: App, outputs: Outputs) -> int:
    from grader.loading import load

    return exit_code(_grade(load(path), wish, sandbox, app, outputs))


def _grade(submission: Submission, wish: Wish, sandbox: Sandbox, app: App, outputs: Outputs) -> Grade:
    """Grade it and write all that is asked for."""
    from grader.api import drawn, observe_loaded
    from grader.evidence_store import evidence_bytes
    from grader.judging import judge
    from grader.pipeline import Settings

    settings = Settings(drawn(wish.seed), wish.quick, wish.exercise, wish.start_method)
    with progress() as doing:
        bench = app.workbench(wish.root, sandbox, doing, outputs.prepare)
        sitting = observe_loaded(submission, settings, bench)
        grade = judge(sitting, bench.checks)
    outputs.deliver(grade, evidence_bytes(sitting, grade) if outputs.evidence else None)
    return grade


def exit_code(grade: Grade) -> int:
    """0 for full marks, 1 when something is missing, 3 when the score may not be used as it stands."""
    from grader.model.grade import Status

    match grade.status:
        case Status.GRADED:
            return 0 if grade.score == grade.max_score else 1
        case Status.NEEDS_REVIEW | Status.NOT_GRADED:
            return 3


def _must_name_a_file(ctx: click.Context, file: str, catalog: Catalog) -> None:
    """Catch what is no path at all; what is wrong with a path is told by the loading."""
    if not file:
        raise InputError("The name of the file is empty.", "For example: grade my_script.py")
    if file == "-":
        raise InputError(
            "A program is graded from a file, not from the standard input.", "For example: grade my_script.py"
        )
    path = Path(file)
    if path.name == file and not path.suffix and not path.exists() and not path.is_symlink():
        raise _neither_command_nor_file(ctx, file, catalog)


def _neither_command_nor_file(ctx: click.Context, word: str, catalog: Catalog) -> InputError:
    import difflib

    from grader.loading.reading import display_path, names_in

    group = ctx.find_root().command
    commands = [name for name in getattr(group, "commands", ()) if name != FILE_COMMAND]
    files = [name for name in names_in(Path()) if name.endswith((".py", ".ipynb"))]
    if word in catalog.ids():
        return InputError(f"{word} is an exercise, not a file.", f"Its task: grade show {word}")
    near = [f"grade {name}" for name in difflib.get_close_matches(word, commands, cutoff=0.5)]
    stems = {Path(name).stem: name for name in files}
    near += [f"grade {stems[stem]}" for stem in difflib.get_close_matches(word, list(stems), cutoff=0.6)]
    hint = f"Did you mean: {', or '.join(near)}?" if near else f"The commands are: {', '.join(commands)}."
    return InputError(f"There is neither a command nor a file named {display_path(Path(word))}.", hint)
