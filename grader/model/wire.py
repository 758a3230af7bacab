"""What went over a pool's own queues, read from outside: who was handed which work, and who sent back what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class WireMap:
    """Calls of one function by one map, or all its submissions, on one pool's call queue.

    ``chunks`` holds the number of items of each call, for ``submit`` always 1. ``items_by_worker`` maps the number
    of a worker process, as in ``ProcessRecord``, to the items whose results it sent back.
    """

    method: Literal["map", "submit"]
    function: str
    """The last part of its name; empty where it cannot be told."""
    chunks: tuple[int, ...]
    items_by_worker: Mapping[int, int]

    @property
    def items(self) -> int:
        """All items handed out."""
        return sum(self.chunks)


@dataclass(frozen=True)
class Wire:
    """All that was seen. Where ``readable`` is false only the counts are known, and ``reason`` says why."""

    maps: tuple[WireMap, ...] = ()
    messages: int = 0
    """Messages with the framing of a queue."""
    unreadable: int = 0
    """Those of them that were neither a call nor a result of a pool."""
    readable: bool = True
    cut: bool = False
    """There were more messages than are kept."""
    reason: str = ""

    @property
    def whole(self) -> bool:
        """Nothing is missing, so what is not there was not sent."""
        return self.readable and not self.cut
