"""Where the time of one run went: the parts add up to it, whatever the program told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.model.evidence import ObservedRun
from grader.model.exercise import Inputs, RunSpec
from grader.model.speed import Breakdown
from grader.model.trace import ChunkDone, Hello, MapCalled, PoolMade, Trace
from grader.testing import an_observation
from grader.timing.breakdown import breakdown_of


def a_chunk(pid: int, start: float, end: float, call: int = 1, error: str = "") -> ChunkDone:
    return ChunkDone(
        type="chunk", call=call, index=0, first=0, count=1, pid=pid, start=start, end=end, cpu_s=0.0, error=error
    )


def a_run(chunks: list[ChunkDone], *, wall_s: float, workers: int = 2, pool_at: float = 0.1) -> ObservedRun:
    pool = PoolMade(
        type="pool", pool=7, kind="process", workers=workers, start_method="fork", line=1, column=0, at=pool_at
    )
    calls = tuple(
        MapCalled(
            type="map", call=call, pool=7, kind="process", method="map", function="f", module="", items=1, chunks=1,
            chunksize=1, explicit=True, line=1, column=0, at=pool_at,
        )
        for call in {chunk.call for chunk in chunks}
    )  # fmt: skip
    hello = Hello(type="hello", python="3.11", start_method="fork", pid=1, at=min(0.04, pool_at))
    trace = Trace(hello=hello, pools=(pool,), maps=calls, chunks=tuple(chunks))
    spec = RunSpec(name="unseen", mode="script")
    return ObservedRun(spec, Inputs(), (), an_observation(wall_s=wall_s), trace)


def parts_of(breakdown: Breakdown | None) -> dict[str, float]:
    assert breakdown is not None
    return {part.name: pytest.approx(part.seconds, abs=1e-9) for part in breakdown.parts}


def test_each_part_is_where_the_time_went() -> None:
    chunks = [a_chunk(11, 0.2, 0.5), a_chunk(11, 0.6, 0.9), a_chunk(12, 0.2, 0.7)]

    breakdown = breakdown_of(a_run(chunks, wall_s=1.0), import_s=0.03)

    assert parts_of(breakdown) == {
        "start-up": 0.07 + 0.1,
        "computing": 0.55,
        "messages": 0.05,
        "imbalance": 0.1,
        "serial rest": 0.03 + 0.1,
    }


def test_a_worker_that_got_no_chunk_was_idle_all_the_time() -> None:
    breakdown = breakdown_of(a_run([a_chunk(11, 0.1, 0.9)], wall_s=1.0, workers=4))

    assert breakdown is not None
    assert breakdown.workers == 4
    assert parts_of(breakdown)["imbalance"] == 0.6
    assert breakdown.imbalance_ratio == pytest.approx(4.0)


def test_workers_that_did_the_same_are_balanced() -> None:
    breakdown = breakdown_of(a_run([a_chunk(11, 0.2, 0.6), a_chunk(12, 0.3, 0.7)], wall_s=1.0))

    assert breakdown is not None
    assert breakdown.imbalance_ratio == pytest.approx(1.0)


def test_time_between_two_map_calls_is_serial() -> None:
    chunks = [a_chunk(11, 0.1, 0.3), a_chunk(12, 0.1, 0.3), a_chunk(11, 0.6, 0.8, 2), a_chunk(12, 0.6, 0.8, 2)]

    parts = parts_of(breakdown_of(a_run(chunks, wall_s=0.8)))

    assert (parts["serial rest"], parts["computing"], parts["messages"]) == (0.06 + 0.3, 0.4, 0.0)


def test_a_run_without_chunks_cannot_be_broken_down() -> None:
    assert breakdown_of(a_run([], wall_s=1.0)) is None
    assert breakdown_of(a_run([a_chunk(0, 0.2, 0.2, error="ValueError")], wall_s=1.0)) is None


moments = st.floats(0, 20)
forged = st.lists(st.builds(a_chunk, st.integers(1, 4), moments, moments, st.integers(1, 3)), min_size=1, max_size=12)


@given(forged, st.floats(0.001, 10), st.integers(0, 8), moments, st.floats(0, 5))
def test_whatever_was_told_the_parts_add_up_and_none_is_negative(
    chunks: list[ChunkDone], wall_s: float, workers: int, pool_at: float, import_s: float
) -> None:
    breakdown = breakdown_of(a_run(chunks, wall_s=wall_s, workers=workers, pool_at=pool_at), import_s)

    assert breakdown is not None
    seconds = [part.seconds for part in breakdown.parts]
    assert sum(seconds) == pytest.approx(wall_s, rel=1e-6)
    assert min(seconds) >= 0.0
    assert breakdown.imbalance_ratio >= 1.0 - 1e-9
