"""The workers of a Dask cluster: the same tasks, on other machines. Needs the extra ``cluster``."""

from __future__ import annotations

import re
from concurrent.futures import CancelledError, Future
from typing import Any

from grader.batch.task import Outcome, Task, do_task
from grader.errors import InputError

WALL_CLOCK = "wall_clock"
"""The resource of a worker that may measure by the wall clock: one for each machine."""
CONNECT_S = 20.0
_ADDRESS = re.compile(r"(\w+://)?[^\s/]+:\d+")


class ClusterWorkers:
    """All workers that the scheduler at ``address`` has, now or later.

    With ``curves`` each task needs the resource ``wall_clock``, so that one at a time measures on a machine.

    Raises:
        InputError: The library is missing, nobody answers, or no worker may measure.
    """

    def __init__(self, address: str, curves: bool = False) -> None:
        try:
            import distributed
        except ImportError as error:
            raise InputError(
                "--dask needs the library distributed, which is not installed.",
                'Install it: python -m pip install "pargrade[cluster]"',
            ) from error
        if not _ADDRESS.fullmatch(address):
            raise _no_answer(address, "that is no address")
        try:
            self._client: Any = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise _no_answer(address, str(error)) from error
        self.lost: tuple[type[BaseException], ...] = (distributed.KilledWorker, CancelledError)
        self._executor: Any = self._client.get_executor(pure=False, **self._demands(curves))

    @property
    def size(self) -> int:
        """The threads of all workers; 1 while there is none, so that a task waits for the first."""
        return max(1, sum(map(int, self._client.nthreads().values())))

    def submit(self, task: Task) -> Future[Outcome]:
        """Send the task with the submission's files in it."""
        future: Future[Outcome] = self._executor.submit(do_task, task)
        return future

    def give_up(self, future: Future[Outcome]) -> None:
        """Stop waiting. A worker cannot be stopped from here; its sandbox keeps the limits all the same."""
        future.cancel()

    def close(self) -> None:
        """Cancel what has not begun, and leave the cluster, which stays as it is."""
        self._executor.shutdown(wait=False)
        self._client.close()

    def _demands(self, curves: bool) -> dict[str, Any]:
        if not curves:
            return {}
        workers = self._client.scheduler_info()["workers"].values()
        if not any(worker["resources"].get(WALL_CLOCK) for worker in workers):
            self._client.close()
            raise InputError(
                "No worker of the cluster may measure by the wall clock.",
                f'Start one on each machine with --resources "{WALL_CLOCK}=1", or leave out --curves.',
            )
        return {"resources": {WALL_CLOCK: 1}}


def _no_answer(address: str, why: str) -> InputError:
    return InputError(
        f"No Dask scheduler answers at {address!r}: {why}.",
        "Start one with dask scheduler, and give the address that it prints.",
    )
