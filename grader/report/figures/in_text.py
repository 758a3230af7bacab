"""Figures drawn with characters, for terminals."""

from __future__ import annotations

import textwrap

from grader.report.figures.figure import Bar, Figure, Table
from grader.report.visible import cells

SHORTEST_BAR, LONGEST_BAR = 10, 40
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


def bars_in_text(figure: Figure, width: int) -> list[str]:
    """A line for each bar of a figure, at most ``width`` columns wide."""
    label = max(cells(bar.label) for bar in figure.bars)
    room = min(LONGEST_BAR, width - label - max(cells(bar.text) for bar in figure.bars) - 4)
    return [_line(bar, label, room, width) for bar in figure.bars]


def _line(bar: Bar, label: int, room: int, width: int) -> str:
    name = " " * (label - cells(bar.label)) + bar.label
    if room < SHORTEST_BAR:
        return f"{name}  {bar.text}"[:width]
    drawn = _blocks(bar.part, room)
    return f"{name}  {drawn}{' ' * (room - len(drawn))}  {bar.text}"


def _blocks(part: float, room: int) -> str:
    whole, eighth = divmod(round(min(1.0, max(0.0, part)) * room * 8), 8)
    return "█" * whole + _EIGHTHS[eighth]


def bad_rows_in_text(table: Table, width: int) -> list[str]:
    """The rows of a table of outcomes that are not right, one below the other."""
    lines = []
    for name, outcome, *_, explained in table.rows:  # where one is bad, the last column explains it
        if not outcome.startswith("✗"):
            continue
        first = f"{outcome}  {name}" + (f": {explained}" if explained else "")
        lines += textwrap.wrap(first, width, initial_indent="", subsequent_indent="  ")
    return lines
