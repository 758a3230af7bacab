"""The arithmetic of speed: what dividing the work gives, and what gives nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.timing.stats import ReferenceWork, earned_share, modelled_seconds, shared_speedup, speedup

seconds = st.floats(0.01, 100)
many = st.lists(seconds, min_size=1, max_size=8)


REFERENCE = ReferenceWork(total_s=1.1, main_s=0.1)


def of_reference(main_s: float, workers_s: list[float], workers: int) -> float:
    """The share of the points, beside a reference that has 1.0 s of work for its workers and 0.1 s besides."""
    reference = speedup(0.1, [1.0 / workers] * workers, workers, REFERENCE)
    return float(earned_share(speedup(main_s, workers_s, workers, REFERENCE), reference))


@pytest.mark.parametrize(
    ("what", "main_s", "workers_s", "share"),
    [
        ("honest", 0.1, [0.25] * 4, 1),
        ("honest, somewhat uneven", 0.1, [0.27, 0.26, 0.24, 0.23], 1),
        ("a shorter way to count", 0.1, [0.12] * 4, 1),
        ("one chunk for all", 0.1, [1.0, 0, 0, 0], 0),
        ("one chunk, a shorter way to count", 0.05, [0.3, 0, 0, 0], 0),
        ("serial, and a map for show", 1.1, [0.01] * 4, 0),
        ("serial first, then once more in the pool", 1.2, [0.25] * 4, 0),
        ("serial first, then once more, in a shorter way", 0.6, [0.15] * 4, 0),
        ("serial first, then once more, in a much shorter way", 0.3, [0.08] * 4, 0),
        ("serial first, then once more, with clocks that differ", 0.45, [0.2] * 4, 0),
        ("slow to put results together", 0.3, [0.25] * 4, 0.59),
        ("all in the main process", 1.1, [], 0),
        ("sleeping workers", 1.1, [0.0] * 4, 0),
        ("main works, workers spin", 1.1, [1.1] * 4, 0),
        ("one works, three spin", 0.1, [1.0] * 4, 0),
    ],
)
def test_programs_earn_by_how_their_work_is_shared(
    what: str, main_s: float, workers_s: list[float], share: float
) -> None:
    assert of_reference(main_s, workers_s, 4) == pytest.approx(share, abs=0.03), what


def test_two_chunks_for_four_workers_earn_a_part() -> None:
    assert 0.2 < of_reference(0.1, [0.5, 0.5, 0, 0], 4) < 0.8


def test_who_asks_for_two_workers_is_judged_on_two() -> None:
    assert of_reference(0.1, [0.5, 0.5], 2) == 1


@given(main_s=seconds, workers_s=many, workers=st.integers(1, 8), reference_s=seconds, times=st.floats(0.1, 10))
def test_only_proportions_count_not_seconds(
    main_s: float, workers_s: list[float], workers: int, reference_s: float, times: float
) -> None:
    """So the verdict is the same on a slow machine and a fast one."""
    reference = ReferenceWork(reference_s, reference_s / 10)
    slow_reference = ReferenceWork(reference_s * times, reference_s * times / 10)
    slower = speedup(main_s * times, [cpu * times for cpu in workers_s], workers, slow_reference)

    assert slower == pytest.approx(speedup(main_s, workers_s, workers, reference))


@given(main_s=seconds, workers_s=many, workers=st.integers(1, 8), reference_s=seconds)
def test_dividing_work_over_workers_gives_at_most_as_many_times(
    main_s: float, workers_s: list[float], workers: int, reference_s: float
) -> None:
    reference = ReferenceWork(reference_s, reference_s / 10)

    assert 0 < shared_speedup(main_s, workers_s, workers, reference) <= workers + 1e-9


@given(main_s=seconds, more_s=seconds, workers_s=many, workers=st.integers(1, 8), reference_s=seconds)
def test_more_work_in_the_main_process_never_helps_where_the_work_is_the_same(
    main_s: float, more_s: float, workers_s: list[float], workers: int, reference_s: float
) -> None:
    assert modelled_seconds(main_s + more_s, workers_s, workers) > modelled_seconds(main_s, workers_s, workers)
    assert modelled_seconds(main_s, workers_s, workers) >= modelled_seconds(main_s, [], workers)


@given(own=st.floats(0, 20), reference=st.floats(0.5, 20))
def test_a_share_lies_between_nothing_and_all(own: float, reference: float) -> None:
    assert Decimal(0) <= earned_share(own, reference) <= Decimal(1)


@given(own=st.floats(0, 20), more=st.floats(0, 5), reference=st.floats(0.5, 20))
def test_who_is_faster_never_earns_less(own: float, more: float, reference: float) -> None:
    assert earned_share(own + more, reference) >= earned_share(own, reference)


def test_there_has_to_be_a_worker() -> None:
    with pytest.raises(ValueError, match="at least one"):
        modelled_seconds(1.0, [1.0], 0)
