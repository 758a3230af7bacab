"""Marks in words, one plain sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from grader.model.mark import SETTLED, TOTAL, Mark, MarkAdjustment


def number(points: Decimal | None) -> str:
    """Points without zeros at the end."""
    return "no number" if points is None else f"{points.normalize():f}"


def points(given: Decimal | None) -> str:
    """``1 point``, ``0.5 points``."""
    return f"{number(given)} point{'' if given == 1 else 's'}"


def mark_in_words(mark: Mark) -> str:
    """``8.5 of 10``, or why there is no number."""
    if mark.score is None:
        return f"no number: {mark.reason or mark.outcome.replace('_', ' ')}"
    return f"{number(mark.score)} of {number(mark.max_score)}"


def changes_in_words(mark: Mark) -> Iterator[str]:
    """What made the mark another one than the grade."""
    for adjustment in mark.adjustments:
        yield adjustment_in_words(adjustment)
    if mark.late_days:
        days = f"{mark.late_days} day{'s' if mark.late_days > 1 else ''} late"
        yield f"{days}: {points(mark.late_penalty)} off." if mark.late_penalty else f"{days}, at no cost."
    if mark.score is not None and mark.reason:
        yield mark.reason


def adjustment_in_words(adjustment: MarkAdjustment) -> str:
    """Who set what, and why."""
    why = f"{adjustment.why} ({adjustment.who}, {adjustment.at:%Y-%m-%d})"
    if adjustment.check_id == SETTLED:
        return f"Looked at by a person, and it counts: {why}"
    if adjustment.check_id == TOTAL:
        return f"The whole mark was set by hand to {number(adjustment.points)}: {why}"
    if adjustment.points is None:
        return f"{adjustment.check_id}: {why}"
    was = "" if adjustment.was is None else f" in place of {number(adjustment.was)}"
    return f"{adjustment.check_id}: {points(adjustment.points)}{was}, set by hand: {why}"
