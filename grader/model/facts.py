"""What the syntax tree of a submission shows. Advice and places for messages, never proof."""

from __future__ import annotations

from enum import StrEnum

from grader.model.base import Frozen


class Place(Frozen):
    """A position in the program: line counted from 1, column from 0, as in the ``ast`` module."""

    line: int
    column: int = 0


class PoolKind(StrEnum):
    """What makes the workers."""

    PROCESS = "ProcessPoolExecutor"
    THREAD = "ThreadPoolExecutor"
    MULTIPROCESSING = "multiprocessing.Pool"


class FunctionKind(StrEnum):
    """What is handed to a pool as the function: only top-level names reach another process."""

    NAMED = "named"
    LAMBDA = "lambda"
    NESTED = "nested"
    PARTIAL = "partial"
    CALLED = "called"  # the result of calling one of the file's own functions
    OTHER = "other"


class ChunkSizeSource(StrEnum):
    """How the source gives a map call its chunk size."""

    CONSTANT = "constant"
    COMPUTED = "computed"
    HIDDEN = "hidden"  # may be inside **kwargs or a partial
    ABSENT = "absent"


class SyntaxFault(Frozen):
    """Why the source does not parse."""

    message: str
    place: Place
    text: str = ""


class PoolFact(Frozen):
    """A pool is made here. ``written`` is the expression in the source, such as ``cf.ProcessPoolExecutor``."""

    kind: PoolKind
    written: str
    place: Place
    at_import: bool
    """Made when the file is merely imported: at top level and outside the main guard."""


class CallFact(Frozen):
    """Work is handed to a pool here: ``pool.map(...)``, ``pool.submit(...)``, ``pool.starmap(...)``."""

    method: str
    pool: PoolKind | None
    """The kind of pool it is called on, where the source shows it."""
    function: str
    function_kind: FunctionKind
    chunksize: ChunkSizeSource
    chunksize_value: int | None = None
    place: Place
    chunksize_place: Place | None = None


class NameFact(Frozen):
    """A name at a place: what it is depends on the list it stands in."""

    name: str
    place: Place


class WorkerWrite(Frozen):
    """A function that is mapped changes a global: the change stays in the worker."""

    function: str
    name: str
    place: Place


class DoubleUse(Frozen):
    """A generator or map result is gone through twice; the second time it is empty."""

    name: str
    made: Place
    first: Place
    second: Place


class GuardLike(Frozen):
    """A condition at top level that looks like a main guard and is always the same, such as ``__name__ == "main"``."""

    written: str
    always: bool
    """True where what stands below always runs, False where it never does."""
    place: Place


class SourceFacts(Frozen):
    """Everything the checks want to know from the source, found without running it."""

    syntax_fault: SyntaxFault | None = None
    unreadable: str = ""
    """Why the scanner gave up (nesting too deep, time or memory limit); empty when it did not."""
    functions: tuple[str, ...] = ()
    """Top-level functions and classes, and methods as ``Class.method``."""
    imports: tuple[str, ...] = ()
    """Top-level names of imported modules."""
    pools: tuple[PoolFact, ...] = ()
    calls: tuple[CallFact, ...] = ()
    main_guard: Place | None = None
    guard_like: tuple[GuardLike, ...] = ()
    work_at_import: tuple[NameFact, ...] = ()
    """Pools, map calls and calls of the file's own functions that run on mere import."""
    chunksize_elsewhere: tuple[NameFact, ...] = ()
    """``chunksize=`` given to a call that is no pool's map; ``name`` is the callee as written."""
    input_calls: tuple[Place, ...] = ()
    managers: tuple[Place, ...] = ()
    """Where a ``multiprocessing.Manager`` is made."""
    swallowed: tuple[Place, ...] = ()
    """``except`` clauses that catch every error and do nothing about it."""
    worker_writes: tuple[WorkerWrite, ...] = ()
    double_uses: tuple[DoubleUse, ...] = ()
