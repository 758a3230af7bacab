"""The curve of speed by chunk size: sizes to try, the band of good ones, the cost of a message, the sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.timing.curve import Round, Swept, chunks_of, curve_of, message_cost, near_best, sizes_to_try

SCENES = Swept("3,000 scenes of 1 kB", 2_400_000, items=3000, workers=4, cores=2.0, own=2)
TYPICAL = {1: 0.8, 2: 0.6, 4: 0.4, 16: 0.3, 64: 0.25, 256: 0.24, 750: 0.25, 3000: 0.4}


def a_curve(seconds: dict[int, float], serial_s: float = 0.56, swept: Swept = SCENES, others: float = 0.0):
    curve = curve_of(swept, [Round(serial_s, seconds, (others,))])
    assert curve is not None
    return curve


@given(st.integers(1, 100_000), st.integers(1, 64))
def test_the_sizes_to_try_are_few_different_and_possible(items: int, workers: int) -> None:
    sizes = sizes_to_try(items, workers)

    assert len(sizes) == len(set(sizes)) <= 13
    assert all(1 <= size <= items for size in sizes)
    assert {1, chunks_of(items, workers), items} <= set(sizes)


def test_the_sizes_that_tell_most_come_first() -> None:
    assert sizes_to_try(3000, 4)[:5] == [1, 750, 3000, 16, 64]


def test_the_speed_is_told_against_the_serial_program() -> None:
    curve = a_curve({1: 0.8, 64: 0.2, 3000: 0.4}, serial_s=0.4)

    assert [(point.chunksize, point.chunks, point.speedup) for point in curve.points] == [
        (1, 3000, 0.5),
        (64, 47, 2.0),
        (3000, 1, 1.0),
    ]


def test_disturbed_runs_are_outweighed_by_a_quiet_one_of_another_round() -> None:
    rounds = [Round(0.4, {1: 0.8, 64: 0.9, 3000: 0.4}), Round(0.7, {1: 1.4, 64: 0.2, 3000: 0.6})]

    curve = curve_of(SCENES, rounds)

    assert curve is not None
    point = curve.points[1]
    assert (point.speedup, point.seconds) == (2.0, (0.9, 0.2))
    assert point.low == pytest.approx(0.4 / 0.9)
    assert point.high == pytest.approx(3.5)


rounds = st.builds(
    Round, st.floats(0.01, 10), st.dictionaries(st.integers(1, 50), st.floats(0.01, 10), min_size=3, max_size=6)
)


@given(st.lists(rounds, min_size=1, max_size=3))
def test_the_speed_lies_between_its_least_and_its_greatest(rounds: list[Round]) -> None:
    curve = curve_of(SCENES, rounds)

    assert curve is not None
    assert all(point.low <= point.speedup <= point.high for point in curve.points)


def test_two_sizes_are_no_curve() -> None:
    assert curve_of(SCENES, [Round(0.4, {1: 0.8, 3000: 0.4})]) is None
    assert curve_of(SCENES, []) is None


def test_the_band_holds_all_sizes_near_the_best_and_none_beyond_a_bad_one() -> None:
    curve = a_curve({1: 0.5, 2: 0.31, 4: 0.5, 16: 0.32, 64: 0.3, 256: 0.33, 3000: 0.6})

    assert (curve.best_from, curve.best_to) == (16, 256)


@given(st.dictionaries(st.integers(1, 3000), st.floats(0.01, 100), min_size=3, max_size=12))
def test_the_best_size_is_in_the_band_and_every_size_of_the_band_is_near_it(seconds: dict[int, float]) -> None:
    points = a_curve(seconds).points

    first, last = near_best(points)

    best = max(point.speedup for point in points)
    assert max(point.speedup for point in points[first : last + 1]) == best
    assert all(point.speedup >= 0.85 * best for point in points[first : last + 1])


@given(st.floats(0, 0.001), st.floats(0.1, 2.0))
def test_the_cost_of_a_message_is_found_in_times_without_noise(message_s: float, fixed_s: float) -> None:
    seconds = {size: fixed_s + message_s * chunks_of(3000, size) for size in (1, 4, 16, 64, 256, 750)}

    assert a_curve(seconds).message_s == pytest.approx(message_s, abs=1e-9)


def test_one_disturbed_run_moves_the_cost_of_a_message_little() -> None:
    seconds = {size: 0.2 + 0.0002 * chunks_of(3000, size) for size in (1, 2, 4, 16, 64, 256, 750)}

    found = a_curve(seconds | {64: 0.9}).message_s

    assert found == pytest.approx(0.0002, rel=0.1)


def test_sizes_that_starve_a_worker_say_nothing_of_messages() -> None:
    curve = a_curve({750: 0.2, 1500: 0.3, 3000: 0.5})

    assert curve.message_s is None


@given(st.dictionaries(st.integers(1, 3000), st.floats(0.01, 100), min_size=1, max_size=12))
def test_a_message_never_costs_less_than_nothing(seconds: dict[int, float]) -> None:
    points = a_curve(seconds | {1: 1.0, 2: 1.0, 4: 1.0}).points

    assert (message_cost(points, 4) or 0.0) >= 0.0


def test_the_sentence_says_what_being_outside_the_band_costs() -> None:
    assert a_curve(TYPICAL).sentence == (
        "Chunk size 1 makes it 0.7 times as fast as the serial program, and 3,000 makes it 1.4 times as fast; "
        "anything from 64 to 750 makes it 2.2 times as fast. Yours, 2, makes it 0.9 times as fast."
    )


def test_where_the_chunk_size_does_not_matter_the_sentence_says_so() -> None:
    curve = a_curve({1: 0.21, 4: 0.2, 10: 0.2}, serial_s=0.3)

    assert curve.sentence == (
        "The chunk size hardly matters here: from 1 to 10 it is 1.5 times as fast as the serial program."
    )


def test_a_busy_machine_is_told() -> None:
    rough = a_curve(TYPICAL, others=0.5)
    useless = a_curve(TYPICAL, others=1.4)

    assert rough.sentence.startswith("Chunk size 1 makes")
    assert rough.sentence.endswith("Other programs kept 0.5 of 2 cores busy meanwhile, so the figures are rough.")
    assert "times as fast" not in useless.sentence
    assert useless.sentence.startswith("Other programs kept 1.4 of 2 cores busy")
