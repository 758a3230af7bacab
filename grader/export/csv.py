"""All marks as one table, for spreadsheets and scripts. Text that a spreadsheet would compute is made harmless."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from grader.export.filling import shown, with_number
from grader.export.job import Export, Job
from grader.export.sheet import as_text
from grader.model.mark import Mark, MarkAdjustment

_BEFORE = ("student", "name", "exercise", "outcome", "score", "max_score", "graded_score", "late_days", "late_penalty")
_AFTER = ("adjustments", "reason", "submitted_at", "graded_at", "report")
BOM = "\ufeff"
"""Without it Excel takes the letters of UTF-8 for others."""


def export_csv(job: Job) -> Export:
    """A row for each mark, a column for each kind of identifier; no number for who has none."""
    given, left_out = with_number(job.marks)
    kinds = sorted({kind for mark in job.marks for kind in mark.identifiers})
    rows = (_row(mark, kinds) for mark in job.marks)
    content = BOM + table((*_BEFORE, *kinds, *_AFTER), rows)
    return Export(content.encode(), tuple(mark.student for mark, _ in given), tuple(left_out))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Text after RFC 4180, with formulas escaped."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([as_text(cell) for cell in row] for row in rows)
    return out.getvalue()


def _row(mark: Mark, kinds: Sequence[str]) -> list[str]:
    score, before = (mark.score, mark.graded_score) if mark.outcome == "graded" else (None, None)
    return [
        *(mark.student, mark.name, mark.exercise, mark.outcome),
        *(_number(score), _number(mark.max_score), _number(before)),
        *(str(mark.late_days), _number(mark.late_penalty)),
        *(mark.identifiers.get(kind, "") for kind in kinds),
        *("; ".join(map(_told, mark.adjustments)), mark.reason),
        *(_moment(mark.submitted_at), _moment(mark.graded_at), mark.report),
    ]


def _told(change: MarkAdjustment) -> str:
    points = "comment" if change.points is None else f"{_number(change.was) or 'nothing'} to {shown(change.points)}"
    return f"{change.check_id}: {points}, {change.why} ({change.who})"


def _number(value: Decimal | None) -> str:
    return "" if value is None else shown(value)


def _moment(value: datetime | None) -> str:
    return "" if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")
