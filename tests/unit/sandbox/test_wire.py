"""What is written to queues becomes map calls, with who was handed what."""

from __future__ import annotations

import struct
from typing import Any

from grader.model.wire import WireMap
from grader.sandbox import wire as module
from grader.sandbox.wire import WireRecorder
from tests.unit.sandbox.test_messages import count_words, mapped, process, sent

MAIN, ONE, OTHER = 100, 101, 102


def write(recorder: WireRecorder, pid: int, data: bytes, descriptor: int = 9) -> None:
    recorder.written(pid, descriptor, len(data), lambda count: data[:count])


def send(recorder: WireRecorder, pid: int, payload: bytes, descriptor: int = 9) -> None:
    """As ``multiprocessing.connection`` does: the length goes alone before a long message."""
    header = struct.pack("!i", len(payload))
    for part in (header, payload) if len(payload) > 16384 else (header + payload,):
        write(recorder, pid, part, descriptor)


def answer(work_id: int, value: Any = None) -> bytes:
    return sent(process._ResultItem(work_id, result=value))  # type: ignore[attr-defined]


def test_calls_of_one_map_belong_together_and_answers_tell_who_had_them() -> None:
    recorder = WireRecorder()
    for number, items in enumerate((5, 5, 2)):
        send(recorder, MAIN, mapped(count_words, items, number))
    for pid, number in ((ONE, 1), (OTHER, 0), (ONE, 2)):
        send(recorder, pid, answer(number, ["x" * 20_000]), descriptor=12)

    seen = recorder.wire(lambda pid: pid - 98)

    assert seen.maps == (WireMap("map", "count_words", (5, 5, 2), (4, 3, 3), sender=2),)
    assert seen.maps[0].items_by_worker == {3: 7, 4: 5}
    assert (seen.whole, seen.messages, seen.unreadable) == (True, 6, 0)


def test_a_long_message_is_read_though_its_length_goes_alone() -> None:
    recorder = WireRecorder()
    send(recorder, MAIN, mapped(count_words, 3000))

    assert recorder.wire(int).maps[0].chunks == (3000,)


def test_two_maps_of_one_function_are_told_apart_where_they_were_traced() -> None:
    recorder = WireRecorder()
    for number, call in enumerate((1, 2, 1, 2)):
        send(recorder, MAIN, mapped(count_words, number + 1, number, call))

    assert [seen.chunks for seen in recorder.wire(int).maps] == [(1, 3), (2, 4)]


def test_nobody_answers_calls_of_its_own() -> None:
    recorder = WireRecorder()
    send(recorder, MAIN, mapped(count_words, 5, 0))
    send(recorder, MAIN, answer(0))

    assert recorder.wire(int).maps[0].items_by_worker == {}


def test_what_is_written_to_files_is_no_message() -> None:
    recorder = WireRecorder()
    for data in (b"a", b"word == 2001\n" * 500, b"\0\0\0\x05", b"more than five", b"\xff\xff\xff\xff"):
        write(recorder, MAIN, data)

    seen = recorder.wire(int)
    assert (seen.maps, seen.messages, seen.whole) == ((), 0, True)


def test_a_message_of_something_else_is_counted() -> None:
    recorder = WireRecorder()
    send(recorder, MAIN, sent({"some": "queue of the program's own"}))

    seen = recorder.wire(int)
    assert (seen.maps, seen.messages, seen.unreadable) == ((), 1, 1)


def test_memory_that_may_not_be_read_is_told() -> None:
    recorder = WireRecorder()

    def refuse(count: int) -> bytes:
        raise PermissionError(1, "Operation not permitted")

    recorder.written(MAIN, 9, 200, refuse)

    seen = recorder.wire(int)
    assert not seen.readable
    assert "Operation not permitted" in seen.reason


