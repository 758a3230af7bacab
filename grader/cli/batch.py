"""``grade batch SUBMISSIONS... --out DIR``: grade a whole class; and ``--status DIR``: how far that is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.app import App
from grader.cli.interrupting import Interrupted
from grader.cli.opening import account
from grader.cli.options import exercise_id, exercises_root, gradebook_url
from grader.errors import InputError

if TYPE_CHECKING:
    from grader.batch.dry_run import Outlook
    from grader.batch.gradebook import Gradebook
    from grader.batch.handin import Intake
    from grader.batch.records import Terms
    from grader.batch.task import Setup
    from grader.model.exercise import Exercise

BEST_SANDBOX = "best"
_EPILOG = """\
Exit codes: 0 everything that was handed in has a mark, 2 wrong usage or input, 3 something could not be graded or a
person has to look at it, 130 interrupted. However it ends, the same command goes on where it ended.
"""


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    submissions: tuple[str, ...]
    out: Path
    exercise: str | None
    root: Path | None
    jobs: int
    roster: Path | None
    due: str | None
    dask: str | None
    only: str | None
    force: bool
    gradebook: str | None
    seed: int | None
    curves: bool
    who: str
    sandbox: str | None


@click.command("batch", short_help="Grade a whole class.", epilog=_EPILOG)
@click.argument("submissions", nargs=-1, type=click.Path(readable=False))
@click.option("--out", metavar="DIR", type=click.Path(readable=False, path_type=Path), help="The output folder.")
@exercise_id
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1, max=1024),
    help="Grade so many submissions at a time; usually one for each core.",
)
@click.option(
    "--roster",
    metavar="CSV",
    type=click.Path(readable=False, path_type=Path),
    help="The list of the class; who handed in nothing is then known, too.",
)
@click.option("--due", metavar="DATE", help="The deadline, such as 2026-03-01 (its end) or 2026-03-01T18:00+01:00.")
@click.option("--dask", metavar="ADDRESS", help="Grade on the Dask cluster with this scheduler.")
@click.option(
    "--only",
    metavar="WHICH",
    help="Grade again only what was failed, errored, inconclusive or in review, or one STUDENT.",
)
@click.option("--force", is_flag=True, help="Grade again what has a grade already.")
@click.option("--dry-run", is_flag=True, help="Only show what would be graded, and what not and why.")
@click.option(
    "--seed",
    type=click.IntRange(min=0, max=2**53 - 1),
    metavar="N",
    help="Make everyone's unseen inputs from this number, to repeat a batch.",
)
@click.option("--curves", is_flag=True, help="Also measure by wall clock, one at a time, for the pictures of speed.")
@click.option(
    "--status", metavar="DIR", type=click.Path(readable=False, path_type=Path), help="Show how far a batch is."
)
@click.option("--who", metavar="NAME", help="Your name in the gradebook, in place of that of your account.")
@click.option("--sandbox", metavar="NAME", help="The sandbox to run the programs in.")
@gradebook_url
@exercises_root
@click.pass_context
def batch(
    ctx: click.Context,
    submissions: tuple[str, ...],
    out: Path | None,
    exercise: str | None,
    jobs: int | None,
    roster: Path | None,
    due: str | None,
    dask: str | None,
    only: str | None,
    force: bool,
    dry_run: bool,
    seed: int | None,
    curves: bool,
    status: Path | None,
    who: str | None,
    sandbox: str | None,
    gradebook: str | None,
    root: Path | None,
) -> int:
    """Grade all SUBMISSIONS of a class: folders, zip files as learning platforms give them, or single files.

    Grades, receipts and reports go into the output folder. What is there already is not graded again, so the same
    command goes on after being stopped or killed, and takes in what was handed in since.
    """
    app: App = ctx.obj
    if status is not None:
        from grader.cli.batch_status import show_status

        return show_status(status, gradebook)
    if not submissions:
        raise InputError(
            "There is nothing to grade: name a folder, zip or file with submissions.",
            "For example: grade batch submissions.zip --out graded",
        )
    if out is None and not dry_run:
        raise InputError("Where the grades shall go is missing.", "Name a folder: --out graded")
    if dask is not None and jobs is not None:
        raise InputError("--jobs is for this machine, --dask for a cluster.", "Leave out one of them.")
    wish = Wish(
        submissions,
        out or Path(),
        exercise,
        root,
        jobs or usual_jobs(),
        roster,
        due,
        dask,
        only,
        force,
        gradebook,
        seed,
        curves,
        who or account(),
        sandbox,
    )
    intake = _collected(wish, app)
    if dry_run:
        return _dry_run(wish, intake, app)
    return _grade(wish, intake, app)


def _dry_run(wish: Wish, intake: Intake, app: App) -> int:
    """Show what the same command without --dry-run would do; that it would not start at all is told in the end."""
    from contextlib import closing

    from grader.batch.database import has_gradebook
    from grader.batch.dry_run import in_words
    from grader.batch.gradebook import open_gradebook
    from grader.cli.screen import say

    try:
        if wish.gradebook is None and not has_gradebook(wish.out):
            outlook = _outlook(None, wish, intake, app)
        else:
            with closing(open_gradebook(wish.gradebook or wish.out, wish.who)) as book:
                outlook = _outlook(book, wish, intake, app)
    except InputError:
        say(in_words(intake))
        raise
    say(in_words(intake, outlook))
    return 0


def _outlook(book: Gradebook | None, wish: Wish, intake: Intake, app: App) -> Outlook:
    from grader.batch.dry_run import Outlook
    from grader.batch.plan import plan

    exercise, terms = _exercise_and_terms(book, wish, intake, app)
    entries = book.entries(exercise.id) if book is not None else ()
    todo = plan(intake.hand_ins, entries, _setup(wish, exercise, terms.seed), wish.only, wish.force)
    return Outlook(f"{exercise.id} ({exercise.spec.title})", terms, todo)


def _exercise_and_terms(book: Gradebook | None, wish: Wish, intake: Intake, app: App) -> tuple[Exercise, Terms]:
    from grader.batch.exercise import deadline, exercise_for, terms_for
    from grader.batch.places import exercise_in

    catalog = app.catalog(wish.root)
    here = exercise_in(wish.out)
    if here is None and wish.exercise is None and wish.gradebook is None and book is not None:
        here = _only_one(book)  # it was begun, and no grade is there yet
    exercise = catalog.load(exercise_for(wish.exercise, intake.hand_ins, catalog, here))
    return exercise, terms_for(exercise, book, wish.seed, deadline(wish.due) if wish.due else None)


def usual_jobs() -> int:
    """One for each core that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _collected(wish: Wish, app: App) -> Intake:
    script, assignment = "", ""
    if wish.exercise is not None:
        spec = app.catalog(wish.root).load(wish.exercise).spec
        script, assignment = spec.script_name, spec.id
    return app.collect([Path(given) for given in wish.submissions], wish.roster, script, assignment)


