"""What a gradebook has for the exports: everyone's mark, and what each student may read of the grade."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from grader.batch.gradebook import Gradebook
from grader.batch.marks import marks
from grader.batch.places import PAGE
from grader.batch.reports import reports_of
from grader.batch.wording import changes_in_words, mark_in_words
from grader.errors import UnknownName
from grader.export.job import Feedback
from grader.model.mark import Mark
from grader.registry import near_names
from grader.report.comment import render_comment
from grader.report.json import parse


def marks_in(book: Gradebook, exercise: str | None = None) -> tuple[Mark, ...]:
    """Everyone's mark, in one exercise or in all.

    Raises:
        UnknownName: There is nothing of this exercise.
    """
    known = book.exercises()
    if exercise is None:
        return tuple(mark for each in known for mark in marks(book, each))
    if exercise not in known:
        raise UnknownName(f"The gradebook has nothing of the exercise {exercise!r}. {near_names(exercise, [*known])}")
    return marks(book, exercise)


def feedback_from(book: Gradebook, folder: Path) -> Callable[[Mark], Feedback]:
    """What a student may read: the comment is made from the receipt, the page is the one that lies in the folder."""

    def feedback(mark: Mark) -> Feedback:
        decided = (f"{mark_in_words(mark)} points.", *changes_in_words(mark))
        entry = book.entry(mark.student, mark.exercise)
        if entry is None or entry.receipt is None:
            return Feedback(render_comment(None, decided))
        grade = parse(entry.receipt, f"the receipt of {mark.student}")

        def page() -> bytes:
            with suppress(OSError):
                return (folder / mark.report).read_bytes()
            return reports_of(grade, mark)[PAGE]

        return Feedback(render_comment(grade, decided), page, grade.submission.name)

    return feedback
