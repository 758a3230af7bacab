"""What counts for one student in the end: the grade, what a person changed, and what lateness costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from grader.model.base import Frozen, Moment, Points

Outcome = Literal["graded", "needs_review", "not_graded", "errored", "missing"]

SETTLED = "(review)"
"""In place of a check: a person looked at this grade, and it counts."""
TOTAL = "(total)"
"""In place of a check: the whole mark, set by a person. Nothing else changes it, lateness neither."""


class MarkAdjustment(Frozen):
    """Points of one check that a person set; ``points`` null is a comment alone. ``was`` is what the check gave."""

    check_id: str
    was: Points | None
    points: Points | None
    why: str
    who: str
    at: Moment


class Mark(Frozen):
    """One student's mark in one exercise.

    ``score`` is what goes out: the graded points with adjustments and lateness applied, or null where no number may
    be given (nothing handed in, not graded, or a person has to look first). ``reason`` then says why.
    """

    student: str
    name: str = ""
    identifiers: Mapping[str, str] = Field(default_factory=dict)
    """What other systems call the student: ``moodle_participant``, ``canvas_id``, ``email``, ``login``..."""
    exercise: str
    outcome: Outcome
    score: Points | None
    max_score: Points | None
    graded_score: Points | None = None
    """The score before adjustments and lateness."""
    adjustments: tuple[MarkAdjustment, ...] = ()
    late_days: int = 0
    late_penalty: Points | None = None
    """The points that lateness took."""
    reason: str = ""
    folder: str = ""
    """The student's own folder in the layout the submission came in."""
    submitted_at: Moment | None = None
    graded_at: Moment | None = None
    report: str = ""
    """The web page of the report, relative to the output folder."""
