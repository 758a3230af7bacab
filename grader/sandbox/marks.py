"""Marks that tell the processes of one run from all others, and that the program cannot take off.

A mark is a number nobody else has, set as the limit ``RTTIME``: it bounds only real-time scheduling, which
ordinary users do not get. Limits are inherited by every child, can be read of any process, and the filter of
a walled run refuses to change this one. An environment variable, by contrast, can be overwritten in memory.
"""

from __future__ import annotations

import secrets

from grader.sandbox.processes import LinuxProcesses

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
