"""All that a check may look at: gathered by the pipeline, judged by the checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.model.answers import Answer, Said
from grader.model.exercise import Exercise, Inputs, Question, RunSpec
from grader.model.facts import SourceFacts
from grader.model.measurement import Measurement
from grader.model.run import Ended, Observation
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

    def asked(self) -> list[tuple[Question, Answer]]:
        """The questions that were asked of functions that are there, with what was answered."""
        pairs = zip(self.inputs.questions, self.observation.answers, strict=False)
        return [(question, answer) for question, answer in pairs if answer.said not in (Said.MISSING, Said.NOT_ASKED)]


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

    def was_stopped(self) -> bool:
        """Whether some run of the submission as a script did not end by itself."""
        return any(run.observation.ended is not Ended.EXITED for run in self.script_runs())
