"""Where the wall time of the run went: parts that add up to it."""

from __future__ import annotations

from grader.model.speed import Breakdown, PartName, TimePart
from grader.report.figures.figure import Bar, Chart, Figure, Row, Table
from grader.report.quantity import counted, seconds
from grader.report.visible import inline

MEANINGS: dict[PartName, str] = {
    "start-up": "starting Python, importing the program, starting the workers",
    "computing": "the workers computing, on average",
    "messages": "workers waiting between chunks: pickling, sending, receiving",
    "imbalance": "workers with nothing left to do while others still worked",
    "serial rest": "the main process alone, as when it puts the results together",
}
SMALL = 0.02
"""A part of the whole time below which a loss is not worth a word."""


def parts_figure(breakdown: Breakdown) -> Figure:
    """The figure of a breakdown."""
    whole_s = breakdown.wall_s or 1.0
    shares = [(part, part.seconds / whole_s) for part in breakdown.parts]
    listed = ", ".join(f"{part.name} {seconds(part.seconds)}" for part in breakdown.parts)
    return Figure(
        id="parts",
        title=_title(breakdown),
        text=(
            f"The run “{inline(breakdown.run)}” took {seconds(breakdown.wall_s)}. What "
            f"{counted(breakdown.workers, 'worker')} did at the same time is their mean, so the parts add up to it.",
        ),
        alternative=f"Bar chart of where {seconds(breakdown.wall_s)} went: {listed}.",
        table=Table(
            head=("Part", "Time", "Share", "What it is"),
            rows=tuple(
                (part.name, seconds(part.seconds), f"{share * 100:.0f} %", MEANINGS[part.name])
                for part, share in shares
            ),
            numbers=(1, 2),
        ),
        chart=Chart("time-parts", {"parts": [_row(part, share) for part, share in shares]}),
        bars=tuple(Bar(part.name, share, f"{seconds(part.seconds)}, {share * 100:.0f} %") for part, share in shares),
    )


def _row(part: TimePart, share: float) -> Row:
    return {
        "part": part.name,
        "share": share,
        "look": "computing" if part.name == "computing" else "loss",
        "text": f"{seconds(part.seconds)} · {share * 100:.0f} %",
    }


def _title(breakdown: Breakdown) -> str:
    computing = next((part.seconds for part in breakdown.parts if part.name == "computing"), 0.0)
    share = f"{computing / (breakdown.wall_s or 1.0) * 100:.0f} %"
    losses = [part for part in breakdown.parts if part.name != "computing"]
    largest = max(losses, key=lambda part: part.seconds, default=None)
    if largest is None or largest.seconds < SMALL * breakdown.wall_s:
        return f"The workers were computing for {share} of the time; hardly anything was lost."
    return (
        f"The workers were computing for {share} of the time; most of the rest was "
        f"{_in_a_sentence(largest.name)} ({seconds(largest.seconds)})."
    )


def _in_a_sentence(name: PartName) -> str:
    return "the main process alone" if name == "serial rest" else name
