"""Connects on behalf of a program, to sockets in its own folder only.

A forkserver listens on a socket with a path, and its clients connect to it, so ``connect`` cannot be forbidden.
Looking at the address and letting the call go on would be a race: another thread could change the address
in between. So the address is copied once, resolved below the folder without any symbolic link, and the
connection is made by the supervisor: on a duplicate of the program's socket, or, where a container refuses to take
one (``pidfd_getfd``), on a new socket that is put in its place.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import socket
import struct
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox.processes import eyes_of_its_user, status_fields

_PIDFD_GETFD, _OPENAT2 = 438, 437
_NO_SYMLINKS, _BENEATH = 0x4, 0x8
_ADD_FD, _SET_FD = 0x40182103, 1
_PLACE = struct.Struct("=QIIII")
_LONGEST_ADDRESS = 110
_TRIES, _BETWEEN_S = 20, 0.002


@dataclass(frozen=True)
class Call:
    """A held back ``connect``: who makes it, on which descriptor, and where in its memory the address lies.

    ``listener`` and ``notice`` say by which notice the kernel holds it back.
    """

    listener: int
    notice: int
    thread: int
    descriptor: int
    address: int
    length: int


@dataclass(frozen=True)
class _Asked:
    path: str
    """Relative to the run's folder."""
    flags: int
    """Those of the descriptor, as ``open`` takes them."""


class ConnectGuard:
    """Makes connections for the processes of one run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._libc = ctypes.CDLL(None, use_errno=True)

    def connect(self, call: Call, still_waits: Callable[[], bool]) -> int:
        """Make the connection that the process asks for; 0 or the number of the error.

        ``still_waits`` tells whether the process still waits for the answer: if not, its number may already
        be that of another process.
        """
        try:
            with ExitStack() as cleanup:
                process = os.pidfd_open(int(status_fields(call.thread, "Tgid")["Tgid"]))
                cleanup.callback(os.close, process)
                asked = self._asked(call)
                if not still_waits():
                    return errno.EACCES
                target = self._open_target(asked.path)
                cleanup.callback(os.close, target)
                try:
                    copy = self._call(_PIDFD_GETFD, process, call.descriptor & 0xFFFFFFFF, 0)
                except PermissionError:
                    return _replace(call, asked.flags, f"/proc/self/fd/{target}")
                try:
                    theirs = socket.socket(fileno=copy)
                except OSError:  # it is no socket
                    os.close(copy)
                    raise
                with theirs:
                    return _connect(theirs, f"/proc/self/fd/{target}")
        except (OSError, KeyError, ValueError):
            return errno.EACCES

    def _asked(self, call: Call) -> _Asked:
        """Where to, and how.

        Raises:
            ValueError: The address is no path.
        """
        try:
            return self._read(call)
        except PermissionError:
            with eyes_of_its_user(call.thread):
                return self._read(call)

    def _read(self, call: Call) -> _Asked:
        with open(f"/proc/{call.thread}/mem", "rb", 0) as memory:  # noqa: PTH123
            memory.seek(call.address)
            raw = memory.read(min(call.length & 0xFFFFFFFF, _LONGEST_ADDRESS))
        if len(raw) < 3 or struct.unpack("=H", raw[:2])[0] != socket.AF_UNIX or raw[2] == 0:
            raise ValueError("not the path of a socket")
        path = os.fsdecode(raw[2:].split(b"\0", 1)[0])
        here = os.readlink(f"/proc/{call.thread}/cwd")  # noqa: PTH115
        relative = os.path.relpath(os.path.join(here, path), self._folder)  # noqa: PTH118
        with open(f"/proc/{call.thread}/fdinfo/{call.descriptor & 0xFFFFFFFF}", encoding="ascii") as file:  # noqa: PTH123
            fields = dict(line.split(":", 1) for line in file if ":" in line)
        return _Asked(relative, int(fields["flags"], 8))

    def _open_target(self, relative: str) -> int:
        folder = os.open(self._folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            how = ctypes.create_string_buffer(
                struct.pack("=QQQ", os.O_PATH | os.O_CLOEXEC, 0, _NO_SYMLINKS | _BENEATH), 24
            )
            name = ctypes.create_string_buffer(os.fsencode(relative))
            return self._call(_OPENAT2, folder, ctypes.addressof(name), ctypes.addressof(how), 24)
        finally:
            os.close(folder)

    def _call(self, number: int, *arguments: int) -> int:
        words = [ctypes.c_long(argument) for argument in arguments]
        result = int(self._libc.syscall(ctypes.c_long(number), *words))
        if result < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return result


def _replace(call: Call, flags: int, path: str) -> int:
    """Connect a new socket and put it in the place of the program's own; its options are lost."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
        with socket.socket(socket.AF_UNIX, kind) as ours:
            error = _connect(ours, path)
            if error == errno.EPROTOTYPE:  # whoever listens there is of the other kind
                continue
            if error == 0:
                os.set_blocking(ours.fileno(), not flags & os.O_NONBLOCK)
                place = (call.notice, _SET_FD, ours.fileno(), call.descriptor & 0xFFFFFFFF, flags & os.O_CLOEXEC)
                fcntl.ioctl(call.listener, _ADD_FD, _PLACE.pack(*place))
            return error
    return errno.EPROTOTYPE


def _connect(theirs: socket.socket, path: str) -> int:
    """Connect without waiting long: whoever listens may do so on purpose without ever accepting."""
    blocking = os.get_blocking(theirs.fileno())
    os.set_blocking(theirs.fileno(), False)
    try:
        for _ in range(_TRIES if blocking else 1):
            error = theirs.connect_ex(path)
            if error != errno.EAGAIN:
                return error
            time.sleep(_BETWEEN_S)
        return errno.EAGAIN
    finally:
        os.set_blocking(theirs.fileno(), blocking)
