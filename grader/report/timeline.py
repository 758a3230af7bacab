"""Which worker got which items, in order and over time: the map calls of one run as lanes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from grader.model.grade import ChunkReport, Grade, MapReport, RunReport, StretchReport
from grader.report.quantity import counted, seconds
from grader.report.visible import cells, inline

SEEN_PAUSE = 0.003
"""The shortest pause that a drawing shows, as a part of the whole time."""
LANES = 16
FEW_IDLE = 3
"""Of more workers the first to start are drawn, and the others counted."""


@dataclass(frozen=True)
class Span:
    """One chunk on one worker. ``start`` and ``width`` are parts of the whole time, from 0 to 1.

    Where there were too many chunks to keep each, it is a slice of time, of which the part ``busy`` was computing.
    """

    call: int
    function: str
    items: str
    """The items of the chunk, counted from 1: ``1-5``; of a slice, how many."""
    start: float
    width: float
    started: str
    lasted: str
    error: str = ""
    busy: float = 1.0

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
    busy: float


@dataclass(frozen=True)
class Lane:
    """One worker and what it did, in order."""

    name: str
    pid: str
    """``pid 4711``; empty for chunks of which no worker told that it did them, as when they failed."""
    spans: tuple[Span, ...]
    busy_s: float
    started: float
    """Where the worker was there: a part of the whole time. It is starting up from then to its first chunk."""
    summary: str
    """``5 chunks, 10 files``."""

    @property
    def first(self) -> float:
        """Where its first chunk begins, as a part of the whole time."""
        return self.spans[0].start if self.spans else self.started

    @property
    def last(self) -> float:
        """Where its last chunk ends; from there on it was idle."""
        return max((span.start + span.width for span in self.spans), default=self.started)

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The chunks with those that follow at once taken together: for drawings of very many chunks."""
        found: list[Stretch] = []
        for span in self.spans:
            last = found[-1] if found else None
            joins = last and last.call == span.call and span.start - (last.start + last.width) < SEEN_PAUSE
            if last and joins and abs(last.busy - span.busy) < 0.1:
                found[-1] = Stretch(span.call, last.start, span.start + span.width - last.start, last.busy)
            else:
                found.append(Stretch(span.call, span.start, span.width, span.busy))
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
    length_s: float
    first_result: Tick | None
    """When the program took its first result, where that happened before the last chunk was done."""
    idle: int
    """Workers of the pool that did no chunk at all."""
    imbalance: float
    """The busiest worker's busy time by the mean of all workers': 1 when all did the same."""
    sliced: bool
    note: str

    @property
    def length(self) -> str:
        """The whole time in words."""
        return seconds(self.length_s)

    @property
    def spans(self) -> int:
        """How many chunks are shown."""
        return sum(len(lane.spans) for lane in self.lanes)

    @property
    def workers(self) -> int:
        """All workers, with those that did nothing."""
        return len([lane for lane in self.lanes if lane.spans]) + self.idle

    @property
    def in_words(self) -> str:
        """The timeline for someone who cannot see it."""
        lanes = "; ".join(f"{lane.name}: {lane.summary}, busy for {seconds(lane.busy_s)}" for lane in self.lanes)
        return f"{counted(self.workers, 'worker')} in {self.length}. {lanes}."


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
    scale = _scale(run, calls)
    lanes = _lanes(run, calls, scale)
    idle = max(0, max(call.workers for call in calls) - len(lanes))
    return Timeline(
        run=inline(run.name),
        functions=tuple(inline(call.function) for call in calls),
        lanes=lanes[:LANES] + _without_chunks(len(lanes), idle),
        length_s=scale.length_s,
        first_result=_first_result(calls, scale),
        idle=idle,
        imbalance=_imbalance([lane.busy_s for lane in lanes], idle),
        sliced=any(call.stretches for call in calls),
        note=_left_out(run, calls, len(lanes) - LANES),
    )


