"""How long the program takes here beside the serial one, by the wall clock."""

from __future__ import annotations

from grader.model.speed import WallClock
from grader.report.figures.figure import Figure, Table
from grader.report.quantity import seconds
from grader.report.visible import inline


def wall_figure(wall: WallClock) -> Figure:
    """The first sentence is the finding; the pairs of runs are its table."""
    finding, _, rest = inline(wall.sentence).partition(". ")
    queued = ""
    if wall.queued_share is not None:
        queued = f"Of the time in which it could compute, it waited {wall.queued_share * 100:.0f} % for a free core."
    return Figure(
        id="wall-clock",
        title=f"{finding.rstrip('.')}.",
        text=tuple(line for line in (rest, queued, "Points never rest on this: they follow from CPU clocks.") if line),
        alternative="",
        table=Table(
            head=("Pair", "Your program", "Serial program", "Times as fast"),
            rows=tuple(
                (f"{number}", seconds(program), seconds(serial), f"{serial / program:.2f}")
                for number, (program, serial) in enumerate(zip(wall.program_s, wall.serial_s, strict=True), start=1)
            ),
            numbers=(0, 1, 2, 3),
            note=f"Runs made in turn on {inline(wall.inputs)}.",
        ),
    )
