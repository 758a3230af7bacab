"""Messages of pools are told by their bytes, and nothing in them is ever made into an object."""

from __future__ import annotations

import contextlib
import pickle
import pickletools
import sys
from concurrent.futures import process
from functools import partial
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import grader
from grader.sandbox import messages
from grader.sandbox.messages import Call, NotAMessage, Reader, Result, read_message, understood_here

sys.path.append(str(Path(grader.__file__).parent / "harness"))

import pargrade_trace

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.binary(min_size=300),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner)
        | st.frozensets(st.integers())
        | st.sets(st.text())
        | inner.map(lambda value: (value, value, [value]))
        | st.binary().map(bytearray)
        | st.dates()
        | st.complex_numbers()
    ),
    max_leaves=8,
)


class Counter:
    def __call__(self, file: str) -> int:
        return len(file)

    def count(self, file: str) -> int:
        return len(file)


def count_words(file: str) -> int:
    return len(file)


def sent(message: Any) -> bytes:
    """As a queue of ``multiprocessing`` would send it."""
    return bytes(ForkingPickler.dumps(message))


def mapped(function: Any, items: int, work_id: int = 3, call: int | None = None) -> bytes:
    chunk = tuple((f"shakespeare/{number}.txt", number) for number in range(items))
    work: Any = partial(process._process_chunk, function)  # type: ignore[attr-defined]
    if call is not None:
        work = pargrade_trace.Chunk(call, function)
    return sent(process._CallItem(work_id, work, (chunk,), {}))  # type: ignore[attr-defined]


def test_this_version_of_python_is_one_whose_messages_are_known() -> None:
    assert understood_here()


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (count_words, "count_words"),
        (abs, "abs"),
        (str.upper, "upper"),
        (Counter().count, "count"),
        (Counter(), "Counter"),
        (partial(count_words, 1), "partial(count_words)"),
    ],
)
@pytest.mark.parametrize("items", [1, 2, 3, 4, 700])
def test_a_chunk_tells_its_function_and_its_items(function: Any, name: str, items: int) -> None:
    assert read_message(mapped(function, items)) == Call(3, "map", name, items)
    assert read_message(mapped(function, items, call=7)) == Call(3, "map", name, items, 7)


def test_a_single_submission_is_none_of_a_map() -> None:
    item = process._CallItem(5, count_words, ("a",), {})  # type: ignore[attr-defined]

    assert read_message(sent(item)) == Call(5, "submit", "count_words", 1)


@pytest.mark.parametrize("work_id", [0, 255, 256, 70_000, 2**40])
def test_an_answer_tells_its_number_from_its_start_alone(work_id: int) -> None:
    answer = sent(process._ResultItem(work_id, result=[{str(n): n for n in range(50_000)}]))  # type: ignore[attr-defined]

    assert read_message(answer[:400]) == Result(work_id)


class Destroys:
    """Unpickling it would leave a trace."""

    made = 0

    def __reduce__(self) -> tuple[Any, ...]:
        return (setattr, (Destroys, "made", 1))


def test_nothing_in_a_message_is_carried_out() -> None:
    item = process._CallItem(1, count_words, (Destroys(),), {})  # type: ignore[attr-defined]

    assert read_message(sent(item)) == Call(1, "submit", "count_words", 1)
    with pytest.raises(NotAMessage):
        read_message(sent(Destroys()))
    assert Destroys.made == 0


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"hello",
        pickle.dumps({"a": 1}),
        pickle.dumps([1, 2, {3}]),
        pickle.dumps(3),
        b"\x80\x04" + b"(" * 100_000 + b".",
        b"\x80\x04" + b"]" * 100_000 + b"a" * 99_999 + b".",
        b"\x80\x04K\x01" + b"\x85" * 150_000 + b".",
        b"\x80\x04N" + b"0" * 5 + b".",
        b"\x80\x04h\x07.",
        b"cos\nsystem\n(S'true'\ntR.",
    ],
    ids=range(11),
)
def test_what_is_no_message_is_refused(payload: bytes) -> None:
    with pytest.raises(NotAMessage):
        read_message(payload)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_refused(payload: bytes) -> None:
    with contextlib.suppress(NotAMessage):
        read_message(payload)


@given(st.data())
def test_a_damaged_message_is_a_message_or_refused(data: st.DataObject) -> None:
    payload = bytearray(mapped(count_words, 5))
    for _ in range(data.draw(st.integers(1, 8))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(NotAMessage):
        read_message(bytes(payload))


def test_the_form_is_the_one_that_was_looked_at() -> None:
    """Fails when a version of Python sends something else: then the versions that are known have to be looked at."""
    names = [
        argument for opcode, argument, _ in pickletools.genops(mapped(count_words, 2)) if isinstance(argument, str)
    ]

    assert [name for name in names if name in ("_CallItem", "work_id", "fn", "_rebuild_partial", "_process_chunk")] == [
        "_CallItem",
        "work_id",
        "fn",
        "_rebuild_partial",
        "_process_chunk",
    ]


@pytest.mark.parametrize("protocol", [4, 5])
@given(items=st.lists(st.tuples(ANYTHING), min_size=1, max_size=12))
def test_items_of_any_kind_are_counted(protocol: int, items: list[tuple[Any, ...]]) -> None:
    work = partial(process._process_chunk, count_words)  # type: ignore[attr-defined]
    item = process._CallItem(2, work, (tuple(items),), {})  # type: ignore[attr-defined]

    assert read_message(bytes(ForkingPickler.dumps(item, protocol))) == Call(2, "map", "count_words", len(items))


def test_a_call_that_is_cut_tells_its_function_but_not_how_many_items_it_has() -> None:
    payload = mapped(count_words, 500, call=7)

    assert read_message(payload[:-100]) == Call(3, "map", "count_words", 0, 7)
    with pytest.raises(NotAMessage):
        read_message(payload[:60])


def test_half_a_character_in_a_name_can_be_shown() -> None:
    payload = mapped(count_words, 1).replace(b"count_words", b"count\xed\xa0\x80rds")

    assert read_message(payload) == Call(3, "map", "count\\ud800rds", 1)


def test_a_long_name_is_cut() -> None:
    name = b"count_words"
    longer = b"X" + (9000).to_bytes(4, "little") + b"c" * 9000
    payload = mapped(count_words, 1).replace(b"\x8c" + bytes([len(name)]) + name, longer)

    found = read_message(payload)
    assert isinstance(found, Call)
    assert found.function == "c" * 200


def test_a_flood_of_instructions_ends_the_reading_of_all_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MOST_INSTRUCTIONS_OF_A_RUN", 1_000)
    reader = Reader()
    with pytest.raises(NotAMessage):
        reader.read(b"\x80\x04(" + b"N" * 2_000 + b"t.")
    with pytest.raises(NotAMessage):
        reader.read(mapped(count_words, 1))

    assert reader.left < 0
