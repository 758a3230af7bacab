"""Answers the calls that the filter of a walled run holds back: forks, exits, connections, signals.

The kernel stops the calling process until it is answered, so nothing here can be missed or outrun: the number of
processes has an exact limit, and the CPU time of each process is read at its very end, however short it lived.
Source: ``man 2 seccomp_unotify``.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import select
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

from grader.sandbox.connecting import Call, ConnectGuard
from grader.sandbox.filter import FORKS, KILLS
from grader.sandbox.processes import queued_s, status_fields
from grader.sandbox.syscalls import Machine
from grader.sandbox.wire import WireRecorder

_RECEIVE, _SEND, _IS_VALID = 0xC0502100, 0xC0182101, 0x40082102
_CONTINUE = 1
_NOTICE = struct.Struct("=QIIiIQ6Q")
_ANSWER = struct.Struct("=QqiI")
UNDER_WAY_S = 0.5
"""A fork that was let through is in the process table after this time, on a busy machine too."""
BETWEEN_COUNTS_S = 0.01


@dataclass(frozen=True)
class Exit:
    """A process that ended by itself, as the kernel knew it at that moment."""

    pid: int
    ppid: int
    inner_pid: int
    """Its number in its own namespace, which is what the program itself sees."""
    cpu_s: float
    code: int
    command: str
    at: float
    """Monotonic clock, seconds."""
    queued_s: float | None = None


@dataclass(frozen=True)
class Rules:
    """What the answers depend on."""

    machine: Machine
    processes: int
    """How many may live at the same time."""
    living: Callable[[], list[int]]
    """The processes of the run that live now, read from the process table."""
    command: Callable[[int], str]
    """The start of the command line of a process."""
    connect: ConnectGuard | None = None
    wire: WireRecorder | None = None
    """Takes note of what is written, where that is held back."""


@dataclass(frozen=True)
class _Notice:
    id: int
    thread: int
    call: int
    arguments: tuple[int, ...]


class Witness:
    """One thread that answers for one run, from the start of the program to the end of its last process."""

    def __init__(self, listener: int, rules: Rules) -> None:
        self._listener = listener
        self._rules = rules
        self._numbers = {number: call for call, number in rules.machine.numbers().items()}
        self._living = 1
        self._last_let_through = 0.0
        self._braked = False
        self._wake, self._waker = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="witness", daemon=True)
        self.exits: dict[int, Exit] = {}
        """Processes that ended by themselves, by number. Those that a signal killed are not among them."""
        self.refused_forks = 0
        self.refused_connects = 0

    def __enter__(self) -> Witness:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._waker)
        self._thread.join()
        os.close(self._wake)
        os.close(self._listener)

    def brake(self) -> None:
        """From now on no fork succeeds: what lives can be found and ended in one sweep."""
        self._braked = True

    def _serve(self) -> None:
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while True:
            ready = dict(poll.poll())
            if self._wake in ready:
                return
            if ready.get(self._listener, 0) & select.POLLIN:
                self._next()
            elif self._listener in ready:  # the last process of the run is gone
                poll.unregister(self._listener)

    def _next(self) -> None:
        notice = bytearray(_NOTICE.size)
        try:
            fcntl.ioctl(self._listener, _RECEIVE, notice, True)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):  # its process was killed meanwhile
                return
            raise
        identity, thread, _, call, _, _, *arguments = _NOTICE.unpack(notice)
        held_back = _Notice(identity, thread, call, tuple(arguments))
        try:
            self._judge(held_back)
        except OSError:  # its process, or one that had to be looked at, is gone
            self._reply(held_back, errno.EAGAIN)
        except Exception:  # noqa: BLE001, no odd argument may end the thread that all processes of the run wait for
            self._reply(held_back, errno.EPERM)

    def _judge(self, notice: _Notice) -> None:
        call = self._numbers[notice.call]
        if call == "exit_group":
            self._exit(notice)
        elif call == "exit":
            self._thread_exit(notice)
        elif call == "clone" or call in FORKS:
            self._fork(notice)
        elif call == "connect":
            self._connect(notice)
        elif call == "write":
            self._write(notice)
        elif call in KILLS:
            self._kill(notice, call)

    def _let(self, notice: _Notice) -> None:
        self._send(_ANSWER.pack(notice.id, 0, 0, _CONTINUE))

    def _reply(self, notice: _Notice, error: int) -> None:
        self._send(_ANSWER.pack(notice.id, 0, -error, 0))

    def _send(self, answer: bytes) -> None:
        with suppress(OSError):  # the process was killed meanwhile
            fcntl.ioctl(self._listener, _SEND, answer)

    def _exit(self, notice: _Notice) -> None:
        with suppress(OSError, KeyError, ValueError):
            found = status_fields(notice.thread, "Tgid", "PPid", "NSpid")
            pid = int(found["Tgid"])
            if pid not in self.exits:
                self._living -= 1
            code = notice.arguments[0] & 0xFF
            cpu = time.clock_gettime((~pid << 3) | 2)
            inner = int(status_fields(pid, "NSpid")["NSpid"].split()[-1])
            command = self._rules.command(pid)
            self.exits[pid] = Exit(pid, int(found["PPid"]), inner, cpu, code, command, time.monotonic(), queued_s(pid))
        self._let(notice)

    def _thread_exit(self, notice: _Notice) -> None:
        """One thread ends; with the last one its process does.

        The first thread must not go before the others: the process would look ended, and compute on.
        """
        found = status_fields(notice.thread, "Tgid", "Threads")
        if found["Threads"] == "1":
            self._exit(notice)
        elif found["Tgid"] == str(notice.thread):
            self._reply(notice, errno.EPERM)  # the C library asks again, until the others are gone
        else:
            self._let(notice)

    def _fork(self, notice: _Notice) -> None:
        if self._living >= self._rules.processes:
            self._count()
        if self._braked or self._living >= self._rules.processes:
            self.refused_forks += not self._braked
            self._reply(notice, errno.EAGAIN)
            return
        self._living += 1
        self._last_let_through = time.monotonic()
        self._let(notice)

    def _count(self) -> None:
        """Correct the number of living processes: those that a signal killed were not seen ending.

        All forks pass here, so once the last that was let through is in the table, the count is exact.
        """
        while (living := len(self._rules.living())) < self._living and not self._braked:
            if time.monotonic() > self._last_let_through + UNDER_WAY_S:
                break
            time.sleep(BETWEEN_COUNTS_S)
        self._living = living

    def _connect(self, notice: _Notice) -> None:
        guard, error = self._rules.connect, errno.EACCES
        if guard is not None and not self._braked:
            call = Call(self._listener, notice.id, notice.thread, *notice.arguments[:3])
            error = guard.connect(call, lambda: self._still_waits(notice))
        self.refused_connects += bool(error)
        self._reply(notice, error)

    def _still_waits(self, notice: _Notice) -> bool:
        try:
            fcntl.ioctl(self._listener, _IS_VALID, struct.pack("=Q", notice.id))
        except OSError:
            return False
        return True

    def _write(self, notice: _Notice) -> None:
        """Copy what is written, if it is still the same process that waits, and let it go on whatever comes of it."""
        descriptor, address, length = (notice.arguments[0] & 0xFFFFFFFF, *notice.arguments[1:3])

        def read(count: int) -> bytes:
            with open(f"/proc/{notice.thread}/mem", "rb", 0) as memory:  # noqa: PTH123
                memory.seek(address)
                copied = memory.read(count)
            if not self._still_waits(notice):
                raise ProcessLookupError
            return copied

        if self._rules.wire is not None and not self._braked:
            with suppress(OSError, KeyError, ValueError, OverflowError):  # an address may be any number
                pid = int(status_fields(notice.thread, "Tgid")["Tgid"])
                self._rules.wire.written(pid, descriptor, length, read)
        self._let(notice)

    def _kill(self, notice: _Notice, call: str) -> None:
        target = ctypes.c_int32(notice.arguments[0] & 0xFFFFFFFF).value
        if call in ("kill", "tkill", "tgkill") and target > 0 and self._is_inside(target):
            self._let(notice)
        else:
            self._reply(notice, errno.EPERM)

    def _is_inside(self, target: int) -> bool:
        with suppress(OSError, KeyError):
            return int(status_fields(target, "Tgid")["Tgid"]) in self._rules.living()
        return False
