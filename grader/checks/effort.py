"""Which process did how much of the work, from the process table the parent kept.

A process that started an interpreter of its own (the main one, spawned workers) paid for the start; that
base cost is taken off, so that only work counts. Forked workers inherit a started interpreter; those of a fork server
inherit one, too, but import the program anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from grader.model.evidence import Evidence, ObservedRun
from grader.model.run import Observation, ProcessRecord
from grader.model.wire import Wire

ENOUGH_STARTS = 3.0
"""Work is told by the number of interpreter starts it is worth: seconds would mean something else on each machine.
Below this many, shares say nothing."""
LEAST_OVER_STARTS = 0.8
"""The same for programs that start many interpreters: what was taken off is known to some ten per cent only."""
LEAST_BASE_S = 0.01
LARGEST_BASE_S = 0.2
DEFAULT_BASE_S = 0.05
SWING_S = 0.1
"""CPU seconds by which two runs of the same short work differ on a busy machine."""
HELPERS_STARTS = 3.0
"""Starts that all helpers together may take: a fork server, which imports the program and forks, and a tracker."""
IMPORT_PART = 0.4
"""What of the base cost is the importing of the program, which a worker of a fork server does by itself."""

Role = Literal["main", "worker", "helper"]


@dataclass(frozen=True)
class Effort:
    """CPU seconds of work in the main process, and in each other process, the busiest first."""

    main_s: float
    workers_s: tuple[float, ...]
    enough_s: float = 0.0
    """The least work of which the shares mean something."""
    starts_s: float = 0.0
    """What was taken off for starting interpreters, which is known to some ten per cent only."""
    at_once: float = math.inf
    """How many processes computed, or could have, at a time: the mean over the run."""

    @property
    def total_s(self) -> float:
        """All work."""
        return self.main_s + sum(self.workers_s)

    @property
    def main_share(self) -> float:
        """The main process's part of all work, 0 to 1."""
        return self.main_s / self.total_s if self.total_s > 0 else 1.0

    @property
    def effective_workers(self) -> float:
        """Σ² / Σ of squares: n for n equally busy workers, 1 when one did it all, 0 without workers."""
        return effective(self.workers_s)

    @property
    def tells(self) -> bool:
        """Whether there was enough work for shares to mean something."""
        return self.total_s >= self.enough_s


def effective(shares: Sequence[float]) -> float:
    """(Σ share)² / Σ share²: how many equal ones these are worth, 0 where there are none."""
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / squares if squares > 0 else 0.0


def role_of(process: ProcessRecord, observation: Observation) -> Role:
    """Main process, worker, or a helper of the standard library that does no work of the program."""
    if process.pid == observation.main_pid:
        return "main"
    if "resource_tracker" in process.command:
        return "helper"
    by_main = process.ppid == observation.main_pid
    return "helper" if by_main and "multiprocessing.forkserver" in process.command else "worker"


def mains_of(observation: Observation) -> frozenset[int]:
    """The main process, and every process that started another: who starts workers and waits for them is none itself.

    What several of them did counts as done by one.
    """
    known = {process.pid: process for process in observation.processes}
    starters = {process.ppid for process in observation.processes if role_of(process, observation) == "worker"}
    of_workers = {pid for pid in starters if pid in known and role_of(known[pid], observation) == "worker"}
    return frozenset({observation.main_pid, *of_workers})


@dataclass(frozen=True)
class Comparison:
    """The submission's work and the trusted reference's, on the same inputs in the same sitting."""

    mine: Effort
    reference: Effort

    @property
    def inflation(self) -> float:
        """All CPU time of the submission by that of the reference: 1.0 for the same work done as well."""
        return self.mine.total_s / self.reference.total_s

    @property
    def least_inflation(self) -> float:
        """The same if what was taken off for starts was wrong by a quarter and the clocks by their swing, to the
        submission's advantage."""
        mine_s = self.mine.total_s - self.mine.starts_s / 4 - SWING_S
        return mine_s / (self.reference.total_s + self.reference.starts_s / 4)

    @property
    def main(self) -> float:
        """What the main process used, in parts of what the whole work takes."""
        return self.mine.main_s / self.reference.total_s

    @property
    def workers(self) -> tuple[float, ...]:
        """What each worker used, in parts of what the whole work takes, the busiest first."""
        return tuple(cpu / self.reference.total_s for cpu in self.mine.workers_s)


