"""One grading as it was observed, before anything is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from grader.model.evidence import Evidence
from grader.model.grade import MachineReport, SandboxReport
from grader.model.speed import SpeedReport


@dataclass(frozen=True)
class Sitting:
    """The evidence with what was measured beside it, and when, where and by what it was gathered.

    A grade follows from it alone; no program has to be run again.
    """

    evidence: Evidence
    speed: SpeedReport
    sandbox: SandboxReport
    machine: MachineReport
    versions: Mapping[str, str]
    seed: int
    quick: bool
    graded_at: datetime
