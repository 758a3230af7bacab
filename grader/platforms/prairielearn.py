"""PrairieLearn's external grader: ``/grade/student`` in, ``/grade/results/results.json`` out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from grader.model.grade import Grade
from grader.platforms.handed_in import the_program
from grader.platforms.seam import Delivery, Document, Job, Outcome, Place, Platform
from grader.platforms.settings import FILE_NAME, Settings, read_settings


@dataclass(frozen=True)
class PrairieLearn:
    """One job in a container."""

    place: Place

    @cached_property
    def root(self) -> Path:
        """``/grade``, or another for tests."""
        return self.place.root or Path("/grade")

    def first(self) -> Delivery:
        """Not gradable."""
        return self._results({"gradable": False, "message": "The grading was cut off."})

    def job(self) -> Job:
        """The one program of ``student``, with the settings of ``tests``."""
        settings = read_settings(self.place.settings or self.root / "tests" / FILE_NAME, Settings)
        return Job(the_program(self.root / "student", settings.file), settings)

    def results(self, outcome: Outcome) -> Delivery:
        """The score as a share of 1."""
        if not isinstance(outcome, Grade):
            return self._results({"gradable": False, "message": outcome.message})
        return self._results({"score": float((outcome.score or 0) / outcome.max_score)})

    def _results(self, data: dict[str, Any]) -> Delivery:
        text = json.dumps(data, allow_nan=False)
        return Delivery((Document(text, self.root / "results" / "results.json"),))


PLATFORM = Platform("prairielearn", "PrairieLearn", PrairieLearn)
