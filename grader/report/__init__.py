"""Reports: one finished Grade, seen in one format.

Each format is imported when it is asked for, so that writing JSON loads neither jinja2 nor rich.
"""

from __future__ import annotations

from collections.abc import Callable

from grader.model.grade import Grade
from grader.registry import Registry

Render = Callable[[Grade], str]
"""A report format: the whole document as text."""


def formats() -> Registry[Render]:
    """The formats by name; third parties add theirs under the entry-point group ``pargrade.reports``."""
    return Registry(
        "report format",
        "pargrade.reports",
        {"terminal": _terminal, "html": _html, "markdown": _markdown, "json": _json, "junit": _junit},
    )


def _terminal(grade: Grade) -> str:
    from grader.report.terminal import render_terminal

    return render_terminal(grade)


def _html(grade: Grade) -> str:
    from grader.report.html import render_html

    return render_html(grade)


def _markdown(grade: Grade) -> str:
    from grader.report.markdown import render_markdown

    return render_markdown(grade)


def _json(grade: Grade) -> str:
    from grader.report.json import dump

    return dump(grade)


def _junit(grade: Grade) -> str:
    from grader.report.junit import render_junit

    return render_junit(grade)
