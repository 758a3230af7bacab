"""What went over a pool's own queues, read from outside: who was handed which work, and who sent back what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class WireMap:
    """Calls of one function by one map, or all its submissions, on one pool's call queue.

    ``chunks`` holds the number of items of each call, for ``submit`` always 1, and 0 where a call was too long to
    count them. ``answered_by`` holds for each the process that sent its result back, as in ``ProcessRecord.pid``, or
    0 where none did. Without a ``call``, the number that the harness gives a map call, all that went over one queue
    with the same function is one map.
    """

    method: Literal["map", "submit"]
    function: str
    """The last part of its name; empty where it cannot be told."""
    chunks: tuple[int, ...]
    answered_by: tuple[int, ...]
    call: int | None = None
    sender: int = 0

    @property
    def items(self) -> int:
        """All items handed out."""
        return sum(self.chunks)

    @property
    def answered(self) -> int:
        """How many calls were answered by another process."""
        return sum(map(bool, self.answered_by))

    @property
    def is_counted(self) -> bool:
        """Whether the items of every chunk are known."""
        return all(self.chunks)

    @property
    def items_by_worker(self) -> Mapping[int, int]:
        """The items whose results each process sent back, as its own work."""
        found: Counter[int] = Counter()
        for items, pid in zip(self.chunks, self.answered_by, strict=True):
            if pid:
                found[pid] += items
        return found


@dataclass(frozen=True)
class Wire:
    """All that was seen. Where ``readable`` is false only the counts are known, and ``reason`` says why."""

    maps: tuple[WireMap, ...] = ()
    messages: int = 0
    """Messages with the framing of a queue; where none can be read, all writes but those to the standard streams."""
    bytes: int = 0
    """Their length."""
    unreadable: int = 0
    """Those of them that were neither a call nor a result of a pool."""
    readable: bool = True
    cut: bool = False
    """There was more than is kept or looked at."""
    reason: str = ""
    written: Mapping[int, int] | None = None
    """Bytes that each process, as in ``ProcessRecord.pid``, was about to write to anything but its standard streams, as
    it told the kernel itself; None where nobody looked."""

    @property
    def whole(self) -> bool:
        """Nothing is missing, so what is not there was not sent."""
        return self.readable and not self.cut
