"""Builders for tests: whole, valid values with sensible defaults; a test names only what matters to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks import CHECKS
from grader.loading import load
from grader.model.grade import (
    ChunkReport,
    Grade,
    MachineReport,
    MapReport,
    ProcessReport,
    RunReport,
    RunsReport,
    SandboxReport,
    SentMapReport,
    Status,
    SubmissionInfo,
    TimingReport,
    WireReport,
)
from grader.model.result import CheckResult, EvidenceKind, Verdict
from grader.model.run import Ended, Guarantee, Guarantees, Observation, ProcessRecord, RunRequest, Sandbox
from grader.pipeline import Settings, Workbench, grade_submission
from grader.sandbox.practice import PracticeSandbox

NOT_COUNTED = (Verdict.INCONCLUSIVE, Verdict.ERRORED)


def a_check(check_id: str = "counts", verdict: Verdict = Verdict.PASSED, **changes: Any) -> CheckResult:
    """One check worth a point: all of it when passed, half when partial, else none."""
    most = Decimal(changes.get("max_points", 1))
    share = {Verdict.PASSED: Decimal(1), Verdict.PARTIAL: Decimal("0.5")}.get(verdict, Decimal(0))
    fields: dict[str, Any] = {
        "id": check_id,
        "title": "The printed counts are right",
        "topic": "The word count",
        "verdict": verdict,
        "points": most * share,
        "max_points": most,
        "headline": "Every word was counted right.",
        "evidence": EvidenceKind.ANSWERS,
    }
    return CheckResult(**fields | changes)


def chunks_of(
    items: int, chunksize: int, pids: Sequence[int], *, start_s: float = 0.1, item_s: float = 0.02
) -> tuple[ChunkReport, ...]:
    """The chunks of a map call as a pool works them off: each goes to the worker that is free first.

    Items take between ``item_s`` and twice as long, the same in every call.
    """
    free_at = dict.fromkeys(pids, start_s)
    chunks = []
    for index, first in enumerate(range(0, items, chunksize)):
        count = min(chunksize, items - first)
        pid = min(free_at, key=lambda pid: free_at[pid])
        took_s = sum(item_s * (1 + (item * 7 % 5) / 4) for item in range(first, first + count))
        begun_s, free_at[pid] = free_at[pid], free_at[pid] + took_s
        chunks.append(
            ChunkReport(
                index=index,
                first=first,
                count=count,
                pid=pid,
                start_s=round(begun_s, 6),
                end_s=round(begun_s + took_s, 6),
                cpu_s=round(took_s * 0.96, 6),
            )
        )
    return tuple(chunks)


def a_map(chunk_list: tuple[ChunkReport, ...] = (), **changes: Any) -> MapReport:
    """One map call that did these chunks; without any, one of 38 items in 19 chunks on two workers."""
    chunk_list = chunk_list or chunks_of(38, 2, (4712, 4713))
    fields: dict[str, Any] = {
        "function": "count_words",
        "method": "map",
        "kind": "process",
        "items": sum(chunk.count for chunk in chunk_list),
        "chunks": len(chunk_list),
        "chunksize": chunk_list[0].count,
        "explicit": True,
        "workers": len({chunk.pid for chunk in chunk_list}),
        "start_method": "forkserver",
        "line": 48,
        "submitted_s": 0.06,
        "first_consumed_s": min(chunk.end_s for chunk in chunk_list),
        "chunk_list": chunk_list,
    }
    return MapReport(**fields | changes)


def a_run(maps: tuple[MapReport, ...] = (), **changes: Any) -> RunReport:
    """One run of a script on the 38 plays that ended well, with the processes its map calls name."""
    done = [chunk for call in maps for chunk in call.chunk_list]
    wall_s = round(max((chunk.end_s for chunk in done), default=0.05) + 0.03, 3)
    pids = dict.fromkeys(chunk.pid for chunk in done)
    main = ProcessReport(pid=4711, parent_pid=4700, role="main", cpu_s=0.11, first_seen_s=0.0, last_seen_s=wall_s)
    workers = tuple(
        ProcessReport(
            pid=pid,
            parent_pid=4711,
            role="worker",
            cpu_s=round(sum(chunk.cpu_s for chunk in done if chunk.pid == pid) + 0.02, 3),
            first_seen_s=0.05,
            last_seen_s=wall_s - 0.01,
        )
        for pid in pids
    )
    fields: dict[str, Any] = {
        "name": "plays",
        "mode": "script",
        "args": tuple(f"shakespeare/play{number:02}.txt" for number in range(1, 39)),
        "input_files": 38,
        "input_bytes": 5_300_000,
        "ended": Ended.EXITED,
        "exit_code": 0,
        "signal": None,
        "wall_s": wall_s,
        "cpu_s": round(main.cpu_s + sum(worker.cpu_s for worker in workers), 3),
        "peak_bytes": 148_000_000,
        "survivors": 0,
        "start_method": "forkserver",
        "stdout": "",
        "stderr": "",
        "maps": maps,
        "processes": (main, *workers),
    }
    return RunReport(**fields | changes)


def a_wire(calls: Sequence[MapReport], **changes: Any) -> WireReport:
    """What is read of the pools' queues when these map calls are made."""
    sent = tuple(
        SentMapReport(
            method="map",
            function=call.function,
            items=call.items,
            chunks=call.chunks,
            largest_chunk=call.chunksize,
            answered=call.chunks,
            items_by_worker={
                pid: sum(chunk.count for chunk in call.chunk_list if chunk.pid == pid)
                for pid in dict.fromkeys(chunk.pid for chunk in call.chunk_list)
            },
        )
        for call in calls
    )
    messages = 2 * sum(call.chunks for call in calls)
    return WireReport(**{"maps": sent, "messages": messages, "bytes": 300 * messages} | changes)


