"""Which worker got which items, in order and over time: the map calls of one run as lanes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grader.model.grade import ChunkReport, Grade, MapReport, RunReport
from grader.report.quantity import counted, seconds
from grader.report.visible import cells, inline

LANES_SHOWN = 64
"""Of more workers the first to start are shown."""
SEEN_PAUSE = 0.003
"""The shortest pause that a drawing shows, as a part of the whole time."""


@dataclass(frozen=True)
class Span:
    """One chunk on one worker. ``start`` and ``width`` are parts of the whole time, from 0 to 1."""

    call: int
    function: str
    items: str
    """The items of the chunk, counted from 1: ``1-5``."""
    count: int
    start: float
    width: float
    started: str
    lasted: str
    error: str

    @property
    def label(self) -> str:
        """What the worker did: ``add 1-5``."""
        return f"{self.function} {self.items}{' failed' if self.error else ''}"


@dataclass(frozen=True)
class Stretch:
    """A time in which a worker was busy with chunks of one call without a pause that could be seen."""

    call: int
    start: float
    width: float


@dataclass(frozen=True)
class Lane:
    """One worker and what it did, in order."""

    name: str
    pid: str
    """``pid 4711``; empty for chunks of which no worker told that it did them, as when they failed."""
    spans: tuple[Span, ...]
    busy: str
    summary: str
    """``5 chunks, 10 files``."""

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The chunks with those that follow at once taken together: for drawings of very many chunks."""
        found: list[Stretch] = []
        for span in self.spans:
            last = found[-1] if found else None
            if last and last.call == span.call and span.start - (last.start + last.width) < SEEN_PAUSE:
                found[-1] = Stretch(span.call, last.start, span.start + span.width - last.start)
            else:
                found.append(Stretch(span.call, span.start, span.width))
        return tuple(found)


