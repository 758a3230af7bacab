"""Judges the grades of a class again from their stored evidence, after a change of the exercise or of the grader.

No program of a student is run. What is adjusted by hand stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import grader
from grader.batch.exercise import terms_now
from grader.batch.gradebook import Entry, Gradebook, Work
from grader.batch.grading import renew_all
from grader.batch.marks import Case, cases, mark_of
from grader.batch.places import EVIDENCE, put_reports, student_folder
from grader.batch.reports import reports_of
from grader.checks.base import Check
from grader.errors import BrokenEvidence, BrokenReceipt, ExerciseChanged
from grader.evidence_store import MakeInputs, StoredEvidence, load_evidence, restore
from grader.judging import judge
from grader.model.exercise import Exercise
from grader.model.grade import Grade, Rescored
from grader.registry import Registry
from grader.report.comparison import Change, changed_checks, score_in_words
from grader.report.json import dump, parse


@dataclass(frozen=True)
class Rescoring:
    """What became of one grade. ``changes`` are those of its score and its checks.

    ``reworded`` tells of other changes, such as those of a message; ``refused`` why it was not judged again.
    """

    student: str
    changes: tuple[Change, ...] = ()
    reworded: bool = False
    adjusted: bool = False
    """Whether points of it are set by hand; they stay."""
    refused: str = ""


@dataclass(frozen=True)
class Again:
    """What it takes to judge grades of one exercise again: the exercise as it is now, with its digest."""

    exercise: Exercise
    exercise_sha256: str
    checks: Registry[type[Check]]
    make_inputs: MakeInputs
    """``made_once(exercise)``, so that the inputs that a class had in common are made once."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def judged(self, kept: StoredEvidence) -> Grade:
        """The grade that the evidence gives now.

        Raises:
            ExerciseChanged: The exercise would now have the program run otherwise.
            ExerciseError: The exercise is broken.
        """
        sitting = restore(kept, self.exercise, self.make_inputs)
        return judge(sitting, self.checks, Rescored(at=self.now(), pargrade=grader.__version__))


def rescore_class(book: Gradebook, out: Path, means: Again, dry_run: bool = False) -> Iterator[Rescoring]:
    """Judge every grade of the exercise again, one after the other, by student.

    The reports are written first, then the row in the gradebook, as when they were graded. The caller holds the
    folder. With ``dry_run`` nothing is written.

    Raises:
        GradebookError: The gradebook cannot be read or written.
        ExerciseError: The exercise is broken.
        OutputNotWritable: The reports cannot be written.
    """
    exercise = means.exercise.id
    by_student = _by_student(book, exercise)
    agreed = dry_run
    for entry in book.each_entry(exercise):
        try:
            before, kept = _stored(out, entry)
            after = means.judged(kept)
        except (BrokenEvidence, BrokenReceipt, ExerciseChanged) as error:
            yield Rescoring(entry.work.student, refused=" ".join(part for part in (error.message, error.hint) if part))
            continue
        if not agreed:
            _agree(book, means.exercise)
            by_student, agreed = _by_student(book, exercise), True
        case = by_student[entry.work.student]
        if not dry_run:
            _keep(book, out, entry, before, after, means, case)
        yield _told(before, after, case)
    if not dry_run:
        renew_all(book, out, exercise)  # for other terms, and adjustments made meanwhile


def difference(before: Grade, after: Grade) -> tuple[Change, ...]:
    """The score, where it changed, and the checks whose verdict or points changed."""
    scores = score_in_words(before), score_in_words(after)
    score = (Change("score", *scores),) if scores[0] != scores[1] else ()
    return (*score, *changed_checks(before, after))


def is_of(kept: StoredEvidence, grade: Grade) -> bool:
    """Whether a grade was made of this evidence, when the runs were made or later."""
    theirs = kept.grade
    return (theirs.exercise, theirs.submission.sha256, theirs.seed, theirs.graded_at) == (
        grade.exercise,
        grade.submission.sha256,
        grade.seed,
        grade.graded_at,
    )


def _by_student(book: Gradebook, exercise: str) -> dict[str, Case]:
    return {case.student.student: case for case in cases(book, exercise)}


def _agree(book: Gradebook, exercise: Exercise) -> None:
    """What the exercise says of points and lateness holds from now on."""
    terms = book.terms(exercise.id)
    if terms is not None:
        book.agree(terms_now(terms, exercise.spec))


def _stored(out: Path, entry: Entry) -> tuple[Grade, StoredEvidence]:
    if entry.receipt is None:
        raise BrokenEvidence("There is no grade to judge again.", entry.failure)
    before = parse(entry.receipt, f"the receipt of {entry.work.student}")
    kept = load_evidence(student_folder(out, entry.work.student) / EVIDENCE)
    if not is_of(kept, before):
        raise BrokenEvidence("The evidence that lies beside the report is that of another grading.")
    return before, kept


def _keep(book: Gradebook, out: Path, entry: Entry, before: Grade, after: Grade, means: Again, case: Case) -> None:
    work = _work_now(entry.work, means)
    if work == entry.work and _same(before, after):
        return
    assert after.rescored is not None
    renewed = replace(
        entry,
        work=work,
        outcome=after.status.value,
        score=after.score,
        max_score=after.max_score,
        receipt=dump(after),
        graded_at=after.rescored.at,
    )
    reports = reports_of(after, mark_of(renewed, case), renewed.receipt or "")
    put_reports(out, work.student, reports, keep=(EVIDENCE,))
    book.record(renewed, "rescored")


def _work_now(work: Work, means: Again) -> Work:
    return replace(work, exercise_sha256=means.exercise_sha256, grader_version=grader.__version__)


def _same(before: Grade, after: Grade) -> bool:
    """Whether both say the same; as receipts, since one of the two was read from one."""
    return dump(before.model_copy(update={"rescored": None})) == dump(after.model_copy(update={"rescored": None}))


def _told(before: Grade, after: Grade, case: Case) -> Rescoring:
    adjusted = any(one.points is not None for one in case.adjustments)
    return Rescoring(case.student.student, difference(before, after), not _same(before, after), adjusted)