def a_grade(checks: Sequence[CheckResult] = (), runs: Sequence[RunReport] = (), **changes: Any) -> Grade:
    """A grade of these checks, or of one that passed, scored as the points of the checks say."""
    checks = tuple(checks) or (a_check(),)
    most = sum((check.max_points for check in checks), Decimal(0))
    judged = sum((check.max_points for check in checks if check.verdict not in NOT_COUNTED), Decimal(0))
    earned = sum((check.points for check in checks if check.verdict not in NOT_COUNTED), Decimal(0))
    broke = any(check.verdict is Verdict.ERRORED for check in checks)
    fields: dict[str, Any] = {
        "exercise": "word_count",
        "exercise_title": "Count the words of all plays",
        "exercise_version": 1,
        "submission": SubmissionInfo(name="my_script.py", sha256="9f2c" * 16, kind="script"),
        "status": Status.NEEDS_REVIEW if broke else Status.GRADED,
        "score": round(earned * most / judged, 2) if judged else None,
        "max_score": most,
        "points_judged": judged,
        "checks": checks,
        "run": RunsReport(runs=tuple(runs)),
        "timing": TimingReport(),
        "sandbox": SandboxReport(backend="landlock", guarantees=tuple(Guarantee), gaps=()),
        "machine": MachineReport(
            system="Linux 6.12",
            processor="AMD EPYC 7763",
            cores=4,
            quota_cores=None,
            python="3.13.1",
            start_method="forkserver",
            load_1m=0.42,
        ),
        "versions": {"pargrade": "0.1.0", "pydantic": "2.11.7"},
        "seed": 7316021984,
        "graded_at": datetime(2026, 1, 31, 12, tzinfo=UTC),
    }
    return Grade(**fields | changes)


def grade_file(
    path: Path,
    exercise: str | None = None,
    start_method: str | None = None,
    quick: bool = True,
    sandbox: Sandbox | None = None,
    seed: int = 20_260_131,
) -> Grade:
    """Grade a file with the bundled exercises, as the command line would."""
    bench = Workbench(
        catalog=Catalog(bundled("exercises"), CHECKS),
        checks=CHECKS,
        sandbox=sandbox or PracticeSandbox(),
        now=lambda: datetime.now(UTC),
    )
    return grade_submission(load(path), Settings(seed, quick, exercise, start_method), bench)


class FakeSandbox:
    """A sandbox that runs nothing: it answers each request with what it was told for the request's label.

    Requests are kept in ``requests``. An unknown label ends as an empty, successful run.
    """

    def __init__(self, answers: Mapping[str, Observation] | None = None) -> None:
        self.answers = dict(answers or {})
        self.requests: list[RunRequest] = []

    def run(self, request: RunRequest) -> Observation:
        """The answer for this request's label."""
        self.requests.append(request)
        return self.answers.get(request.label, an_observation())

    def guarantees(self) -> Guarantees:
        """Everything: nothing runs here."""
        return Guarantees("fake", tuple(Guarantee), {})


def an_observation(**changes: Any) -> Observation:
    """A run that ended by itself, with exit code 0 and without output."""
    fields: dict[str, Any] = {
        "ended": Ended.EXITED,
        "exit_code": 0,
        "signal": None,
        "wall_s": 0.5,
        "cpu_s": 0.8,
        "peak_bytes": 40 << 20,
        "main_pid": 100,
        "processes": (ProcessRecord(100, 1, 0.1, 0.0, 0.5),),
        "survivors": 0,
        "stdout": b"",
        "stderr": b"",
    }
    return Observation(**fields | changes)
