"""Measures what the report shows of the speed beside the verdict, and never costs a grade.

Every part has its own turn and its own failure: what could not be measured is left out with its reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from grader.errors import PargradeError
from grader.model.evidence import Evidence, ObservedRun
from grader.model.exercise import CurveSpec, GeneratorRequest, Inputs, SpeedSpec
from grader.model.result import Finding
from grader.model.run import Sandbox
from grader.model.speed import (
    Breakdown,
    ChunkCurve,
    MethodRun,
    Prediction,
    SpeedReport,
    StartMethod,
    VariedRun,
    WhatIf,
)
from grader.model.trace import ChunkDone
from grader.sandbox.workfolder import stock
from grader.timing.breakdown import breakdown_of
from grader.timing.curve import DISTURBED_CORES, Round, Swept, curve_of, sizes_to_try
from grader.timing.machine import quota_cores, usable_cores
from grader.timing.model import CostModel, fitted, item_times, unseen_size, what_if
from grader.timing.trial import Program, Trial, Trials, busy_s
from grader.timing.varied import Tried, judged, variations

START_METHODS: tuple[StartMethod, ...] = ("fork", "forkserver", "spawn")
BUDGET_S = 6.0
"""Wall seconds for all of it together. The telling sizes of a curve that was begun are tried for longer."""
MOST_BUDGETS = 2
"""After so many times the budget, whatever is not done is left out."""
RESERVED_S = 2.4
"""What of it the first curve leaves for the rest."""
TELLING_SIZES = 4
MOST_ROUNDS = 3
USED_UP = "the time for measuring was used up."
QUICK = "The chunk size curve, the start methods and the varied inputs are left out by --quick."


@dataclass(frozen=True)
class SpeedTools:
    """What measuring needs: where to run, how to read an answer, how to explain a failed run."""

    sandbox: Sandbox
    harness: Path
    read: Callable[[bytes], Mapping[str, int]]
    explain: Callable[[ObservedRun], Finding | None]
    methods: tuple[str, ...]
    """The start methods that this system has."""
    progress: Callable[[str], None] = lambda _: None
    clock: Callable[[], float] = time.monotonic
    busy_s: Callable[[], float | None] = busy_s
    budget_s: float = BUDGET_S


def speed_report(evidence: Evidence, tools: SpeedTools, seed: int, start_method: str | None, runs: bool) -> SpeedReport:
    """All that can be shown of this submission's speed. Never raises for what breaks here.

    Without ``runs`` only what the grading runs have told is used.
    """
    spec = evidence.exercise.spec.speed
    scripts = evidence.script_runs()
    if spec is None or not scripts:
        return SpeedReport()
    if not all(run.observation.succeeded for run in scripts):
        return SpeedReport(left_out=("Nothing of the speed: the program did not run to its end.",))
    submission, exercise = evidence.submission, evidence.exercise
    program = Program(submission.script_name, submission.program, submission.files)
    trials = Trials(tools.sandbox, tools.harness, exercise, spec.args, tools.read, tools.busy_s, start_method)
    session = _Session(trials, tools, spec, program, seed)
    session.break_down(evidence)
    if runs:
        session.measure()
    else:
        session.left_out.append(QUICK)
    return session.report()


class _LeftOut(Exception):
    """A part cannot be measured; the message says why, as a sentence of the report."""


class _TimeUsedUp(Exception):
    """No further run is to be made."""


@dataclass
class _Sweep:
    """The runs of one curve, as they come in."""

    spec: CurveSpec
    swept: Swept
    totals: Mapping[str, int]
    rounds: list[Round] = field(default_factory=list)
    traces: dict[int, tuple[ChunkDone, ...]] = field(default_factory=dict)
    wrong: list[int] = field(default_factory=list)


class _Session:
    """One measuring of one submission: what is known so far, and the time that is left."""

    def __init__(self, trials: Trials, tools: SpeedTools, spec: SpeedSpec, program: Program, seed: int) -> None:
        self._trials = trials
        self._tools = tools
        self._spec = spec
        self._program = program
        self._seed = seed
        self._until = tools.clock() + tools.budget_s - RESERVED_S
        self._last = tools.clock() + tools.budget_s * MOST_BUDGETS
        self._others: list[float] = []
        self._breakdown: Breakdown | None = None
        self._curves: list[ChunkCurve] = []
        self._what_if: WhatIf | None = None
        self._methods: tuple[MethodRun, ...] = ()
        self._varied: tuple[VariedRun, ...] = ()
        self.left_out: list[str] = []

    def report(self) -> SpeedReport:
        """What is known so far."""
        return SpeedReport(
            curves=tuple(self._curves),
            breakdown=self._breakdown,
            what_if=self._what_if,
            start_methods=self._methods,
            varied=self._varied,
            left_out=tuple(dict.fromkeys(self.left_out)),
        )

    def break_down(self, evidence: Evidence) -> None:
        """Cut the time of a grading run into its parts."""
        self._part("Where the time went", lambda: self._break_down(evidence))

    def measure(self) -> None:
        """All parts that need runs. The first curve has most of the time, and the last part what is left of it."""
        self._part("The chunk size curve", lambda: self._sweep_all(self._spec.curves[:1]))
        if self._spec.varied is not None:
            self._part("The start methods", self._try_methods)
            self._part("The varied inputs", self._try_variations)
        self._until += RESERVED_S
        self._part("The chunk size curve", lambda: self._sweep_all(self._spec.curves[1:]))

    def _part(self, name: str, work: Callable[[], object]) -> None:
        """Do one part; whatever breaks in it leaves out that part alone."""
        try:
            work()
        except _LeftOut as reason:
            self.left_out.append(str(reason))
        except _TimeUsedUp:
            self.left_out.append(f"{name}: {USED_UP}")
        except PargradeError as error:
            self.left_out.append(f"{name}: {error.message}")
        except Exception as error:  # noqa: BLE001, whatever breaks here is our fault and must not cost the grade
            self.left_out.append(f"{name}: the grader failed at it ({type(error).__name__}).")

    def _inputs(self, generator: str) -> Inputs:
        return self._trials.exercise.generators[generator](GeneratorRequest(seed=self._seed))

    def _in_time(self) -> bool:
        return self._tools.clock() < self._until

    def _break_down(self, evidence: Evidence) -> None:
        """That of the last run as a script: the one on the largest inputs nobody has seen."""
        imports = [
            run.trace.imported.at - run.trace.hello.at
            for run in evidence.runs.values()
            if run.trace.imported is not None and run.trace.hello is not None
        ]
        self._breakdown = breakdown_of(evidence.script_runs()[-1], max(0.0, *imports) if imports else 0.0)

    # -- curves ----------------------------------------------------------------------------------

    def _sweep_all(self, specs: Sequence[CurveSpec]) -> None:
        for spec in specs:
            if spec is not self._spec.curves[0] and not self._in_time():
                raise _LeftOut(f"The chunk size curve on {spec.title}: {USED_UP}")
            inputs = self._inputs(spec.inputs)
            with stock(inputs.files) as files:
                self._curve(spec, inputs, files)

    def _curve(self, spec: CurveSpec, inputs: Inputs, files: Mapping[str, Path]) -> None:
        """Sweep the chunk sizes on one kind of input, in rounds, each beside runs of the serial program."""
        begun = self._tools.clock()
        sweep = self._begin(spec, inputs, files)
        took_s = self._tools.clock() - begun
        while len(sweep.rounds) < MOST_ROUNDS and self._tools.clock() + took_s < self._until:
            self._round(sweep, files)
        for size in sorted(sweep.wrong):
            self.left_out.append(f"Chunk size {size:,} on {spec.title}: the result was wrong or did not come.")
        curve = curve_of(sweep.swept, sweep.rounds)
        if curve is None:
            raise _LeftOut(f"The chunk size curve on {spec.title}: too few chunk sizes gave the right result.")
        self._curves.append(curve)
        model = self._model(sweep, curve) if spec is self._spec.curves[0] else None
        if model is not None:
            self._what_if = what_if(model, curve, self._checked(model, sweep, curve, files))

    def _begin(self, spec: CurveSpec, inputs: Inputs, files: Mapping[str, Path]) -> _Sweep:
        """The program as it is tells how many items it maps, and with which chunk size."""
        self._tools.progress(f"trying chunk sizes on {spec.title}")
        first = self._timed("curve", self._program, files)
        calls = [call for call in first.run.trace.maps if call.kind == "process" and call.chunks]
        call = max(calls, key=lambda call: call.items, default=None)
        if first.ended != "well":
            raise _LeftOut(f"The chunk size curve on {spec.title}: the program did not run to its end there.")
        if call is None or call.items < 2:
            raise _LeftOut("The chunk size curve: no map call of a ProcessPoolExecutor was seen.")
        pool = first.run.trace.pool_of(call)
        cores = min(float(usable_cores()), quota_cores() or float("inf"))
        size = sum(map(len, inputs.files.values()))
        swept = Swept(spec.title, size, call.items, max(1, pool.workers if pool else 1), cores, call.chunksize)
        serial = self._serial(spec, files)
        if first.totals != serial.totals:
            raise _LeftOut(f"The chunk size curve on {spec.title}: the program's result there is wrong.")
        sweep = _Sweep(spec, swept, serial.totals)
        sweep.rounds.append(self._sizes(sweep, serial.wall_s, {call.chunksize: first.wall_s}, files))
        return sweep

    def _serial(self, spec: CurveSpec, files: Mapping[str, Path]) -> Trial:
        serial = self._timed("serial", self._trials.serial_program(), files)
        if serial.ended != "well" or not serial.totals:
            raise _LeftOut(f"The chunk size curve on {spec.title}: the exercise's serial program failed there.")
        return serial

    def _round(self, sweep: _Sweep, files: Mapping[str, Path]) -> None:
        own = self._timed("curve", self._program, files)
        serial = self._serial(sweep.spec, files)
        good = own.ended == "well" and own.totals == sweep.totals
        sweep.rounds.append(self._sizes(sweep, serial.wall_s, {sweep.swept.own: own.wall_s} if good else {}, files))

    def _sizes(self, sweep: _Sweep, serial_s: float, seconds: dict[int, float], files: Mapping[str, Path]) -> Round:
        """One run at every size that has not failed: at those that tell most, and at others as time allows."""
        swept = sweep.swept
        for place, size in enumerate(sizes_to_try(swept.items, swept.workers)):
            if size in seconds or size in sweep.wrong or (place >= TELLING_SIZES and not self._in_time()):
                continue
            trial = self._timed("curve", self._program, files, chunksize=size)
            if trial.ended == "well" and trial.totals == sweep.totals:
                seconds[size] = trial.wall_s
                sweep.traces.setdefault(size, _chunks(trial))
            elif trial.ended == "stopped":
                raise _LeftOut(f"The chunk size curve on {sweep.spec.title}: with chunk size {size:,} it did not end.")
            else:
                sweep.wrong.append(size)
        serial_s = min(serial_s, self._serial(sweep.spec, files).wall_s)
        others, self._others = tuple(self._others), []
        return Round(serial_s, seconds, others)

    def _run(
        self,
        label: str,
        program: Program,
        files: Mapping[str, bytes | Path],
        start_method: str | None = None,
        **config: Any,
    ) -> Trial:
        """One run, if there is any time left at all."""
        if self._tools.clock() >= self._last:
            raise _TimeUsedUp
        trials = self._trials if start_method is None else self._trials.with_start_method(start_method)
        return trials.run(label, program, files, **config)

    def _timed(self, label: str, program: Program, files: Mapping[str, Path], **config: Any) -> Trial:
        """The run, or the faster of two where other programs disturbed the first and there is time."""
        trial = self._run(label, program, files, **config)
        if trial.others_cores is None:
            return trial
        if trial.others_cores > DISTURBED_CORES and trial.ended == "well" and self._in_time():
            again = self._run(label, program, files, **config)
            if again.ended == "well" and again.totals == trial.totals and again.wall_s < trial.wall_s:
                trial = again
        self._others.append(trial.others_cores or 0.0)
        return trial

    def _model(self, sweep: _Sweep, curve: ChunkCurve) -> CostModel | None:
        """Task times are those of a run with middling chunks: fine enough, and hardly disturbed by messages."""
        if not sweep.traces:
            return None
        middle = curve.items**0.5
        size = min(sweep.traces, key=lambda size: abs(size - middle))
        chunks = sweep.traces[size]
        start_s = min((chunk.start for chunk in chunks), default=0.0)
        return fitted(curve, item_times(chunks), start_s)

    def _checked(
        self, model: CostModel, sweep: _Sweep, curve: ChunkCurve, files: Mapping[str, Path]
    ) -> Prediction | None:
        """One more run, with a chunk size that the model has not seen."""
        size = unseen_size(curve, (self._seed % 1000) / 1000)
        if size is None:
            return None
        self._tools.progress(f"checking the prediction for chunk size {size:,}")
        trial = self._timed("curve", self._program, files, chunksize=size)
        right = trial.ended == "well" and trial.totals == sweep.totals
        return Prediction(
            chunksize=size,
            workers=curve.workers,
            predicted_s=model.wall_s(size, curve.workers, curve.cores),
            measured_s=trial.wall_s if right else None,
        )

    # -- start methods and varied inputs ---------------------------------------------------------

    def _try_methods(self) -> None:
        """The program under every start method this system has."""
        small = self._inputs(self._spec.varied or "")
        known = [method for method in START_METHODS if method in self._tools.methods]
        self._methods = tuple(self._method(method, small) for method in known)

    def _method(self, method: StartMethod, small: Inputs) -> MethodRun:
        self._tools.progress(f"running under {method}")
        trial = self._run("method", self._program, small.files, method)
        finding = self._tools.explain(trial.run)
        answer: Literal["right", "wrong"] = "right" if trial.totals == small.counts else "wrong"
        used = {pool.start_method for pool in trial.run.trace.pools if pool.kind == "process"} - {method}
        told = f"The program itself asks for {' and '.join(sorted(used))}." if used else ""
        return MethodRun(
            start_method=method,
            outcome=answer if trial.ended == "well" else trial.ended,
            wall_s=trial.wall_s,
            cause=finding.cause if finding else "",
            explanation=finding.headline if finding else told,
        )

    def _try_variations(self) -> None:
        """The program on all variations of the small inputs."""
        small = self._inputs(self._spec.varied or "")
        tried = []
        for variation in variations(small.files, self._seed):
            self._tools.progress(f"running on varied inputs ({variation.name})")
            trial = self._run("varied", self._program, variation.files)
            finding = self._tools.explain(trial.run) if trial.ended != "well" else None
            tried.append(Tried(variation, trial.ended, trial.totals, finding.headline if finding else ""))
        self._varied = judged(tried, small.counts)


def _chunks(trial: Trial) -> tuple[ChunkDone, ...]:
    """The chunks of the call with most items."""
    calls = [call for call in trial.run.trace.maps if call.chunks]
    if not calls:
        return ()
    return trial.run.trace.chunks_of(max(calls, key=lambda call: call.items).call)
