"""The trusted parallel reference: an exercise's serial program whose built-in ``map`` is handed to a pool.

So an exercise needs no parallel solution of its own in what is shipped, and what is compared with a student's
program counts exactly as the serial one does.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

TYPE_CHECKING = False  # as in ``typing``, whose import every run would pay for
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

CHUNKS_PER_WORKER = 4
"""Enough to even out items of different size, and few enough that sending them costs nothing to speak of."""


def chunk_size(items: int, workers: int) -> int:
    """Items in a chunk when there are to be about four chunks for each worker; at least 1."""
    return max(1, -(-items // (CHUNKS_PER_WORKER * workers)))


def parallel_map(workers: int) -> Callable[..., Iterator[Any]]:
    """What stands in for the built-in ``map``: the same results, in the same order, from a pool of processes.

    As with the built-in one, nothing is done before the first result is asked for.
    """

    def parallel(function: Callable[..., Any], /, *iterables: Iterable[Any]) -> Iterator[Any]:
        items = list(zip(*iterables))  # noqa: B905, the built-in map stops at the shortest, too
        with ProcessPoolExecutor(workers) as pool:
            yield from pool.map(function, *zip(*items), chunksize=chunk_size(len(items), workers))  # noqa: B905

    return parallel
