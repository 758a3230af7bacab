"""What a gradebook has for the exports: everyone's mark, and what each student may read of the grade."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from grader.batch.gradebook import Gradebook, has_gradebook, open_gradebook
from grader.batch.marks import cases, mark_of
from grader.errors import GradebookError, UnknownName
from grader.export.job import Feedback
from grader.model.mark import Mark
from grader.registry import near_names
from grader.report.comment import render_comment
from grader.report.json import parse


def open_existing(folder: Path, who: str) -> Gradebook:
    """The gradebook in an output folder of ``grade batch``.

    Raises:
        GradebookError: There is none, or it cannot be read.
    """
    if not has_gradebook(folder):
        raise GradebookError(
            f"There is no gradebook in {str(folder)!r}.", "Name the folder that was given to: grade batch ... --out DIR"
        )
    return open_gradebook(folder, who)


def marks_in(book: Gradebook, exercise: str | None = None) -> tuple[Mark, ...]:
    """Everyone's mark, in one exercise or in all.

    Raises:
        UnknownName: There is nothing of this exercise.
    """
    exercises = book.exercises()
    if exercise is not None and exercise not in exercises:
        raise UnknownName(
            f"The gradebook has nothing of the exercise {exercise!r}. {near_names(exercise, [*exercises])}"
        )
    return tuple(
        mark_of(book.entry(case.student.student, each), case)
        for each in ([exercise] if exercise is not None else exercises)
        for case in cases(book, each)
    )


def feedback_from(book: Gradebook, folder: Path) -> Callable[[Mark], Feedback | None]:
    """What a student may read: the comment is made from the receipt, the page is the one that lies in the folder."""

    def feedback(mark: Mark) -> Feedback | None:
        entry = book.entry(mark.student, mark.exercise)
        if entry is None or entry.receipt is None:
            return None
        grade = parse(entry.receipt, f"the receipt of {mark.student}")

        def page() -> bytes:
            with suppress(OSError):
                return (folder / mark.report).read_bytes()
            from grader.report.html import render_html

            return render_html(grade).encode()

        return Feedback(render_comment(grade, mark), page, grade.submission.name)

    return feedback
