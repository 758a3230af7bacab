"""What becomes of a run that was stopped or crashed: the report says what happened, in the strongest sandbox here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.model.run import Guarantees, Observation, RunRequest, Sandbox
from grader.sandbox.choice import best_sandbox
from tests.sandbox.conftest import COUNTING, MAPPED, graded

pytestmark = pytest.mark.slow

DEADLOCKED = """
import threading
def count_words(file, lock=threading.Lock()):
    lock.acquire()
    lock.acquire()
"""
CRASHES = """
import ctypes
def count_words(file):
    return ctypes.string_at(0)
"""


class Impatient:
    """A sandbox that waits a few seconds at most."""

    def __init__(self, inner: Sandbox, wall_s: float) -> None:
        self._inner = inner
        self._wall_s = wall_s

    def run(self, request: RunRequest) -> Observation:
        return self._inner.run(replace(request, limits=replace(request.limits, wall_s=self._wall_s)))

    def guarantees(self) -> Guarantees:
        return self._inner.guarantees()


# attacks: 49
def test_a_deadlocked_pool_was_waiting(temp_folder: Path) -> None:
    _, checks = graded(COUNTING + DEADLOCKED + MAPPED, temp_folder, Impatient(best_sandbox().sandbox, 4.0))

    runs = checks["runs"]
    assert runs.verdict == "failed"
    assert "waiting nearly all the time" in f"{runs.headline} {runs.detail}", runs


# attacks: 56
def test_a_worker_that_crashes_broke_the_pool(temp_folder: Path) -> None:
    _, checks = graded(COUNTING + CRASHES + MAPPED, temp_folder, best_sandbox().sandbox)

    runs = checks["runs"]
    assert (runs.verdict, runs.cause) == ("failed", "broken-pool"), runs
    assert "BrokenProcessPool" in runs.headline
