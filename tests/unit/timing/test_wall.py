"""What is said of the wall clock: it is shown, with how far it can be believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.model.run import ProcessRecord
from grader.testing import a_wall_clock, an_observation
from grader.timing.machine import attainable_speedup
from grader.timing.stats import median_interval
from grader.timing.wall import Pairs, Place, queued_share, wall_clock

RATIOS = st.lists(st.floats(0.1, 10), min_size=3, max_size=6)


def place(**changes) -> Place:
    return Place(**{"inputs": "some files", "workers": 4, "cores": 4.0, "attainable": (3.9, 3.8)} | changes)


def test_few_pairs_have_no_interval() -> None:
    found = a_wall_clock(1.6, 1.5)

    assert found.ratio == pytest.approx(1.55, abs=0.01)
    assert (found.low, found.high) == (None, None)
    assert "between" not in found.sentence


def test_the_interval_says_how_far_the_pairs_differ() -> None:
    found = a_wall_clock(1.5, 1.9, 1.6, place=place())

    assert found.low == pytest.approx(1.5, abs=0.01)
    assert found.high == pytest.approx(1.9, abs=0.01)
    assert "1.6 times as fast as the serial program, between 1.5 and 1.9." in found.sentence
    assert "on some files and 4 cores" in found.sentence


@given(RATIOS)
def test_the_median_lies_within_its_interval(values: list[float]) -> None:
    low, high = median_interval(values) or (0.0, 0.0)

    assert min(values) <= low <= sorted(values)[len(values) // 2]
    assert sorted(values)[(len(values) - 1) // 2] <= high <= max(values)


def test_more_pairs_narrow_the_interval() -> None:
    few, many = median_interval([1.0, 1.5, 2.0]), median_interval([1.0, 1.4, 1.5, 1.5, 1.6, 2.0])

    assert few == (1.0, 2.0)
    assert many is not None
    assert many[1] - many[0] < 1.0


def test_few_cores_are_named_as_the_reason() -> None:
    sentence = a_wall_clock(1.6, 1.6, 1.6, place=place(cores=2.0, attainable=(1.95, 1.9))).sentence

    assert "A perfectly parallel program reaches 1.9" in sentence
    assert "More than 2 cannot be seen on so few cores" in sentence
    assert "busy" not in sentence


@pytest.mark.parametrize("changes", [{"attainable": (3.9, 1.2)}, {"others_cores": 0.8}])
def test_a_busy_machine_is_named_as_the_reason(changes) -> None:
    assert "The machine was busy" in a_wall_clock(1.0, 1.1, 1.2, place=place(**changes)).sentence


def test_on_an_idle_machine_with_cores_enough_there_is_nothing_to_excuse() -> None:
    sentence = a_wall_clock(3.2, 3.3, 3.4, place=place(others_cores=0.05)).sentence

    assert sentence.endswith("reaches 3.8 on this machine just now.")


def test_a_wide_interval_supports_no_decimal() -> None:
    assert "it was 3 times as fast" in a_wall_clock(2.1, 3.2, 4.4, place=place()).sentence


def test_the_wait_for_a_core_is_part_of_the_time_a_program_could_use() -> None:
    waiting = ProcessRecord(2, 1, 0.3, 0.0, 0.5, queued_s=0.1)
    unknown = ProcessRecord(3, 1, 5.0, 0.0, 0.5)

    assert queued_share(an_observation(processes=(waiting, unknown))) == pytest.approx(0.25)
    assert queued_share(an_observation(processes=(unknown,))) is None


def test_without_a_pair_there_is_nothing_to_say() -> None:
    assert wall_clock(Pairs(), place()) is None


def test_what_is_attainable_is_no_more_than_the_processes() -> None:
    found = attainable_speedup(2, spin_s=0.02)

    assert found is not None
    assert 0 < found <= 2
