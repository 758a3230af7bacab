"""The harness's lines: each is validated on its own, and no line can break the reading of the others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.model.trace import MOST_MAPS, read_trace

unhurried = settings(database=None, deadline=None)
"""The machine may be busy, and the checkout read-only."""

HELLO = {"type": "hello", "python": "3.13.1", "start_method": "fork", "pid": 4711, "at": 0.1}
POOL: dict[str, Any] = {
    "type": "pool",
    "pool": 1,
    "kind": "process",
    "workers": 4,
    "start_method": "fork",
    "line": 3,
    "column": 4,
    "at": 0.1,
}
MAP: dict[str, Any] = {
    "type": "map",
    "call": 1,
    "pool": 1,
    "kind": "process",
    "method": "map",
    "function": "f",
    "module": "__main__",
    "items": 4,
    "chunks": 2,
    "chunksize": 2,
    "explicit": True,
    "line": 3,
    "column": 4,
    "at": 0.2,
}
CHUNK: dict[str, Any] = {
    "type": "chunk",
    "call": 1,
    "index": 0,
    "first": 0,
    "count": 2,
    "pid": 4712,
    "start": 0.2,
    "end": 0.3,
    "cpu_s": 0.1,
}
CONSUMED = {"type": "consumed", "call": 1, "what": "first", "at": 0.4}
FINISHED = {"type": "finished", "exit_code": 0, "cpu_s": 0.2, "at": 0.5}
EVERY = (HELLO, POOL, MAP, CHUNK, CONSUMED, FINISHED)


def line(message: object) -> bytes:
    return json.dumps(message).encode()


def test_messages_are_sorted_by_their_kind() -> None:
    trace = read_trace(map(line, EVERY))

    assert (trace.hello.pid, trace.finished.exit_code, trace.rejected) == (4711, 0, 0)
    assert [len(part) for part in (trace.pools, trace.maps, trace.chunks, trace.consumed)] == [1, 1, 1, 1]


def test_nothing_said_is_an_empty_trace() -> None:
    trace = read_trace([])

    assert (trace.hello, trace.maps, trace.finished, trace.rejected) == (None, (), None, 0)


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"\x00\xff",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'"hello"',
        b'{"type": "grade"}',
        b'{"type": ["hello"]}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        line({**CONSUMED, "at": "soon"}),
        line({**CONSUMED, "score": 10}),
        line({**CONSUMED, "what": "second"}),
        line({**CONSUMED, "call": -1}),
        line({**CONSUMED, "call": 1.5}),
        line({**CONSUMED, "at": -0.1}),
        line({**CONSUMED, "at": float("nan")}),
        line({**CONSUMED, "at": float("inf")}),
        line({**CONSUMED, "at": 1e300}),
        line({**MAP, "items": 10**12}),
        line({**MAP, "function": "f" * 3000}),
        line({**MAP, "kind": "quantum"}),
        line({key: value for key, value in MAP.items() if key != "chunksize"}),
        b'{"type": "consumed", "call": 1' + b"0" * 10_000 + b', "what": "first", "at": 0}',
    ],
)
def test_a_line_that_is_no_message_is_counted_and_hides_no_other(bad: bytes) -> None:
    trace = read_trace([line(HELLO), bad, line(FINISHED)])

    assert trace.rejected == 1
    assert trace.hello is not None
    assert trace.finished is not None


def test_of_two_greetings_and_two_ends_the_first_counts() -> None:
    trace = read_trace(map(line, (HELLO, {**HELLO, "pid": 1}, FINISHED, {**FINISHED, "exit_code": 1})))

    assert (trace.hello.pid, trace.finished.exit_code) == (4711, 0)


def test_a_map_told_again_with_more_items_is_one_map() -> None:
    trace = read_trace(map(line, (MAP, {**MAP, "call": 2}, {**MAP, "items": 9})))

    assert [(call.call, call.items) for call in trace.maps] == [(1, 9), (2, 4)]


def test_chunks_of_a_call_come_in_the_order_they_were_handed_out() -> None:
    chunks = [{**CHUNK, "index": 1}, {**CHUNK, "call": 2}, {**CHUNK, "index": 0}]

    trace = read_trace(map(line, chunks))

    assert [chunk.index for chunk in trace.chunks_of(1)] == [0, 1]
    assert trace.chunks_of(3) == ()


def test_the_pool_of_a_map_is_found_where_it_was_told() -> None:
    trace = read_trace(map(line, (POOL, MAP, {**MAP, "call": 2, "pool": 9})))

    assert [trace.pool_of(call) is not None for call in trace.maps] == [True, False]


@unhurried
@given(st.lists(st.binary(max_size=200), max_size=5))
def test_no_bytes_break_the_reading(lines: list[bytes]) -> None:
    trace = read_trace(lines)

    assert 0 <= trace.rejected <= len(lines)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@unhurried
@given(st.sampled_from(EVERY), st.data())
def test_a_message_with_any_field_replaced_is_taken_whole_or_rejected(message: dict[str, Any], data) -> None:
    field = data.draw(st.sampled_from(sorted(message)))

    trace = read_trace([line({**message, field: data.draw(JSON)})])

    told = (trace.hello, *trace.pools, *trace.maps, *trace.chunks, *trace.consumed, *trace.errors, trace.finished)
    assert trace.rejected + len([part for part in told if part is not None]) == 1


# attacks: 58, 138
@pytest.mark.parametrize(
    "change",
    [
        {"chunksize": 0},
        {"items": -1},
        {"items": 10**12},
        {"items": 1e999},
        {"at": float("nan")},
        {"at": -0.5},
        {"function": "\ud800"},
        {"function": "f" * 2001},
        {"kind": "PROCESS"},
        {"verdict": "passed"},
        {"line": [[[]]]},
    ],
    ids=repr,
)
def test_a_map_call_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    trace = read_trace([line(MAP | change)])

    assert (trace.maps, trace.rejected) == ((), 1)


# attacks: 138
@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"a":' * 100_000, b"1" * 100_000, b"\xff", b"NaN", b'"\\ud800"'])
def test_a_line_that_is_hard_to_read_is_refused(text: bytes) -> None:
    assert read_trace([text]).rejected == 1


# attacks: 131
def test_of_very_many_map_calls_the_first_are_looked_at() -> None:
    trace = read_trace(line(MAP | {"call": number}) for number in range(MOST_MAPS + 10))

    assert len(trace.maps) == MOST_MAPS
    assert trace.rejected == 10


def test_each_call_gets_its_own_chunks_in_order_and_its_first_pool() -> None:
    chunks = [CHUNK | {"call": call, "index": index} for index in (1, 0) for call in (1, 2)]
    pools = [POOL | {"workers": workers} for workers in (4, 8)]

    trace = read_trace(map(line, [*pools, MAP, *chunks]))

    assert [(chunk.call, chunk.index) for chunk in trace.chunks_of(2)] == [(2, 0), (2, 1)]
    assert trace.chunks_of(3) == ()
    assert trace.pool_of(trace.maps[0]) == trace.pools[0]
