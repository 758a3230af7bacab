"""A grade as Markdown, for learning platforms and the summaries of CI runs.

A student's text stays text: it can make no markup, link, image, table or heading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from jinja2 import Environment

from grader.model.grade import Grade
from grader.report.comparison import Comparison
from grader.report.plain import excerpt_lines
from grader.report.templates import environment
from grader.report.timeline import Timeline, timeline_in_text
from grader.report.view import build_view, code_spans

TIMELINE_COLUMNS = 90

# What can start markup anywhere; what can at the start of a line only; and the signs inside addresses,
# from which some platforms make links without being asked.
_ANYWHERE = re.compile(r"[\\`*_{}\[\]<>&|~$#@]")
_AT_LINE_START = re.compile(r"^(\s*(?:\d+(?=[.)](?:\s|$)))?)([-+=:.)])", re.MULTILINE)
_IN_ADDRESS = re.compile(r"(?<=\w)(?:\.(?=[^\W\d])|:(?=\S))")


def render_markdown(grade: Grade, decided: Sequence[str] = (), *, confirmed: bool = False) -> str:
    """The report as a Markdown document (CommonMark with GitHub's tables).

    ``decided`` is what counts in place of the grade's own score, and then the reasons, a sentence each. ``confirmed``
    tells that a person let a grade count that needed review.
    """
    return (
        _templates()
        .get_template("report.md.jinja")
        .render(view=build_view(grade), decided=decided, confirmed=confirmed)
    )


def explain_checks(grade: Grade) -> dict[str, str]:
    """For each check by its id what there is to say about it, as Markdown without a heading."""
    template = _templates().get_template("check.md.jinja")
    return {row.id: template.render(row=row) for row in build_view(grade).rows}


def _templates() -> Environment:
    templates = environment(autoescape=False)
    templates.filters |= {
        "text": escape,
        "cell": lambda text: escape(text, in_table=True),
        "code": code,
        "fenced": fenced,
        "excerpt": excerpt_lines,
        "drawn": _drawn,
    }
    return templates


def escape(text: str, *, in_table: bool = False) -> str:
    """Text that Markdown shows as it is, with what stands in backticks as code."""
    parts = []
    for is_code, part in code_spans(text):
        span = code(part) if is_code else _escape_prose(part)
        parts.append(span.replace("|", r"\|") if in_table and is_code else span)
    return "".join(parts)


def _escape_prose(text: str) -> str:
    text = _ANYWHERE.sub(r"\\\g<0>", text)
    text = _IN_ADDRESS.sub(r"\\\g<0>", text)
    return _AT_LINE_START.sub(r"\1\\\2", text)


def code(text: str) -> str:
    """A code span around the text, with more backticks than it holds in a row."""
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def fenced(text: str) -> str:
    """A fenced block around the text, with a fence longer than any run of backticks in it."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}text\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _drawn(timeline: Timeline) -> str:
    return fenced("\n".join(timeline_in_text(timeline, TIMELINE_COLUMNS)))


def comparison_as_markdown(comparison: Comparison) -> str:
    """Two grades beside each other as a Markdown document."""
    templates = environment(autoescape=False)
    templates.filters |= {"text": escape, "cell": lambda text: escape(text, in_table=True)}
    return templates.get_template("comparison.md.jinja").render(comparison=comparison)
