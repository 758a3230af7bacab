"""Collects what processes of a run write to their pools' queues, and tells afterwards what it was.

A writer is stopped by the kernel while its message is copied. Reading the messages, which takes longer, is left
until the run is over. A queue is a pipe; each message has its length in front, four bytes, big-endian, which is
written together with a short message and by itself before one of more than 16 KiB
(``Lib/multiprocessing/connection.py``).
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from grader.model.wire import Wire, WireMap
from grader.sandbox.messages import Call, NotAMessage, Reader, understood_here

MOST_MESSAGES = 40_000
MOST_BYTES = 32 << 20
MOST_OF_ONE = 1 << 20
"""A call of thousands of items fits. Of an answer the start is enough, and so it is for the function of a call."""
MOST_GROUPS = 500
"""Maps that are told: each is compared with others, and a message is cheaply forged."""
_LENGTH = struct.Struct("!i")
_START = 512
"""The name of what is sent comes first, and in an answer its number right after."""


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
        self._kept_bytes = 0
        self._messages_bytes = 0
        self._refused = 0
        self._refused_bytes = 0
        self._cut = False
        self._fault = ""
        self._written: Counter[int] = Counter()

    def written(self, pid: int, descriptor: int, length: int, read: Callable[[int], bytes]) -> None:
        """A process is about to write ``length`` bytes; ``read`` copies as many of them from its memory as it is asked.

        ``read`` raises OSError where that is not allowed, or the process is gone.
        """
        self._written[pid] += max(0, length)
        if self._cut or length <= 0:
            return
        if len(self._messages) >= MOST_MESSAGES or self._kept_bytes >= MOST_BYTES:
            self._cut = True
            return
        try:
            payload = self._payload((pid, descriptor), length, read)
        except PermissionError as error:
            self._fault = str(error.strerror)
            self._refused += 1
            self._refused_bytes += length
            return
        if payload:
            self._kept_bytes += len(payload)
            self._messages_bytes += length
            self._messages.append(_Message(pid, descriptor, payload))

    def _payload(self, queue: tuple[int, int], length: int, read: Callable[[int], bytes]) -> bytes | None:
        """What belongs to a message, without its length; None for a length by itself, and for what is no message.

        Where the kernel takes a message in parts, the rest is written again: the whole was noted at the first time,
        and a rest by itself is no message.
        """
        announced = self._announced.pop(queue, None)
        if length < _LENGTH.size:
            return None
        start = read(min(length, _START))
        if announced == length:
            return _content(start, length, read)
        told = _LENGTH.unpack(start[: _LENGTH.size])[0] if len(start) >= _LENGTH.size else -1
        if length == _LENGTH.size and told > 0:
            self._announced[queue] = told
            return None
        if told == length - _LENGTH.size:
            return _content(start, length, read)[_LENGTH.size :]
        return None

    def wire(self, told_pid: Callable[[int], int]) -> Wire:
        """What the messages were. ``told_pid`` gives the number under which a process appears in the observation."""
        written = Counter[int]()
        for pid, length in self._written.items():
            written[told_pid(pid)] += length
        if self._fault and not self._messages:
            return Wire(
                messages=self._refused,
                bytes=self._refused_bytes,
                readable=False,
                reason=f"The memory of the run's processes cannot be read: {self._fault}.",
                written=written,
            )
        if not understood_here():
            return Wire(
                messages=len(self._messages),
                bytes=self._messages_bytes,
                readable=False,
                reason="The messages of this version of Python are not known.",
                written=written,
            )
        reading = _Reading()
        for message in self._messages:
            reading.take(message)
        return Wire(
            maps=tuple(group.told(told_pid) for group in reading.groups[:MOST_GROUPS]),
            messages=len(self._messages),
            bytes=self._messages_bytes,
            unreadable=reading.unreadable,
            cut=self._cut or bool(self._fault) or reading.gave_up or len(reading.groups) > MOST_GROUPS,
            written=written,
        )


def _content(start: bytes, length: int, read: Callable[[int], bytes]) -> bytes:
    """As much of a message as it takes to tell what it is: of all but calls the start."""
    return read(min(length, MOST_OF_ONE)) if length > _START and b"_CallItem" in start else start


@dataclass
class _Group:
    """Calls of one map, or submissions of one function, on one queue."""

    sender: int
    first: Call
    chunks: list[int] = field(default_factory=list)
    answered_by: list[int] = field(default_factory=list)

    def told(self, told_pid: Callable[[int], int]) -> WireMap:
        first = self.first
        pids = {pid: told_pid(pid) for pid in {self.sender, *self.answered_by} if pid}
        answered = tuple(pids.get(pid, 0) for pid in self.answered_by)
        return WireMap(first.method, first.function, tuple(self.chunks), answered, first.call, pids[self.sender])


class _Reading:
    """Puts calls and answers together by their numbers, which each pool counts from 0."""

    def __init__(self) -> None:
        self.groups: list[_Group] = []
        self.unreadable = 0
        self._reader = Reader()
        self._by_key: dict[tuple[object, ...], _Group] = {}
        self._open: dict[int, dict[int, dict[tuple[int, bytes], tuple[_Group, int]]]] = {}
        """By number and sender the calls that wait for an answer: their group and their place in it."""

    @property
    def gave_up(self) -> bool:
        """Whether there was more than is looked at."""
        return self._reader.left < 0

    def take(self, message: _Message) -> None:
        try:
            found = self._reader.read(message.payload)
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
            group = self._by_key[key] = _Group(message.pid, call)
            self.groups.append(group)
        waiting = self._open.setdefault(call.work_id, {}).setdefault(message.pid, {})
        what = (id(group), message.payload)
        if what not in waiting:  # a writing that a signal interrupts is begun anew
            waiting[what] = (group, len(group.chunks))
            group.chunks.append(call.items)
            group.answered_by.append(0)

    def _answer(self, pid: int, work_id: int) -> None:
        """The newest call with this number that another process made: nobody answers its own calls.

        An older one was left by a pool that broke.
        """
        for sender, waiting in self._open.get(work_id, {}).items():
            if sender != pid and waiting:
                group, place = waiting.popitem()[1]
                group.answered_by[place] = pid
                return
