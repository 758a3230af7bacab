"""Collects what processes of a run write to their pools' queues, and tells afterwards what it was.

A writer is stopped by the kernel while its message is copied. Reading the messages, which takes longer, is left
until the run is over. A queue is a pipe; each message has its length in front, four bytes, big-endian, which is
written together with a short message and by itself before one of more than 16 KiB
(``Lib/multiprocessing/connection.py``).
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from grader.model.wire import Wire, WireMap
from grader.sandbox.messages import Call, NotAMessage, read_message, understood_here

MOST_MESSAGES = 20_000
MOST_BYTES = 32 << 20
MOST_OF_ONE = 1 << 20
"""A call of thousands of items fits; of an answer the start is enough."""
_LENGTH = struct.Struct("!i")
_START_OF_ANSWER = 4096


@dataclass(frozen=True)
class _Message:
    pid: int
    descriptor: int
    payload: bytes


class WireRecorder:
    """The messages of one run, in the order they were written."""

    def __init__(self) -> None:
        self._messages: list[_Message] = []
        self._announced: dict[tuple[int, int], int] = {}
        self._bytes = 0
        self._cut = False
        self._fault = ""

    def written(self, pid: int, descriptor: int, length: int, read: Callable[[int], bytes]) -> None:
        """A process is about to write ``length`` bytes; ``read`` copies as many of them from its memory as it is asked.

        ``read`` raises OSError where that is not allowed, or the process is gone.
        """
        if self._cut or length <= 0:
            return
        if len(self._messages) >= MOST_MESSAGES or self._bytes >= MOST_BYTES:
            self._cut = True
            return
        try:
            payload = self._payload((pid, descriptor), length, read)
        except PermissionError as error:
            self._fault = str(error.strerror)
            return
        if payload is not None:
            self._bytes += len(payload)
            self._messages.append(_Message(pid, descriptor, payload))

    def _payload(self, queue: tuple[int, int], length: int, read: Callable[[int], bytes]) -> bytes | None:
        """What belongs to a message, without its length; None for a length by itself, and for what is no message."""
        announced = self._announced.pop(queue, None)
        if announced == length:
            return _content(length, read)
        if length < _LENGTH.size:
            return None
        start = read(_LENGTH.size)
        told = _LENGTH.unpack(start)[0] if len(start) == _LENGTH.size else -1
        if length == _LENGTH.size and told > 0:
            self._announced[queue] = told
            return None
        if told == length - _LENGTH.size:
            return _content(length, read)[_LENGTH.size :]
        return None

    def wire(self, told_pid: Callable[[int], int]) -> Wire:
        """What the messages were. ``told_pid`` gives the number under which a process appears in the observation."""
        if self._fault:
            return Wire(readable=False, reason=f"The memory of the run's processes cannot be read: {self._fault}.")
        if not understood_here():
            return Wire(
                messages=len(self._messages),
                readable=False,
                reason="The messages of this version of Python are not known.",
            )
        reading = _Reading()
        for message in self._messages:
            reading.take(message)
        return Wire(
            maps=tuple(group.told(told_pid) for group in reading.groups),
            messages=len(self._messages),
            unreadable=reading.unreadable,
            cut=self._cut,
        )


def _content(length: int, read: Callable[[int], bytes]) -> bytes:
    """As much of a message as it takes to tell what it is."""
    start = read(min(length, _START_OF_ANSWER))
    if length <= _START_OF_ANSWER or b"_ResultItem" in start:
        return start
    return read(min(length, MOST_OF_ONE))


@dataclass
class _Group:
    """Calls of one map, or submissions of one function, on one queue."""

    first: Call
    chunks: list[int] = field(default_factory=list)
    by_worker: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def told(self, told_pid: Callable[[int], int]) -> WireMap:
        by_worker = {told_pid(pid): items for pid, items in self.by_worker.items()}
        return WireMap(self.first.method, self.first.function, tuple(self.chunks), by_worker)


class _Reading:
    """Puts calls and answers together by their numbers, which each pool counts from 0."""

    def __init__(self) -> None:
        self.groups: list[_Group] = []
        self.unreadable = 0
        self._by_key: dict[tuple[object, ...], _Group] = {}
        self._open: dict[int, list[tuple[int, _Group, int]]] = defaultdict(list)

    def take(self, message: _Message) -> None:
        try:
            found = read_message(message.payload)
        except NotAMessage:
            self.unreadable += 1
            return
        if isinstance(found, Call):
            self._call(message, found)
        else:
            self._answer(message.pid, found.work_id)

    def _call(self, message: _Message, call: Call) -> None:
        key = (message.pid, message.descriptor, call.method, call.function, call.call)
        group = self._by_key.get(key)
        if group is None:
            group = self._by_key[key] = _Group(call)
            self.groups.append(group)
        group.chunks.append(call.items)
        self._open[call.work_id].append((message.pid, group, call.items))

    def _answer(self, pid: int, work_id: int) -> None:
        """The oldest call with this number that another process made: nobody answers its own calls."""
        waiting = self._open.get(work_id, [])
        for at, (caller, group, items) in enumerate(waiting):
            if caller != pid:
                group.by_worker[pid] += items
                del waiting[at]
                return
