"""What lateness costs, for any time and any policy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch.late import days_late, penalty
from grader.model.exercise import LateSpec

DUE = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
TEN = Decimal(10)
PERCENT = st.decimals(0, 100, places=1)
RULES = st.builds(
    LateSpec,
    grace_minutes=st.integers(0, 3000),
    percent_per_day=PERCENT,
    most_percent=PERCENT,
    last_day=st.none() | st.integers(0, 30),
)
LATENESS = st.timedeltas(timedelta(days=-3), timedelta(days=60))
SCORES = st.decimals(0, 10, places=2)


@pytest.mark.parametrize(
    ("late", "days"),
    [
        (timedelta(0), 0),
        (timedelta(minutes=30), 0),
        (timedelta(minutes=31), 1),
        (timedelta(days=1), 1),
        (timedelta(days=1, seconds=1), 2),
        (timedelta(days=-5), 0),
    ],
)
def test_days_are_counted_from_the_deadline_once_the_grace_is_over(late: timedelta, days: int) -> None:
    assert days_late(DUE + late, DUE, LateSpec(grace_minutes=30, percent_per_day=Decimal(10))) == days


def test_without_a_time_or_a_deadline_nobody_is_late() -> None:
    assert days_late(None, DUE, None) == 0
    assert days_late(DUE, None, None) == 0


def test_zones_make_no_difference() -> None:
    elsewhere = (DUE + timedelta(hours=1)).astimezone(tz=None)

    assert days_late(elsewhere, DUE, None) == 1


@pytest.mark.parametrize(("days", "cost"), [(0, "0"), (1, "1.00"), (2, "2.00"), (3, "2.50"), (7, "2.50"), (8, "9.00")])
def test_each_day_takes_a_part_up_to_the_most_and_after_the_last_nothing_is_left(days: int, cost: str) -> None:
    rule = LateSpec(percent_per_day=Decimal(10), most_percent=Decimal(25), last_day=7)

    assert penalty(Decimal(9), TEN, days, rule) == Decimal(cost)


def test_without_a_rule_lateness_costs_nothing() -> None:
    assert penalty(TEN, TEN, 5, None) == 0


@given(SCORES, st.integers(0, 60), RULES)
def test_no_more_is_taken_than_there_is(score: Decimal, days: int, rule: LateSpec) -> None:
    assert 0 <= penalty(score, TEN, days, rule) <= score


@given(SCORES, LATENESS, LATENESS, RULES)
def test_handing_in_earlier_never_costs_more(score: Decimal, one: timedelta, other: timedelta, rule: LateSpec) -> None:
    first, second = (penalty(score, TEN, days_late(DUE + late, DUE, rule), rule) for late in sorted((one, other)))

    assert first <= second


@given(SCORES, st.timedeltas(timedelta(days=-30), timedelta(0)), RULES)
def test_in_time_nothing_is_lost(score: Decimal, late: timedelta, rule: LateSpec) -> None:
    assert penalty(score, TEN, days_late(DUE + late, DUE, rule), rule) == 0
