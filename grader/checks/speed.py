"""How fast a program would be on idle cores, beside the reference, by the CPU clocks of one sitting."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from grader.checks.effort import Comparison, comparisons
from grader.checks.maps import main_map
from grader.model.evidence import Evidence
from grader.timing.stats import ReferenceWork, earned_share, speedup

LEAST_WORK_S = 0.5
"""CPU seconds of the reference: with less, a moment's disturbance weighs too much to tell one speed from another."""

AT_MOST_ABOVE = 1.5
"""Times the number of processes that were ready to compute at a time: no program is so many times as fast."""


@dataclass(frozen=True)
class Speed:
    """One round: the speed-ups on ``workers`` idle cores, and the work they follow from."""

    own: float
    reference: float
    workers: int
    work: Comparison
    waits: bool = False
    """The work was divided, and done by one process after the other all the same."""

    @property
    def share(self) -> Decimal:
        """The part of the points that this speed-up earns."""
        return earned_share(self.own, self.reference)


def best_speed(evidence: Evidence) -> Speed | None:
    """The round in which the program came closest to the reference: what disturbs a run can only slow it."""
    if evidence.measurement.quick:
        return None
    rounds = [work for work in comparisons(evidence) if work.reference.total_s >= LEAST_WORK_S]
    if not rounds:
        return None
    workers = _workers(evidence)
    return max((_speed(work, workers) for work in rounds), key=lambda speed: speed.own / speed.reference)


def is_clear(evidence: Evidence) -> bool:
    """Whether another round could change nothing: all points, or far from any."""
    best = best_speed(evidence)
    return best is not None and (best.share == 1 or best.own < 1.05)


def _speed(work: Comparison, workers: int) -> Speed:
    mine, reference = work.mine, work.reference
    beside = ReferenceWork(reference.total_s, reference.main_s)
    own = speedup(mine.main_s, mine.workers_s, workers, beside)
    by_reference = speedup(reference.main_s, reference.workers_s, workers, beside)
    waits = own > AT_MOST_ABOVE * mine.at_once and by_reference <= AT_MOST_ABOVE * reference.at_once
    return Speed(min(own, mine.at_once) if waits else own, by_reference, workers, work, waits)


def _workers(evidence: Evidence) -> int:
    """As many as the program's pool has, at least two and at most as many as the exercise has."""
    most = evidence.exercise.spec.workers
    for run in evidence.script_runs():
        call = main_map(run)
        pool = run.trace.pool_of(call) if call else None
        if pool is not None:
            return min(most, max(2, pool.workers))
    return most
