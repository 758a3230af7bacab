"""Amounts in words, as the commands print them."""

from __future__ import annotations

from decimal import Decimal


def in_points(amount: Decimal) -> str:
    """``1 point``, ``0.5 points``, ``10 points``; a check that only gates others gives ``no points``."""
    from grader.report.quantity import points

    if not amount:
        return "no points"
    return f"{points(amount)} {'point' if amount == 1 else 'points'}"
