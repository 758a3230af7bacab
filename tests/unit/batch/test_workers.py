"""Real worker processes: one that dies, hangs or answers late takes nobody else with it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from grader.batch.cluster import ClusterWorkers
from grader.batch.running import Watcher, run_all
from grader.batch.task import Outcome, Task
from grader.batch.workers import LocalWorkers
from grader.errors import InputError
from tests.unit.batch.fakes import a_task, an_outcome

pytestmark = pytest.mark.slow
Workers = Callable[[int], LocalWorkers]


def work(task: Task) -> Outcome:
    """In a process of its own. The student's key says what happens."""
    if task.key == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if task.key == "hangs":
        time.sleep(600)
    outcome = an_outcome(task)
    return replace(outcome, reports={"pid": str(os.getpid()).encode()})


@pytest.fixture
def workers() -> Iterator[Workers]:
    opened: list[LocalWorkers] = []

    def start(jobs: int) -> LocalWorkers:
        opened.append(LocalWorkers(jobs, work))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def outcomes(workers: LocalWorkers, *names: str, patient_for: int | None = None) -> dict[str, Outcome]:
    """Time stands still until so many tasks are done; then it is over."""
    found: dict[str, Outcome] = {}
    watcher = Watcher(lambda task, outcome: found.update({task.key: outcome}))
    run_all(map(a_task, names), workers, watcher, clock=lambda: 10_000.0 * (len(found) == patient_for))
    return found


def test_one_that_kills_its_worker_is_the_only_one_to_blame(workers: Workers) -> None:
    found = outcomes(workers(2), "ann", "dies", "bob", "cy")

    assert {name: outcome.entry.outcome for name, outcome in found.items()} == {
        "ann": "graded",
        "dies": "errored",
        "bob": "graded",
        "cy": "graded",
    }


def test_one_that_never_ends_is_given_up(workers: Workers) -> None:
    found = outcomes(workers(2), "hangs", "ann", patient_for=1)

    assert "was stopped" in found["hangs"].entry.failure
    assert found["ann"].entry.outcome == "graded"


def test_a_worker_does_one_task_after_the_other(workers: Workers) -> None:
    found = outcomes(workers(1), "ann", "bob", "cy")

    assert len({outcome.reports["pid"] for outcome in found.values()}) == 1


def test_closing_ends_a_worker_that_is_busy(workers: Workers) -> None:
    busy = workers(1)
    future = busy.submit(a_task("hangs"))
    while not future.running():
        time.sleep(0.01)

    busy.close()

    assert isinstance(future.exception(timeout=60), BaseException)


@pytest.mark.parametrize("address", ["nonsense", "", "tcp://", "http://host/path"])
def test_what_is_no_address_of_a_cluster_is_told_at_once(address: str) -> None:
    pytest.importorskip("distributed")

    with pytest.raises(InputError, match="no address"):
        ClusterWorkers(address)
