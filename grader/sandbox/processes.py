"""The process table: who is in a program's process tree, and what each member has used.

On Linux it is read from ``/proc`` and the per-process CPU clocks of the kernel, elsewhere with psutil.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_PAGE = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")
_COMMAND_BYTES = 300


@dataclass(frozen=True)
class ProcessState:
    """One living process: CPU seconds so far, private resident bytes (an upper bound), and its threads."""

    pid: int
    ppid: int
    cpu_s: float
    private_bytes: int
    threads: int = 1


class ProcessTable(Protocol):
    """Reads living processes. A process that ends meanwhile is simply not there."""

    def children(self, pid: int) -> list[int]:
        """The living or unreaped children of a process."""
        ...

    def state(self, pid: int) -> ProcessState | None:
        """What a process has used, or None when it is gone or ended."""
        ...

    def command(self, pid: int) -> str:
        """The start of the command line, or an empty string."""
        ...

    def proportional_bytes(self, pid: int) -> int | None:
        """Memory of a process with shared pages divided among their users, or None where unknown."""
        ...

    def nameless_files(self, pid: int) -> dict[tuple[int, int], int]:
        """Files that a process has open and no folder lists: bytes on disk by device and inode, as far as known."""
        ...

    def belongs(self, pid: int, session: int, mark: str) -> bool:
        """Whether a process is in this session or carries this mark in its environment."""
        ...


class LinuxProcesses:
    """The table read from ``/proc``."""

    def children(self, pid: int) -> list[int]:
        """Children of all threads of the process, from ``/proc/PID/task/TID/children``."""
        found: list[int] = []
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208, read a hundred times a second
                with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:  # noqa: PTH123
                    found.extend(map(int, file.read().split()))
        except OSError:
            pass
        return found

    def state(self, pid: int) -> ProcessState | None:
        """CPU from the process's own clock (nanoseconds, finished threads included), memory from ``statm``."""
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
                fields = file.read().rpartition(")")[2].split()
            status, parent, threads = fields[0], fields[1], fields[17]
            if status in "ZX" and int(threads) < 2:  # a process whose first thread has ended looks so, too
                return None
            with open(f"/proc/{pid}/statm", encoding="ascii") as file:  # noqa: PTH123
                resident, shared = map(int, file.read().split()[1:3])
            # The clock of another process: man 3 clock_getcpuclockid, in the kernel's encoding.
            cpu = time.clock_gettime((~pid << 3) | 2)
        except (OSError, ValueError):
            return None
        return ProcessState(pid, int(parent), cpu, (resident - shared) * _PAGE, int(threads))

    def command(self, pid: int) -> str:
        """From ``/proc/PID/cmdline``."""
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123
                return file.read(_COMMAND_BYTES).replace(b"\0", b" ").decode("utf-8", "replace").strip()
        except OSError:
            return ""

    def proportional_bytes(self, pid: int) -> int | None:
        """The ``Pss`` line of ``smaps_rollup``."""
        rollup = _PROC / str(pid) / "smaps_rollup"
        try:
            text = rollup.read_text(encoding="ascii")
        except PermissionError:
            try:
                with eyes_of_its_user(pid):
                    text = rollup.read_text(encoding="ascii")
            except OSError:
                return None
        except OSError:
            return None
        for line in text.splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
        return None

    def nameless_files(self, pid: int) -> dict[tuple[int, int], int]:
        """Those in ``/proc/PID/fd`` that were removed."""
        try:
            return _removed_files(pid)
        except PermissionError:
            with suppress(OSError), eyes_of_its_user(pid):
                return _removed_files(pid)
        except OSError:
            pass
        return {}

    def belongs(self, pid: int, session: int, mark: str) -> bool:
        """Session by ``getsid``, mark by ``/proc/PID/environ``."""
        try:
            if os.getsid(pid) == session:
                return True
            return mark.encode() in (_PROC / str(pid) / "environ").read_bytes()
        except OSError:
            return False


