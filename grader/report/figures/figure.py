"""What one picture of a report is made of, whatever the format: its finding, its words, its table, its chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Row = Mapping[str, str | int | float]
"""One record of a chart's data."""


@dataclass(frozen=True)
class Chart:
    """A specification of ``reports/charts`` by its name, with the data and parameters that fill it."""

    name: str
    data: Mapping[str, Sequence[Row]]
    params: Mapping[str, int | float | Sequence[int] | Sequence[float]] = field(default_factory=dict)
    height: int | None = None
    """In pixels, where it depends on the data."""
    wide: bool = False
    """It may take the whole width of the page; it is then drawn a second time for narrow screens."""


@dataclass(frozen=True)
class Table:
    """The figure's numbers. ``numbers`` are the columns, from 0, that hold figures."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    note: str = ""

    def without_empty_columns(self) -> Table:
        """The table without the columns in which no row says anything."""
        kept = [column for column in range(len(self.head)) if any(row[column] for row in self.rows)]
        return Table(
            head=tuple(self.head[column] for column in kept),
            rows=tuple(tuple(row[column] for column in kept) for row in self.rows),
            numbers=tuple(place for place, column in enumerate(kept) if column in self.numbers),
            note=self.note,
        )


@dataclass(frozen=True)
class Bar:
    """One line of the drawing with characters: ``part`` of the full length, from 0 to 1."""

    label: str
    part: float
    text: str


@dataclass(frozen=True)
class Key:
    """What a look in the chart means. ``look`` is a class of the style sheet."""

    look: str
    text: str


@dataclass(frozen=True)
class Figure:
    """A finding and what it rests on. A figure without a chart is its table.

    ``title`` says the finding in one sentence; ``text`` is what else there is to know; ``alternative`` says in
    words what the chart shows. ``lines`` are drawn with characters where ``bars`` are not enough.
    """

    id: str
    title: str
    text: tuple[str, ...]
    alternative: str
    table: Table
    chart: Chart | None = None
    key: tuple[Key, ...] = ()
    bars: tuple[Bar, ...] = ()
