"""Results and points to a score. Pure; the one place that rounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from grader.model.grade import Status
from grader.model.result import CheckResult, Verdict

_CENT = Decimal("0.01")
NOT_JUDGED = (Verdict.INCONCLUSIVE, Verdict.ERRORED)


@dataclass(frozen=True)
class Score:
    """``score`` is scaled to ``max_score``; None when nothing at all could be judged."""

    status: Status
    score: Decimal | None
    max_score: Decimal
    points_judged: Decimal


def score(results: Iterable[CheckResult], review_reasons: Iterable[str] = ()) -> Score:
    """Add up the points. What could not be judged leaves the denominator, and the total is scaled to the maximum."""
    results = tuple(results)
    maximum = sum((result.max_points for result in results), Decimal(0))
    judged = [result for result in results if result.verdict not in NOT_JUDGED]
    possible = sum((result.max_points for result in judged), Decimal(0))
    if possible == 0:
        return Score(Status.NOT_GRADED, None, maximum, possible)
    earned = sum((result.points for result in judged), Decimal(0))
    review = any(review_reasons) or any(result.verdict is Verdict.ERRORED for result in results)
    return Score(
        status=Status.NEEDS_REVIEW if review else Status.GRADED,
        score=(earned * maximum / possible).quantize(_CENT, ROUND_HALF_UP),
        max_score=maximum,
        points_judged=possible,
    )
