"""What handing in late costs. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from grader.model.exercise import LateSpec

_CENT = Decimal("0.01")
_DAY = timedelta(days=1)


def days_late(submitted_at: datetime | None, due: datetime | None, rule: LateSpec | None) -> int:
    """The days that were begun between the deadline and the handing in; 0 in time, within grace, or if unknown."""
    if submitted_at is None or due is None:
        return 0
    late = submitted_at - due
    grace = timedelta(minutes=rule.grace_minutes if rule else 0)
    return 0 if late <= grace else -(-late // _DAY)


def penalty(score: Decimal, max_score: Decimal, days: int, rule: LateSpec | None) -> Decimal:
    """The points that so many days cost: a part of the exercise's points, and never more than the score."""
    if rule is None or days <= 0:
        return Decimal(0)
    if rule.last_day is not None and days > rule.last_day:
        return score
    percent = min(days * rule.percent_per_day, rule.most_percent)
    return min(score, (max_score * percent / 100).quantize(_CENT, ROUND_HALF_UP))
