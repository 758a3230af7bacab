"""A class as one HTML file that needs no network. It reads without its only script, which sorts the table."""

from __future__ import annotations

import base64
import hashlib

from grader.report.class_view import ClassView
from grader.report.html import figure_drawings, percent, prose, svg
from grader.report.templates import environment

SORTING = "class.js"


def render_class(view: ClassView) -> str:
    """The page as a whole HTML document."""
    templates = environment(autoescape=True)
    templates.filters |= {"prose": prose, "percent": percent, "svg": svg, "address": address}
    drawings, no_picture = figure_drawings(view.figures)
    script = templates.get_template(SORTING).render().strip()
    return templates.get_template("class.html.jinja").render(
        view=view, drawings=drawings, no_picture=no_picture, script=script, script_hash=_hash(script)
    )


def address(path: str) -> str:
    """A path inside the output folder as a relative address."""
    from urllib.parse import quote

    return quote(path, safe="/~")


def _hash(script: str) -> str:
    """What the page's security policy calls its one script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
