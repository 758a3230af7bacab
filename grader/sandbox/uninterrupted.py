"""Keeps interruptions (Ctrl-C) away from the code that starts and ends processes."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable

from grader.model.run import Observation, RunRequest

WAKE_S = 0.2
"""An interruption that comes just before a wait for a lock is noticed only after it."""


def uninterrupted(run: Callable[[RunRequest, threading.Event], Observation], request: RunRequest) -> Observation:
    """Call ``run`` with the request and an event that is set when nobody waits for it any more.

    The work is done in a thread: an interruption (Ctrl-C) reaches the main thread only, so it cannot fall
    between the start of a process and the care for its end.
    """
    return _Lane(run, request).result()


class _Lane:
    """One run in a thread. The waiting thread calls nothing that an interruption could leave half done.

    That rules out ``threading.Thread`` and conditions, which are written in Python: the exception could come up in
    the middle of them. ``ticket`` decides whether the run was begun or will never be.
    """

    def __init__(self, run: Callable[[RunRequest, threading.Event], Observation], request: RunRequest) -> None:
        self._run = run
        self._request = request
        self._stop = threading.Event()
        self._ticket, self._bell = _thread.allocate_lock(), _thread.allocate_lock()
        self._bell.acquire()
        self._done = False
        self._outcome: Observation | BaseException | None = None

    def result(self) -> Observation:
        """What the run returned or raised."""
        try:
            _thread.start_new_thread(self._work, ())
            self._wait()
        finally:
            self._stop.set()
            if not self._ticket.acquire(blocking=False):
                self._wait()
        if isinstance(self._outcome, Observation):
            return self._outcome
        assert self._outcome is not None
        raise self._outcome

    def _wait(self) -> None:
        while not self._done:
            self._bell.acquire(timeout=WAKE_S)

    def _work(self) -> None:
        if not self._ticket.acquire(blocking=False):
            return
        try:
            self._outcome = self._run(self._request, self._stop)
        except BaseException as error:  # noqa: BLE001, raised again where the run is waited for
            self._outcome = error
        finally:
            self._done = True
            self._bell.release()