def _without_chunks(busy: int, idle: int) -> tuple[Lane, ...]:
    """A lane for each worker that got nothing, and one for all of them where there are more than a few."""
    first, last = busy + 1, busy + idle
    names = (
        [f"worker {number}" for number in range(first, last + 1)] if idle <= FEW_IDLE else [f"workers {first}–{last}"]
    )
    return tuple(Lane(name, "", (), 0.0, 1.0, "no chunk") for name in names)


def _left_out(run: RunReport, calls: tuple[MapReport, ...], workers: int) -> str:
    """``1 more map call and 20 more chunks left out.``"""
    numbers = {
        "more map call": run.maps_left_out,
        "more worker": workers,
        "more chunk": sum(call.chunks_left_out for call in calls if not call.stretches),
    }
    told = [counted(number, noun) for noun, number in numbers.items() if number > 0]
    return f"{', '.join(told[:-1])}{' and ' if told[1:] else ''}{told[-1]} left out." if told else ""


def _imbalance(busy_s: Sequence[float], idle: int) -> float:
    mean = sum(busy_s) / (len(busy_s) + idle)
    return max(busy_s) / mean if mean > 0 else 1.0


def _drawn(run: RunReport) -> Iterator[MapReport]:
    """Calls that went to processes: threads share one process and cannot be told apart here."""
    return (call for call in run.maps if call.kind != "thread" and call.chunk_list)


def _pieces(call: MapReport) -> Sequence[ChunkReport | StretchReport]:
    return call.stretches or call.chunk_list


def _scale(run: RunReport, calls: tuple[MapReport, ...]) -> _Scale:
    pieces = [piece for call in calls for piece in _pieces(call)]
    pids = {piece.pid for piece in pieces}
    start_s = min(
        *(piece.start_s for piece in pieces),
        *(call.submitted_s for call in calls),
        *(process.first_seen_s for process in run.processes if process.pid in pids),
    )
    return _Scale(start_s, max(max(piece.end_s for piece in pieces) - start_s, 1e-6))


def _lanes(run: RunReport, calls: tuple[MapReport, ...], scale: _Scale) -> tuple[Lane, ...]:
    done = sorted(
        ((piece, number) for number, call in enumerate(calls) for piece in _pieces(call)),
        key=lambda pair: (pair[0].start_s, pair[1], getattr(pair[0], "index", 0)),
    )
    pids = [pid for pid in dict.fromkeys(piece.pid for piece, _ in done) if pid]
    names = {pid: f"worker {number}" for number, pid in enumerate(pids, start=1)}
    if any(not piece.pid for piece, _ in done):
        names[0] = "worker unknown"
    of_worker: dict[int, list[tuple[ChunkReport | StretchReport, int]]] = {pid: [] for pid in names}
    for piece, number in done:
        of_worker[piece.pid].append((piece, number))
    return tuple(_lane(name, pid, of_worker[pid], run, calls, scale) for pid, name in names.items())


def _lane(
    name: str,
    pid: int,
    done: list[tuple[ChunkReport | StretchReport, int]],
    run: RunReport,
    calls: tuple[MapReport, ...],
    scale: _Scale,
) -> Lane:
    items = sum(_items(piece) for piece, _ in done)
    chunks = sum(piece.chunks if isinstance(piece, StretchReport) else 1 for piece, _ in done)
    nouns = {item_noun(run, calls[number]) for _, number in done}
    noun = nouns.pop() if len(nouns) == 1 else "item"
    spans = tuple(_span(piece, number, calls[number], scale) for piece, number in done)
    seen = [process.first_seen_s for process in run.processes if process.pid == pid and process.role == "worker"]
    return Lane(
        name=name,
        pid=f"pid {pid}" if pid else "",
        spans=spans,
        busy_s=sum(_busy_s(piece) for piece, _ in done),
        started=min(spans[0].start, scale.place(min(seen))) if seen else 0.0,
        summary=f"{counted(chunks, 'chunk')}, {counted(items, noun)}",
    )


def _items(piece: ChunkReport | StretchReport) -> int:
    return piece.items if isinstance(piece, StretchReport) else piece.count