def test_what_each_process_writes_is_added_up_whatever_it_is(monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_MESSAGES", 1)
    recorder = WireRecorder()
    for pid, data in ((MAIN, b"no message"), (ONE, b"x" * 5000), (ONE, b""), (OTHER, b"the")):
        write(recorder, pid, data)
    recorder.written(OTHER, 9, -1, lambda count: b"")

    assert recorder.wire(lambda pid: pid - 98).written == {2: 10, 3: 5000, 4: 3}


def test_a_flood_is_cut_and_told(monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_MESSAGES", 10)
    recorder = WireRecorder()
    for number in range(50):
        send(recorder, MAIN, mapped(count_words, 1, number))

    seen = recorder.wire(int)
    assert (seen.cut, seen.whole, len(seen.maps[0].chunks)) == (True, False, 10)


def test_an_unknown_version_of_python_is_told(monkeypatch) -> None:
    monkeypatch.setattr(module, "understood_here", lambda: False)
    recorder = WireRecorder()
    send(recorder, MAIN, mapped(count_words, 1))

    seen = recorder.wire(int)
    assert (seen.readable, seen.messages) == (False, 1)


def test_where_no_memory_may_be_read_writes_and_bytes_are_counted() -> None:
    recorder = WireRecorder()

    def refuse(count: int) -> bytes:
        raise PermissionError(1, "Operation not permitted")

    for length in (200, 300):
        recorder.written(MAIN, 9, length, refuse)

    assert (recorder.wire(int).messages, recorder.wire(int).bytes) == (2, 500)


def test_one_refusal_after_others_were_read_hides_nothing() -> None:
    recorder = WireRecorder()
    send(recorder, MAIN, mapped(count_words, 5))

    def refuse(count: int) -> bytes:
        raise PermissionError(1, "Operation not permitted")

    recorder.written(ONE, 9, 200, refuse)

    seen = recorder.wire(int)
    assert (seen.readable, seen.whole, len(seen.maps)) == (True, False, 1)


def test_a_writing_that_was_begun_anew_is_one_message() -> None:
    recorder = WireRecorder()
    for _ in range(3):
        send(recorder, MAIN, mapped(count_words, 5, 0))

    assert recorder.wire(int).maps[0].chunks == (5,)


def test_the_rest_of_a_writing_is_no_message() -> None:
    recorder = WireRecorder()
    payload = mapped(count_words, 3000)
    send(recorder, MAIN, payload)
    write(recorder, MAIN, payload[65_536 - 20_000 :])
    send(recorder, MAIN, mapped(count_words, 2, work_id=4))

    assert recorder.wire(int).maps[0].chunks == (3000, 2)


def test_empty_messages_that_only_wake_are_not_counted() -> None:
    recorder = WireRecorder()
    for payload in (b"", b"", mapped(count_words, 5), b""):
        send(recorder, MAIN, payload)

    seen = recorder.wire(int)
    assert (seen.messages, seen.maps[0].chunks) == (1, (5,))


def test_after_a_pool_that_broke_answers_go_to_the_next_one() -> None:
    recorder = WireRecorder()
    for call in (1, 2):
        for number in range(3):
            send(recorder, MAIN, mapped(count_words, 5, number, call))
    for number in range(3):
        send(recorder, ONE, answer(number))

    assert [seen.answered for seen in recorder.wire(int).maps] == [0, 3]


def test_a_flood_of_calls_with_one_number_is_read_in_no_time() -> None:
    recorder = WireRecorder()
    for number in range(3_000):
        send(recorder, MAIN, mapped(count_words, 1, 0, number))
        send(recorder, MAIN, answer(0))

    seen = recorder.wire(int)

    assert sum(one.answered for one in seen.maps) == 0


# attacks: 122
def test_of_forged_maps_without_end_some_are_told_and_that_there_are_more() -> None:
    recorder = WireRecorder()
    for number in range(3_000):
        send(recorder, MAIN, mapped(count_words, 1, 0, number))

    seen = recorder.wire(int)

    assert (len(seen.maps), seen.cut) == (module.MOST_GROUPS, True)
