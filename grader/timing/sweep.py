"""Runs a program at many chunk sizes, beside the serial program, and checks what the cost model makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.model.exercise import CurveSpec
from grader.model.speed import ChunkCurve, Prediction, WallClock, WhatIf
from grader.model.trace import ChunkDone, MapCalled
from grader.timing.curve import DISTURBED_CORES, Round, Swept, curve_of, median_others, sizes_to_try
from grader.timing.machine import quota_cores, usable_cores
from grader.timing.model import CostModel, fitted, item_times, unseen_size, what_if
from grader.timing.trial import Program, Trial, Trials
from grader.timing.wall import Pairs, Place, wall_clock

TELLING_SIZES = 4
"""So many sizes are tried though time is short: without them there is no curve."""
MOST_ROUNDS = 3
MOST_PAIRS = 5
NO_MAP = "The chunk size curve: no map call of a ProcessPoolExecutor was seen."


class LeftOut(Exception):
    """A part cannot be measured; the message says why, as a sentence of the report."""


class Sweep:
    """The runs of one program on one kind of input. ``files`` are shared by all of them."""

    def __init__(self, spec: CurveSpec, trials: Trials, program: Program, files: Mapping[str, Path]) -> None:
        self._spec = spec
        self._trials = trials
        self._program = program
        self._files = files
        self._right: Mapping[str, int] = {}
        self._swept: Swept
        self._rounds: list[Round] = []
        self._others: list[float] = []
        self._chunks: dict[int, tuple[ChunkDone, ...]] = {}
        self._wrong: list[int] = []
        self._pairs = Pairs()
        self.own: Trial | None = None
        """The first run of the program as it is."""

    def curve(self, input_bytes: int) -> ChunkCurve:
        """Make the runs, in as many rounds as time allows. ``input_bytes`` is the size of all files.

        Raises:
            LeftOut: The program cannot be measured on these files.
            SandboxError: A run could not be started.
            TimeUsedUp: Even the most telling sizes take too long.
        """
        patience = self._trials.patience
        begun = patience.clock()
        self._begin(input_bytes)
        took_s = patience.clock() - begun
        while len(self._rounds) < MOST_ROUNDS and patience.holds(took_s):
            self._round(*self._pair())
        curve = curve_of(self._swept, self._rounds)
        if curve is None:
            raise self._left_out("too few chunk sizes gave the right result.")
        return curve

    def more_pairs(self) -> None:
        """Run the program and the serial program in turn a few times more, as time allows."""
        patience = self._trials.patience
        took_s = 0.0
        while 0 < len(self._pairs.serial_s) < MOST_PAIRS and patience.holds(took_s):
            begun = patience.clock()
            self._pair()
            took_s = patience.clock() - begun

    def wall(self, attainable: tuple[float, ...] = ()) -> WallClock | None:
        """What the wall clock says of the program beside the serial one; None where they never ran in turn."""
        if not self._pairs.serial_s:
            return None
        swept = self._swept
        place = Place(swept.inputs, swept.workers, swept.cores, attainable, median_others(self._rounds, self._others))
        return wall_clock(self._pairs, place)

    def faults(self) -> list[str]:
        """A sentence for each size at which the program failed."""
        where = self._spec.title
        return [f"Chunk size {size:,} on {where}: the result was wrong or did not come." for size in self._wrong]

    def what_if(self, curve: ChunkCurve, draw: float) -> WhatIf | None:
        """What the cost model predicts, checked by one more run at a size that ``draw`` (0 to below 1) chooses."""
        model = self._model(curve)
        return None if model is None else what_if(model, curve, self._checked(model, curve, draw))

    def _begin(self, input_bytes: int) -> None:
        """The first round: the program as it is tells how many items it maps, and with which chunk size."""
        self.own = first = self._timed(self._program)
        if first.ended != "well":
            raise self._left_out("the program did not run to its end there.")
        call = _largest_map(first)
        if call is None or call.items < 2:
            raise LeftOut(NO_MAP)
        serial = self._serial()
        if first.totals != serial.totals:
            raise self._left_out("the program's result there is wrong.")
        pool = first.run.trace.pool_of(call)
        self._right = serial.totals
        self._swept = Swept(
            inputs=self._spec.title,
            input_bytes=input_bytes,
            items=call.items,
            workers=max(1, pool.workers if pool else 1),
            cores=min(float(usable_cores()), quota_cores() or float("inf")),
            own=call.chunksize,
        )
        self._pairs.add(first.run.observation, serial.wall_s)
        self._round({call.chunksize: first.wall_s}, serial.wall_s)

    def _pair(self) -> tuple[dict[int, float], float]:
        """The program once more as it is, and the serial program: seconds by the chunk size, and of the serial one."""
        trial, serial = self._timed(self._program), self._serial()
        if not self._is_right(trial):
            return {}, serial.wall_s
        self._pairs.add(trial.run.observation, serial.wall_s)
        return {self._swept.own: trial.wall_s}, serial.wall_s

    def _round(self, seconds: dict[int, float], serial_s: float) -> None:
        """One run at every size that has not failed: at those that tell most, and at others as time allows."""
        for place, size in enumerate(sizes_to_try(self._swept.items, self._swept.workers)):
            known = size in seconds or size in self._wrong
            if known or (place >= TELLING_SIZES and not self._trials.patience.holds()):
                continue
            trial = self._timed(self._program, chunksize=size)
            if trial.ended == "stopped":
                raise self._left_out(f"with chunk size {size:,} it did not end.")
            if self._is_right(trial):
                seconds[size] = trial.wall_s
                call = _largest_map(trial)
                self._chunks.setdefault(size, trial.run.trace.chunks_of(call.call) if call else ())
            else:
                self._wrong.append(size)
        serial_s = min(serial_s, self._serial().wall_s)
        self._rounds.append(Round(serial_s, seconds, tuple(self._others)))
        self._others.clear()

    def _serial(self) -> Trial:
        serial = self._timed(self._trials.serial_program())
        if serial.ended != "well" or not serial.totals:
            raise self._left_out("the exercise's serial program failed there.")
        return serial

    def _timed(self, program: Program, **config: Any) -> Trial:
        """The run, or the faster of two where other programs disturbed the first and there is time."""
        trial = self._trials.run("curve", program, self._files, **config)
        disturbed = trial.others_cores is not None and trial.others_cores > DISTURBED_CORES
        if disturbed and trial.ended == "well" and self._trials.patience.holds():
            again = self._trials.run("curve", program, self._files, **config)
            if again.ended == "well" and again.totals == trial.totals and again.wall_s < trial.wall_s:
                trial = again
        if trial.others_cores is not None:
            self._others.append(trial.others_cores)
        return trial

    def _is_right(self, trial: Trial) -> bool:
        return trial.ended == "well" and trial.totals == self._right

    def _model(self, curve: ChunkCurve) -> CostModel | None:
        """Task times are those of a run with middling chunks: fine enough, and hardly disturbed by messages."""
        if not self._chunks:
            return None
        middle = curve.items**0.5
        chunks = self._chunks[min(self._chunks, key=lambda size: abs(size - middle))]
        start_s = min((chunk.start for chunk in chunks), default=0.0)
        return fitted(curve, item_times(chunks), start_s)

    def _checked(self, model: CostModel, curve: ChunkCurve, draw: float) -> Prediction | None:
        size = unseen_size(curve, draw)
        if size is None or self._trials.patience.is_over():
            return None
        trial = self._timed(self._program, chunksize=size)
        return Prediction(
            chunksize=size,
            workers=curve.workers,
            predicted_s=model.wall_s(size, curve.workers, curve.cores),
            measured_s=trial.wall_s if self._is_right(trial) else None,
        )

    def _left_out(self, why: str) -> LeftOut:
        return LeftOut(f"The chunk size curve on {self._spec.title}: {why}")


def _largest_map(trial: Trial) -> MapCalled | None:
    """The map call of a process pool with most items."""
    calls = [call for call in trial.run.trace.maps if call.kind == "process" and call.chunks]
    return max(calls, key=lambda call: call.items, default=None)
