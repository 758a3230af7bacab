"""The cost model: how long workers need for chunks, and what it predicts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.model.speed import ChunkCurve, Prediction
from grader.model.trace import ChunkDone
from grader.timing.curve import Round, Swept, curve_of
from grader.timing.model import CostModel, fitted, item_times, makespan, unseen_size, what_if

tasks = st.lists(st.floats(0.0, 10.0), min_size=1, max_size=30)
TRUE = CostModel((0.0001,) * 3000, start_s=0.06, rest_s=0.04, message_s=0.00015)
SIZES = (1, 4, 16, 64, 256, 750, 3000)


def a_curve(model: CostModel = TRUE, sizes: tuple[int, ...] = SIZES, own: int = 4) -> ChunkCurve:
    swept = Swept("scenes", 3_000_000, items=len(model.item_s), workers=4, cores=2.0, own=own)
    seconds = {size: model.wall_s(size, 4, 2.0) for size in sizes}
    curve = curve_of(swept, [Round(0.5, seconds)])
    assert curve is not None
    return curve


@pytest.mark.parametrize(
    ("tasks", "workers", "cores", "seconds"),
    [
        ([3.0], 4, 4, 3.0),
        ([1.0] * 8, 4, 4, 2.0),
        ([1.0] * 8, 4, 2, 4.0),
        ([1.0] * 8, 1, 4, 8.0),
        ([2.0, 1.0, 1.0], 2, 2, 2.0),
        ([1.0, 1.0, 1.0, 3.0], 2, 2, 4.0),
        ([1.0, 3.0], 2, 1, 4.0),
        ([1.0, 1.0], 2, 0.5, 4.0),
        ([], 2, 2, 0.0),
    ],
)
def test_chunks_go_to_the_worker_that_is_free_first(
    tasks: list[float], workers: int, cores: float, seconds: float
) -> None:
    assert makespan(tasks, workers, cores) == pytest.approx(seconds)


@given(tasks, st.integers(1, 16), st.floats(0.5, 16))
def test_no_plan_beats_the_cores_or_the_longest_task(tasks: list[float], workers: int, cores: float) -> None:
    found = makespan(tasks, workers, cores)

    at_once = min(workers, cores)
    assert found >= sum(tasks) / at_once - 1e-6
    assert found >= max(tasks) - 1e-6
    assert found <= sum(tasks) / min(1.0, cores) + 1e-6


@given(tasks, st.integers(1, 16))
def test_on_idle_cores_no_worker_waits_while_there_are_chunks(tasks: list[float], workers: int) -> None:
    assert makespan(tasks, workers, workers) <= sum(tasks) / workers + max(tasks) + 1e-6


def a_chunk(first: int, count: int, cpu_s: float) -> ChunkDone:
    return ChunkDone(type="chunk", call=1, index=first, first=first, count=count, pid=9, start=0, end=1, cpu_s=cpu_s)


def test_an_item_has_its_chunks_mean_time() -> None:
    assert item_times([a_chunk(2, 1, 0.5), a_chunk(0, 2, 0.2)]) == (0.1, 0.1, 0.5)


def test_a_chunk_that_claims_to_hold_a_billion_items_is_not_believed() -> None:
    assert item_times([a_chunk(0, 10**9, 0.5)]) == ()
    assert item_times([a_chunk(0, 0, 0.5), a_chunk(0, 1, 0.2)]) == (0.2,)


def test_beyond_all_in_one_chunk_there_is_nothing_to_predict() -> None:
    curve = a_curve(sizes=(2999, 3000, 3001, 5000))

    assert unseen_size(curve, 0.9) is None


def test_a_program_that_follows_the_model_is_predicted_exactly() -> None:
    model = fitted(a_curve(), TRUE.item_s, start_s=0.06)

    assert model is not None
    assert model.message_s == pytest.approx(TRUE.message_s, rel=0.05)
    for size in (2, 8, 100, 500, 1500):
        assert model.wall_s(size, 4, 2.0) == pytest.approx(TRUE.wall_s(size, 4, 2.0), rel=0.05)


def test_without_the_cost_of_a_message_or_all_task_times_there_is_no_model() -> None:
    assert fitted(a_curve(sizes=(750, 1500, 3000)), TRUE.item_s, 0.06) is None
    assert fitted(a_curve(), TRUE.item_s[:-1], 0.06) is None


@given(st.floats(0, 0.999), st.sets(st.integers(1, 3000), min_size=3, max_size=8))
def test_the_size_to_check_was_not_measured_and_lies_between_two_that_were(draw: float, sizes: set[int]) -> None:
    curve = a_curve(sizes=tuple(sizes))

    size = unseen_size(curve, draw)

    if size is None:
        assert max(sizes) - min(sizes) == len(sizes) - 1
    else:
        assert size not in sizes
        assert min(sizes) < size < max(sizes)


def test_more_workers_on_as_many_idle_cores_are_never_slower_here() -> None:
    told = what_if(TRUE, a_curve())

    assert [one.workers for one in told.by_workers] == [2, 4, 8, 16]
    assert all(a.predicted_s >= b.predicted_s for a, b in pairwise(told.by_workers))


def test_the_error_is_that_of_the_checked_prediction() -> None:
    checked = Prediction(chunksize=32, workers=4, predicted_s=0.3, measured_s=0.25)

    assert what_if(TRUE, a_curve(), checked).error == pytest.approx(0.2)
    assert what_if(TRUE, a_curve()).error is None


def test_the_sentence_names_what_more_workers_cannot_shorten() -> None:
    assert what_if(TRUE, a_curve(own=1)).sentence == (
        "With chunk size 1 on 16 workers and as many idle cores it would take about 0.57 s, in place of 0.70 s on 2: "
        "0.9 times as fast as the serial program. Most of what more workers cannot shorten is messages (0.45 s)."
    )
