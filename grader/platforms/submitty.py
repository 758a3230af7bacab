"""Submitty, a custom validator: ``custom_validator_input.json`` in, ``validation_results.json`` out.

Source: Submitty's documentation of Python custom validators. Older versions read the same object from the standard
output; newer ones read the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import BrokenSettings
from grader.model.grade import Status
from grader.platforms.documents import as_json, in_words
from grader.platforms.handed_in import the_program
from grader.platforms.seam import BelowRoot, Delivery, Document, Failure, Job, Outcome, Platform
from grader.platforms.settings import FILE_NAME, Settings, read_settings
from grader.platforms.whole_points import whole_score
from grader.report import formats

INPUT = "custom_validator_input.json"


@dataclass(frozen=True)
class Submitty(BelowRoot):
    """One validation. ``root`` is the folder in which Submitty starts validators."""

    def first(self) -> Delivery:
        """A fault of the validator, in the file only: one object may be printed."""
        data = {"status": "failure", "message": "The grading was cut off."}
        return Delivery((Document(as_json(data), self.root / "validation_results.json"),))

    def job(self) -> Job:
        """The one program among the files of the testcase."""
        settings = read_settings(self.place.settings or self.root / FILE_NAME, Settings)
        return Job(the_program(self.root / self._prefix(), settings.file), settings)

    def _prefix(self) -> str:
        try:
            data = json.loads((self.root / INPUT).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            raise BrokenSettings(f"There is no {INPUT} that can be read.", "Submitty writes it.") from None
        prefix = data.get("testcase_prefix") if isinstance(data, dict) else None
        if not isinstance(prefix, str):
            raise BrokenSettings(f"{INPUT} has no testcase_prefix.", "Submitty writes it.")
        return prefix

    def results(self, outcome: Outcome) -> Delivery:
        """The share of the points with the report; without a grade, a fault of the validator."""
        if isinstance(outcome, Failure):
            if not outcome.by_student:
                return self._told({"status": "failure", "message": in_words(outcome)})
            return self._told(_data(0.0, in_words(outcome), "failure"))
        report = formats().get("terminal")(outcome)
        match outcome.status:
            case Status.NOT_GRADED:
                return self._told({"status": "failure", "message": report})
            case Status.NEEDS_REVIEW:
                return self._told(_data(whole_score(outcome).share, report, "warning"))
            case Status.GRADED:
                share = whole_score(outcome).share
                return self._told(_data(share, report, "success" if share == 1 else "failure"))

    def _told(self, data: Mapping[str, Any]) -> Delivery:
        text = as_json(data)
        return Delivery((Document(text, self.root / "validation_results.json"), Document(text)))


def _data(share: float, message: str, status: str) -> dict[str, Any]:
    return {"status": "success", "data": {"score": share, "message": message, "status": status}}


PLATFORM = Platform("submitty", "Submitty", Submitty, quiet=True)
