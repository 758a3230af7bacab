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
from grader.batch.gradebook import Gradebook
from grader.batch.grading import renew_all
from grader.batch.marks import cases, mark_of
from grader.batch.places import EVIDENCE, put_reports, student_folder
from grader.batch.records import Entry
from grader.batch.reports import reports_of
from grader.batch.wording import mark_in_words
from grader.checks.base import Check
from grader.errors import BrokenEvidence, BrokenReceipt, ExerciseChanged
from grader.evidence_store import MakeInputs, StoredEvidence, load_evidence, restore
from grader.judging import judge
from grader.model.exercise import Exercise
from grader.model.grade import Grade, Rescored
from grader.model.mark import Mark
from grader.registry import Registry
from grader.report.comparison import Change, changed_checks, score_in_words
from grader.report.json import dump, parse


@dataclass(frozen=True)
class Rescoring:
    """What became of one grade. ``changes`` are those of its score, its checks and the mark that goes out.

    ``reworded`` tells of other changes, such as those of a message; ``refused`` why it was not judged again.
    """

    student: str
    changes: tuple[Change, ...] = ()
    reworded: bool = False
    adjusted: bool = False
    """Whether points of it are set by hand; they stay."""
    refused: str = ""
    name: str = ""


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
    by_student = {case.student.student: case for case in cases(book, exercise)}
    agreed_then = book.terms(exercise)
    terms = terms_now(agreed_then, means.exercise.spec) if agreed_then is not None else None
    agreed = dry_run or terms is None
    for entry in book.each_entry(exercise):
        case = by_student[entry.work.student]
        try:
            before, kept = _stored(out, entry)
            after = means.judged(kept)
        except (BrokenEvidence, BrokenReceipt, ExerciseChanged) as error:
            why = " ".join(part for part in (error.message, error.hint) if part)
            yield Rescoring(entry.work.student, refused=why, name=case.student.name)
            continue
        if not agreed and terms is not None:
            book.agree(terms)
            agreed = True
        renewed = _renewed(entry, after, means)
        now = mark_of(renewed, replace(case, terms=terms))
        if not dry_run and (renewed.work != entry.work or not _same(before, after)):
            put_reports(out, entry.work.student, reports_of(after, now, renewed.receipt or ""), keep=(EVIDENCE,))
            book.record(renewed, "rescored")
        yield Rescoring(
            entry.work.student,
            (*difference(before, after), *_other_mark(mark_of(entry, case), now)),
            not _same(before, after),
            any(one.points is not None for one in case.adjustments),
            name=case.student.name,
        )
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


def _stored(out: Path, entry: Entry) -> tuple[Grade, StoredEvidence]:
    if entry.receipt is None:
        raise BrokenEvidence("There is no grade to judge again.", entry.failure)
    before = parse(entry.receipt, f"the receipt of {entry.work.student}")
    kept = load_evidence(student_folder(out, entry.work.student) / EVIDENCE)
    if not is_of(kept, before):
        raise BrokenEvidence("The evidence that lies beside the report is that of another grading.")
    return before, kept


def _renewed(entry: Entry, after: Grade, means: Again) -> Entry:
    assert after.rescored is not None
    return replace(
        entry,
        work=replace(entry.work, exercise_sha256=means.exercise_sha256, grader_version=grader.__version__),
        outcome=after.status.value,
        score=after.score,
        max_score=after.max_score,
        receipt=dump(after),
        graded_at=after.rescored.at,
    )


def _other_mark(was: Mark, now: Mark) -> tuple[Change, ...]:
    """What goes out, where that changed and is not just the score: points set by hand, or lateness, are in it."""
    is_the_score = was.score == was.graded_score and now.score == now.graded_score
    words = mark_in_words(was), mark_in_words(now)
    return () if is_the_score or words[0] == words[1] else (Change("mark", *words),)


def _same(before: Grade, after: Grade) -> bool:
    """Whether both say the same; as receipts, since one of the two was read from one."""
    return dump(before.model_copy(update={"rescored": None})) == dump(after.model_copy(update={"rescored": None}))
