"""A grade as one HTML file that needs no network, runs no script and escapes everything."""

from __future__ import annotations

from markupsafe import Markup

from grader.model.grade import Grade
from grader.report.templates import environment
from grader.report.timeline import Span
from grader.report.view import build_view, code_spans

CHUNKS_IN_TABLE, CHUNKS_DRAWN = 200, 400
"""Of more chunks the table leaves some out, and the drawing shows stretches without a pause as one."""
_NARROW_PX, _WIDE_PX, _CHARACTER_PX = 290, 700, 7
"""How wide the drawing is on a telephone and on a desk, and a character in it: what labels have room."""


def render_html(grade: Grade) -> str:
    """The report as a whole HTML document."""
    templates = environment(autoescape=True)
    templates.filters |= {"prose": prose, "percent": percent, "label": label_class}
    template = templates.get_template("report.html.jinja")
    return template.render(view=build_view(grade), chunks_in_table=CHUNKS_IN_TABLE, chunks_drawn=CHUNKS_DRAWN)


def prose(text: str) -> Markup:
    """Escaped text, with what stands in backticks as code."""
    parts = (
        Markup("<code>{}</code>").format(part) if is_code else Markup("{}").format(part)
        for is_code, part in code_spans(text)
    )
    return Markup("").join(parts)


def percent(part: float) -> str:
    """A part of a whole as an SVG length."""
    return f"{part * 100:.2f}%"


def label_class(span: Span, text: str) -> str:
    """Where a chunk has room for its label: ``always``, on a ``wide`` screen, or nowhere (empty)."""
    need_px = len(text) * _CHARACTER_PX + 8
    if span.width * _NARROW_PX >= need_px:
        return "always"
    return "wide" if span.width * _WIDE_PX >= need_px else ""
