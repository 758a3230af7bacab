"""Puts questions to the program's process, one at a time: the next is written when the last was answered.

Nothing here waits: the supervisor calls ``read`` when something came. A process that says something else than the
answer to the question it was asked is not asked again.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Sequence
from dataclasses import replace

from grader.model.answers import LINE_BYTES, READY, RUN_BYTES, Answer, Ask, Interview, Malformed, read_answer

_READ_BYTES = 1 << 16


class Interviewer:
    """The parent's end of the conversation. ``theirs`` is the end for the program's process."""

    def __init__(self, questions: Sequence[Ask]) -> None:
        self._questions = questions
        self._ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._ours.setblocking(False)
        self._buffer = b""
        self._taken = 0
        self._asked = -1
        self._asked_at = 0.0
        self._answers: list[Answer] = []
        self._fault = ""
        self.closed = False

    @property
    def fd(self) -> int:
        """What becomes readable when something came."""
        return self._ours.fileno()

    def close(self) -> None:
        """Close both ends."""
        self._ours.close()
        self.theirs.close()

    def result(self) -> Interview:
        """What was answered so far."""
        return Interview(tuple(self._answers), self._fault)

    def drain(self) -> None:
        """Take what came before the process ended."""
        for _ in range(RUN_BYTES // _READ_BYTES + 2):
            before = self._taken
            self.read()
            if self.closed or self._taken == before:
                return

    def read(self) -> None:
        """Take what came, and ask the next question where the last one was answered."""
        try:
            data = self._ours.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._taken += len(data)
        if not data:
            self.closed = True
        elif not self._fault:
            self._buffer += data
            try:
                self._take_lines()
            except Malformed as malformed:
                self._stop(f"Instead of the answer to question {max(self._asked, 0)} came {malformed}.")
        if self._taken > RUN_BYTES + _READ_BYTES:  # whoever goes on talking is not listened to
            self.closed = True

    def _take_lines(self) -> None:
        if self._taken > RUN_BYTES:
            raise Malformed(f"more than {RUN_BYTES >> 20} MiB")
        *lines, self._buffer = self._buffer.split(b"\n")
        if len(lines) > 1 or (lines and self._buffer):
            raise Malformed("several lines at once")
        if lines:
            self._take(lines[0])
        elif len(self._buffer) > LINE_BYTES:
            raise Malformed(f"a line of more than {LINE_BYTES >> 10} KiB")

    def _take(self, line: bytes) -> None:
        if self._asked < 0:
            if line != READY:
                raise Malformed("an answer before anything was asked")
        elif self._asked >= len(self._questions):
            raise Malformed("an answer that nobody had asked for")
        else:
            seconds = round(time.monotonic() - self._asked_at, 6)
            self._answers.append(replace(read_answer(line, self._asked), seconds=seconds))
        self._asked += 1
        self._ask()

    def _ask(self) -> None:
        if self._asked >= len(self._questions):
            self._end()
            return
        question = self._questions[self._asked]
        line = json.dumps({"id": self._asked, "function": question.function, "arguments": list(question.arguments)})
        try:
            sent = self._ours.send(line.encode() + b"\n")
        except OSError:
            sent = 0
        if sent <= len(line):
            self._stop("The process does not read its questions.")
        self._asked_at = time.monotonic()

    def _stop(self, fault: str) -> None:
        self._fault = fault
        self._buffer = b""
        self._end()

    def _end(self) -> None:
        """No more questions: the process sees the end of its input."""
        try:
            self._ours.shutdown(socket.SHUT_WR)
        except OSError:
            return
