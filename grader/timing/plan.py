"""Which measured run comes next, and when there are enough. Pure: it starts nothing and looks at no clock."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from grader.model.measurement import Sample, Who

MOST_ROUNDS = 3
LEAST_CPU_S = 1.0
"""Of the reference in one run. With less, a moment's disturbance and what was taken off for starts weigh too much."""
LARGEST_SCALE = 4.0
BUDGET_S = 8.0
"""For all measured runs together: whoever waits for a grade does not wait longer because of them."""


@dataclass(frozen=True)
class Round:
    """One round to be made: the submission and the reference on the same new inputs, in this order."""

    number: int
    seed: int
    scale: float
    order: tuple[Who, ...]


@dataclass(frozen=True)
class Progress:
    """How far the measuring is: what was seen, the seconds it took, and whether more could change the verdict."""

    samples: tuple[Sample, ...]
    spent_s: float
    clear: bool

    @property
    def rounds(self) -> int:
        """Rounds made so far."""
        return max((sample.round for sample in self.samples), default=0)

    @property
    def stopped(self) -> bool:
        """A run was stopped or failed: what it did once it may do again, and take its time for it."""
        return any(sample.outcome in ("failed", "stopped") for sample in self.samples)


def next_round(done: Progress, seed: int, quick: bool) -> Round | None:
    """The round to make after the first, which is the submission's own run on the unseen inputs; None for no more.

    Another is made while the verdict is open or there was too little work, and where it will likely end in time.
    """
    small = reference_cpu_s(done.samples) < LEAST_CPU_S
    if quick or done.stopped or done.rounds >= MOST_ROUNDS or (done.clear and not small):
        return None
    scale = scale_after(done.samples)
    last = [sample for sample in done.samples if sample.round == done.rounds]
    expected_s = sum(sample.observation.wall_s * scale / sample.scale for sample in last)
    if done.spent_s + expected_s > BUDGET_S:
        return None
    number = done.rounds + 1
    order = (Who.REFERENCE, Who.SUBMISSION) if number % 2 else (Who.SUBMISSION, Who.REFERENCE)
    return Round(number, seed_of_round(seed, number), scale, order)


def scale_after(samples: tuple[Sample, ...]) -> float:
    """How many times the usual work the next inputs have to hold for the reference to use a second, in halves."""
    most = max((sample.scale for sample in samples), default=1.0)
    cpu_s = reference_cpu_s(samples)
    if cpu_s >= LEAST_CPU_S or cpu_s <= 0:
        return most
    wanted = min(LARGEST_SCALE, 1.2 * LEAST_CPU_S * most / cpu_s)
    return max(most, math.ceil(2 * wanted) / 2)


def reference_cpu_s(samples: tuple[Sample, ...]) -> float:
    """CPU seconds of the reference in the last round, 0 where it has not run."""
    found = [sample.observation.cpu_s for sample in samples if sample.who is Who.REFERENCE]
    return found[-1] if found else 0.0


def seed_of_round(seed: int, number: int) -> int:
    """A seed of its own for each round, which only the seed of the grading decides."""
    digest = hashlib.sha256(f"pargrade measured round {number} of {seed}".encode()).digest()
    return int.from_bytes(digest[:8])
