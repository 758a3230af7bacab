"""The report in Markdown for hosts that take no more than so many bytes."""

from __future__ import annotations

from grader.model.grade import Grade
from grader.report.markdown import escape, render_markdown
from grader.report.view import build_view

_LEFT_OUT = "\n*The explanations are left out: with them this report would be longer than can be shown here.*\n"


def markdown_within(grade: Grade, room: int) -> str:
    """The report in Markdown, in at most ``room`` bytes: without its explanations, or as a single line, if need be."""
    view = build_view(grade)
    for text in (
        render_markdown(grade),
        render_markdown(_without_explanations(grade)) + _LEFT_OUT,
        f"# {escape(view.title)}: {escape(view.score_line)}\n",
    ):
        if len(text.encode("utf-8", "backslashreplace")) <= room:
            return text
    return ""


def _without_explanations(grade: Grade) -> Grade:
    short = tuple(check.model_copy(update={"detail": "", "hint": "", "location": None}) for check in grade.checks)
    speed = type(grade.timing.speed)()
    return grade.model_copy(
        update={
            "checks": short,
            "run": grade.run.model_copy(update={"runs": ()}),
            "timing": grade.timing.model_copy(update={"speed": speed}),
        }
    )