def _grade(wish: Wish, intake: Intake, app: App) -> int:
    from grader.batch.gradebook import open_gradebook
    from grader.batch.lane import lane_meanwhile
    from grader.batch.places import held

    with lane_meanwhile():
        if wish.dask is None:
            _must_be_safe(wish, app)
        with held(wish.out):
            book = open_gradebook(wish.gradebook or wish.out, wish.who)
            try:
                return _grade_into(book, wish, intake, app)
            finally:
                book.close()


def _must_be_safe(wish: Wish, app: App) -> None:
    """Other people's code is run only behind walls; on a cluster each worker looks for itself."""
    from grader.sandbox import demand_guarantees

    demand_guarantees(app.choose_sandbox(wish.sandbox or BEST_SANDBOX))


def _grade_into(book: Gradebook, wish: Wish, intake: Intake, app: App) -> int:
    from grader.batch.grading import Class, grade_class
    from grader.cli.batch_screen import audience, say_result, tell_found

    exercise, terms = _exercise_and_terms(book, wish, intake, app)
    of = Class(intake, book, wish.out, _setup(wish, exercise, terms.seed), terms)
    tell_found(intake, terms)
    with audience(of.setup.exercise) as shown:
        try:
            grade_class(
                of, lambda: app.workers(wish.jobs, wish.dask, wish.curves), shown, wish.only, wish.force, app.now
            )
        except Interrupted:
            shown.stopped()
            raise
    app.show_class(of, (exercise.folder / "starter.py").read_text("utf-8"))
    return say_result(of, wish.gradebook)


def _only_one(book: Gradebook) -> str | None:
    """The exercise that was graded into this gradebook before, if it was just one."""
    known = book.exercises()
    return known[0] if len(known) == 1 else None


def _setup(wish: Wish, exercise: Exercise, seed: int) -> Setup:
    from grader.batch.digests import exercise_digest
    from grader.batch.task import Setup

    return Setup(
        exercise.id,
        exercise_digest(exercise.folder),
        seed,
        str(wish.root.resolve()) if wish.root else None,
        wish.sandbox or BEST_SANDBOX,
        wish.curves,
    )
