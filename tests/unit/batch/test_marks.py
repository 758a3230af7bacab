"""What counts in the end, from the grade, what people set, and lateness."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from grader.batch.marks import Case, mark_of
from grader.batch.records import Adjustment, Found, Student, Terms
from grader.batch.wording import changes_in_words, mark_in_words
from grader.model.exercise import LateSpec
from grader.model.grade import Status
from grader.model.mark import SETTLED, TOTAL
from grader.model.result import Verdict
from grader.testing import a_check, a_grade
from tests.unit.batch.fakes import NOON, an_entry

GRADE = a_grade(
    [
        a_check("counts", max_points=Decimal(3)),
        a_check("speedup", Verdict.INCONCLUSIVE),
        a_check("chunksize", Verdict.FAILED),
    ]
)
"""3 of 4 judged points, 3.75 of 5."""
IN_REVIEW = GRADE.model_copy(update={"status": Status.NEEDS_REVIEW, "review_reasons": ("Two witnesses disagree.",)})
LATE = Terms("word_count", 1, Decimal(5), NOON, LateSpec(percent_per_day=Decimal(10)))


def set_to(check: str, points: str | None, source: str | None = "a" * 64) -> Adjustment:
    return Adjustment(
        1, "ann", "word_count", check, None if points is None else Decimal(points), "seen by hand", "ta", NOON, source
    )


def case(*adjustments: Adjustment, **changes: Any) -> Case:
    return Case(Student("ann", "Ann", {"email": "ann@host"}), "word_count", adjustments=adjustments, **changes)


def test_a_grade_that_stands_is_the_mark() -> None:
    mark = mark_of(an_entry(grade=GRADE), case())

    assert (mark.outcome, mark.score, mark.max_score, mark.reason) == ("graded", Decimal("3.75"), Decimal(5), "")
    assert (mark.name, mark.identifiers, mark.report) == ("Ann", {"email": "ann@host"}, "students/ann/report.html")


def test_points_set_by_hand_are_scaled_like_all_others() -> None:
    mark = mark_of(an_entry(grade=GRADE), case(set_to("chunksize", "0.5")))

    assert (mark.score, mark.graded_score) == (Decimal("4.38"), Decimal("3.75"))
    assert [(told.check_id, told.was, told.points) for told in mark.adjustments] == [
        ("chunksize", Decimal(0), Decimal("0.5"))
    ]


def test_points_set_for_what_could_not_be_told_make_it_judged() -> None:
    assert mark_of(an_entry(grade=GRADE), case(set_to("speedup", "1"))).score == Decimal(4)


def test_a_comment_changes_nothing_and_is_shown() -> None:
    mark = mark_of(an_entry(grade=GRADE), case(set_to("counts", None)))

    assert mark.score == Decimal("3.75")
    assert list(changes_in_words(mark)) == ["counts: seen by hand (ta, 2026-03-02)"]


@pytest.mark.parametrize("adjustments", [(), (set_to("counts", "3"),)])
def test_what_needs_review_gives_no_number_before_a_person_said_so(adjustments: tuple[Adjustment, ...]) -> None:
    mark = mark_of(an_entry(grade=IN_REVIEW), case(*adjustments))

    assert (mark.outcome, mark.score, mark.reason) == ("needs_review", None, "Two witnesses disagree.")
    assert mark_in_words(mark) == "no number: Two witnesses disagree."


def test_a_settled_grade_counts_with_what_was_set() -> None:
    mark = mark_of(an_entry(grade=IN_REVIEW), case(set_to(SETTLED, None), set_to("counts", "1")))

    assert (mark.outcome, mark.score) == ("graded", Decimal("1.25"))


def test_it_is_settled_for_the_submission_that_was_looked_at() -> None:
    mark = mark_of(an_entry(grade=IN_REVIEW), case(set_to(SETTLED, None, source="b" * 64)))

    assert (mark.outcome, mark.score) == ("needs_review", None)


def test_points_hold_on_for_a_later_submission_and_that_is_told() -> None:
    mark = mark_of(an_entry(grade=GRADE), case(set_to("chunksize", "1", source="b" * 64)))

    assert mark.score == Decimal(5)
    assert "earlier submission: chunksize" in mark.reason


def test_settling_gives_no_number_where_nothing_could_be_judged() -> None:
    nothing = a_grade([a_check("speedup", Verdict.INCONCLUSIVE)], status=Status.NOT_GRADED, score=None)

    assert mark_of(an_entry(grade=nothing), case(set_to(SETTLED, None))).score is None


@pytest.mark.parametrize(
    ("entry", "found", "outcome", "reason"),
    [
        (None, None, "missing", "Nothing was handed in."),
        (None, Found("ann", "word_count", "missing"), "missing", "Nothing was handed in."),
        (None, Found("ann", "word_count", "refused", "a.zip", "It is cut off."), "not_graded", "It is cut off."),
        (None, Found("ann", "word_count", "handed_in"), "not_graded", "It was not graded yet."),
        (an_entry(failure="The disk is full."), None, "errored", "The disk is full."),
    ],
)
def test_without_a_grade_there_is_no_number_and_a_reason(
    entry: Any, found: Found | None, outcome: str, reason: str
) -> None:
    mark = mark_of(entry, case(found=found))

    assert (mark.outcome, mark.score, mark.reason, mark.report) == (outcome, None, reason, "")


@pytest.mark.parametrize("entry", [None, an_entry(), an_entry(grade=GRADE), an_entry(grade=IN_REVIEW)])
def test_the_whole_mark_set_by_hand_is_the_mark_whatever_else(entry: Any) -> None:
    mark = mark_of(entry, case(set_to(TOTAL, "2"), set_to("counts", "0"), terms=LATE))

    assert (mark.outcome, mark.score, mark.max_score, mark.late_penalty) == ("graded", Decimal(2), Decimal(5), None)


def test_lateness_is_taken_off_after_the_adjustments() -> None:
    entry = an_entry(grade=GRADE, submitted_at=NOON + timedelta(days=1, hours=1))

    mark = mark_of(entry, case(set_to("chunksize", "1"), terms=LATE))

    assert (mark.score, mark.late_days, mark.late_penalty) == (Decimal(4), 2, Decimal(1))
    assert list(changes_in_words(mark))[-1] == "2 days late: 1 point off."


def test_in_time_lateness_is_not_spoken_of() -> None:
    mark = mark_of(an_entry(grade=GRADE, submitted_at=NOON), case(terms=LATE))

    assert (mark.score, mark.late_days, mark.late_penalty) == (Decimal("3.75"), 0, None)
    assert list(changes_in_words(mark)) == []
