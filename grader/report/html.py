"""A grade as one HTML file that needs no network, runs no script and escapes everything."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from grader.model.grade import Grade
from grader.report.charts import Drawing, Drawings, NoDrawing, draw
from grader.report.figures.figure import Figure
from grader.report.templates import environment
from grader.report.view import build_view, code_spans

_UNIT = re.compile(r"(?<=\d) (?=(?:s|ms|µs|%|kB|MB)(?:\W|$))")


def render_html(grade: Grade, decided: Sequence[str] = (), *, confirmed: bool = False) -> str:
    """The report as a whole HTML document.

    ``decided`` is what counts in place of the grade's own score, and then the reasons, a sentence each. ``confirmed``
    tells that a person let a grade count that needed review.
    """
    templates = environment(autoescape=True)
    templates.filters |= {"prose": prose, "percent": percent, "svg": svg}
    view = build_view(grade)
    drawings, no_picture = figure_drawings(view.figures)
    template = templates.get_template("report.html.jinja")
    return template.render(view=view, drawings=drawings, no_picture=no_picture, decided=decided, confirmed=confirmed)


def figure_drawings(figures: Sequence[Figure]) -> tuple[Mapping[str, Drawings], str]:
    """The drawings by the figures' names; or none, and the sentence that says why."""
    with_chart = [(figure.id, figure.chart) for figure in figures if figure.chart]
    try:
        drawn = draw([chart for _, chart in with_chart])
    except NoDrawing as reason:
        return {}, str(reason)
    return {name: one for (name, _), one in zip(with_chart, drawn, strict=True)}, ""


def svg(drawing: Drawing, figure: Figure, look: str) -> Markup:
    """A drawing as an inline image with the figure's words for those who cannot see it."""
    return Markup(
        '<svg class="chart {}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">'
        "<title>{}</title>{}</svg>"
    ).format(
        look,
        drawing.width,
        drawing.height,
        drawing.width,
        drawing.height,
        figure.alternative,
        figure.title,
        Markup(drawing.content),  # noqa: S704  shapes and text, cleaned and escaped by grader.report.charts
    )


def prose(text: str) -> Markup:
    """Escaped text, with what stands in backticks as code; no line ends between a number and its unit."""
    parts = (
        Markup("<code>{}</code>").format(part) if is_code else Markup("{}").format(_UNIT.sub("\u00a0", part))
        for is_code, part in code_spans(text)
    )
    return Markup("").join(parts)


def percent(part: float) -> str:
    """A part of a whole as an SVG length."""
    return f"{part * 100:.2f}%"
