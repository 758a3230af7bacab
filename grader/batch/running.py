"""Does the tasks of a batch with some workers, and finds out which task is to blame when a worker dies."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass

from grader.batch.task import Outcome, Task, errored
from grader.batch.workers import Workers

MOST_S = 1800.0
"""What one grading gets in all, limits of its runs included: only a fault of ours takes so long."""
_TICK_S = 0.5
_TRIES = 2


@dataclass(frozen=True)
class Watcher:
    """Who is told what happens. ``done`` keeps the outcome: what it raises ends the batch."""

    done: Callable[[Task, Outcome], None]
    begun: Callable[[Task], None] = lambda _: None
    ticked: Callable[[], None] = lambda: None


@dataclass
class _Running:
    task: Task
    since: float
    tries: int
    given_up: bool = False


def run_all(
    tasks: Iterable[Task],
    workers: Workers,
    watcher: Watcher,
    clock: Callable[[], float] = time.monotonic,
    most_s: float = MOST_S,
) -> None:
    """Do all tasks, as many at a time as there are workers; no more are read ahead.

    A task whose worker died is tried once more; the second time it is errored. So is one that takes ``most_s``.
    """
    waiting: Iterator[Task] = iter(tasks)
    again: deque[tuple[Task, int]] = deque()
    running: dict[Future[Outcome], _Running] = {}
    while True:
        while len(running) < workers.size and (following := _following(again, waiting)) is not None:
            task, tries = following
            running[workers.submit(task)] = _Running(task, clock(), tries + 1)
            watcher.begun(task)
        if not running:
            return
        done, _ = wait(running, timeout=_TICK_S, return_when=FIRST_COMPLETED)
        for future in done:
            one = running.pop(future)
            outcome = _outcome(future, one, workers, clock() - one.since)
            if outcome is None:
                again.append((one.task, one.tries))
            else:
                watcher.done(one.task, outcome)
        for future, one in running.items():
            if not one.given_up and clock() - one.since > most_s:
                one.given_up = True
                workers.give_up(future)
        watcher.ticked()


def _following(again: deque[tuple[Task, int]], waiting: Iterator[Task]) -> tuple[Task, int] | None:
    """What was lost comes first."""
    if again:
        return again.popleft()
    task = next(waiting, None)
    return None if task is None else (task, 0)


def _outcome(future: Future[Outcome], one: _Running, workers: Workers, seconds: float) -> Outcome | None:
    """What came out, or None when it is to be tried again."""
    try:
        return future.result()
    except workers.lost:
        if one.given_up:
            return errored(one.task, f"The grading was stopped: it had taken {seconds:.0f} seconds.", seconds)
        if one.tries < _TRIES:
            return None
        return errored(one.task, f"The worker that graded it died, {_TRIES} times out of {_TRIES}.", seconds)
    except Exception as error:  # noqa: BLE001  such as a result that could not be sent
        return errored(one.task, f"The grading got lost: {type(error).__name__}: {error}", seconds)
