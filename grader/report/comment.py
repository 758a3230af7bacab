"""A grade in a few lines of plain text, for the comment field of a learning platform."""

from __future__ import annotations

from grader.model.grade import Grade
from grader.model.mark import Mark
from grader.model.result import CheckResult, Verdict
from grader.report.quantity import counted, points
from grader.report.visible import inline

_TOLD = {
    Verdict.PARTIAL: "in part",
    Verdict.FAILED: "not yet",
    Verdict.INCONCLUSIVE: "could not be told, costs nothing",
    Verdict.ERRORED: "our error, costs nothing",
}


def render_comment(grade: Grade, mark: Mark) -> str:
    """What was reached, each check that is not passed with its hint, and what a person or lateness changed."""
    lines = []
    if mark.score is not None and mark.max_score is not None:
        lines.append(f"{points(mark.score)} of {points(mark.max_score)} points.")
    for check in grade.checks:
        lines += _about(check)
    for change in mark.adjustments:
        what = "comment" if change.points is None else f"{points(change.points)} points"
        lines.append(f"{inline(change.check_id)}, by hand: {what}. {inline(change.why)}")
    if mark.late_penalty:
        lines.append(f"Late by {counted(mark.late_days, 'day')}: {points(mark.late_penalty)} points less.")
    return "\n".join(lines)


def _about(check: CheckResult) -> list[str]:
    if check.verdict not in _TOLD:
        return []
    share = f"{points(check.points)} of {points(check.max_points)}, " if check.max_points else ""
    lines = [f"{inline(check.id)} ({share}{_TOLD[check.verdict]}): {inline(check.headline)}"]
    return [*lines, f"Try: {inline(check.hint)}"] if check.hint else lines
