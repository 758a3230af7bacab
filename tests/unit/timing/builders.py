"""Measured runs for tests: whole and valid, a test names only what matters to it."""

from __future__ import annotations

from typing import Any

from grader.model.measurement import Outcome, Sample, Who
from grader.testing import an_observation


def a_sample(
    who: Who = Who.SUBMISSION, number: int = 1, outcome: Outcome = Outcome.RIGHT, scale: float = 1.0, **seen: Any
) -> Sample:
    """A run that ended well and printed what is right; other keywords change what was observed."""
    return Sample(who, number, 38, 12_000_000, scale, an_observation(**seen), outcome)


def a_round(number: int = 1, scale: float = 1.0, cpu_s: float = 1.4, wall_s: float = 0.8) -> tuple[Sample, Sample]:
    """Both runs of one round."""
    return (
        a_sample(Who.SUBMISSION, number, scale=scale, cpu_s=cpu_s, wall_s=wall_s),
        a_sample(Who.REFERENCE, number, scale=scale, cpu_s=cpu_s, wall_s=wall_s),
    )