def _busy_s(piece: ChunkReport | StretchReport) -> float:
    return piece.busy_s if isinstance(piece, StretchReport) else max(0.0, piece.end_s - piece.start_s)


def _span(piece: ChunkReport | StretchReport, number: int, call: MapReport, scale: _Scale) -> Span:
    start = scale.place(piece.start_s)
    lasted_s = max(0.0, piece.end_s - piece.start_s)
    span = Span(
        call=number,
        function=inline(call.function),
        items="",
        start=start,
        width=max(0.0, scale.place(piece.end_s) - start),
        started=seconds(max(0.0, piece.start_s)),
        lasted=seconds(lasted_s),
    )
    if isinstance(piece, ChunkReport):
        return replace(span, items=_item_range(piece), error=inline(piece.error))
    return replace(
        span,
        items=f"{piece.items:,} in {counted(piece.chunks, 'chunk')}",
        lasted=f"{seconds(piece.busy_s)} of {seconds(lasted_s)}",
        busy=min(1.0, piece.busy_s / lasted_s) if lasted_s else 1.0,
    )


def _item_range(chunk: ChunkReport) -> str:
    first, last = chunk.first + 1, chunk.first + chunk.count
    return f"{first}-{last}" if last > first else f"{first}"


def _first_result(calls: tuple[MapReport, ...], scale: _Scale) -> Tick | None:
    taken = [call.first_consumed_s for call in calls if call.first_consumed_s is not None]
    if not taken or not 0 <= min(taken) - scale.start_s <= scale.length_s:
        return None
    return Tick(scale.place(min(taken)), "first result taken")


def timeline_in_text(timeline: Timeline, width: int) -> list[str]:
    """The timeline as lines of text.

    Where several functions were mapped and there is room, each worker's items in order; else a bar for each
    worker.
    """
    names = [f"{lane.name} ({lane.pid})" if lane.pid else lane.name for lane in timeline.lanes]
    column = max(len(name) for name in names) + 2
    in_order = ["  ".join(span.label for span in lane.spans) for lane in timeline.lanes]
    if len(timeline.functions) > 1 and all(cells(text) <= width - column for text in in_order):
        lines = [f"{name:<{column}}{text}".rstrip() for name, text in zip(names, in_order, strict=True)]
    else:
        lines = _bars(timeline.lanes, names, column, width)
    return [*lines, timeline.note] if timeline.note else lines


def _bars(lanes: tuple[Lane, ...], names: list[str], column: int, width: int) -> list[str]:
    room = width - column - max(len(lane.summary) for lane in lanes) - 2
    if room < 10:
        return [f"{name}: {lane.summary}" for name, lane in zip(names, lanes, strict=True)]
    bars = [f"{name:<{column}}{_bar(lane, room)}  {lane.summary}" for name, lane in zip(names, lanes, strict=True)]
    legend = "█▓ chunk after chunk   · waiting"
    if any(lane.started < lane.first for lane in lanes):
        legend = f"░ starting   {legend}"
    if any(len(lane.summary) and lane.last < 1 for lane in lanes):
        legend += "   (blank) nothing left to do"
    return [*bars, *([f"{'':{column}}{legend}"] if len(legend) + column <= width else [])]


def _bar(lane: Lane, room: int) -> str:
    """Chunks as blocks in two shades, to tell neighbours apart; waiting as dots, idle at the end as blanks."""
    bar = [" "] * room
    _fill(bar, 0.0 if lane.spans else 1.0, lane.last, "·")
    _fill(bar, lane.started, lane.first, "░")
    for number, span in enumerate(lane.spans):
        first = min(room - 1, int(span.start * room))
        last = min(room, max(first + 1, round((span.start + span.width) * room)))
        shade = "▒" if span.busy < 0.5 else "█▓"[number % 2] if span.busy == 1 else "█"
        bar[first:last] = [shade] * (last - first)
    return "".join(bar)


def _fill(bar: list[str], start: float, end: float, sign: str) -> None:
    first, last = int(start * len(bar)), min(len(bar), round(end * len(bar)))
    bar[first:last] = [sign] * max(0, last - first)