def _removed_files(pid: int) -> dict[tuple[int, int], int]:
    found = {}
    with os.scandir(f"/proc/{pid}/fd") as descriptors:
        for descriptor in descriptors:
            with suppress(FileNotFoundError):
                file = descriptor.stat()
                if file.st_nlink == 0 and stat.S_ISREG(file.st_mode):
                    found[file.st_dev, file.st_ino] = file.st_blocks * 512
    return found


@contextmanager
def eyes_of_its_user(pid: int) -> Iterator[None]:
    """Look at a process as its own user may, in this thread only (``man 2 setfsuid``).

    Root in a container has no right to look into the processes of others, but may become them.
    """
    owner = os.stat(f"/proc/{pid}")  # noqa: PTH116
    libc = ctypes.CDLL(None)
    libc.setfsgid(owner.st_gid)
    libc.setfsuid(owner.st_uid)
    try:
        yield
    finally:
        libc.setfsuid(os.geteuid())
        libc.setfsgid(os.getegid())


class PsutilProcesses:
    """The table read with psutil, where there is no ``/proc``."""

    def __init__(self) -> None:
        import psutil

        self._psutil = psutil

    def children(self, pid: int) -> list[int]:
        """Children of the process as psutil lists them."""
        try:
            return [child.pid for child in self._psutil.Process(pid).children()]
        except self._psutil.Error:
            return []

    def state(self, pid: int) -> ProcessState | None:
        """CPU seconds of user and system together; resident bytes stand for the private ones."""
        try:
            process = self._psutil.Process(pid)
            with process.oneshot():
                if process.status() == self._psutil.STATUS_ZOMBIE:
                    return None
                used = process.cpu_times()
                return ProcessState(pid, process.ppid(), used.user + used.system, process.memory_info().rss)
        except self._psutil.Error:
            return None

    def command(self, pid: int) -> str:
        """The arguments, joined."""
        try:
            return " ".join(self._psutil.Process(pid).cmdline())[:_COMMAND_BYTES]
        except self._psutil.Error:
            return ""

    def proportional_bytes(self, pid: int) -> int | None:
        """The unique set size, the nearest that other systems tell."""
        try:
            return int(self._psutil.Process(pid).memory_full_info().uss)
        except (self._psutil.Error, AttributeError):
            return None

    def nameless_files(self, pid: int) -> dict[tuple[int, int], int]:
        """Not known."""
        del pid
        return {}

    def belongs(self, pid: int, session: int, mark: str) -> bool:
        """As on Linux, where the system lets us read another process's environment."""
        name, _, value = mark.partition("=")
        try:
            return os.getsid(pid) == session or self._psutil.Process(pid).environ().get(name) == value
        except (self._psutil.Error, OSError):
            return False


def process_table() -> ProcessTable:
    """The table for this system."""
    return LinuxProcesses() if sys.platform == "linux" else PsutilProcesses()


def descendants(table: ProcessTable, root: int) -> Iterator[int]:
    """All processes below ``root``, parents before their children."""
    waiting = table.children(root)
    seen = {root}
    while waiting:
        pid = waiting.pop()
        if pid not in seen:
            seen.add(pid)
            yield pid
            waiting.extend(table.children(pid))


def queued_s(pid: int) -> float | None:
    """Seconds that the main thread of a process waited for a core while it could have run, or None where unknown.

    The second number of ``/proc/PID/schedstat``, in nanoseconds (Linux, Documentation/scheduler/sched-stats).
    """
    try:
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:  # noqa: PTH123
            computed, waited, _ = map(int, file.read().split())
            return waited / 1e9 if computed else None  # all three are 0 where the kernel does not count
    except (OSError, ValueError):
        return None


def status_fields(pid: int, *names: str) -> dict[str, str]:
    """Lines of ``/proc/PID/status``, which may be read of every process and thread. Linux only.

    Raises:
        OSError: It is gone.
    """
    found = {}
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        for line in file:
            name, _, value = line.partition(":")
            if name in names:
                found[name] = value.strip()
    return found
