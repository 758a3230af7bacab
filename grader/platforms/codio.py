"""Codio: one JSON object on the standard output, which ``assess.py`` sends to the address that Codio gives it.

Source: docs.codio.com, "Partial points": a percentage from 0 to 100 and a feedback of at most 1 MB, as form fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.model.grade import Status
from grader.platforms.documents import FILES, as_json, in_words, settings_text
from grader.platforms.handed_in import the_program
from grader.platforms.lengths import markdown_within
from grader.platforms.seam import (
    BelowRoot,
    Delivery,
    Document,
    Failure,
    Job,
    Order,
    Outcome,
    Part,
    Parts,
    Platform,
)
from grader.platforms.settings import FILE_NAME, Settings, read_settings
from grader.platforms.whole_points import whole_score
from grader.report.markdown import escape

FEEDBACK_BYTES = 900_000


@dataclass(frozen=True)
class Codio(BelowRoot):
    """One assessment of a student's workspace."""

    usual_root = Path("/home/codio/workspace")

    def first(self) -> Delivery:
        """Nothing: only one object may be printed."""
        return Delivery(exit_code=3)

    def job(self) -> Job:
        """The one program in the workspace."""
        settings = read_settings(self.place.settings, Settings)
        return Job(the_program(self.root, settings.file), settings)

    def results(self, outcome: Outcome) -> Delivery:
        """The percentage and the report. Without a grade ``percent`` is null, and nothing is to be sent."""
        if isinstance(outcome, Failure):
            return _told(0 if outcome.by_student else None, escape(in_words(outcome)))
        report = markdown_within(outcome, FEEDBACK_BYTES)
        return _told(None if outcome.status is Status.NOT_GRADED else whole_score(outcome).percent, report)


def _told(percent: int | None, feedback: str) -> Delivery:
    data = {"percent": percent, "format": "md", "feedback": feedback}
    return Delivery((Document(as_json(data)),), 3 if percent is None else 0)


def build(order: Order) -> Parts:
    """The files for a folder of the project that students cannot read, such as ``.guides/secure``."""
    return {
        "assess.py": Part((FILES / "codio" / "assess.py").read_bytes(), executable=True),
        FILE_NAME: Part(settings_text(order, "Settings of this assessment; see docs/platforms/more.md.")),
        **{f"exercises/{name}": Part(data) for name, data in order.exercise_files.items()},
    }


PLATFORM = Platform("codio", "Codio", Codio, build, quiet=True)
