"""Exports: finished marks in the form in which another system takes them.

A target is a function from a Job to an Export. It edits the file that was downloaded from the other system, where
that system has one, and touches nothing in it but the cells of the marks that it gives.
"""

from __future__ import annotations

from collections.abc import Callable

from grader.export.job import Export, Job
from grader.registry import Registry

Target = Callable[[Job], Export]
"""A target: marks and a downloaded file in, the file with the marks and who got none out."""


def targets() -> Registry[Target]:
    """The targets by name; third parties add theirs under the entry-point group ``pargrade.exports``."""
    return Registry(
        "export target",
        "pargrade.exports",
        {
            "canvas": _canvas,
            "moodle": _moodle,
            "moodle-feedback": _moodle_feedback,
            "brightspace": _brightspace,
            "blackboard": _blackboard,
            "sakai": _sakai,
            "nbgrader": _nbgrader,
            "csv": _csv,
            "json": _json,
        },
    )


def _canvas(job: Job) -> Export:
    from grader.export.canvas import export_canvas

    return export_canvas(job)


def _moodle(job: Job) -> Export:
    from grader.export.moodle import export_moodle

    return export_moodle(job)


def _moodle_feedback(job: Job) -> Export:
    from grader.export.moodle_feedback import export_moodle_feedback

    return export_moodle_feedback(job)


def _brightspace(job: Job) -> Export:
    from grader.export.brightspace import export_brightspace

    return export_brightspace(job)


def _blackboard(job: Job) -> Export:
    from grader.export.blackboard import export_blackboard

    return export_blackboard(job)


def _sakai(job: Job) -> Export:
    from grader.export.sakai import export_sakai

    return export_sakai(job)


def _nbgrader(job: Job) -> Export:
    from grader.export.nbgrader import export_nbgrader

    return export_nbgrader(job)


def _csv(job: Job) -> Export:
    from grader.export.csv import export_csv

    return export_csv(job)


def _json(job: Job) -> Export:
    from grader.export.json import export_json

    return export_json(job)
