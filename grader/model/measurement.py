"""Measured runs: the submission beside the exercise's own program on the same inputs, as the kernel charged both."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from grader.model.base import Frozen
from grader.model.run import Observation


class Who(StrEnum):
    """Whose run it was."""

    SUBMISSION = "submission"
    REFERENCE = "reference"
    """The exercise's serial program with its ``map`` over processes."""


class Outcome(StrEnum):
    """What became of a measured run. Only one with the right answer proves anything."""

    RIGHT = "right"
    WRONG = "wrong"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Sample:
    """One run on inputs made for this round, in a folder of its own.

    ``items`` and ``input_bytes`` are the number of input files and their size; ``scale`` is how many times the usual
    amount of work they hold.
    """

    who: Who
    round: int
    items: int
    input_bytes: int
    scale: float
    observation: Observation
    outcome: Outcome


@dataclass(frozen=True)
class Pair:
    """The right runs of one round: the submission and what it is compared with, on the same inputs."""

    round: int
    submission: Observation
    reference: Observation


@dataclass(frozen=True)
class Measurement:
    """All measured runs in the order they were made; ``reason`` says why there are none, ``notes`` what disturbed."""

    samples: tuple[Sample, ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()
    quick: bool = False
    """The runs were made on small inputs: they tell who worked, and are too short to tell how fast."""

    def pairs(self) -> tuple[Pair, ...]:
        """The rounds in which both answers were right."""
        right = {(sample.who, sample.round): sample for sample in self.samples if sample.outcome is Outcome.RIGHT}
        return tuple(
            Pair(number, mine.observation, right[Who.REFERENCE, number].observation)
            for (who, number), mine in right.items()
            if who is Who.SUBMISSION and (Who.REFERENCE, number) in right
        )


class SampleReport(Frozen):
    """One measured run, in the report. ``main_cpu_s`` and ``workers_cpu_s`` are CPU seconds of work: what starting
    interpreters costs is taken off. ``cpu_s`` is all that the run was charged, ``wall_s`` how long it took.
    """

    who: Who
    round: int
    items: int
    input_bytes: int
    scale: float
    outcome: Outcome
    wall_s: float
    cpu_s: float
    main_cpu_s: float
    workers_cpu_s: tuple[float, ...]
