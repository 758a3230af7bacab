"""What each worker did, and when: a lane for each, from its start to the end of the last chunk of all."""

from __future__ import annotations

from collections.abc import Sequence

from grader.report.figures.figure import Chart, Figure, Key, Row, Table
from grader.report.quantity import counted
from grader.report.timeline import Lane, Span, Stretch, Timeline

SPANS_DRAWN, ROWS = 160, 200
"""Of more chunks the drawing shows stretches without a pause as one, and the table leaves some out."""
EVEN = 1.15
"""The imbalance up to which the work counts as evenly shared."""
TOLD_IN_ORDER = 40
LANE_PX = 34
NARROWEST = 0.002
"""The least width of a chunk that is drawn, as a part of the whole time."""
LABEL_PX = 6.6
"""A character of a label, at its widest."""


def lanes_figure(timeline: Timeline) -> Figure:
    """The figure of a timeline."""
    rows = _rows(timeline)
    return Figure(
        id="timeline",
        title=_title(timeline),
        text=tuple(_text(timeline)),
        alternative=f"A bar for each worker over time. {timeline.in_words}",
        table=Table(
            head=("Worker", "Function", "Items", "Started after", "Busy" if timeline.sliced else "Lasted"),
            rows=rows[:ROWS],
            numbers=(3, 4),
            note=f"{counted(len(rows) - ROWS, 'more row')} left out." if len(rows) > ROWS else "",
        ),
        chart=_chart(timeline),
        key=_key(timeline),
    )


def _title(timeline: Timeline) -> str:
    if len(timeline.functions) > 1:
        return f"Which worker got which items, and when: {counted(timeline.workers, 'worker')} in {timeline.length}."
    workers = timeline.workers
    if workers == 1:
        return f"One worker did all the work in {timeline.length}: nothing ran in parallel."
    if workers - timeline.idle == 1:
        others = "the other one" if workers == 2 else f"the other {workers - 1:,}"
        return f"One of {workers:,} workers did all the work; {others} had nothing to do."
    if timeline.imbalance <= EVEN:
        return f"{workers:,} workers shared the work evenly: the busiest was busy {_times(timeline)} the mean."
    return f"The work was shared unevenly: the busiest of {workers:,} workers was busy {_times(timeline)} the mean."


def _times(timeline: Timeline) -> str:
    return f"{timeline.imbalance:.2f} times"


def _text(timeline: Timeline) -> list[str]:
    told = []
    if timeline.workers > 1:
        told.append(f"Imbalance {timeline.imbalance:.2f} (1 when all workers are busy for the same time).")
    if len(timeline.functions) > 1 and timeline.spans <= TOLD_IN_ORDER:
        told += [f"{lane.name}: {', then '.join(span.label for span in lane.spans)}." for lane in timeline.lanes]
    if timeline.sliced:
        told.append("There were too many chunks to draw each: the paler a slice, the more of it was waiting.")
    if timeline.note:
        told.append(timeline.note)
    return told


def _rows(timeline: Timeline) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            lane.name + (f" ({lane.pid})" if lane.pid else ""),
            span.function + (f": {span.error}" if span.error else ""),
            span.items,
            span.started,
            span.lasted,
        )
        for lane in timeline.lanes
        for span in lane.spans
    )


def _key(timeline: Timeline) -> tuple[Key, ...]:
    calls = timeline.functions
    keys = [Key("start", "starting")] if any(lane.started < lane.first for lane in timeline.lanes) else []
    if len(calls) == 1:
        keys.append(Key("bars", "chunk after chunk"))
    else:
        keys += [Key("hollow" if number % 2 else "bars", name) for number, name in enumerate(calls[:6])]
    return (*keys, Key("wait", "waiting"), Key("idle", "nothing left to do"))


def _chart(timeline: Timeline) -> Chart:
    lanes, length_s, several = timeline.lanes, timeline.length_s, len(timeline.functions) > 1
    crowded = timeline.spans > SPANS_DRAWN
    first = timeline.first_result
    return Chart(
        "worker-timeline",
        {
            "lanes": [{"lane": lane.name, "text": lane.summary} for lane in lanes],
            "spans": [
                row for lane in lanes for row in (*_around(lane, length_s), *_busy(lane, length_s, crowded=crowded))
            ],
            "labels": [] if crowded else [row for lane in lanes for row in _labels(lane, length_s, several=several)],
            "events": [{"at_s": first.at * length_s, "text": first.text, "align": _align(first.at)}] if first else [],
        },
        {"length_s": length_s},
        height=LANE_PX * len(lanes),
        wide=True,
    )


def _align(at: float) -> str:
    return "left" if at < 0.25 else "right" if at > 0.75 else "center"


def _around(lane: Lane, length_s: float) -> list[Row]:
    """Starting, waiting, and being idle at the end."""
    parts = (
        ("start", lane.started, lane.first),
        ("wait", lane.first, lane.last),
        ("idle", lane.last if lane.spans else 0.0, 1.0),
    )
    return [
        {"lane": lane.name, "from_s": start * length_s, "to_s": end * length_s, "look": look, "share": 1}
        for look, start, end in parts
        if end > start
    ]


def _busy(lane: Lane, length_s: float, *, crowded: bool) -> list[Row]:
    spans: Sequence[Span | Stretch] = lane.stretches if crowded else lane.spans
    return [
        {
            "lane": lane.name,
            "from_s": span.start * length_s,
            "to_s": min(1.0, span.start + max(span.width, NARROWEST)) * length_s,
            "look": f"{'hollow' if span.call % 2 else 'bar'}-{number % 2}",
            "share": 1 if span.busy == 1 else round(0.25 + 0.75 * span.busy, 2),
        }
        for number, span in enumerate(spans)
    ]


def _labels(lane: Lane, length_s: float, *, several: bool) -> list[Row]:
    texts = [(span, span.label if several else span.items) for span in lane.spans if span.busy == 1]
    return [
        {
            "lane": lane.name,
            "at_s": (span.start + span.width / 2) * length_s,
            "width_s": span.width * length_s,
            "text": text,
            "needs_px": len(text) * LABEL_PX + 6,
            "look": "hollow" if span.call % 2 else "bar",
        }
        for span, text in texts
    ]
