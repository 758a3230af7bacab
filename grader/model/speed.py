"""What was measured of a program's speed, beside the verdict: pictures and tables of the report, and the receipt."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from grader.model.base import Frozen


class CurvePoint(Frozen):
    """One chunk size: wall seconds of each run, and how many times as fast as the serial program it is.

    ``speedup`` is the serial program's least seconds by the program's least: disturbances only make runs longer.
    ``low`` and ``high`` are the least and the greatest ratio of the two within a round.
    """

    chunksize: Annotated[int, Field(ge=1)]
    chunks: int
    seconds: tuple[float, ...]
    speedup: float
    low: float
    high: float


DISTURBED_SHARE = 0.4
"""From this share of the cores on that others kept busy, nothing can be concluded from a curve."""


def is_too_disturbed(others_cores: float | None, cores: float) -> bool:
    """Whether other programs kept so much of the machine busy that a curve tells little."""
    return others_cores is not None and others_cores > DISTURBED_SHARE * cores


class ChunkCurve(Frozen):
    """Speed by chunk size: the program's own function and pool, with the chunk size of its map overridden.

    ``best_from`` and ``best_to`` are the chunk sizes between which all are near the best; ``own`` is the program's.
    ``message_s`` is what one chunk costs besides its items, in seconds of the program's time. ``others_cores`` is how
    many cores other programs kept busy during the runs, their median, where the system tells.
    """

    inputs: str
    items: int
    input_bytes: int
    workers: int
    cores: float
    serial_s: tuple[float, ...]
    points: tuple[CurvePoint, ...]
    own: int | None
    best_from: int
    best_to: int
    message_s: float | None
    sentence: str
    others_cores: float | None = None

    @property
    def is_too_disturbed(self) -> bool:
        """Whether it tells little; its sentence says so, too."""
        return is_too_disturbed(self.others_cores, self.cores)


PartName = Literal["start-up", "computing", "messages", "imbalance", "serial rest"]


class TimePart(Frozen):
    """A part of the wall time of one run, in seconds. Parts of time that workers spend are means over the workers."""

    name: PartName
    seconds: float


class Breakdown(Frozen):
    """Where the wall time of one run went. The parts add up to ``wall_s``.

    ``imbalance_ratio`` is the busiest worker's busy time by the mean of all workers', 1 when all did the same.
    """

    run: str
    wall_s: float
    workers: int
    parts: tuple[TimePart, ...]
    imbalance_ratio: float


class Prediction(Frozen):
    """Wall seconds that the cost model expects; ``measured_s`` where a run has checked it."""

    chunksize: int
    workers: int
    predicted_s: float
    measured_s: float | None = None


class WhatIf(Frozen):
    """A cost model fitted to the program's own task times, on as many idle cores as there are workers.

    ``error`` is that of the predictions that were checked by a run, as a share of the measured time.
    """

    inputs: str
    items: int
    start_s: float
    rest_s: float
    message_s: float
    by_chunksize: tuple[Prediction, ...]
    by_workers: tuple[Prediction, ...]
    checked: Prediction | None
    error: float | None
    sentence: str


class WallClock(Frozen):
    """How long the program takes here beside the serial program, by the wall clock. It is shown and earns nothing.

    ``program_s`` and ``serial_s`` are wall seconds of runs made in turn on the same files. ``ratio`` is the median of
    their quotients, ``low`` and ``high`` its bootstrap interval, null where there are too few pairs. ``attainable`` is
    how many times as fast as one process a perfectly parallel program was here, before and after. ``queued_share`` is
    the part of its time that the program waited for a free core, ``others_cores`` what other programs kept busy; null
    where the system does not tell.
    """

    inputs: str
    program_s: tuple[float, ...]
    serial_s: tuple[float, ...]
    ratio: float
    low: float | None
    high: float | None
    workers: int
    cores: float
    attainable: tuple[float, ...] = ()
    queued_share: float | None = None
    others_cores: float | None = None
    sentence: str

    @model_validator(mode="after")
    def _runs_are_pairs(self) -> WallClock:
        if len(self.program_s) != len(self.serial_s) or not all(took > 0 for took in self.program_s):
            raise ValueError("program_s and serial_s are no pairs of times")
        return self


StartMethod = Literal["fork", "forkserver", "spawn"]


class MethodRun(Frozen):
    """The program under one start method: its verdict in a word, and the named diagnosis where it fails."""

    start_method: StartMethod
    outcome: Literal["right", "wrong", "failed", "stopped"]
    wall_s: float
    cause: str = ""
    explanation: str = ""


class VariedRun(Frozen):
    """The program on inputs changed in a way that must not, or must in a known way, change the result."""

    name: str
    what: str
    outcome: Literal["right", "wrong", "failed", "stopped", "differs"]
    detail: str = ""


class SpeedReport(Frozen):
    """All of it; what was not measured is absent, with the reason in ``left_out``."""

    wall: WallClock | None = None
    curves: tuple[ChunkCurve, ...] = ()
    breakdown: Breakdown | None = None
    what_if: WhatIf | None = None
    start_methods: tuple[MethodRun, ...] = ()
    varied: tuple[VariedRun, ...] = ()
    left_out: tuple[str, ...] = ()
