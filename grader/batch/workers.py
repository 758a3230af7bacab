"""Where tasks are done: processes of this machine, each with a pool of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import Protocol

from grader.batch.lane import end_with_parent
from grader.batch.task import Outcome, Task, do_task

PATIENCE_S = 8.0
"""What a worker gets to clean up after it was asked to end."""


class Workers(Protocol):
    """Does tasks somewhere else. ``size`` is how many at a time, and may change."""

    lost: tuple[type[BaseException], ...]
    """What a future raises whose worker ended before the task did."""

    @property
    def size(self) -> int:
        """How many tasks can be given at a time."""
        ...

    def submit(self, task: Task) -> Future[Outcome]:
        """Begin a task."""
        ...

    def give_up(self, future: Future[Outcome]) -> None:
        """End a task that takes too long; its future then raises one of ``lost``, as far as this can be done."""
        ...

    def close(self) -> None:
        """End all workers, and what they are doing."""
        ...


@dataclass
class _Lane:
    """One worker. That it has its own pool tells which task was to blame when the pool breaks."""

    pool: ProcessPoolExecutor
    process: BaseProcess | None = None
    future: Future[Outcome] | None = None

    @property
    def is_free(self) -> bool:
        return self.future is None or self.future.done()


class LocalWorkers:
    """``jobs`` processes of this machine, started when they are needed. They end with this process, however it ends."""

    lost: tuple[type[BaseException], ...] = (BrokenExecutor,)

    def __init__(self, jobs: int, work: Callable[[Task], Outcome] = do_task) -> None:
        self._jobs = jobs
        self._work = work
        self._lanes: list[_Lane] = []

    @property
    def size(self) -> int:
        """The number of processes."""
        return self._jobs

    def submit(self, task: Task) -> Future[Outcome]:
        """Give the task to a free worker. The caller gives no more than ``size`` at a time."""
        while True:
            lane = self._free_lane()
            before = set(multiprocessing.active_children())
            try:
                lane.future = lane.pool.submit(self._work, task)
            except BrokenExecutor:  # it broke after its last task
                self._drop(lane)
                continue
            new = set(multiprocessing.active_children()) - before
            lane.process = lane.process or next(iter(new), None)
            return lane.future

    def give_up(self, future: Future[Outcome]) -> None:
        """Kill the worker; what it leaves is removed by the next one."""
        for lane in self._lanes:
            if lane.future is future and lane.process is not None:
                lane.process.kill()

    def close(self) -> None:
        """Ask busy workers to end, wait until they have cleaned up, and kill those that do not."""
        for lane in self._lanes:
            if not lane.is_free and lane.process is not None:
                lane.process.terminate()
            lane.pool.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + PATIENCE_S
        for lane in self._lanes:
            if lane.process is not None:
                lane.process.join(max(0.0, deadline - time.monotonic()))
                lane.process.kill()
        self._lanes.clear()

    def _free_lane(self) -> _Lane:
        for lane in self._lanes:
            if lane.is_free and lane.future is not None and _is_broken(lane.future):
                self._drop(lane)
                break
        free = next((lane for lane in self._lanes if lane.is_free), None)
        if free is None:
            context = multiprocessing.get_context("spawn")  # no state of this process goes into the others
            free = _Lane(ProcessPoolExecutor(1, context, _prepare_worker, (os.getpid(),)))
            self._lanes.append(free)
        return free

    def _drop(self, lane: _Lane) -> None:
        self._lanes.remove(lane)
        lane.pool.shutdown(wait=True, cancel_futures=True)


def _is_broken(future: Future[Outcome]) -> bool:
    return not future.cancelled() and isinstance(future.exception(), BrokenExecutor)


def _prepare_worker(parent: int) -> None:
    """Done first in each worker. Handlers, unlike ignored signals, are not handed down to the programs it starts."""
    signal.signal(signal.SIGINT, _not_for_workers)  # Ctrl-C reaches them too; the parent decides
    signal.signal(signal.SIGHUP, _not_for_workers)
    signal.signal(signal.SIGTERM, _leave)
    end_with_parent(parent)


def _not_for_workers(_number: int, _frame: object) -> None:
    pass


def _leave(_number: int, _frame: object) -> None:
    """Let the grading clean up on its way out."""
    sys.exit(1)
