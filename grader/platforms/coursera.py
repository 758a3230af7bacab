"""Coursera: ``/shared/submission`` in, ``/shared/feedback.json`` out.

Source: the documentation and ``commands/grade.py`` of coursera/coursera_autograder: ``fractionalScore`` is a number
from 0.0 to 1.0, and an exit code other than 0 is a fault of the grader.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.model.grade import Status
from grader.platforms.documents import as_json, in_words
from grader.platforms.handed_in import the_program
from grader.platforms.seam import BelowRoot, Delivery, Document, Failure, Job, Outcome, Platform
from grader.platforms.settings import FILE_NAME, Settings, read_settings
from grader.platforms.whole_points import whole_score
from grader.report import formats

_SETTINGS = Path("/grader") / FILE_NAME


@dataclass(frozen=True)
class Coursera(BelowRoot):
    """One submission in a container."""

    usual_root = Path("/shared")

    def first(self) -> Delivery:
        """Nothing: a killed grading is told by its exit code."""
        return Delivery(exit_code=3)

    def job(self) -> Job:
        """The one program in ``submission``."""
        settings = read_settings(self.place.settings or _SETTINGS, Settings)
        return Job(the_program(self.root / "submission", settings.file), settings)

    def results(self, outcome: Outcome) -> Delivery:
        """The share of the points and the report."""
        if isinstance(outcome, Failure):
            return self._feedback(0.0, in_words(outcome), 0 if outcome.by_student else 3)
        graded = outcome.status is not Status.NOT_GRADED
        share = whole_score(outcome).share if graded else 0.0
        return self._feedback(share, formats().get("terminal")(outcome), 0 if graded else 3)

    def _feedback(self, share: float, text: str, exit_code: int) -> Delivery:
        data = {"fractionalScore": share, "feedback": text}
        return Delivery((Document(as_json(data), self.root / "feedback.json"),), exit_code)


PLATFORM = Platform("coursera", "Coursera", Coursera)
