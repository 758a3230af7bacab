"""Results and points to a score: what could not be judged leaves the denominator."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.model.grade import Status
from grader.model.result import CheckResult, EvidenceKind, Verdict
from grader.scoring import NOT_JUDGED, Score, score

unhurried = settings(database=None, deadline=None)
"""The machine may be busy, and the checkout read-only."""

CENT = Decimal("0.01")


def result(verdict: Verdict, points: Decimal | int, most: Decimal | int) -> CheckResult:
    return CheckResult(
        id="a",
        title="t",
        topic="t",
        verdict=verdict,
        points=Decimal(points),
        max_points=Decimal(most),
        headline="h",
        evidence=EvidenceKind.KERNEL,
    )


@st.composite
def results(draw: st.DrawFn) -> CheckResult:
    """A result as the checks give them: points between nothing and all, and nothing where nothing was judged."""
    verdict = draw(st.sampled_from(Verdict))
    most = draw(st.decimals(0, 1000, places=2))
    share = {Verdict.PASSED: Decimal(1), Verdict.PARTIAL: draw(st.decimals(0, 1, places=2))}.get(verdict, Decimal(0))
    return result(verdict, most * share, most)


def test_all_passed_is_full_marks() -> None:
    assert score([result(Verdict.PASSED, 3, 3), result(Verdict.PASSED, 1, 1)]) == Score(
        Status.GRADED, Decimal("4.00"), Decimal(4), Decimal(4)
    )


def test_failed_and_skipped_checks_count_with_nothing() -> None:
    found = score([result(Verdict.PASSED, 1, 1), result(Verdict.FAILED, 0, 2), result(Verdict.SKIPPED, 0, 1)])

    assert (found.score, found.max_score, found.points_judged) == (1, 4, 4)


@pytest.mark.parametrize("verdict", NOT_JUDGED)
def test_what_could_not_be_judged_leaves_the_denominator_and_the_rest_is_scaled(verdict: Verdict) -> None:
    found = score([result(Verdict.PASSED, 3, 3), result(Verdict.FAILED, 0, 1), result(verdict, 0, 4)])

    assert (found.score, found.max_score, found.points_judged) == (6, 8, 4)


@pytest.mark.parametrize(
    ("earned", "expected"), [("0.125", "0.13"), ("0.135", "0.14"), ("0.1249", "0.12"), ("0.005", "0.01")]
)
def test_cents_are_rounded_half_up(earned: str, expected: str) -> None:
    assert score([result(Verdict.PARTIAL, Decimal(earned), 1)]).score == Decimal(expected)


def test_a_third_is_rounded_once_at_the_end() -> None:
    third = result(Verdict.PARTIAL, Decimal(1) / 3, 1)

    assert score([third, third, third]).score == Decimal("1.00")


@pytest.mark.parametrize(
    "nothing",
    [
        [],
        [result(Verdict.INCONCLUSIVE, 0, 3), result(Verdict.ERRORED, 0, 1)],
        [result(Verdict.PASSED, 0, 0), result(Verdict.INCONCLUSIVE, 0, 3)],
    ],
    ids=["no-checks", "none-judged", "only-a-gate-judged"],
)
def test_where_nothing_could_be_judged_there_is_no_score_and_not_zero(nothing: list[CheckResult]) -> None:
    found = score(nothing)

    assert (found.status, found.score, found.points_judged) == (Status.NOT_GRADED, None, 0)


def test_an_errored_check_or_a_reason_asks_for_review() -> None:
    assert score([result(Verdict.PASSED, 1, 1), result(Verdict.ERRORED, 0, 1)]).status is Status.NEEDS_REVIEW
    assert score([result(Verdict.PASSED, 1, 1)], ["It contradicts itself."]).status is Status.NEEDS_REVIEW


def test_an_inconclusive_check_asks_for_no_review() -> None:
    assert score([result(Verdict.PASSED, 1, 1), result(Verdict.INCONCLUSIVE, 0, 1)]).status is Status.GRADED


@unhurried
@given(st.lists(results(), max_size=12))
def test_a_score_is_between_nothing_and_the_maximum_in_whole_cents(given_results: list[CheckResult]) -> None:
    found = score(given_results)

    if found.score is not None:
        assert 0 <= found.score <= found.max_score
        assert found.score == found.score.quantize(CENT)
    assert 0 <= found.points_judged <= found.max_score


@unhurried
@given(st.lists(results(), min_size=1, max_size=8), st.sampled_from(NOT_JUDGED), st.integers(0, 50))
def test_what_could_not_be_judged_never_lowers_the_share(
    given_results: list[CheckResult], verdict: Verdict, most: int
) -> None:
    before, after = score(given_results), score([*given_results, result(verdict, 0, most)])

    if before.score is not None and after.score is not None:
        assert after.score * before.max_score >= before.score * after.max_score - CENT * (
            before.max_score + after.max_score
        )
    else:
        assert before.score == after.score


@unhurried
@given(st.lists(results(), max_size=8), st.randoms())
def test_the_order_of_the_results_does_not_matter(given_results: list[CheckResult], random) -> None:
    shuffled = list(given_results)
    random.shuffle(shuffled)

    assert score(shuffled) == score(given_results)


@unhurried
@given(st.lists(results(), min_size=1, max_size=8))
def test_the_score_is_none_exactly_when_it_is_not_graded(given_results: list[CheckResult]) -> None:
    found = score(given_results)

    assert (found.score is None) is (found.status is Status.NOT_GRADED)
