"""Marks that tell the processes of one run from all others, and that the program cannot take off.

A mark is a number nobody else has, set as the limit ``RTTIME``: it bounds only real-time scheduling, which
ordinary users do not get. Limits are inherited by every child, can be read of any process, and the filter of
a walled run refuses to change this one. An environment variable, by contrast, can be overwritten in memory.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import time
from pathlib import Path

from grader.errors import SandboxError
from grader.sandbox.processes import LinuxProcesses

_FILE = "mark"
_ROUNDS = 200
"""Of killing all that is left of a run: what forks meanwhile is met in the next."""
_SMALLEST = 1 << 52
"""Microseconds: more than a century, so that the limit itself never bites."""


def new_mark() -> int:
    """A number that no other run has."""
    return _SMALLEST + secrets.randbits(56)


class MarkedProcesses(LinuxProcesses):
    """The process table of a walled run: a process belongs to the run when it bears its mark."""

    def belongs(self, pid: int, session: int, mark: str) -> bool:
        """Mark by ``/proc/PID/limits``, which may be read of other users' processes and of ended ones too."""
        del session  # the program can leave it
        try:
            with open(f"/proc/{pid}/limits", encoding="ascii") as file:  # noqa: PTH123
                return mark in file.read().split()
        except OSError:
            return False


def write_mark(root: Path, mark: int) -> None:
    """Note in a run's folder, where the program does not come, which processes are the run's.

    Whoever finds the folder after the grader was killed can then end them.
    """
    try:
        (root / _FILE).write_text(str(mark), "ascii")
    except OSError as error:
        raise SandboxError(f"The folder of the run cannot be written to: {error}") from error


def kill_marked(root: Path) -> None:
    """Kill all processes of the run whose folder this is, where its mark was noted."""
    try:
        mark = (root / _FILE).read_text("ascii").strip()
    except (OSError, ValueError):
        return
    if not mark.isdecimal() or int(mark) < _SMALLEST:
        return
    table = MarkedProcesses()
    for _ in range(_ROUNDS):
        living = [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208
        ours = [pid for pid in living if table.belongs(pid, 0, mark) and table.state(pid) is not None]
        if not ours:
            return
        for pid in ours:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
