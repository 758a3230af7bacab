"""One run of one program: what is asked of a sandbox, and what it saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from grader.model.answers import Answer, Call
from grader.model.base import Raw
from grader.model.wire import Wire


@dataclass(frozen=True)
class Limits:
    """What one run may use, over its whole process tree."""

    wall_s: float = 20.0
    cpu_s: float = 60.0
    memory_bytes: int = 1 << 30
    processes: int = 64
    output_bytes: int = 1 << 20
    disk_bytes: int = 256 << 20
    claim_bytes: int = 8 << 20


@dataclass(frozen=True)
class RunRequest:
    """One program, one input.

    ``entry`` is a trusted standard-library program, started by path in an isolated interpreter. It
    receives ``config`` and does the rest: the harness runs the student's script, the scanner reads it.
    """

    label: str
    entry: Path
    config: Mapping[str, Any]
    files: Mapping[str, bytes | Path]
    """Laid out in a fresh work folder, which is the current folder of the run. Keys may hold ``/``; a path is that of
    a file with the content, which several runs may share."""
    limits: Limits = field(default_factory=Limits)
    packages: bool = True
    """Whether the program may import what is installed beside the grader."""
    cpu_count: int | None = None
    """The number of CPUs the program is told it has, whatever this machine has."""
    questions: tuple[Call, ...] = ()
    """Asked one at a time, once the entry says that it is ready; see :mod:`grader.model.answers`."""
    read_wire: bool = False
    """Whether to read what goes over the pools' queues, where the sandbox can; it slows many small messages."""


class Ended(StrEnum):
    """How a run ended. No default exists."""

    EXITED = "exited"
    SIGNALLED = "signalled"
    TIMED_OUT = "timed-out"
    CPU_LIMIT = "cpu-limit"
    OUT_OF_MEMORY = "out-of-memory"
    TOO_MUCH_OUTPUT = "too-much-output"
    TOO_MANY_PROCESSES = "too-many-processes"
    TOO_MUCH_DISK = "too-much-disk"


@dataclass(frozen=True)
class ProcessRecord:
    """One process of the tree, as the operating system reported it. Times count from the run's start."""

    pid: int
    ppid: int
    cpu_s: float
    first_seen_s: float
    last_seen_s: float
    command: str = ""
    """The start of its command line; a forked process has that of its parent."""
    queued_s: float | None = None
    """Seconds in which it could have run but no core was free, where the system tells."""


@dataclass(frozen=True)
class Observation:
    """What the parent saw of a run, and, marked as such, what the program claimed."""

    ended: Ended
    exit_code: int | None
    signal: int | None
    wall_s: float
    cpu_s: float
    peak_bytes: int
    main_pid: int
    processes: tuple[ProcessRecord, ...]
    """The main process first, then the others in the order they were seen."""
    survivors: int
    """Processes still alive after the main one ended; all were killed."""
    stdout: Raw
    stderr: Raw
    claims: tuple[Raw, ...] = ()
    """Lines from the private descriptor: untrusted, capped, not yet parsed."""
    claims_cut: bool = False
    answers: tuple[Answer, ...] = ()
    """What came back for each question of the request: untrusted, of the right form or with a named fault."""
    wire: Wire | None = None
    """What went over the pools' queues, where it was asked for and the sandbox can read it."""

    @property
    def succeeded(self) -> bool:
        """The program ended by itself with exit code 0."""
        return self.ended is Ended.EXITED and self.exit_code == 0


class Guarantee(StrEnum):
    """What a sandbox can promise about a hostile program."""

    LIMITS = "limits"
    KILL = "kill"
    PROCESS_TABLE = "process-table"
    PROCESS_LIMIT = "process-limit"
    FILES = "files"
    NETWORK = "network"
    GRADER_SAFETY = "grader-safety"


REQUIRED_FOR_GRADED = (Guarantee.FILES, Guarantee.NETWORK, Guarantee.GRADER_SAFETY, Guarantee.KILL)


@dataclass(frozen=True)
class Guarantees:
    """What a backend promises on this machine, and why it cannot promise the rest."""

    backend: str
    given: tuple[Guarantee, ...]
    gaps: Mapping[Guarantee, str]


class Sandbox(Protocol):
    """Runs a program so that it cannot hurt the grader. The one seam between us and student code."""

    def run(self, request: RunRequest) -> Observation:
        """Run to the end, or to a limit; afterwards no process and no file of the run is left.

        Raises:
            SandboxError: The run could not be started or supervised. Never for what the program did.
        """
        ...

    def guarantees(self) -> Guarantees:
        """What this backend promises on this machine."""
        ...
