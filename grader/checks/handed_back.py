"""Whether what the workers handed back can hold what the program printed."""

from __future__ import annotations

from grader.checks.counts import all_true
from grader.checks.effort import mains_of
from grader.checks.printed import read_output
from grader.model.evidence import Evidence, ObservedRun

LEAST_PART = 0.25
"""Of the letters of all words that occur. Nobody can print totals over all files who has not got each word at least
once, with its number, from whoever counted it; text that is packed takes a third."""


def too_little_came_back(evidence: Evidence) -> str:
    """Why the workers cannot have found what was printed, or nothing.

    Counted is all that a process besides the main one writes, to whatever it may be. Shared memory is not seen.
    """
    return next((told for run in evidence.script_runs() if (told := _too_little(run))), "")


def _too_little(run: ObservedRun) -> str:
    wire, counts = run.observation.wire, run.inputs.counts
    if wire is None or wire.written is None or not printed_what_is_right(run):
        return ""
    mains = mains_of(run.observation)
    came_back = sum(written for pid, written in wire.written.items() if pid not in mains)
    letters = sum(map(len, counts))
    if came_back >= LEAST_PART * letters:
        return ""
    return (
        f"In the run “{run.spec.name}” the workers handed back {came_back / 1000:.1f} kB. The {len(counts):,} words "
        f"that had to be counted have {letters / 1000:.0f} kB of letters, so the totals that were printed came "
        "from elsewhere: from the main process, or by shared memory."
    )


def printed_what_is_right(run: ObservedRun) -> bool:
    """Whether all totals that a run printed are right, and there are some; what is right is not known of every run."""
    counts = run.inputs.counts
    return bool(counts) and all_true(read_output(run.observation.stdout).totals(), counts)
