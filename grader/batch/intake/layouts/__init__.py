"""The layouts in which submissions come, in the order in which they are tried for each file."""

from __future__ import annotations

from grader.batch.intake.layouts import blackboard, brightspace, canvas, gradescope, moodle, nbgrader, plain, sakai
from grader.batch.intake.layouts.base import Layout

LMS_LAYOUTS: tuple[Layout, ...] = (
    moodle.LAYOUT,
    sakai.LAYOUT,
    brightspace.LAYOUT,
    gradescope.LAYOUT,
    nbgrader.INBOUND,
    nbgrader.SUBMITTED,
    blackboard.LAYOUT,
    canvas.LAYOUT,
)
"""Those of learning management systems and graders: recognised by the names alone."""
PLAIN: Layout = plain.LAYOUT
LAYOUTS: tuple[Layout, ...] = (*LMS_LAYOUTS, PLAIN)
