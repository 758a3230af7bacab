"""The reports of one student, as they lie in the student's folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grader.batch.marks import Case, mark_of
from grader.batch.places import EVIDENCE, FAILURE, MARK, PAGE, RECEIPT, has_reports, put_reports
from grader.batch.records import Entry
from grader.batch.wording import changes_in_words, mark_in_words
from grader.model.grade import Grade, Status
from grader.model.mark import Mark
from grader.report.html import render_html
from grader.report.json import parse
from grader.report.markdown import render_markdown


def reports_of(grade: Grade | None, mark: Mark, receipt: str = "") -> Mapping[str, bytes]:
    """The files by name: always the mark, and with a grade its page, its Markdown and its receipt."""
    made = _told(mark, receipt)
    if grade is not None:
        decided = _decided(mark)
        confirmed = mark.score is not None and grade.status is not Status.GRADED
        made[PAGE] = render_html(grade, decided, confirmed=confirmed).encode()
        made["report.md"] = render_markdown(grade, decided, confirmed=confirmed).encode()
    return made


def renew_reports(out: Path, entry: Entry, case: Case) -> bool:
    """Make the reports again where they do not say what the gradebook says; whether that was needed.

    Raises:
        OutputNotWritable: They cannot be written.
        BrokenReceipt: The receipt in the gradebook is none.
    """
    mark = mark_of(entry, case)
    receipt = entry.receipt or ""
    if has_reports(out, entry.work.student, _told(mark, receipt)):
        return False
    grade = parse(receipt, f"the receipt of {entry.work.student}") if receipt else None
    put_reports(out, entry.work.student, reports_of(grade, mark, receipt), keep=(EVIDENCE, FAILURE))
    return True


def _decided(mark: Mark) -> tuple[str, ...]:
    """The mark and what made it another one than the score; nothing where it is the same."""
    changes = tuple(changes_in_words(mark))
    return (mark_in_words(mark), *changes) if changes else ()


def _told(mark: Mark, receipt: str) -> dict[str, bytes]:
    """The files by which it is told whether the others are of this grade."""
    told = {MARK: mark.model_dump_json(indent=2).encode() + b"\n"}
    return told | ({RECEIPT: receipt.encode()} if receipt else {})