def effort_of(run: ObservedRun, base_s: float) -> Effort:
    """How the work of one run was spread. ``base_s`` is what the start of one interpreter costs here."""
    return effort_in(run.observation, base_s)


def effort_in(observation: Observation, base_s: float) -> Effort:
    """The same, of what was seen alone. What a helper does beyond helping is the main process's."""
    known, mains = {process.pid: process for process in observation.processes}, mains_of(observation)
    main_s = starts_s = helpers_s = 0.0
    workers: list[float] = []
    for process in observation.processes:
        role = role_of(process, observation)
        start_s = min(process.cpu_s, base_s * _start_part(process, known.get(process.ppid), observation))
        work = process.cpu_s - start_s
        starts_s += start_s
        if process.pid in mains:
            main_s += work
        elif role == "helper":
            helpers_s += process.cpu_s
        elif role == "worker" and work > 0:
            workers.append(work)
    main_s += max(0.0, helpers_s - HELPERS_STARTS * base_s)  # a command line is any text: no helper works so long
    enough_s = max(ENOUGH_STARTS * base_s, LEAST_OVER_STARTS * starts_s)
    return Effort(main_s, tuple(sorted(workers, reverse=True)), enough_s, starts_s, _at_once(observation))


def _at_once(observation: Observation) -> float:
    """Computing and waiting for a core, of all processes, in lengths of the run: the same on a busy machine.

    Of a process whose waiting is not known, its whole life counts.
    """
    ready_s = sum(
        seen.last_seen_s - seen.first_seen_s if seen.queued_s is None else seen.cpu_s + seen.queued_s
        for seen in observation.processes
    )
    return ready_s / observation.wall_s if observation.wall_s > 0 else math.inf


def _start_part(process: ProcessRecord, parent: ProcessRecord | None, observation: Observation) -> float:
    """Which part of the base cost this process paid: all where it started its own interpreter."""
    if parent is None or process.command != parent.command:
        return 1.0
    return IMPORT_PART if role_of(parent, observation) == "helper" else 0.0


def base_cost_s(evidence: Evidence) -> float:
    """CPU seconds that starting an interpreter and importing the program cost, as seen in its import.

    The process's own word, from when the import was over, can only lower what the operating system charged it for
    the whole run. A program that works on import has no such run; then a usual start is assumed.
    """
    for run in evidence.runs.values():
        seen, told = run.observation.processes, run.trace.imported
        if run.spec.mode == "import" and told is not None and len(seen) == 1:
            return min(seen[0].cpu_s, max(told.cpu_s, LEAST_BASE_S), LARGEST_BASE_S)
    return DEFAULT_BASE_S


def reference_base_s(evidence: Evidence) -> float:
    """The same for the reference, which imports little: what the submission imports besides is not its cost."""
    return min(base_cost_s(evidence), DEFAULT_BASE_S)


def comparisons(evidence: Evidence) -> tuple[Comparison, ...]:
    """Of all measured rounds with two right answers in which there was enough work to compare."""
    mine_s, reference_s = base_cost_s(evidence), reference_base_s(evidence)
    found = (
        Comparison(effort_in(pair.submission, mine_s), effort_in(pair.reference, reference_s))
        for pair in evidence.measurement.pairs()
    )
    return tuple(seen for seen in found if seen.reference.tells and seen.reference.total_s > 0)


def spread_on_wire(wire: Wire | None, least_items: int) -> float:
    """Effective workers by the items whose results each sent back: of the map that was spread best, 0 without any.

    Only a map over at least as many items as there were input files can have been the work.
    """
    best = 0.0
    for seen in wire.maps if wire else ():
        shares = [number for number in seen.items_by_worker.values() if number > 0]
        if sum(shares) >= max(1, least_items):
            best = max(best, effective(shares))
    return best
