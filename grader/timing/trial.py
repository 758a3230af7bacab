"""One run of a program beside the grading runs, on inputs that several runs may share, with what it printed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from grader.model.evidence import ObservedRun
from grader.model.exercise import Exercise, Inputs, LimitSpec, RunSpec, expanded, laid_over
from grader.model.run import Ended, RunRequest, Sandbox
from grader.model.trace import read_trace

LONGEST_S = 8.0
"""Wall seconds of one run here. It is not graded, so it need not be waited for as long."""


@dataclass(frozen=True)
class Program:
    """A script by its file name, and the files that lie beside it."""

    script_name: str
    source: bytes
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Trial:
    """What a run gave: ``totals`` is what it printed, however it ended."""

    run: ObservedRun
    totals: Mapping[str, int]
    others_cores: float | None = None
    """Cores that other programs kept busy meanwhile, where the system tells."""

    @property
    def wall_s(self) -> float:
        """Wall seconds from the start of the process to its end."""
        return self.run.observation.wall_s

    @property
    def ended(self) -> Literal["well", "failed", "stopped"]:
        """Well is by itself, with exit code 0 and nothing left running; stopped is by a limit."""
        seen = self.run.observation
        if seen.ended not in (Ended.EXITED, Ended.SIGNALLED):
            return "stopped"
        return "well" if seen.succeeded and not seen.survivors else "failed"


class TimeUsedUp(Exception):
    """No further run is to be made."""


@dataclass
class Patience:
    """How long there is to measure, by a monotonic clock: ``until`` for what may be left out, ``last`` for all."""

    clock: Callable[[], float]
    until: float
    last: float

    def holds(self, seconds: float = 0.0) -> bool:
        """Whether something that takes so long, and may be left out, is still to be done."""
        return self.clock() + seconds < self.until

    def is_over(self) -> bool:
        """Whether nothing at all is to be done any more."""
        return self.clock() >= self.last


@dataclass(frozen=True)
class Trials:
    """Makes such runs for one exercise. ``read`` finds the totals in what a program printed."""

    sandbox: Sandbox
    harness: Path
    exercise: Exercise
    args: tuple[str, ...]
    read: Callable[[bytes], Mapping[str, int]]
    busy_s: Callable[[], float | None]
    """CPU seconds that all cores together have been busy, but for this process."""
    patience: Patience
    start_method: str | None = None

    def run(self, label: str, program: Program, files: Mapping[str, bytes | Path], **config: Any) -> Trial:
        """Run the program on these files; ``config`` are further keys of the harness.

        Raises:
            SandboxError: It could not be started or supervised.
            TimeUsedUp: There is no time left.
        """
        if self.patience.is_over():
            raise TimeUsedUp
        args = expanded(self.args, files)
        spec = self.exercise.spec
        limits = _short(spec.limits)
        request = RunRequest(
            label=label,
            entry=self.harness,
            config={
                "script": program.script_name,
                "mode": "script",
                "args": args,
                "start_method": self.start_method,
                **config,
            },
            files=laid_over(program.files, {program.script_name: program.source}, files),
            limits=limits.limits(),
            cpu_count=spec.workers,
        )
        before = self.busy_s()
        seen = self.sandbox.run(request)
        after = self.busy_s()
        run = ObservedRun(
            RunSpec(name="speed", mode="script", args=self.args, limits=limits),
            Inputs(),
            tuple(args),
            seen,
            read_trace(seen.claims),
        )
        others = None
        if before is not None and after is not None and seen.wall_s > 0:
            others = max(0.0, after - before - seen.cpu_s) / seen.wall_s
        return Trial(run, self.read(seen.stdout), others)

    def serial_program(self) -> Program:
        """The exercise's own serial program."""
        name = "serial.py"
        return Program(name, (self.exercise.folder / name).read_bytes(), {})

    def with_start_method(self, method: str) -> Trials:
        """The same with another start method where the program names none."""
        return replace(self, start_method=method)


def busy_s(stat: Path = Path("/proc/stat")) -> float | None:
    """CPU seconds that all cores together have been busy, but for this process; None where the system does not tell.

    The first line of ``/proc/stat`` holds user, nice, system, idle, iowait, irq, softirq and steal, in clock ticks.
    """
    try:
        with stat.open(encoding="ascii") as lines:
            ticks = [int(word) for word in next(lines).split()[1:9]]
    except (OSError, ValueError, StopIteration):
        return None
    busy = sum(ticks) - sum(ticks[3:5])
    return busy / os.sysconf("SC_CLK_TCK") - time.process_time()


def _short(spec: LimitSpec) -> LimitSpec:
    return spec.model_copy(update={"wall_s": min(spec.wall_s, LONGEST_S)})
