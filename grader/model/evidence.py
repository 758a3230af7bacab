"""All that a check may look at: gathered by the pipeline, judged by the checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.model.exercise import Exercise, Inputs, RunSpec
from grader.model.facts import SourceFacts
from grader.model.measurement import Measurement
from grader.model.run import Observation
from grader.model.submission import Submission
from grader.model.trace import Trace


@dataclass(frozen=True)
class ObservedRun:
    """One run of the submission with what it was given: ``args`` as the script received them."""

    spec: RunSpec
    inputs: Inputs
    args: tuple[str, ...]
    observation: Observation
    trace: Trace


@dataclass(frozen=True)
class Evidence:
    """What is known about one submission. Runs are found by the name the exercise gives them."""

    exercise: Exercise
    submission: Submission
    facts: SourceFacts
    runs: Mapping[str, ObservedRun] = field(default_factory=dict)
    process_table_exact: bool = False
    """Whether the sandbox saw every process, or only those that were there when it looked."""
    measurement: Measurement = field(default_factory=Measurement)

    def script_runs(self) -> tuple[ObservedRun, ...]:
        """The runs of the submission as a script, in the order they were made."""
        return tuple(run for run in self.runs.values() if run.spec.mode == "script")
