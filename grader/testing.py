"""Builders for tests: a whole, valid value with sensible defaults, of which a test names only what matters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from grader.model.grade import (
    ChunkReport,
    Grade,
    MachineReport,
    MapReport,
    ProcessReport,
    RunReport,
    RunsReport,
    SandboxReport,
    Status,
    SubmissionInfo,
    TimingReport,
)
from grader.model.result import CheckResult, EvidenceKind, Verdict
from grader.model.run import Ended, Guarantee

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
    main = ProcessReport(
        pid=4711, parent_pid=4700, role="main", cpu_s=0.11, first_seen_s=0.0, last_seen_s=wall_s
    )
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
