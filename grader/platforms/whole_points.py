"""Points as whole numbers, for hosts that know no fractions of a point or take a share of the maximum."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from grader.model.grade import Grade
from grader.model.result import Verdict

NOT_COUNTED = (Verdict.INCONCLUSIVE, Verdict.ERRORED)
_MOST_DIGITS = 4


@dataclass(frozen=True)
class Points:
    """Whole points, ``score`` at most ``most``."""

    score: int
    most: int

    @property
    def share(self) -> float:
        """The score as a part of 1; 0 where there is nothing to earn."""
        return self.score / self.most if self.most else 0.0

    @property
    def percent(self) -> int:
        """The score as a whole number out of 100; 100 for all points only."""
        return 100 * self.score // self.most if self.most else 0


def whole_unit(grade: Grade) -> Decimal:
    """How many whole points one point is: the smallest power of ten with which no number of the grade has a fraction.

    A number with more than four digits behind the point (a third of a point) is cut off there.
    """
    amounts = [grade.max_score, grade.score or Decimal(0)]
    amounts += [amount for check in grade.checks for amount in (check.points, check.max_points)]
    return Decimal(10) ** min(max(_digits(amount) for amount in amounts), _MOST_DIGITS)


def _digits(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def whole_score(grade: Grade) -> Points:
    """The score in whole points, never rounded up; full marks only where nothing that was judged is missing."""
    unit = whole_unit(grade)
    most = whole(grade.max_score, unit)
    score = min(whole(grade.score or Decimal(0), unit), most)
    missing = any(check.points < check.max_points for check in grade.checks if check.verdict not in NOT_COUNTED)
    return Points(max(0, most - 1) if missing and score == most else score, most)


def whole(amount: Decimal, unit: Decimal) -> int:
    """The amount in whole points of this unit, cut off."""
    return int((amount * unit).to_integral_value(ROUND_FLOOR))
