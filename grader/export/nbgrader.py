"""nbgrader: the columns of its own CSV export, and reports where its feedback lies in a course's folder.

Columns after ``nbgrader/plugins/export.py``; a page is ``feedback/<student>/<assignment>/<name>.html``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from decimal import Decimal
from pathlib import PurePosixPath

from grader.export.csv import table
from grader.export.filling import one_exercise, shown, with_number
from grader.export.job import Export, Job
from grader.model.mark import Mark

COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)


def export_nbgrader(job: Job) -> Export:
    """``grades.csv`` with every student, those without a number with empty scores, and the pages of the others."""
    one_exercise(job.marks)
    given, left_out = with_number(job.marks)
    scores = {mark.student: score for mark, score in given}
    rows = [_row(mark, scores.get(mark.student)) for mark in job.marks]
    content = table(COLUMNS, rows).encode()
    files: dict[str, Callable[[], bytes]] = {"grades.csv": lambda: content}
    notes: list[str] = []
    for mark, _ in given:
        feedback = job.feedback(mark)
        if feedback is None or feedback.page is None:
            continue
        parts = (mark.student, mark.exercise, f"{PurePosixPath(feedback.file_name).stem}.html")
        if all(map(_is_file_name, parts)):
            files["/".join(("feedback", *parts))] = feedback.page
        else:
            notes.append(
                f"The report of {mark.student} is left out: no folder can be named so. The mark is in the table."
            )
    return Export(None, tuple(scores), tuple(left_out), notes=tuple(notes), files=files)


def _row(mark: Mark, score: Decimal | None) -> tuple[str, ...]:
    last, comma, first = mark.name.partition(", ")
    handed_in = mark.submitted_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if mark.submitted_at else ""
    raw = None
    if score is not None:
        raw = score + (mark.late_penalty or 0)
    return (
        *(mark.exercise, "", handed_in, mark.student, last, first if comma else "", mark.identifiers.get("email", "")),
        *(
            "" if value is None else shown(value)
            for value in (raw, None if score is None else mark.late_penalty or Decimal(0), score, mark.max_score)
        ),
    )


def _is_file_name(part: str) -> bool:
    return bool(part) and not part.startswith(".") and not any(sign in part for sign in "/\\\0:") and part.isprintable()
