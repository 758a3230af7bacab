"""A grade in a terminal: plain text of a given width, with colour only where it is wanted."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.model.grade import Grade, Status
from grader.model.result import Verdict
from grader.report.comparison import Comparison
from grader.report.figures.figure import Figure
from grader.report.figures.in_text import bad_rows_in_text, bars_in_text
from grader.report.timeline import timeline_in_text
from grader.report.view import Aside, Excerpt, NextStep, Paragraph, Row, View, build_view, code_spans
from grader.report.visible import around, cells

NARROWEST, WIDEST = 24, 110
"""Lines longer than this are hard to read, however wide the terminal is."""
ROOM_FOR_NAMES = 72
"""From this width on the table also has the checks' names, as ``grade explain`` takes them."""

DRAWN = ("curve-1", "parts")
"""Figures that are drawn with bars; of others with a chart there is room for the finding only."""

_STYLES = {
    Verdict.PASSED: "green",
    Verdict.PARTIAL: "yellow",
    Verdict.FAILED: "red",
    Verdict.INCONCLUSIVE: "cyan",
    Verdict.SKIPPED: "dim",
    Verdict.ERRORED: "magenta",
}

_PLAIN_SIGNS = str.maketrans(
    {
        "✓": "+",
        "✗": "x",
        "–": "-",
        "─": "-",
        "━": "=",
        "│": "|",
        "█": "#",
        "▓": "=",
        "▒": "+",
        "░": ":",
        **dict.fromkeys("▏▎▍▌▋▊▉", " "),
        "·": ".",
        "×": "x",
        "µ": "u",
        "…": "~",
        "⏎": "/",
    }
)


def render_terminal(grade: Grade, *, width: int = 80, colour: bool = False) -> str:
    """The report as lines of at most ``width`` columns. Without ``colour`` it holds no control codes."""
    return _rendered(lambda room: _report(build_view(grade), room), width, colour=colour)


def comparison_in_terminal(comparison: Comparison, *, width: int = 80, colour: bool = False) -> str:
    """Two grades beside each other as lines of at most ``width`` columns."""
    return _rendered(lambda room: Group(*_comparison(comparison, room)), width, colour=colour)


def _rendered(make: Callable[[int], RenderableType], width: int, *, colour: bool) -> str:
    console = Console(
        file=io.StringIO(),
        width=max(NARROWEST, min(width, WIDEST)),
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    with console.capture() as capture:
        console.print(make(console.width))
    return "".join(line.rstrip() + "\n" for line in capture.get().splitlines())


def print_terminal(grade: Grade, console: Console) -> None:
    """Print the report as this console can show it: its width, its encoding, colour if it has colour."""
    text = render_terminal(grade, width=console.width, colour=_has_colour(console))
    console.file.write(_as_encodable(text, console.encoding))


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print a comparison likewise."""
    text = comparison_in_terminal(comparison, width=console.width, colour=_has_colour(console))
    console.file.write(_as_encodable(text, console.encoding))


def _has_colour(console: Console) -> bool:
    return console.is_terminal and not console.no_color and console.color_system is not None


def _as_encodable(text: str, encoding: str) -> str:
    """The text with plainer signs where the terminal's encoding lacks the good ones."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN_SIGNS).encode(encoding, "backslashreplace").decode(encoding)
    return text


def _report(view: View, width: int) -> RenderableType:
    return Group(*_parts(view, width))


def _parts(view: View, width: int) -> Iterator[RenderableType]:
    yield _header(view, width)
    yield Text("─" * width, "dim")
    if view.rows:
        yield _table(view, width)
        yield Text()
    for row in view.problems:
        yield from _problem(row, width)
    if view.asides:
        yield from (_aside(aside) for aside in view.asides)
        yield Text()
    for figure in view.figures:
        yield from _figure(figure, view, width)
    if view.not_measured:
        yield from (Text(f"Not measured: {reason}", "dim", overflow="fold") for reason in view.not_measured)
        yield Text()
    facts = view.facts[1:] if view.praise else view.facts
    yield from (Text(f"{fact}.", "dim", overflow="fold") for fact in facts)
    if facts:
        yield Text()
    yield from _score(view, width)


def _header(view: View, width: int) -> RenderableType:
    gap = width - cells(view.title) - cells(view.file)
    if gap >= 2:
        return Text.assemble((view.title, "bold"), " " * gap, view.file)
    return Group(Text(view.title, "bold"), Text(view.file))


def _table(view: View, width: int) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True, width=max(cells(f"{row.mark} {row.word}") for row in view.rows))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(ratio=1, overflow="fold")
    table.add_column(no_wrap=True, justify="right")
    for row in view.rows:
        verdict = Text(f"{row.mark} {row.word}", _STYLES[row.verdict])
        name = row.id if width >= ROOM_FOR_NAMES else ""
        table.add_row(verdict, Text(name), Text(row.title), Text(row.points))
    return table


