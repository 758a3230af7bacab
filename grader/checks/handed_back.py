"""Whether what the workers handed back can hold what the program printed, and came from more than one of them.

Counted is all that a process writes, to whatever it may be: a queue, a file, a socket. Shared memory is not seen. How
much it was is the process's own word to the kernel; of what it was made nobody knows.
"""

from __future__ import annotations

from grader.checks.counts import all_true
from grader.checks.effort import effective, mains_of
from grader.checks.printed import read_output
from grader.model.evidence import Evidence, ObservedRun

LEAST_PART = 0.25
"""Of the letters of all words that occur. Nobody can print totals over all files who has not got each word at least
once, with its number, from whoever counted it; text that is packed takes a third."""
FROM_ONE = 1.25
"""Effective workers, by bytes: one of them handed back nine tenths or more."""


def too_little_came_back(evidence: Evidence, of_pool: bool = False) -> str:
    """Why the workers, or with ``of_pool`` those of the pool alone, cannot have found what was printed, or nothing."""
    return next((told for run in evidence.script_runs() if (told := _too_little(run, of_pool))), "")


def came_from_one(evidence: Evidence) -> str:
    """Why the work was not shared, however busy the workers were, or nothing."""
    for run in evidence.script_runs():
        came_back = _handed_back(run, of_pool=True)
        if came_back and effective(came_back) <= FROM_ONE and printed_what_is_right(run):
            return (
                f"In the run “{run.spec.name}” one process handed back {max(came_back) / 1000:.0f} of the "
                f"{sum(came_back) / 1000:.0f} kB that the workers handed back."
            )
    return ""


def printed_what_is_right(run: ObservedRun) -> bool:
    """Whether all totals that a run printed are right, and there are some; what is right is not known of every run."""
    counts = run.inputs.counts
    return bool(counts) and all_true(read_output(run.observation.stdout).totals(), counts)


def _handed_back(run: ObservedRun, of_pool: bool) -> tuple[int, ...] | None:
    """Bytes that each worker wrote; None where nobody looked.

    A pool's workers are those who sent a result over its queue, where all of it was read, else all but the main one.
    """
    wire = run.observation.wire
    if wire is None or wire.written is None:
        return None
    answered = {pid for seen in wire.maps for pid in seen.items_by_worker} if of_pool and wire.whole else set()
    others = wire.written.keys() - mains_of(run.observation)
    return tuple(wire.written[pid] for pid in sorted((answered & others) or others))


def _too_little(run: ObservedRun, of_pool: bool) -> str:
    came_back, counts = _handed_back(run, of_pool), run.inputs.counts
    letters = sum(map(len, counts))
    if came_back is None or sum(came_back) >= LEAST_PART * letters or not printed_what_is_right(run):
        return ""
    return (
        f"In the run “{run.spec.name}” the workers handed back {sum(came_back) / 1000:.1f} kB. The {len(counts):,} "
        f"words that had to be counted have {letters / 1000:.0f} kB of letters, so the totals that were printed came "
        "from elsewhere: from the main process, or by shared memory."
    )
