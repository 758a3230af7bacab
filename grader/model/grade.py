"""The finished grade: everything a report, an export or a later re-scoring needs. It is the receipt."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from grader.model.base import Frozen, Moment, Points
from grader.model.measurement import SampleReport
from grader.model.result import CheckResult
from grader.model.speed import SpeedReport

REPORT_SCHEMA = "pargrade/report/v1"


class Status(StrEnum):
    """Whether the score may be used as it stands."""

    GRADED = "graded"
    NEEDS_REVIEW = "needs_review"
    NOT_GRADED = "not_graded"


class SubmissionInfo(Frozen):
    """What was graded. ``notes`` says what was left out or changed while reading it."""

    name: str
    sha256: str
    kind: Literal["script", "notebook"]
    notes: tuple[str, ...] = ()


class ChunkReport(Frozen):
    """One chunk as its worker reported it: items ``first`` to ``first + count - 1``, counted from 0.

    ``start_s`` and ``end_s`` count from the start of the run. ``pid`` is 0 where the worker is unknown.
    """

    index: int
    first: int
    count: int
    pid: int
    start_s: float
    end_s: float
    cpu_s: float
    error: str = ""


class StretchReport(Frozen):
    """What one worker did in a slice of the run's time: chunks and items that ended in it.

    Of the time from ``start_s`` to ``end_s``, ``busy_s`` was spent in chunks.
    """

    pid: int
    start_s: float
    end_s: float
    busy_s: float
    chunks: int
    items: int


class MapReport(Frozen):
    """One observed map call. ``items`` and ``chunks`` are counts, ``chunksize`` is items a chunk.

    Of very many chunks the first are in ``chunk_list`` and the others are counted in ``chunks_left_out``; then
    ``stretches`` tells of all of them, in slices of time.
    """

    function: str
    method: str
    kind: Literal["process", "thread", "multiprocessing"]
    items: int
    chunks: int
    chunksize: int
    explicit: bool
    workers: int
    start_method: str
    line: int
    submitted_s: float
    first_consumed_s: float | None = None
    chunk_list: tuple[ChunkReport, ...] = ()
    chunks_left_out: int = 0
    stretches: tuple[StretchReport, ...] = ()


class ProcessReport(Frozen):
    """One process as the operating system saw it. Seconds count from the start of the run."""

    pid: int
    parent_pid: int
    role: Literal["main", "worker", "helper"]
    cpu_s: float
    first_seen_s: float
    last_seen_s: float


class SentMapReport(Frozen):
    """One map call, or all single calls of one function, as read from a pool's queue.

    ``chunks`` counts the messages and ``answered`` those whose result another process sent back. ``items`` is null
    where a message was too long to count them all, and ``largest_chunk`` then counts what is known.
    ``items_by_worker`` has process numbers as keys.
    """

    method: Literal["map", "submit"]
    function: str
    items: int | None
    chunks: int
    largest_chunk: int
    answered: int
    items_by_worker: dict[int, int]


class WireReport(Frozen):
    """What was read of the pools' queues from outside: messages of pools, and how many bytes they were.

    ``unreadable`` counts messages of queues that are no pool's. ``cut`` tells that there was more than was read.
    ``reason`` says why nothing could be read, or is empty; then the numbers are those of all writes.
    """

    maps: tuple[SentMapReport, ...] = ()
    maps_left_out: int = 0
    messages: int
    bytes: int
    unreadable: int = 0
    cut: bool = False
    reason: str = ""


class RunReport(Frozen):
    """One run of the submission: how it ended and what was seen of it. Of very many, ``..._left_out`` are not kept."""

    name: str
    mode: Literal["script", "import"]
    args: tuple[str, ...]
    input_files: int
    input_bytes: int
    ended: str
    exit_code: int | None
    signal: int | None
    wall_s: float
    cpu_s: float
    peak_bytes: int
    survivors: int
    start_method: str
    stdout: str
    stderr: str
    maps: tuple[MapReport, ...] = ()
    maps_left_out: int = 0
    processes: tuple[ProcessReport, ...] = ()
    processes_left_out: int = 0
    claims_rejected: int = 0
    wire: WireReport | None = None
    """What was read of the pools' queues, where the sandbox can."""


class RunsReport(Frozen):
    """All runs of the submission in the order they were made."""

    runs: tuple[RunReport, ...] = ()


class ModelledSpeed(Frozen):
    """How many times as fast as the serial program it would be on ``workers`` idle cores, and the reference there.

    Both follow from the CPU clocks of one measured round, the one in which the program came closest to the reference.
    """

    own: float
    reference: float
    workers: int


class TimingReport(Frozen):
    """What was measured. ``reason`` says why nothing was, ``notes`` what disturbed the measuring.

    ``samples`` holds every measured run in the order they were made, on which the verdicts rest. ``modelled`` is the
    speed-up that follows from them, or null where they are too few or too short to tell.
    """

    reason: str = ""
    samples: tuple[SampleReport, ...] = ()
    modelled: ModelledSpeed | None = None
    notes: tuple[str, ...] = ()
    speed: SpeedReport = SpeedReport()


class SandboxReport(Frozen):
    """Where the program ran: what the backend guarantees there, and each gap with its reason."""

    backend: str
    guarantees: tuple[str, ...]
    gaps: tuple[str, ...]


class MachineReport(Frozen):
    """The machine: ``cores`` usable by affinity, ``quota_cores`` the cgroup's CPU quota in cores or null."""

    system: str
    processor: str
    cores: int
    quota_cores: float | None
    python: str
    start_method: str
    load_1m: float | None


class Rescored(Frozen):
    """The checks were evaluated again later, from stored evidence, by this version of the grader."""

    at: Moment
    pargrade: str


class Grade(Frozen):
    """The whole result of grading one submission, schema ``pargrade/report/v1``.

    ``score`` is scaled to ``max_score``: checks that cannot tell or on which the grader broke do not
    count, and ``points_judged`` is the sum of the points that do. A grade that is ``not_graded`` has no
    score, never 0.
    """

    schema_: Annotated[Literal["pargrade/report/v1"], Field(alias="schema")] = "pargrade/report/v1"
    exercise: str
    exercise_title: str
    exercise_version: int
    submission: SubmissionInfo
    status: Status
    review_reasons: tuple[str, ...] = ()
    score: Points | None
    max_score: Points
    points_judged: Points
    checks: tuple[CheckResult, ...]
    run: RunsReport
    timing: TimingReport
    sandbox: SandboxReport
    machine: MachineReport
    versions: dict[str, str]
    seed: int
    graded_at: Moment
    rescored: Rescored | None = None
    """Null where it is judged as it was first. All else that tells of when and where is that of the run."""
