"""Which measured run comes next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.model.measurement import Outcome, Sample, Who
from grader.timing.plan import BUDGET_S, LARGEST_SCALE, MOST_ROUNDS, Progress, next_round, scale_after, seed_of_round
from tests.unit.timing.builders import a_round, a_sample


def after(*samples: Sample, spent_s: float = 0.8, clear: bool = False) -> Progress:
    return Progress(samples, spent_s, clear)


def test_a_clear_verdict_on_enough_work_needs_no_further_round() -> None:
    assert next_round(after(*a_round(), clear=True), 7, quick=False) is None


def test_an_open_verdict_asks_for_another_round_on_inputs_of_its_own() -> None:
    second = next_round(after(*a_round()), 7, quick=False)

    assert second is not None
    assert (second.number, second.scale) == (2, 1.0)
    assert second.seed not in (7, seed_of_round(7, 3))


def test_programs_take_turns_at_being_first() -> None:
    second = next_round(after(*a_round(1)), 7, quick=False)
    third = next_round(after(*a_round(1), *a_round(2)), 7, quick=False)

    assert second is not None
    assert third is not None
    assert second.order == tuple(reversed(third.order))


def test_after_three_rounds_no_more_are_made() -> None:
    samples = [sample for number in range(1, MOST_ROUNDS + 1) for sample in a_round(number)]

    assert next_round(after(*samples), 7, quick=False) is None


def test_quick_makes_one_round() -> None:
    assert next_round(after(*a_round(cpu_s=0.2)), 7, quick=True) is None


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.STOPPED])
def test_a_run_that_had_to_be_stopped_or_failed_is_the_last(outcome: Outcome) -> None:
    reference = a_sample(Who.REFERENCE)

    assert next_round(after(a_sample(outcome=outcome), reference), 7, quick=False) is None


def test_too_little_work_is_enlarged_although_the_verdict_is_clear() -> None:
    second = next_round(after(*a_round(cpu_s=0.5), clear=True), 7, quick=False)

    assert second is not None
    assert second.scale == 2.5


def test_a_round_that_will_not_end_in_time_is_not_begun() -> None:
    assert next_round(after(*a_round(wall_s=2.0), spent_s=BUDGET_S - 3.9), 7, quick=False) is None
    assert next_round(after(*a_round(wall_s=2.0), spent_s=BUDGET_S - 4.1), 7, quick=False) is not None


@given(cpu_s=st.floats(0, 100), scale=st.sampled_from([1.0, 1.5, 2.0, 4.0]))
def test_work_is_never_made_smaller_nor_without_end(cpu_s: float, scale: float) -> None:
    assert scale <= scale_after(a_round(scale=scale, cpu_s=cpu_s)) <= LARGEST_SCALE


@given(seed=st.integers(0, 2**64))
def test_each_round_has_a_seed_of_its_own(seed: int) -> None:
    seeds = [seed_of_round(seed, number) for number in range(1, 10)]

    assert len(set(seeds) | {seed}) == 10
    assert seeds == [seed_of_round(seed, number) for number in range(1, 10)]
