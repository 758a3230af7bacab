"""The descriptor over which the questions of a run go in and the answers come out."""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import sys
import time
from collections.abc import Iterator

from grader.model.answers import Answer, Call, Interview
from grader.model.run import RunRequest

READ_BYTES = 1 << 16
_CREDENTIALS = struct.Struct("=3i")


class Channel:
    """A socket pair and the conversation over it; served by the supervisor, it never waits.

    The kernel stamps each message with the process that wrote it, where it can (Linux). So a process of the run
    that got hold of the descriptor can spoil the conversation, but cannot answer in it.
    """

    def __init__(self, calls: tuple[Call, ...]) -> None:
        self._ours, self.theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._stamped = sys.platform == "linux"
        if sys.platform == "linux":
            self._ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._interview = Interview(calls)
        self._unsent = b""
        self.fd = self._ours.fileno()
        self.main_pid = 0
        """The only process that may answer; to be set before the channel is served."""
        self.closed = False

    def close(self) -> None:
        """Close both ends."""
        self._ours.close()
        self.theirs.close()

    @property
    def events(self) -> int:
        """What to wait for on ``fd``."""
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)

    def read(self) -> None:
        """Take what is there, and write what is to be written as far as there is room."""
        with contextlib.suppress(BlockingIOError):
            self._take(*self._receive())
        self._send()

    def drain(self) -> None:
        """Take the last words of a program that has ended."""
        for _ in range(64):
            if self.closed:
                return
            try:
                self._take(*self._receive())
            except BlockingIOError:
                return

    def answers(self) -> tuple[Answer, ...]:
        """What came back, one for each question."""
        return self._interview.answers()

    def _receive(self) -> tuple[bytes, int]:
        """Some bytes and who wrote them. There is room for the stamp only, so that no descriptor can be slipped in."""
        try:
            data, stamps, _, _ = self._ours.recvmsg(READ_BYTES, socket.CMSG_SPACE(_CREDENTIALS.size))
        except ConnectionResetError:  # it ended with a question unread
            return b"", 0
        for level, _, stamp in stamps:
            if level == socket.SOL_SOCKET and len(stamp) == _CREDENTIALS.size:
                return data, _CREDENTIALS.unpack(stamp)[0]
        return data, 0

    def _take(self, data: bytes, pid: int) -> None:
        if not data:
            self.closed = True
        elif self._stamped and pid != self.main_pid:
            self._interview.refuse("something was written by another process than the program's main one")
        else:
            self._unsent += self._interview.hear(data, time.monotonic())

    def _send(self) -> None:
        try:
            if self._unsent:
                self._unsent = self._unsent[self._ours.send(self._unsent) :]
            if self._interview.over and not self._unsent:
                self._ours.shutdown(socket.SHUT_WR)  # nothing more is asked: the program may end
        except BlockingIOError:
            return
        except OSError:  # it reads no more
            self._unsent = b""


@contextlib.contextmanager
def channel_for(request: RunRequest) -> Iterator[Channel | None]:
    """The channel of a run that has questions, closed in the end."""
    if not request.questions:
        yield None
        return
    channel = Channel(request.questions)
    try:
        yield channel
    finally:
        channel.close()
