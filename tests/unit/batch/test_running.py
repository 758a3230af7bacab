"""Tasks are all done, each once, and a dying worker takes nobody else with it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from grader.batch.running import Watcher, run_all
from grader.batch.task import Outcome, Task
from tests.unit.batch.fakes import InlineWorkers, a_task, an_outcome

NAMES = ("ann", "bob", "cy", "dan", "eve")


def run(workers: InlineWorkers, names: tuple[str, ...] = NAMES) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}

    def keep(task: Task, outcome: Outcome) -> None:
        assert task.key not in outcomes
        outcomes[task.key] = outcome

    run_all(map(a_task, names), workers, Watcher(keep))
    return outcomes


def test_all_are_done() -> None:
    outcomes = run(InlineWorkers())

    assert set(outcomes) == set(NAMES)
    assert {outcome.entry.outcome for outcome in outcomes.values()} == {"graded"}


def test_a_task_that_kills_its_worker_twice_is_errored_and_the_others_are_graded() -> None:
    def work(task: Task) -> Outcome:
        if task.key == "bob":
            raise InlineWorkers.Died
        return an_outcome(task)

    workers = InlineWorkers(work)
    outcomes = run(workers)

    assert workers.begun.count("bob") == 2
    assert outcomes["bob"].entry.outcome == "errored"
    assert "died" in outcomes["bob"].entry.failure
    assert all(outcomes[name].entry.outcome == "graded" for name in NAMES if name != "bob")


def test_a_task_whose_worker_died_once_is_graded() -> None:
    died: list[str] = []

    def work(task: Task) -> Outcome:
        if task.key == "cy" and not died:
            died.append("cy")
            raise InlineWorkers.Died
        return an_outcome(task)

    assert run(InlineWorkers(work))["cy"].entry.outcome == "graded"


def test_a_result_that_gets_lost_is_errored() -> None:
    def work(task: Task) -> Outcome:
        raise ValueError("cannot be sent")

    outcomes = run(InlineWorkers(work), ("ann",))

    assert "cannot be sent" in outcomes["ann"].entry.failure


def test_no_more_is_read_than_there_are_workers() -> None:
    read = 0
    most = 0
    done = 0

    def tasks() -> Iterator[Task]:
        nonlocal read, most
        for number in range(20):
            read += 1
            most = max(most, read - done)
            yield a_task(f"s{number}")

    def keep(task: Task, outcome: Outcome) -> None:
        nonlocal done
        done += 1

    run_all(tasks(), InlineWorkers(size=3), Watcher(keep))

    assert (done, most) == (20, 3)


class Stuck(InlineWorkers):
    """Workers that never answer until they are given up."""

    def submit(self, task: Task) -> Future[Outcome]:
        self.begun.append(task.key)
        return Future()

    def give_up(self, future: Future[Outcome]) -> None:
        future.set_exception(self.Died())


def test_a_grading_without_end_is_given_up_and_not_tried_again() -> None:
    outcomes: list[Outcome] = []
    workers = Stuck()
    clock = iter(range(0, 100_000, 1000))

    run_all([a_task("ann")], workers, Watcher(lambda _, outcome: outcomes.append(outcome)), lambda: next(clock), 1500)

    assert workers.begun == ["ann"]
    assert "was stopped" in outcomes[0].entry.failure


def test_whatever_keeping_an_outcome_raises_ends_the_batch() -> None:
    def refuse(task: Task, outcome: Outcome) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        run_all([a_task("ann")], InlineWorkers(), Watcher(refuse))
