"""Ctrl-C, SIGTERM and SIGHUP as one exception, so that everything on the way out cleans up."""

from __future__ import annotations

import os
import signal
import sys
import time
from types import FrameType

PATIENCE_S = 5.0
"""After a signal, how long others are ignored: an impatient second Ctrl-C must not cut off the cleaning up."""


class Interrupted(BaseException):
    """The process was asked to end. No ``Exception``: nothing but the command line may catch it."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number

    @property
    def exit_code(self) -> int:
        """What shells report for a program ended by this signal: 130 for Ctrl-C."""
        return 128 + self.signal_number


class _Catcher:
    """Raises each signal as an exception, but no second one while the first is being dealt with."""

    def __init__(self) -> None:
        self._quiet_until = 0.0

    def raise_once(self, number: int, _frame: FrameType | None) -> None:
        """The signal handler."""
        now = time.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + PATIENCE_S
            raise Interrupted(number)

    def send_again(self, lost: sys.UnraisableHookArgs) -> None:
        """Python drops an exception that happens to be raised in a destructor; this one must not get lost."""
        if isinstance(lost.exc_value, Interrupted):
            self._quiet_until = 0.0
            os.kill(os.getpid(), lost.exc_value.signal_number)
        else:
            sys.__unraisablehook__(lost)


def _signals() -> list[signal.Signals]:
    found = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        found.append(signal.SIGHUP)
    return found


def catch_signals() -> None:
    """From now on a signal to end raises ``Interrupted`` in the main thread."""
    catcher = _Catcher()
    for number in _signals():
        signal.signal(number, catcher.raise_once)
    sys.unraisablehook = catcher.send_again


def ignore_signals() -> None:
    """The process is about to exit anyway: let nothing disturb the end of the interpreter."""
    for number in _signals():
        signal.signal(number, signal.SIG_IGN)
