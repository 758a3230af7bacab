"""What the wall clock says of a program beside the serial one, and how far that can be believed. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.model.run import Observation
from grader.model.speed import WallClock
from grader.timing.curve import DISTURBED_CORES
from grader.timing.stats import median_interval

STARVED = 0.75
"""Below this part of what the cores promise, a perfectly parallel program shows that the machine is busy."""
WIDE = 0.3
"""An interval wider than this, as a part of the ratio, supports no decimal."""


@dataclass
class Pairs:
    """Runs made in turn on the same files: wall seconds of the program and of the serial program."""

    program_s: list[float] = field(default_factory=list)
    serial_s: list[float] = field(default_factory=list)
    queued: list[float] = field(default_factory=list)

    def add(self, program: Observation, serial_s: float) -> None:
        """One more pair."""
        self.program_s.append(program.wall_s)
        self.serial_s.append(serial_s)
        share = queued_share(program)
        if share is not None:
            self.queued.append(share)


def queued_share(run: Observation) -> float | None:
    """The part of the time in which the processes of a run computed or could have, that they waited for a core."""
    known = [process for process in run.processes if process.queued_s is not None]
    waited = sum(process.queued_s or 0.0 for process in known)
    used = sum(process.cpu_s for process in known)
    return waited / (waited + used) if known and waited + used > 0 else None


@dataclass(frozen=True)
class Place:
    """Where it was measured: on which files, for how many workers, on how many cores, beside what."""

    inputs: str
    workers: int
    cores: float
    attainable: tuple[float, ...] = ()
    others_cores: float | None = None


def wall_clock(pairs: Pairs, place: Place) -> WallClock | None:
    """What the pairs tell, with a plain sentence; None without any."""
    if not pairs.program_s:
        return None
    ratios = [serial / program for program, serial in zip(pairs.program_s, pairs.serial_s, strict=True)]
    interval = median_interval(ratios)
    ratio = statistics.median(ratios)
    return WallClock(
        inputs=place.inputs,
        program_s=tuple(pairs.program_s),
        serial_s=tuple(pairs.serial_s),
        ratio=ratio,
        low=interval and interval[0],
        high=interval and interval[1],
        workers=place.workers,
        cores=place.cores,
        attainable=place.attainable,
        queued_share=statistics.median(pairs.queued) if pairs.queued else None,
        others_cores=place.others_cores,
        sentence=sentence(ratio, interval, place),
    )


def sentence(ratio: float, interval: tuple[float, float] | None, place: Place) -> str:
    """How fast it was here, how fast anything could be here, and why that may be less than elsewhere."""
    cores = f"{place.cores:g} {'core' if place.cores == 1 else 'cores'}"
    where = f"on {place.inputs} and {cores}"
    told = f"By the wall clock, {where}, it was {_times(ratio, interval)} as fast as the serial program"
    told += f", {_between(interval)}." if interval and _between(interval) else "."
    if place.attainable:
        told += f" A perfectly parallel program reaches {min(place.attainable):.1f} on this machine just now."
    return f"{told} {_why_not_more(place)}".rstrip()


def _why_not_more(place: Place) -> str:
    promised = min(place.cores, float(place.workers))
    starved = bool(place.attainable) and min(place.attainable) < STARVED * promised
    if starved or (place.others_cores or 0.0) > DISTURBED_CORES:
        return "The machine was busy with other things, so these times say little."
    if place.cores < place.workers:
        return f"More than {place.cores:g} cannot be seen on so few cores, whatever the program does."
    return ""


def _times(ratio: float, interval: tuple[float, float] | None) -> str:
    return f"{ratio:.{_digits(ratio, interval)}f} times"


def _digits(ratio: float, interval: tuple[float, float] | None) -> int:
    """One decimal, unless the interval is so wide that it would mean nothing."""
    return 0 if interval and interval[1] - interval[0] > WIDE * ratio and ratio >= 2 else 1


def _between(interval: Sequence[float]) -> str:
    low, high = (f"{value:.1f}" for value in interval)
    return "" if low == high else f"between {low} and {high}"
