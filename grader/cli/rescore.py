"""``grade rescore DIR|EVIDENCE``: judge grades again from what was seen then, without running anything."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.app import App
from grader.cli.options import exercise_id, exercises_root, file_option, gradebook_url
from grader.cli.outputs import Outputs, plan_outputs
from grader.cli.screen import progress, tell
from grader.errors import InputError, printable

if TYPE_CHECKING:
    from grader.batch.gradebook import Gradebook
    from grader.batch.rescoring import Again, Rescoring
    from grader.catalog import Catalog
    from grader.evidence_store import StoredEvidence
    from grader.model.grade import Grade
    from grader.report.comparison import Part

SOME_REFUSED_EXIT = 3
_RECEIPT_BEGINS = b"{"
_TOLD_EVERY = 50
_EPILOG = """\
Exit codes: for a class 0, or 3 where a grade could not be judged again; for a single grade those of grade FILE. 2 wrong
usage or input, also an exercise whose runs or inputs have changed.
"""


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    exercise: str | None
    dry_run: bool
    gradebook: str | None
    who: str | None


@click.command("rescore", short_help="Judge grades again, without running anything.", epilog=_EPILOG)
@click.argument("where", metavar="DIR|EVIDENCE", type=click.Path(readable=False))
@exercise_id
@click.option("--dry-run", is_flag=True, help="Only show what would change; write nothing.")
@file_option("--json", "the report of a single grade as JSON", or_stdout=True)
@file_option("--html", "it as a web page")
@file_option("--md", "it as Markdown", or_stdout=True)
@file_option("--junit", "it as JUnit XML")
@click.option("--who", metavar="NAME", help="Your name in the gradebook, in place of that of your account.")
@gradebook_url
@exercises_root
@click.pass_obj
def rescore(
    app: App,
    where: str,
    exercise: str | None,
    dry_run: bool,
    json: str | None,
    html: str | None,
    md: str | None,
    junit: str | None,
    who: str | None,
    gradebook: str | None,
    root: Path | None,
) -> int:
    """Judge grades again after points, parameters or texts of an exercise, or the checks, have changed.

    DIR is the output folder of a batch: its gradebook and reports are brought up to date. EVIDENCE is what --evidence
    wrote for a single grade, or a receipt with the evidence beside it; its report goes where the options say.

    No program of a student is run: each check looks at what was seen then. Shown is what changed.
    """
    paths = {"json": json, "html": html, "markdown": md, "junit": junit}
    outputs = plan_outputs(paths, default=None, inputs=[where])
    wish = Wish(exercise, dry_run, gradebook, who)
    if not Path(where).is_dir():
        return _single(app, Path(where), wish, app.catalog(root), outputs)
    if any(path is not None for path in paths.values()):
        raise InputError(
            "The reports of a class are written into its folder.", "Leave out --json, --html, --md and --junit."
        )
    return _class(app, Path(where), wish, app.catalog(root))


# -- a single grade -------------------------------------------------------------------------------------


def _single(app: App, path: Path, wish: Wish, catalog: Catalog, outputs: Outputs) -> int:
    from grader.batch.rescoring import difference
    from grader.cli.grade_file import exit_code
    from grader.report.comparison import Part
    from grader.report.visible import inline

    before, kept = _read(path)
    if wish.exercise not in (None, before.exercise):
        raise InputError(f"It is a grade of {inline(before.exercise)!r}, not of {wish.exercise!r}.")
    after = _means(app, catalog, before.exercise).judged(kept)
    if outputs.on_stdout is None:
        part = Part(inline(after.submission.name), difference(before, after), "No verdict and no point changed.")
        _show(inline(after.exercise_title), "Judged again; nothing was run.", [part])
    if not wish.dry_run:
        outputs.deliver(after)
    return exit_code(after)


def _read(path: Path) -> tuple[Grade, StoredEvidence]:
    """The grade as it stands, and the evidence it rests on."""
    from grader.batch.places import EVIDENCE
    from grader.batch.rescoring import is_of
    from grader.errors import BrokenEvidence
    from grader.evidence_store import load_evidence

    if not _is_receipt(path):
        kept = load_evidence(path)
        return kept.grade, kept
    from grader.report.json import load

    grade, beside = load(path), path.parent / EVIDENCE
    kept = load_evidence(beside)
    if not is_of(kept, grade):
        raise BrokenEvidence(
            f"The evidence {printable(str(beside))!r} is not that of the receipt {printable(str(path))!r}.",
            "Name the evidence itself: what --evidence wrote when the receipt was made.",
        )
    return grade, kept


def _is_receipt(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(1) == _RECEIPT_BEGINS
    except (OSError, ValueError):
        return False  # told when it is read as evidence


def _means(app: App, catalog: Catalog, exercise_id: str) -> Again:
    from grader.batch.digests import exercise_digest
    from grader.batch.rescoring import Again
    from grader.checks import CHECKS
    from grader.evidence_store import made_once

    exercise = catalog.load(exercise_id)
    return Again(exercise, exercise_digest(exercise.folder), CHECKS, made_once(exercise), app.now)


# -- a class --------------------------------------------------------------------------------------------


def _class(app: App, out: Path, wish: Wish, catalog: Catalog) -> int:
    from grader.batch.exercise import chosen_exercise
    from grader.batch.places import held
    from grader.cli.opening import opened

    book = opened(out, wish.gradebook)
    try:
        if wish.who:
            book.sign(wish.who)
        chosen = chosen_exercise(book, out, wish.exercise)
        with nullcontext() if wish.dry_run else held(out):
            refused = _judge_all(book, out, _means(app, catalog, chosen), wish.dry_run)
            if not wish.dry_run:
                app.renew_class(book, out, chosen)
    finally:
        book.close()
    return SOME_REFUSED_EXIT if refused else 0


def _judge_all(book: Gradebook, out: Path, means: Again, dry_run: bool) -> int:
    """Judge all grades again, and show what changed; how many could not be judged again."""
    from grader.batch.records import called
    from grader.batch.rescoring import rescore_class
    from grader.report.visible import inline

    done: list[Rescoring] = []
    with progress() as doing:
        for each in rescore_class(book, out, means, dry_run):
            if len(done) % _TOLD_EVERY == 0:
                doing(f"judging again: {means.exercise.id}{f', {len(done):,} done' if done else ''}")
            done.append(each)
    _show(inline(means.exercise.spec.title), _finding(done, dry_run), _parts(done))
    refused = [each for each in done if each.refused]
    for each in refused:
        tell(f"grade: not judged again: {inline(called(each.student, each.name))}: {inline(each.refused)}")
    return len(refused)


def _parts(done: list[Rescoring]) -> list[Part]:
    from grader.batch.records import called
    from grader.report.comparison import Part
    from grader.report.visible import inline

    return [Part(inline(called(each.student, each.name)), each.changes, "") for each in done if each.changes]


def _finding(done: list[Rescoring], dry_run: bool) -> str:
    """``2 of 30 grades changed; 5 more say something else in other words.``"""
    changed = [each for each in done if each.changes]
    reworded = sum(each.reworded and not each.changes for each in done)
    adjusted = sum(each.adjusted for each in changed)
    would = "would change" if dry_run else "changed"
    told = [f"{len(changed)} of {len(done)} grades {would}"]
    if reworded:
        told.append(f"{reworded} more in words only")
    if refused := sum(bool(each.refused) for each in done):
        told.append(f"{refused} could not be judged again")
    have = "has" if adjusted == 1 else "have"
    kept = f" Points set by hand stay: {adjusted} of the changed grades {have} some." if adjusted else ""
    return f"{'; '.join(told)}.{kept}{' Nothing was written.' if dry_run else ''}"


def _show(title: str, finding: str, parts: Iterable[Part]) -> None:
    from grader.cli.screen import console_on, standard_output
    from grader.report.comparison import Comparison
    from grader.report.terminal import print_comparison

    with standard_output() as stream:
        print_comparison(Comparison(title, finding, tuple(parts)), console_on(stream))