@dataclass(frozen=True)
class Tick:
    """A place on the time axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Timeline:
    """The lanes of one run. ``functions`` are the mapped functions, in the order of ``Span.call``."""

    run: str
    functions: tuple[str, ...]
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    length: str
    first_result: Tick | None
    """When the program took its first result, where that happened before the last chunk was done."""
    note: str

    @property
    def spans(self) -> int:
        """How many chunks are shown."""
        return sum(len(lane.spans) for lane in self.lanes)

    @property
    def in_words(self) -> str:
        """The timeline for someone who cannot see it."""
        lanes = "; ".join(f"{lane.name}: {lane.summary}, busy for {lane.busy}" for lane in self.lanes)
        return f"{counted(len(self.lanes), 'worker')} in {self.length}. {lanes}."


@dataclass(frozen=True)
class _Scale:
    start_s: float
    length_s: float

    def place(self, at_s: float) -> float:
        return min(1.0, max(0.0, (at_s - self.start_s) / self.length_s))


def item_noun(run: RunReport, call: MapReport) -> str:
    """What the items of a map call are called: files where one was mapped for every input file."""
    return "file" if call.items and call.items == run.input_files else "item"


def shown_run(grade: Grade) -> RunReport | None:
    """The run whose map calls are shown: the first of the script that mapped anything to processes."""
    return next((run for run in grade.run.runs if any(_drawn(run))), None)


def build_timeline(grade: Grade) -> Timeline | None:
    """The timeline of the run that is shown, or None when no worker process was seen to do a chunk."""
    run = shown_run(grade)
    if run is None:
        return None
    calls = tuple(_drawn(run))
    scale = _scale(calls)
    lanes = _lanes(run, calls, scale)
    return Timeline(
        run=inline(run.name),
        functions=tuple(inline(call.function) for call in calls),
        lanes=lanes[:LANES_SHOWN],
        ticks=_ticks(scale),
        length=seconds(scale.length_s),
        first_result=_first_result(calls, scale),
        note=_left_out(run, calls, len(lanes) - LANES_SHOWN),
    )


def _left_out(run: RunReport, calls: tuple[MapReport, ...], workers: int) -> str:
    """``1 more map call and 20 more chunks left out.``"""
    numbers = {
        "more map call": run.maps_left_out,
        "more worker": workers,
        "more chunk": sum(call.chunks_left_out for call in calls),
    }
    told = [counted(number, noun) for noun, number in numbers.items() if number > 0]
    return f"{', '.join(told[:-1])}{' and ' if told[1:] else ''}{told[-1]} left out." if told else ""


def _drawn(run: RunReport) -> Iterator[MapReport]:
    """Calls that went to processes: threads share one process and cannot be told apart here."""
    return (call for call in run.maps if call.kind != "thread" and call.chunk_list)


def _scale(calls: tuple[MapReport, ...]) -> _Scale:
    start_s = min(min(chunk.start_s for chunk in call.chunk_list) for call in calls)
    start_s = min(start_s, *(call.submitted_s for call in calls))
    end_s = max(chunk.end_s for call in calls for chunk in call.chunk_list)
    return _Scale(start_s, max(end_s - start_s, 1e-6))


def _lanes(run: RunReport, calls: tuple[MapReport, ...], scale: _Scale) -> tuple[Lane, ...]:
    done = sorted(
        ((chunk, number) for number, call in enumerate(calls) for chunk in call.chunk_list),
        key=lambda pair: (pair[0].start_s, pair[1], pair[0].index),
    )
    pids = [pid for pid in dict.fromkeys(chunk.pid for chunk, _ in done) if pid]
    names = {pid: f"worker {number}" for number, pid in enumerate(pids, start=1)}
    if any(not chunk.pid for chunk, _ in done):
        names[0] = "worker unknown"
    of_worker: dict[int, list[tuple[ChunkReport, int]]] = {pid: [] for pid in names}
    for chunk, number in done:
        of_worker[chunk.pid].append((chunk, number))
    return tuple(_lane(name, pid, of_worker[pid], run, calls, scale) for pid, name in names.items())


def _lane(
    name: str,
    pid: int,
    done: list[tuple[ChunkReport, int]],
    run: RunReport,
    calls: tuple[MapReport, ...],
    scale: _Scale,
) -> Lane:
    items = sum(chunk.count for chunk, _ in done)
    nouns = {item_noun(run, calls[number]) for _, number in done}
    noun = nouns.pop() if len(nouns) == 1 else "item"
    return Lane(
        name=name,
        pid=f"pid {pid}" if pid else "",
        spans=tuple(_span(chunk, number, calls[number], scale) for chunk, number in done),
        busy=seconds(sum(max(0.0, chunk.end_s - chunk.start_s) for chunk, _ in done)),
        summary=f"{counted(len(done), 'chunk')}, {counted(items, noun)}",
    )


def _span(chunk: ChunkReport, number: int, call: MapReport, scale: _Scale) -> Span:
    first, last = chunk.first + 1, chunk.first + chunk.count
    start = scale.place(chunk.start_s)
    return Span(
        call=number,
        function=inline(call.function),
        items=f"{first}-{last}" if last > first else f"{first}",
        count=chunk.count,
        start=start,
        width=max(0.0, scale.place(chunk.end_s) - start),
        started=seconds(max(0.0, chunk.start_s)),
        lasted=seconds(max(0.0, chunk.end_s - chunk.start_s)),
        error=inline(chunk.error),
    )


def _ticks(scale: _Scale) -> tuple[Tick, ...]:
    """A few round times, counted from the left edge."""
    step = next(
        base * 10**power for power in range(-6, 7) for base in (1, 2, 5) if scale.length_s / (base * 10**power) <= 5
    )
    whole = int(scale.length_s / step + 1e-9)
    return tuple(Tick(number * step / scale.length_s, _axis_text(number * step)) for number in range(whole + 1))


def _axis_text(at_s: float) -> str:
    if at_s == 0:
        return "0"
    return f"{at_s * 1e3:.3g} ms" if at_s < 0.0995 else f"{at_s:.3g} s"


def _first_result(calls: tuple[MapReport, ...], scale: _Scale) -> Tick | None:
    taken = [call.first_consumed_s for call in calls if call.first_consumed_s is not None]
    if not taken or not 0 <= min(taken) - scale.start_s <= scale.length_s:
        return None
    return Tick(scale.place(min(taken)), "first result taken")


def timeline_in_text(timeline: Timeline, width: int) -> tuple[str, list[str]]:
    """The timeline as a heading and lines of text.

    Where several functions were mapped and there is room, each worker's items in order; else a bar for each
    worker.
    """
    names = [f"{lane.name} ({lane.pid})" if lane.pid else lane.name for lane in timeline.lanes]
    column = max(len(name) for name in names) + 2
    in_order = ["  ".join(span.label for span in lane.spans) for lane in timeline.lanes]
    if len(timeline.functions) > 1 and all(cells(text) <= width - column for text in in_order):
        heading = "Which worker got which items, in order"
        lines = [f"{name:<{column}}{text}" for name, text in zip(names, in_order, strict=True)]
    else:
        heading = f"What each worker did in {timeline.length}"
        lines = _bars(timeline.lanes, names, column, width)
    return heading, [*lines, timeline.note] if timeline.note else lines


def _bars(lanes: tuple[Lane, ...], names: list[str], column: int, width: int) -> list[str]:
    room = width - column - max(len(lane.summary) for lane in lanes) - 2
    if room < 10:
        return [f"{name}: {lane.summary}" for name, lane in zip(names, lanes, strict=True)]
    bars = [f"{name:<{column}}{_bar(lane, room)}  {lane.summary}" for name, lane in zip(names, lanes, strict=True)]
    return [*bars, f"{'':{column}}█▓ chunk after chunk   · waiting"]


def _bar(lane: Lane, room: int) -> str:
    """Chunks as blocks in two shades, so that neighbours can be told apart; waiting as dots."""
    bar = ["·"] * room
    for number, span in enumerate(lane.spans):
        first = min(room - 1, int(span.start * room))
        last = min(room, max(first + 1, round((span.start + span.width) * room)))
        bar[first:last] = ["█▓"[number % 2]] * (last - first)
    return "".join(bar)
