"""The arithmetic of speed. Pure functions over CPU seconds that the kernel charged.

CPU clocks run only while a process computes, so they read the same on a quiet machine, a busy one and one with half
a core. What they tell is how the work was divided: from that follows how long it would take on idle cores.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, product

FULL_FROM = 0.85
"""Of the reference's speed-up."""
NONE_BELOW = 1.1
"""A speed-up that is none."""
SLOW_MERGE = 0.2
"""Of the workers' work: so much more than the reference's the main process may do, to put results together slowly."""
ALLOWANCE = 1.25
"""Times the reference's work that a program may take for the same: who counts a little longer divides work, too."""


FEWEST_FOR_INTERVAL = 3
MOST_FOR_INTERVAL = 6
"""All resamples of so many values are looked at: 6 ** 6 is 46,656."""


def median_interval(values: Sequence[float], confidence: float = 0.9) -> tuple[float, float] | None:
    """The percentile bootstrap interval of the median (Efron 1979), from all resamples in place of random ones.

    Of at most 6 values; more are cut to the last 6. None for fewer than 3, which tell nothing of their spread.
    """
    kept = list(values)[-MOST_FOR_INTERVAL:]
    if len(kept) < FEWEST_FOR_INTERVAL:
        return None
    medians = Counter(statistics.median(resample) for resample in product(kept, repeat=len(kept)))
    tail = (1 - confidence) / 2 * sum(medians.values())
    ordered = sorted(medians.items())
    return _reached(ordered, tail), _reached(ordered[::-1], tail)


def _reached(counted: Sequence[tuple[float, int]], tail: float) -> float:
    """The first value at which more than ``tail`` resamples are passed."""
    passed = list(accumulate(times for _, times in counted))
    return next(value for (value, _), so_far in zip(counted, passed, strict=True) if so_far > tail)


def modelled_seconds(main_s: float, workers_s: Sequence[float], workers: int) -> float:
    """Seconds on ``workers`` idle cores: the main process by itself, and the workers side by side.

    The workers take as long as the busiest of them, and never less than their work divided evenly. That the main
    process may compute while they do is left out, for the submission as for the reference.
    """
    if workers < 1:
        raise ValueError("there is at least one worker")
    return main_s + max(max(workers_s, default=0.0), sum(workers_s) / workers)


@dataclass(frozen=True)
class ReferenceWork:
    """What the work takes by the reference, in CPU seconds: all of it, and of that what its main process does."""

    total_s: float
    main_s: float

    def beside_s(self, workers_s: float) -> float:
        """What the main process has to do where the workers do so much."""
        of_workers_s = self.total_s - self.main_s
        return self.main_s * min(1.0, workers_s / of_workers_s) if of_workers_s > 0 else self.main_s


def shared_speedup(main_s: float, workers_s: Sequence[float], workers: int, reference: ReferenceWork) -> float:
    """How many times as fast the program is by dividing its own work, on idle cores.

    The work was divided as far as workers did it. The main process has to do no more beside that than the reference's
    does beside its workers, in proportion. What exceeds it divides nothing, so that by it alone nobody gets beyond 1.
    """
    took_s = modelled_seconds(main_s, workers_s, workers)
    if took_s <= 0:
        return 0.0
    useful_s = useful_work_s(main_s + sum(workers_s), reference.total_s)
    divided_s = min(useful_s, divided_work_s(main_s, sum(workers_s), reference))
    return max(divided_s / took_s, min(1.0, useful_s / took_s))


def divided_work_s(main_s: float, workers_s: float, reference: ReferenceWork) -> float:
    """The work of all workers, and what the main process has to do beside them.

    What the main process did besides may be the same once more: then so much of the workers' work was not needed.
    """
    beside_s = min(main_s, reference.beside_s(workers_s))
    once_more_s = max(0.0, main_s - beside_s - SLOW_MERGE * workers_s)
    return max(0.0, workers_s - once_more_s) + beside_s


def useful_work_s(total_s: float, reference_s: float) -> float:
    """What of a program's work counts as work that had to be done, in CPU seconds.

    All up to 1.25 times the reference's. Beyond, less and less, down to the reference's: what is done twice, or for
    show, makes nothing faster. There is no step in it, so that noise cannot flip a verdict.
    """
    most_s = ALLOWANCE * reference_s
    return total_s if total_s <= most_s else max(reference_s, 2 * most_s - total_s)


def speedup(main_s: float, workers_s: Sequence[float], workers: int, reference: ReferenceWork) -> float:
    """How many times as fast as the serial program it is on idle cores, where dividing the work makes it faster at all.

    A program that counts in a shorter way than the reference gains by that too; one that only does so, and divides
    nothing, does not.
    """
    shared = shared_speedup(main_s, workers_s, workers, reference)
    if shared < NONE_BELOW:
        return shared
    return max(shared, reference.total_s / modelled_seconds(main_s, workers_s, workers))


def earned_share(own: float, reference: float) -> Decimal:
    """The part of the points: all from 85 % of the reference's speed-up, none below 1.1, in proportion between."""
    full = FULL_FROM * reference
    if own < NONE_BELOW:
        return Decimal(0)
    if own >= full:
        return Decimal(1)
    return round(Decimal((own - NONE_BELOW) / (full - NONE_BELOW)), 2)
