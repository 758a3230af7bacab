"""CodeGrade, a Custom Test of AutoTest v2: JSON on file descriptor 3, the report on the standard output.

Source: CodeGrade's "How to use Custom Test blocks": ``{"tag": "points", "points": "3/5"}``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from grader.model.grade import Status
from grader.platforms.documents import in_words
from grader.platforms.handed_in import the_program
from grader.platforms.seam import BelowRoot, Delivery, Document, Failure, Job, Outcome, Platform
from grader.platforms.settings import Settings, read_settings
from grader.platforms.whole_points import Points, whole_score
from grader.report import formats
from grader.report.visible import escape_hidden

POINTS = Path("/dev/fd/3")


@dataclass(frozen=True)
class CodeGrade(BelowRoot):
    """One Custom Test; ``root`` is the folder with the student's files, by default the current one."""

    def first(self) -> Delivery:
        """Nothing: a test that ends with another exit code than 0 has failed."""
        return Delivery(exit_code=3)

    def job(self) -> Job:
        """The one program in the folder."""
        settings = read_settings(self.place.settings, Settings)
        return Job(the_program(self.root, settings.file), settings)

    def results(self, outcome: Outcome) -> Delivery:
        """The points as a fraction of whole numbers. Without a grade none are told, and the test fails."""
        if isinstance(outcome, Failure):
            text = escape_hidden(in_words(outcome)) + "\n"
            return _told(text, Points(0, 1)) if outcome.by_student else Delivery((Document(text),), 3)
        report = formats().get("terminal")(outcome)
        if outcome.status is Status.NOT_GRADED:
            return Delivery((Document(report),), 3)
        return _told(report, whole_score(outcome))


def _told(text: str, points: Points) -> Delivery:
    line = json.dumps({"tag": "points", "points": f"{points.score}/{max(points.most, 1)}"}) + "\n"
    return Delivery((Document(text), Document(line, POINTS, append=True)))


PLATFORM = Platform("codegrade", "CodeGrade", CodeGrade)
