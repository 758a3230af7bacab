"""Records what a program asks of its pools, without changing what the pools do.

Patched are the public methods of the pool classes, so aliases, subclasses and partials are all seen.
A map call of a process pool is carried out as the standard library does it (``Executor.map`` over
chunks), with a chunk function that also tells which process worked on it, and when. The chunk function
travels to the workers by name, as any mapped function does, so it works under fork, forkserver and spawn.

Everything recorded here is the word of the student's own interpreter: a claim, never proof.
"""

from __future__ import annotations

import functools
import itertools
import json
import operator
import os
import sys
import threading
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import pool as mp_pool

TYPE_CHECKING = False  # as in ``typing``, whose import every run would pay for
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from typing import Any

MAX_CHUNK_EVENTS = 20_000
FLUSH_BYTES = 32_768
TEXT = 1_000
UNSET: Any = object()


class Recorder:
    """Collects events and writes them as JSON lines to the private descriptor of this process."""

    def __init__(self, fd: int, started: float, script: str) -> None:
        self.fd: int | None = fd
        self.started = started
        self.script = script
        self.pid = os.getpid()
        self.lock = threading.RLock()
        self.buffer: list[str] = []
        self.size = 0
        self.chunk_events = 0
        self.dropped = 0
        self.numbers = itertools.count(1)
        self.submits: dict[tuple[int, str, str], dict[str, Any]] = {}
        os.set_inheritable(fd, False)  # an exec'd child must not hold it open
        os.register_at_fork(after_in_child=self.leave)

    def leave(self) -> None:
        """A forked child is no longer the process that may speak."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None
        self.lock = threading.RLock()  # the parent's may have been held at the fork

    def now(self) -> float:
        """Seconds since the start of the run."""
        return max(0.0, time.monotonic() - self.started)

    def emit(self, event: str, flush: bool = True, /, **values: Any) -> None:
        """Write one message, at once or with the next that is."""
        if self.fd is None:
            return
        line = json.dumps({"type": event, **values}, allow_nan=False) + "\n"
        with self.lock:
            self.buffer.append(line)
            self.size += len(line)
            if flush or self.size > FLUSH_BYTES:
                self.flush()

    def flush(self) -> None:
        """Write what was collected; a reader that is gone ends the recording."""
        with self.lock:
            data = "".join(self.buffer).encode()
            self.buffer.clear()
            self.size = 0
            try:
                while data and self.fd is not None:
                    data = data[os.write(self.fd, data) :]
            except OSError:
                self.fd = None

    def place(self) -> dict[str, int]:
        """Line and column (from 0) of the innermost frame in the student's script, or zeros."""
        frame: Any = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self.script:
            frame = frame.f_back
        if frame is None:
            return {"line": 0, "column": 0}
        position = next(itertools.islice(frame.f_code.co_positions(), frame.f_lasti // 2, None), None)
        column = position[2] if position and position[2] is not None else 0
        return {"line": frame.f_lineno, "column": column}

    def submitted(self, pool: int, kind: str, method: str, function: object) -> None:
        """Single submissions are summed up: one event when they end, and one at the first."""
        key = (pool, method, name_of(function))
        with self.lock:
            event = self.submits.get(key)
            if event is not None:
                event["count"] += 1
                return
            event = {
                "pool": pool,
                "kind": kind,
                "method": method,
                "function": name_of(function),
                "count": 1,
                **self.place(),
                "at": self.now(),
            }
            self.submits[key] = event

    def finish(self, exit_code: int) -> None:
        """The last words of the main process."""
        if os.getpid() != self.pid:
            return
        for event in self.submits.values():
            self.emit("submit", False, **event)
        self.emit(
            "finished",
            exit_code=exit_code,
            cpu_s=time.process_time(),
            dropped=self.dropped,
            at=self.now(),
        )


def cut(text: str) -> str:
    """The text as a message can hold it: without halves of characters, and its beginning where it is too long."""
    whole = whole_characters(text[: TEXT + 1])
    return whole if len(whole) <= TEXT else whole[: TEXT - 1] + "…"


def whole_characters(text: str) -> str:
    """The text with lone surrogates written as escapes: a message that held one would be refused."""
    return text.encode("utf-8", "backslashreplace").decode()


def safe_text(value: object) -> str:
    """``str(value)`` of a student's object, which may raise or be huge."""
    try:
        return cut(str(value))
    except BaseException as error:
        return f"<no text: its __str__ raised {type(error).__name__}>"


def name_of(function: object) -> str:
    """A short name of what was mapped, such as ``count_words`` or ``partial(count_words)``."""
    if isinstance(function, functools.partial):
        return cut(f"partial({name_of(function.func)})")
    name = getattr(function, "__qualname__", None)
    return cut(name) if isinstance(name, str) else type(function).__name__


class Chunk:
    """The function a worker calls on one chunk: the standard library's own loop, with a clock around it."""

    __slots__ = ("call", "function")

    def __init__(self, call: int, function: Callable[..., Any]) -> None:
        self.call = call
        self.function = function

    def __reduce__(self) -> tuple[Any, ...]:
        return Chunk, (self.call, self.function)

    def __call__(self, items: tuple[tuple[Any, ...], ...]) -> tuple[int, float, float, float, list[Any]]:
        """Work off the items; the process, the times and the results go back."""
        start = time.monotonic()
        cpu = time.thread_time()
        results = [self.function(*arguments) for arguments in items]
        return os.getpid(), start, time.monotonic(), time.thread_time() - cpu, results


class MapCall:
    """One map call on a process pool, from the call to the last result."""

    def __init__(
        self, recorder: Recorder, executor: Any, function: Callable[..., Any], chunksize: int, explicit: bool
    ) -> None:
        self.recorder = recorder
        self.number = next(recorder.numbers)
        self.items = 0
        self.chunks = 0
        self.told: int | None = None
        self.base: dict[str, Any] = {
            "call": self.number,
            "pool": pool_number(executor),
            "kind": "process",
            "method": "map",
            "function": name_of(function),
            "module": cut(str(getattr(function, "__module__", "") or "")),
            "chunksize": chunksize,
            "explicit": explicit,
            **recorder.place(),
        }

    def tell(self) -> None:
        """Say how many items and chunks there are, once, and again when a lazy submission added some."""
        if self.told != self.items:
            at = self.recorder.now() if self.told is None else self.base["at"]
            self.base["at"] = at
            self.told = self.items
            self.recorder.emit("map", items=self.items, chunks=self.chunks, **self.base)

    def split(self, iterables: tuple[Iterable[Any], ...]) -> Iterator[tuple[tuple[Any, ...], ...]]:
        """Cut the items into chunks, as lazily as the standard library does."""
        pairs = zip(*iterables)  # noqa: B905, as the standard library does it
        while chunk := tuple(itertools.islice(pairs, self.base["chunksize"])):
            yield chunk

    def count_rest(self, iterables: tuple[Iterable[Any], ...]) -> None:
        """Count what a pool that broke did not take any more. Only of plain sequences is it known."""
        if self.items and all(type(items) in (list, tuple, range) for items in iterables):
            self.items = max(self.items, min(len(items) for items in iterables))  # type: ignore[arg-type]
            self.chunks = max(self.chunks, -(-self.items // self.base["chunksize"]))

    def watch(self, future: Future[Any], items: tuple[Any, ...]) -> None:
        """Take note of a chunk that was submitted."""
        done = functools.partial(self.done, self.chunks, self.items, len(items))
        self.chunks += 1
        self.items += len(items)
        future.add_done_callback(done)

    def done(self, index: int, first: int, count: int, future: Future[Any]) -> None:
        """Called in the main process when a chunk is finished."""
        recorder = self.recorder
        if recorder.chunk_events >= MAX_CHUNK_EVENTS or future.cancelled():
            recorder.dropped += 1
            return
        recorder.chunk_events += 1
        event = {"call": self.number, "index": index, "first": first, "count": count}
        error = future.exception()
        if error is not None:
            now = recorder.now()
            text = cut(f"{type(error).__name__}: {safe_text(error)}")
            recorder.emit("chunk", False, **event, pid=0, start=now, end=now, cpu_s=0.0, error=text)
            return
        pid, start, end, cpu, _ = future.result()
        start, end = (max(0.0, at - recorder.started) for at in (start, end))
        recorder.emit("chunk", False, **event, pid=pid, start=start, end=end, cpu_s=max(0.0, cpu))

    def results(self, worked: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        """Hand out the single results, as lazily as the standard library does."""
        self.recorder.emit("consumed", call=self.number, what="first", at=self.recorder.now())
        for *_, values in worked:
            values.reverse()
            while values:
                yield values.pop()
        self.tell()
        self.recorder.emit("consumed", call=self.number, what="all", at=self.recorder.now())


def chunk_length(chunksize: Any) -> int | None:
    """The chunk size as ``int``, also of a number such as numpy's; None where it is none or too small."""
    try:
        return None if chunksize < 1 else operator.index(chunksize)
    except Exception:
        return None


def pool_number(executor: Any) -> int:
    """The number of a recorded pool; 0 for one made before the recording."""
    number: int = executor.__dict__.get("_pargrade_pool", 0)
    return number


def trace_process_pools(recorder: Recorder, chunksize_for_all: int | None = None) -> None:
    """Record ``ProcessPoolExecutor``: its making, its map calls with their chunks, its submissions.

    With ``chunksize_for_all`` every map call has this chunk size, whatever the program asks for.
    """
    pool_class: Any = ProcessPoolExecutor
    make, plain_map, plain_submit = pool_class.__init__, pool_class.map, pool_class.submit
    calls: dict[int, MapCall] = {}

    @functools.wraps(make)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        make(self, *args, **kwargs)
        self._pargrade_pool = next(recorder.numbers)
        recorder.emit(
            "pool",
            pool=self._pargrade_pool,
            kind="process",
            workers=self._max_workers,
            start_method=self._mp_context.get_start_method(),
            **recorder.place(),
            at=recorder.now(),
        )

    @functools.wraps(plain_map)
    def traced_map(
        self: Any, fn: Any, *iterables: Any, timeout: float | None = None, chunksize: Any = UNSET, **more: Any
    ) -> Any:
        if chunksize_for_all is not None:
            chunksize = chunksize_for_all
        explicit = chunksize is not UNSET
        size = chunk_length(chunksize) if explicit else 1
        if size is None or not more.keys() <= plain_map.__kwdefaults__.keys():  # the standard library's own error
            given = {"chunksize": chunksize} if explicit else {}
            return plain_map(self, fn, *iterables, timeout=timeout, **given, **more)
        call = MapCall(recorder, self, fn, size, explicit)
        calls[call.number] = call
        chunks = call.split(iterables)
        try:
            worked = Executor.map(self, Chunk(call.number, fn), chunks, timeout=timeout, **more)
        except BaseException:
            call.count_rest(iterables)
            raise
        finally:
            call.tell()
        results: Any = call.results(worked)
        results.__name__ = results.__qualname__ = "_chain_from_iterable_of_lists"  # what a program sees that prints it
        return results

    @functools.wraps(plain_submit)
    def submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        future = plain_submit(self, fn, *args, **kwargs)
        if type(fn) is Chunk and fn.call in calls:
            calls[fn.call].watch(future, args[0])
        else:
            recorder.submitted(pool_number(self), "process", "submit", fn)
        return future

    pool_class.__init__, pool_class.map, pool_class.submit = __init__, traced_map, submit


def trace_thread_pools(recorder: Recorder) -> None:
    """Record ``ThreadPoolExecutor``: that it was made, mapped over and submitted to."""
    pool_class: Any = ThreadPoolExecutor
    make, plain_map, plain_submit = pool_class.__init__, pool_class.map, pool_class.submit
    inside = threading.local()

    @functools.wraps(make)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        make(self, *args, **kwargs)
        self._pargrade_pool = next(recorder.numbers)
        tell_pool(recorder, self._pargrade_pool, "thread", self._max_workers)

    @functools.wraps(plain_map)
    def traced_map(self: Any, fn: Any, *iterables: Any, **options: Any) -> Any:
        inside.items = 0
        try:
            return plain_map(self, fn, *iterables, **options)
        finally:
            items, inside.items = inside.items, None
            tell_map(recorder, pool_number(self), "thread", "map", fn, items, options.get("chunksize", UNSET))

    @functools.wraps(plain_submit)
    def submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        if getattr(inside, "items", None) is None:
            recorder.submitted(pool_number(self), "thread", "submit", fn)
        else:
            inside.items += 1
        return plain_submit(self, fn, *args, **kwargs)

    pool_class.__init__, pool_class.map, pool_class.submit = __init__, traced_map, submit


def tell_pool(recorder: Recorder, number: int, kind: str, workers: int | None) -> None:
    """Tell that a pool was made."""
    recorder.emit(
        "pool",
        pool=number,
        kind=kind,
        workers=workers or 0,
        start_method="",
        **recorder.place(),
        at=recorder.now(),
    )


def tell_map(
    recorder: Recorder, pool: int, kind: str, method: str, function: object, items: int, chunksize: Any
) -> None:
    """Tell that items were mapped where the chunks cannot be seen."""
    recorder.emit(
        "map",
        call=next(recorder.numbers),
        pool=pool,
        kind=kind,
        method=method,
        function=name_of(function),
        module=cut(str(getattr(function, "__module__", "") or "")),
        items=items,
        chunks=0,
        chunksize=chunk_length(chunksize) or 1,
        explicit=chunk_length(chunksize) is not None,
        **recorder.place(),
        at=recorder.now(),
    )


def trace_multiprocessing_pools(recorder: Recorder) -> None:
    """Record ``multiprocessing.Pool``: that it was made, and which of its methods were given work."""
    pool_class: Any = mp_pool.Pool
    make = pool_class.__init__

    @functools.wraps(make)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        make(self, *args, **kwargs)
        self._pargrade_pool = next(recorder.numbers)
        tell_pool(recorder, self._pargrade_pool, kind_of(self), self._processes)

    def kind_of(pool: object) -> str:
        return "thread" if isinstance(pool, mp_pool.ThreadPool) else "multiprocessing"

    def many(method: str, plain: Any) -> Any:
        @functools.wraps(plain)
        def traced(self: Any, func: Any, iterable: Any, chunksize: Any = UNSET, *args: Any, **kwargs: Any) -> Any:
            items = len(iterable) if hasattr(iterable, "__len__") else 0
            tell_map(recorder, pool_number(self), kind_of(self), method, func, items, chunksize)
            given = () if chunksize is UNSET else (chunksize,)
            return plain(self, func, iterable, *given, *args, **kwargs)

        return traced

    def single(method: str, plain: Any) -> Any:
        @functools.wraps(plain)
        def traced(self: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
            recorder.submitted(pool_number(self), kind_of(self), method, func)
            return plain(self, func, *args, **kwargs)

        return traced

    for method in ("map", "map_async", "imap", "imap_unordered", "starmap", "starmap_async"):
        setattr(pool_class, method, many(method, getattr(pool_class, method)))
    pool_class.apply_async = single("apply_async", pool_class.apply_async)
    pool_class.__init__ = __init__


def trace_all(recorder: Recorder, chunksize: int | None = None) -> None:
    """Start recording in this process. Workers are recorded through what they return."""
    trace_process_pools(recorder, chunksize)
    trace_thread_pools(recorder)
    trace_multiprocessing_pools(recorder)
