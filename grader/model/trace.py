"""What the harness says about a run: claims of the student's interpreter, self-reported.

The harness writes one JSON object a line. ``read_trace`` validates each line on its own; what does not
fit is counted and dropped, so a forged or cut line can neither crash the grader nor hide the others.
Times are seconds since the harness started, from a monotonic clock that all processes share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from grader.model.base import Frozen

MOST_MAPS = 500
"""Map calls of one run that are looked at: each is compared with others, and a message is cheaply forged."""

Text = Annotated[str, Field(max_length=2000)]
Count = Annotated[int, Field(ge=0, le=10**9)]
Seconds = Annotated[float, Field(ge=0, le=10**6)]


class Hello(Frozen):
    """The harness is running and is about to start the student's program."""

    type: Literal["hello"]
    python: Text
    start_method: Text
    pid: Count
    at: Seconds


class PoolMade(Frozen):
    """A pool was created. ``kind`` is ``process``, ``thread`` or ``multiprocessing``."""

    type: Literal["pool"]
    pool: Count
    kind: Literal["process", "thread", "multiprocessing"]
    workers: Count
    start_method: Text
    line: Count
    column: Count
    at: Seconds


class MapCalled(Frozen):
    """All items of a map call are submitted. ``items`` counts what the iterables gave."""

    type: Literal["map"]
    call: Count
    pool: Count
    kind: Literal["process", "thread", "multiprocessing"]
    method: Text
    function: Text
    module: Text
    items: Count
    chunks: Count
    chunksize: Annotated[int, Field(ge=1, le=10**9)]
    explicit: bool
    line: Count
    column: Count
    at: Seconds


class ChunkDone(Frozen):
    """One chunk of a map call was worked off by the process ``pid``; ``cpu_s`` is that process's CPU time in it."""

    type: Literal["chunk"]
    call: Count
    index: Count
    first: Count
    count: Count
    pid: Count
    start: Seconds
    end: Seconds
    cpu_s: Seconds
    error: Text = ""


class Submitted(Frozen):
    """Single calls handed to a pool by ``submit`` or ``apply``, summed up per pool and method."""

    type: Literal["submit"]
    pool: Count
    kind: Literal["process", "thread", "multiprocessing"]
    method: Text
    function: Text
    count: Count
    line: Count
    column: Count
    at: Seconds


class Consumed(Frozen):
    """The program took its first result of a map call (``what`` = ``first``) or its last (``all``)."""

    type: Literal["consumed"]
    call: Count
    what: Literal["first", "all"]
    at: Seconds


class Frame(Frozen):
    """One line of a traceback that lies in the student's program."""

    line: Count
    function: Text


class Raised(Frozen):
    """An exception ended the program, or the import of it. ``causes`` are the types it was raised from."""

    type: Literal["error"]
    error: Text
    message: Text
    frames: tuple[Frame, ...] = ()
    causes: tuple[Text, ...] = ()
    remote: Text = ""
    """The tail of the traceback from the worker process, where it happened there."""
    at: Seconds


class Imported(Frozen):
    """The import of the program came to its end, after ``cpu_s`` of CPU time; what follows are the questions."""

    type: Literal["imported"]
    cpu_s: Seconds
    at: Seconds


class Finished(Frozen):
    """The student's program came to its end inside the harness; ``exit_code`` as the interpreter will return it."""

    type: Literal["finished"]
    exit_code: int
    cpu_s: Seconds
    dropped: Count = 0
    """Events left out because there were too many."""
    at: Seconds


Message = Annotated[
    Hello | PoolMade | MapCalled | ChunkDone | Submitted | Consumed | Raised | Imported | Finished,
    Field(discriminator="type"),
]
M = TypeVar("M", bound=Frozen)


@dataclass(frozen=True)
class Trace:
    """The messages of one run, sorted by kind, in the order they came."""

    hello: Hello | None = None
    pools: tuple[PoolMade, ...] = ()
    maps: tuple[MapCalled, ...] = ()
    chunks: tuple[ChunkDone, ...] = ()
    submits: tuple[Submitted, ...] = ()
    consumed: tuple[Consumed, ...] = ()
    errors: tuple[Raised, ...] = ()
    imported: Imported | None = None
    finished: Finished | None = None
    rejected: int = 0
    """Lines that were no valid message, and map calls beyond the number that is looked at."""

    def chunks_of(self, call: int) -> tuple[ChunkDone, ...]:
        """The chunks of one map call, in the order they were handed out."""
        return self._chunks.get(call, ())

    def pool_of(self, call: MapCalled) -> PoolMade | None:
        """The pool a map call was made on."""
        return self._pools.get(call.pool)

    # Sorted out once: there may be ten thousands of calls and of chunks, and each call is asked for its own.
    @cached_property
    def _chunks(self) -> Mapping[int, tuple[ChunkDone, ...]]:
        found: dict[int, list[ChunkDone]] = {}
        for chunk in self.chunks:
            found.setdefault(chunk.call, []).append(chunk)
        return {call: tuple(sorted(chunks, key=lambda c: c.index)) for call, chunks in found.items()}

    @cached_property
    def _pools(self) -> Mapping[int, PoolMade]:
        return {pool.pool: pool for pool in reversed(self.pools)}


def read_trace(lines: Iterable[bytes]) -> Trace:
    """Validate the harness's lines. Never raises: what is not a message is counted in ``rejected``.

    A map call that hands its items out lazily is told again when more were handed out; the last word counts.
    """
    adapter: TypeAdapter[Message] = TypeAdapter(Message)
    messages: list[Message] = []
    rejected = 0
    for line in lines:
        try:
            messages.append(adapter.validate_json(line))
        except (ValidationError, RecursionError):
            rejected += 1

    maps = tuple({call.call: call for call in messages if isinstance(call, MapCalled)}.values())

    def of(kind: type[M]) -> tuple[M, ...]:
        return tuple(message for message in messages if isinstance(message, kind))

    return Trace(
        hello=next(iter(of(Hello)), None),
        pools=of(PoolMade),
        maps=maps[:MOST_MAPS],
        chunks=of(ChunkDone),
        submits=of(Submitted),
        consumed=of(Consumed),
        errors=of(Raised),
        imported=next(iter(of(Imported)), None),
        finished=next(iter(of(Finished)), None),
        rejected=rejected + max(0, len(maps) - MOST_MAPS),
    )
