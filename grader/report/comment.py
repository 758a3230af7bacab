"""A grade in a few lines of plain text, for the comment field of a learning platform."""

from __future__ import annotations

from collections.abc import Sequence

from grader.model.grade import Grade
from grader.model.result import CheckResult, Verdict
from grader.report.quantity import points
from grader.report.visible import inline

_TOLD = {
    Verdict.PARTIAL: "in part",
    Verdict.FAILED: "not yet",
    Verdict.INCONCLUSIVE: "could not be told, costs nothing",
    Verdict.ERRORED: "our error, costs nothing",
}


def render_comment(grade: Grade | None, decided: Sequence[str]) -> str:
    """The mark and what made it that, as ``decided`` says, and each check that is not passed, with its hint."""
    checks = [line for check in grade.checks for line in _about(check)] if grade else []
    return "\n".join([*map(inline, decided), *checks])


def _about(check: CheckResult) -> list[str]:
    if check.verdict not in _TOLD:
        return []
    share = f"{points(check.points)} of {points(check.max_points)}, " if check.max_points else ""
    lines = [f"{inline(check.id)} ({share}{_TOLD[check.verdict]}): {inline(check.headline)}"]
    return [*lines, f"Try: {inline(check.hint)}"] if check.hint else lines
