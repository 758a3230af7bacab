"""From a grade to the mark that goes out: what people changed, and what lateness costs. Pure but for ``marks``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from grader.batch.gradebook import Gradebook
from grader.batch.late import days_late, penalty
from grader.batch.places import report_page
from grader.batch.records import Adjustment, Entry, Found, Student, Terms, in_order
from grader.model.exercise import LateSpec
from grader.model.grade import Grade
from grader.model.mark import SETTLED, TOTAL, Mark, MarkAdjustment, Outcome
from grader.model.result import CheckResult, Verdict
from grader.report.json import parse
from grader.scoring import score

NOT_YET = "It was not graded yet."
"""Why there is no number of what was handed in and waits for its turn."""


@dataclass(frozen=True)
class Case:
    """All that decides about one student's mark beside the grade itself."""

    student: Student
    exercise: str
    terms: Terms | None = None
    found: Found | None = None
    adjustments: tuple[Adjustment, ...] = ()


def marks(book: Gradebook, exercise: str) -> tuple[Mark, ...]:
    """The marks of everyone known of in this exercise, by student."""
    return tuple(mark_of(book.entry(case.student.student, exercise), case) for case in cases(book, exercise))


def cases(book: Gradebook, exercise: str) -> tuple[Case, ...]:
    """Everyone of whom there is a grade, a submission, an adjustment, or who is missing; by student."""
    students = {each.student: each for each in book.students()}
    found = {each.student: each for each in book.found(exercise)}
    held: dict[str, list[Adjustment]] = {}
    for adjustment in book.adjustments(exercise):
        held.setdefault(adjustment.student, []).append(adjustment)
    terms = book.terms(exercise)
    graded = (entry.work.student for entry in book.entries(exercise, receipts=False))
    everyone = sorted({*found, *held, *graded}, key=in_order)
    return tuple(
        Case(students.get(key, Student(key)), exercise, terms, found.get(key), tuple(held.get(key, ())))
        for key in everyone
    )


def mark_of(entry: Entry | None, case: Case) -> Mark:
    """What counts for one student in the end.

    Only a grade that may be used as it stands gives a number, or one that a person settled: for this very
    submission, or by setting the whole mark.
    """
    base = _base(entry, case)
    total = _held(case, TOTAL)
    if total is not None:
        return _by_hand(base, total, case)
    if entry is None or entry.receipt is None:
        return base.model_copy(update={"adjustments": _as_told(case.adjustments)})
    found = _with_adjustments(entry, case)
    settlement = _held(case, SETTLED)
    settled = settlement is not None and settlement.source_sha256 in (None, entry.work.source_sha256)
    if found.score is None or (entry.outcome != "graded" and not settled):
        return base.model_copy(update={"adjustments": found.told, "reason": found.reason})
    due, rule = _deadline(case)
    days = days_late(entry.work.submitted_at, due, rule)
    cost = penalty(found.score, found.max_score, days, rule)
    return base.model_copy(
        update={
            "outcome": "graded",
            "score": found.score - cost,
            "max_score": found.max_score,
            "adjustments": found.told,
            "late_days": days,
            "late_penalty": cost if days else None,
            "reason": _earlier_ones(entry, case),
        }
    )


@dataclass(frozen=True)
class _Adjusted:
    score: Decimal | None
    max_score: Decimal
    told: tuple[MarkAdjustment, ...]
    reason: str = ""


def _base(entry: Entry | None, case: Case) -> Mark:
    outcome, reason = _outcome(entry, case.found)
    return Mark(
        student=case.student.student,
        name=case.student.name,
        identifiers=dict(case.student.identifiers),
        exercise=case.exercise,
        outcome=outcome,
        score=None,
        max_score=entry.max_score if entry and entry.max_score is not None else _max_score(case),
        graded_score=entry.score if entry else None,
        reason=reason,
        folder=case.found.folder if case.found else "",
        submitted_at=entry.work.submitted_at if entry else None,
        graded_at=entry.graded_at if entry else None,
        report=report_page(case.student.student) if entry and entry.receipt is not None else "",
    )


def _outcome(entry: Entry | None, found: Found | None) -> tuple[Outcome, str]:
    """How the grade stands by itself, and why there is no number."""
    match entry.outcome if entry else None:
        case "graded":
            return "graded", ""
        case "needs_review":
            return "needs_review", "A person has to look at it first."
        case "not_graded":
            return "not_graded", "Nothing could be judged."
        case "errored":
            return "errored", entry.failure if entry else ""
        case _ if found is not None and found.state == "refused":
            return "not_graded", found.reason
        case _ if found is not None and found.state == "handed_in":
            return "not_graded", NOT_YET
        case _:
            return "missing", "Nothing was handed in."


def _max_score(case: Case) -> Decimal | None:
    return case.terms.max_score if case.terms else None


def _deadline(case: Case) -> tuple[datetime | None, LateSpec | None]:
    return (case.terms.due, case.terms.late) if case.terms else (None, None)


def _held(case: Case, what: str) -> Adjustment | None:
    return next((each for each in case.adjustments if each.check_id == what), None)


def _by_hand(base: Mark, total: Adjustment, case: Case) -> Mark:
    return base.model_copy(
        update={"outcome": "graded", "score": total.points, "adjustments": _as_told(case.adjustments), "reason": ""}
    )


def _as_told(adjustments: Sequence[Adjustment], was: Mapping[str, Decimal] | None = None) -> tuple[MarkAdjustment, ...]:
    return tuple(
        MarkAdjustment(
            check_id=each.check_id,
            was=(was or {}).get(each.check_id),
            points=each.points,
            why=each.why,
            who=each.who,
            at=each.at,
        )
        for each in adjustments
    )


def _with_adjustments(entry: Entry, case: Case) -> _Adjusted:
    """The score with the points that people set, scaled like every score."""
    needed = entry.outcome != "graded" or case.adjustments
    if entry.max_score is not None and not needed:
        return _Adjusted(entry.score, entry.max_score, ())
    grade = parse(entry.receipt or "", f"the receipt of {entry.work.student}")
    points = {each.check_id: each.points for each in case.adjustments if each.points is not None}
    results = tuple(_set(result, points.get(result.id)) for result in grade.checks)
    told = _as_told(case.adjustments, {result.id: result.points for result in grade.checks})
    total = score(results, grade.review_reasons)
    return _Adjusted(total.score, total.max_score, told, _why_no_number(grade))


def _set(result: CheckResult, points: Decimal | None) -> CheckResult:
    if points is None:
        return result
    points = min(points, result.max_points)
    judged = Verdict.PASSED if points == result.max_points else Verdict.PARTIAL if points else Verdict.FAILED
    return result.model_copy(update={"points": points, "verdict": judged})


def _why_no_number(grade: Grade) -> str:
    broke = [f"The check {check.id} broke." for check in grade.checks if check.verdict is Verdict.ERRORED]
    return " ".join([*grade.review_reasons, *broke]) or "Nothing could be judged."


def _earlier_ones(entry: Entry, case: Case) -> str:
    """Adjustments hold on; that they were made for another submission is told."""
    old = [
        each.check_id
        for each in case.adjustments
        if each.points is not None and each.source_sha256 not in (None, entry.work.source_sha256)
    ]
    return f"Points set by hand for an earlier submission: {', '.join(old)}." if old else ""
