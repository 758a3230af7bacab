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
    ModelledSpeed,
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
from grader.model.measurement import Outcome, SampleReport, Who
from grader.model.result import CheckResult, EvidenceKind, Verdict
from grader.model.run import Ended, Guarantee, Guarantees, Observation, ProcessRecord, RunRequest, Sandbox
from grader.model.speed import (
    Breakdown,
    ChunkCurve,
    CurvePoint,
    MethodRun,
    Prediction,
    SpeedReport,
    TimePart,
    VariedRun,
    WallClock,
    WhatIf,
)
from grader.pipeline import Settings, Workbench, grade_submission
from grader.sandbox.practice import PracticeSandbox
from grader.timing.wall import Pairs, Place, wall_clock

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


def a_curve(own: int | None = 64, *, item_s: float = 1.7e-4, message_s: float = 2.4e-4, **changes: Any) -> ChunkCurve:
    """A chunk size curve as a pool of four workers on two cores gives it: 3,000 small items, each chunk a message."""
    items, cores = changes.get("items", 3000), 2
    serial_s = items * item_s
    usual = {size for size in (1, 4, 16, 64, 256, items // 4, items) if size <= items}
    sizes = sorted(usual | ({own} if own else set()))
    points = []
    for size in sizes:
        chunks = -(-items // size)
        took_s = 0.055 + max(serial_s / min(cores, chunks), chunks * message_s) + min(chunks, 3000) * message_s / 4
        runs = (round(took_s, 4), round(took_s * 1.06, 4), round(took_s * 0.98, 4))
        speeds = [serial_s / one for one in runs]
        points.append(
            CurvePoint(
                chunksize=size,
                chunks=chunks,
                seconds=runs,
                speedup=round(max(speeds), 3),
                low=round(min(speeds), 3),
                high=round(max(speeds), 3),
            )
        )
    best = max(point.speedup for point in points)
    near = [point.chunksize for point in points if point.speedup > 0.93 * best]
    fields: dict[str, Any] = {
        "inputs": "3,000 scenes of 1 kB",
        "items": items,
        "input_bytes": 3_100_000,
        "workers": 4,
        "cores": cores,
        "serial_s": (round(serial_s, 4), round(serial_s * 1.02, 4)),
        "points": tuple(points),
        "own": own,
        "best_from": min(near),
        "best_to": max(near),
        "message_s": message_s,
        "sentence": f"Chunk size 1 makes it {points[0].speedup:.1f} times as fast as the serial program; anything from "
        f"{min(near):,} to {max(near):,} makes it {best:.1f} times as fast.",
    }
    return ChunkCurve(**fields | changes)


def a_breakdown(computing_s: float = 0.58, **changes: Any) -> Breakdown:
    """Where the time of a run of four workers went; the parts add up."""
    parts = {"start-up": 0.09, "computing": computing_s, "messages": 0.02, "imbalance": 0.03, "serial rest": 0.03}
    parts |= changes.pop("parts", {})
    fields: dict[str, Any] = {
        "run": "plays",
        "wall_s": round(sum(parts.values()), 6),
        "workers": 4,
        "parts": tuple(TimePart(name=name, seconds=took_s) for name, took_s in parts.items()),
        "imbalance_ratio": 1.04,
    }
    return Breakdown(**fields | changes)


def a_what_if(own: int = 64, **changes: Any) -> WhatIf:
    """Predictions of a cost model: 3,000 items of 0.17 ms, 0.24 ms a chunk, 90 ms for starting, 30 ms alone."""

    def predicted(chunksize: int, workers: int) -> Prediction:
        chunks = -(-3000 // chunksize)
        rounds = -(-chunks // workers)
        took_s = 0.12 + max(rounds * chunksize * 1.7e-4 + rounds * 2e-5, chunks * 2.4e-4)
        return Prediction(chunksize=chunksize, workers=workers, predicted_s=round(took_s, 4))

    sizes = sorted({*(2**power for power in range(0, 12)), own, 3000})
    fields: dict[str, Any] = {
        "inputs": "3,000 scenes of 1 kB",
        "items": 3000,
        "start_s": 0.09,
        "rest_s": 0.03,
        "message_s": 2.4e-4,
        "by_chunksize": tuple(predicted(size, 4) for size in sizes),
        "by_workers": tuple(predicted(own, workers) for workers in (2, 4, 8, 16)),
        "checked": Prediction(chunksize=32, workers=4, predicted_s=0.254, measured_s=0.267),
        "error": 0.049,
        "sentence": f"With chunk size {own:,} on 16 workers and as many idle cores it would take about "
        f"{predicted(own, 16).predicted_s:.2f} s, in place of {predicted(own, 2).predicted_s:.2f} s on 2.",
    }
    return WhatIf(**fields | changes)


def a_wall_clock(*ratios: float, place: Place | None = None) -> WallClock:
    """Pairs of runs in which the serial program took 0.42 s, and so many times as long as the program."""
    pairs = Pairs(
        [round(0.42 / ratio, 4) for ratio in ratios or (1.58, 1.63, 1.55)], [0.42] * (len(ratios) or 3), [0.06]
    )
    on_plays = Place("38 files of 60 kB, half of each play", workers=4, cores=2.0, attainable=(1.93, 1.95))
    found = wall_clock(pairs, place or on_plays)
    if found is None:
        raise ValueError("there is at least one pair")
    return found


def a_speed_report(own: int = 64, **changes: Any) -> SpeedReport:
    """Everything that is measured of the speed of a program that works, with its own chunk size."""
    plays = a_curve(
        38 if own == 3000 else min(own, 2),
        items=38,
        item_s=0.013,
        message_s=3e-4,
        inputs="38 files of 60 kB, half of each play",
    )
    varied = {
        "as it is": "39 files of about the same size.",
        "again 1": "The same files once more.",
        "other order": "The same files in another order.",
        "one huge file": "Half of all text in the first file, the rest in small ones.",
        "empty files": "5 empty files among the others.",
        "doubled": "Every file holds its text twice.",
    }
    fields: dict[str, Any] = {
        "wall": a_wall_clock(),
        "curves": (a_curve(own), plays),
        "breakdown": a_breakdown(),
        "what_if": a_what_if(own),
        "start_methods": tuple(
            MethodRun(start_method=name, outcome="right", wall_s=took_s)
            for name, took_s in (("fork", 0.09), ("forkserver", 0.22), ("spawn", 0.26))
        ),
        "varied": tuple(VariedRun(name=name, what=what, outcome="right") for name, what in varied.items()),
    }
    return SpeedReport(**fields | changes)


def a_sample(who: Who = Who.SUBMISSION, number: int = 1, **changes: Any) -> SampleReport:
    """One measured run of four workers that gave the right result."""
    fields: dict[str, Any] = {
        "who": who,
        "round": number,
        "items": 76,
        "input_bytes": 10_600_000,
        "scale": 1.0,
        "outcome": Outcome.RIGHT,
        "wall_s": 0.62,
        "cpu_s": 1.18,
        "main_cpu_s": 0.05,
        "workers_cpu_s": (0.27, 0.26, 0.28, 0.25),
    }
    return SampleReport(**fields | changes)


def a_timing(**changes: Any) -> TimingReport:
    """What was measured of a program that is nearly as fast as the reference, in one round."""
    fields: dict[str, Any] = {
        "samples": (a_sample(), a_sample(Who.REFERENCE, main_cpu_s=0.04, wall_s=0.58, cpu_s=1.12)),
        "modelled": ModelledSpeed(own=3.3, reference=3.4, workers=4),
    }
    return TimingReport(**fields | changes)


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
