"""Measures what the report shows of the speed beside the verdict, and never costs a grade.

Every part has its own turn and its own failure: what could not be measured is left out with its reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from grader.errors import PargradeError
from grader.model.evidence import Evidence, ObservedRun
from grader.model.exercise import CurveSpec, GeneratorRequest, Inputs, SpeedSpec
from grader.model.result import Finding
from grader.model.run import Sandbox
from grader.model.speed import (
    Breakdown,
    ChunkCurve,
    MethodRun,
    SpeedReport,
    StartMethod,
    VariedRun,
    WallClock,
    WhatIf,
)
from grader.sandbox.workfolder import stock
from grader.timing.breakdown import breakdown_of
from grader.timing.machine import attainable_speedup
from grader.timing.sweep import NO_MAP, LeftOut, Sweep
from grader.timing.trial import Patience, Program, TimeUsedUp, Trials, busy_s
from grader.timing.varied import Tried, Variation, judged, variations

START_METHODS: tuple[StartMethod, ...] = ("fork", "forkserver", "spawn")
BUDGET_S = 6.0
"""Wall seconds for all of it together. The telling sizes of a curve that was begun are tried for longer."""
MOST_S = 12.0
"""After so long, whatever is not done is left out."""
AT_ONCE = 2
"""Runs side by side where only the result is looked at."""
RESERVED_S = 2.4
"""What of it the first curve leaves for the rest."""
USED_UP = "the time for measuring was used up."
SWITCHED_OFF = (
    "The chunk size curve, the start methods and the varied inputs need further runs, which were switched off."
)


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
    attainable: Callable[[int], float | None] = attainable_speedup
    budget_s: float = BUDGET_S
    most_s: float = MOST_S


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
    now = tools.clock()
    patience = Patience(tools.clock, now + tools.budget_s - RESERVED_S, now + tools.most_s)
    trials = Trials(tools.sandbox, tools.harness, exercise, spec.args, tools.read, tools.busy_s, patience, start_method)
    maps = any(call.kind == "process" for run in scripts for call in run.trace.maps)
    session = _Session(trials, tools, spec, program, seed, maps)
    session.break_down(evidence)
    if runs:
        session.measure()
    else:
        session.left_out.append(SWITCHED_OFF)
    return session.report()


class _Session:
    """One measuring of one submission: what is known so far, and the time that is left."""

    def __init__(
        self, trials: Trials, tools: SpeedTools, spec: SpeedSpec, program: Program, seed: int, maps: bool
    ) -> None:
        self._trials = trials
        self._tools = tools
        self._spec = spec
        self._program = program
        self._seed = seed
        self._maps = maps
        self._patience = trials.patience
        self._import_s = 0.0
        self._breakdown: Breakdown | None = None
        self._wall: WallClock | None = None
        self._curves: list[ChunkCurve] = []
        self._what_if: WhatIf | None = None
        self._methods: tuple[MethodRun, ...] = ()
        self._varied: tuple[VariedRun, ...] = ()
        self.left_out: list[str] = []

    def report(self) -> SpeedReport:
        """What is known so far."""
        return SpeedReport(
            wall=self._wall,
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
        curves = self._spec.curves if self._maps else ()
        if self._spec.curves and not self._maps:
            self.left_out.append(NO_MAP)
        self._part("The chunk size curve", lambda: self._sweep_all(curves[:1]))
        if self._spec.varied is not None:
            self._part("The start methods", self._try_methods)
            self._part("The varied inputs", self._try_variations)
        self._patience.until += RESERVED_S
        self._part("The chunk size curve", lambda: self._sweep_all(curves[1:]))

    def _part(self, name: str, work: Callable[[], object]) -> None:
        """Do one part; whatever breaks in it leaves out that part alone."""
        try:
            work()
        except LeftOut as reason:
            self.left_out.append(str(reason))
        except TimeUsedUp:
            self.left_out.append(f"{name}: {USED_UP}")
        except PargradeError as error:
            self.left_out.append(f"{name}: {error.message}")
        except Exception as error:  # noqa: BLE001, whatever breaks here is our fault and must not cost the grade
            self.left_out.append(f"{name}: the grader failed at it ({type(error).__name__}).")

    def _inputs(self, generator: str) -> Inputs:
        return self._trials.exercise.generators[generator](GeneratorRequest(seed=self._seed))

    def _break_down(self, evidence: Evidence) -> None:
        """That of the last run as a script: the one on the largest inputs nobody has seen.

        Reading what goes over the pool's queue makes a run slower, so such a run is not taken.
        """
        imports = [
            run.trace.imported.at - run.trace.hello.at
            for run in evidence.runs.values()
            if run.trace.imported is not None and run.trace.hello is not None
        ]
        self._import_s = max(0.0, *imports) if imports else 0.0
        undisturbed = [run for run in evidence.script_runs() if run.observation.wire is None]
        self._breakdown = breakdown_of(undisturbed[-1], self._import_s) if undisturbed else None

    # -- curves ----------------------------------------------------------------------------------

    def _sweep_all(self, specs: Sequence[CurveSpec]) -> None:
        for spec in specs:
            main = spec is self._spec.curves[0]
            if not main and not self._patience.holds():
                raise LeftOut(f"The chunk size curve on {spec.title}: {USED_UP}")
            left_s = max(1.0, self._patience.until - self._patience.clock())
            self._tools.progress(f"trying chunk sizes on {spec.title} (about {left_s:.0f} s)")
            inputs = self._inputs(spec.inputs)
            with stock(inputs.files) as files:
                sweep = Sweep(spec, self._trials, self._program, files)
                curve = self._curve(sweep, sum(map(len, inputs.files.values())), spec is self._spec.curves[-1])
                if self._breakdown is None and sweep.own is not None:
                    found = breakdown_of(sweep.own.run, self._import_s)
                    self._breakdown = found and found.model_copy(update={"run": spec.title})
                if main:  # on few files messages cost too little to be told from chance
                    self._what_if = sweep.what_if(curve, (self._seed % 1000) / 1000)

    def _curve(self, sweep: Sweep, input_bytes: int, last: bool) -> ChunkCurve:
        """One curve, and what the wall clock says; on the last files, beside what this machine allows at all."""
        workers = self._trials.exercise.spec.workers
        probed = [self._tools.attainable(workers)] if last else []
        try:
            curve = sweep.curve(input_bytes)
            self._curves.append(curve)
            if last:
                sweep.more_pairs()
        finally:
            self.left_out += sweep.faults()
            probed += [self._tools.attainable(workers)] if last else []
            self._wall = sweep.wall(tuple(found for found in probed if found)) or self._wall
        return curve

    # -- start methods and varied inputs ---------------------------------------------------------

    def _try_methods(self) -> None:
        """The program under every start method this system has."""
        small = self._inputs(self._spec.varied or "")
        known = [method for method in START_METHODS if method in self._tools.methods]
        self._tools.progress(f"running under {', '.join(known)}")
        with ThreadPoolExecutor(AT_ONCE) as lanes:
            self._methods = tuple(lanes.map(lambda method: self._method(method, small), known))

    def _method(self, method: StartMethod, small: Inputs) -> MethodRun:
        trial = self._trials.with_start_method(method).run("method", self._program, small.files)
        finding = self._tools.explain(trial.run)
        answer: Literal["right", "wrong"] = "right" if trial.totals == small.counts else "wrong"
        told = {pool.start_method for pool in trial.run.trace.pools if pool.kind == "process"}
        used = [other for other in START_METHODS if other in told and other != method]
        chosen = f"The program itself asks for {' and '.join(used)}." if used else ""
        return MethodRun(
            start_method=method,
            outcome=answer if trial.ended == "well" else trial.ended,
            wall_s=trial.wall_s,
            cause=finding.cause if finding else "",
            explanation=finding.headline if finding else chosen,
        )

    def _try_variations(self) -> None:
        """The program on all variations of the small inputs."""
        small = self._inputs(self._spec.varied or "")
        self._tools.progress("running on varied inputs")
        with ThreadPoolExecutor(AT_ONCE) as lanes:
            tried = list(lanes.map(self._tried, variations(small.files, self._seed)))
        self._varied = judged(tried, small.counts)

    def _tried(self, variation: Variation) -> Tried:
        trial = self._trials.run("varied", self._program, variation.files)
        finding = self._tools.explain(trial.run) if trial.ended != "well" else None
        return Tried(variation, trial.ended, trial.totals, finding.headline if finding else "")