def _problem(row: Row, width: int) -> Iterator[RenderableType]:
    yield Text.assemble((f"{row.mark} {row.word}", f"bold {_STYLES[row.verdict]}"), (f": {row.id}", "bold"))
    yield _indented(_prose(row.headline, "bold"))
    yield Text()
    if row.place:
        yield _indented(Text(row.place, "cyan", overflow="fold"))
    if row.excerpt:
        yield _indented(_excerpt(row.excerpt, width - 2))
    if row.place or row.excerpt:
        yield Text()
    for paragraph in row.detail:
        yield _indented(_paragraph(paragraph, width - 2))
        yield Text()
    if row.hint:
        yield _indented(Text.assemble(("Try: ", "bold green"), _prose(row.hint)))
    if row.topic:
        yield _indented(Text(f"See: {row.topic}"))
    yield _indented(Text(f"rests on: {row.rests_on}", "dim"))
    yield Text()


def _indented(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 0, 2))


def _prose(text: str, style: str = "") -> Text:
    parts = [(f"`{part}`", "cyan") if is_code else (part, "") for is_code, part in code_spans(text)]
    return Text.assemble(*parts, style=style, overflow="fold")


def _paragraph(paragraph: Paragraph, width: int) -> Text:
    if not paragraph.as_is:
        return _prose(paragraph.text)
    lines = [around(line, 0, width)[0] for line in paragraph.text.split("\n")]
    return Text("\n".join(lines), no_wrap=True)


def _excerpt(excerpt: Excerpt, width: int) -> Text:
    gutter = f"{excerpt.number} │ "
    text, caret = around(excerpt.text, excerpt.caret or 0, max(8, width - len(gutter)))
    lines = Text.assemble((gutter, "dim"), text, no_wrap=True, overflow="crop")
    if excerpt.caret is not None:
        blank = " " * (len(gutter) - 2)
        lines.append_text(Text.assemble("\n", (f"{blank}│ ", "dim"), " " * caret, ("^", "bold red")))
    return lines


def _aside(aside: Aside) -> Text:
    lead = f"{aside.mark} {aside.word}: {aside.ids}. "
    return Text.assemble((lead, _STYLES[aside.verdict]), _prose(aside.headline))


def _figure(figure: Figure, view: View, width: int) -> Iterator[RenderableType]:
    """The finding of a figure; of those that can be drawn with characters, also the drawing."""
    yield _prose(figure.title, "bold")
    if figure.id == "timeline" and view.timeline:
        lines = timeline_in_text(view.timeline, width)
    elif figure.id in DRAWN:
        lines = bars_in_text(figure, width)
    elif not figure.chart:
        lines = bad_rows_in_text(figure.table, width)
    else:
        lines = []
    yield from (Text(line, no_wrap=True) for line in lines)
    yield Text()


def _score(view: View, width: int) -> Iterator[RenderableType]:
    style = _score_style(view)
    yield Text("━" * width, style)
    yield Text(f"  {view.score_line}", f"bold {style}")
    yield Text("━" * width, style)
    yield Text(view.praise or view.summary, overflow="fold")
    if view.score_note:
        yield Text(view.score_note)
    if view.next_step:
        yield _next_step(view.next_step)
    if view.status is not Status.GRADED:
        yield from _review(view)
    yield from (Text(f"Note: {note}", "dim", overflow="fold") for note in view.notes)
    yield Text(view.sandbox, "dim", overflow="fold")


def _next_step(step: NextStep) -> Text:
    about = ", ".join(part for part in (step.check, step.place) if part)
    return Text.assemble(
        ("Next: ", "bold"), _prose(step.text), (f" ({about})" if about else "", "dim"), overflow="fold"
    )


def _score_style(view: View) -> str:
    if view.status is not Status.GRADED:
        return "magenta"
    return "green" if view.share == 1 else "yellow"


def _review(view: View) -> Iterator[RenderableType]:
    yield Text(f"{view.status_line}{':' if view.reviews else '.'}", "bold magenta")
    yield from (_indented(_prose(reason)) for reason in view.reviews)


def _comparison(comparison: Comparison, width: int) -> Iterator[RenderableType]:
    yield Text(comparison.title, "bold", overflow="fold")
    yield Text(comparison.finding, overflow="fold")
    for part in comparison.parts:
        yield Text()
        yield Text(part.title, "bold")
        if not part.changes:
            yield Text(part.same, "dim", overflow="fold")
            continue
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), width=width)
        for ratio in (3, 4, 4):
            table.add_column(ratio=ratio, overflow="fold")
        for change in part.changes:
            style = "" if change.before == change.after else "bold"
            table.add_row(Text(change.name, "dim"), Text(change.before), Text(change.after, style))
        yield table
