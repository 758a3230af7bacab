"""The jinja2 environment that the HTML and Markdown reports share."""

from __future__ import annotations

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grader.bundled import bundled


def environment(*, autoescape: bool) -> Environment:
    """An environment over ``reports/templates`` in which a misspelt name is an error."""
    return Environment(
        loader=FileSystemLoader(bundled("reports/templates")),
        autoescape=autoescape,  # noqa: S701  off for Markdown, which has its own escaping
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
