"""What was observed, put into the form that is kept in the report."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from grader.checks.effort import base_cost_s, effort_in, reference_base_s, role_of
from grader.checks.speed import best_speed
from grader.model.evidence import Evidence, ObservedRun
from grader.model.grade import (
    ChunkReport,
    MapReport,
    ModelledSpeed,
    ProcessReport,
    RunReport,
    RunsReport,
    SandboxReport,
    SentMapReport,
    StretchReport,
    SubmissionInfo,
    TimingReport,
    WireReport,
)
from grader.model.measurement import SampleReport, Who
from grader.model.run import Guarantees
from grader.model.speed import SpeedReport
from grader.model.submission import Submission
from grader.model.trace import ChunkDone, MapCalled
from grader.model.wire import Wire

MOST_MAPS, MOST_CHUNKS, MOST_PROCESSES = 50, 400, 1000
"""Map calls and processes of a run, and chunks of a map call, that are kept in the report; the others are counted.

Of more chunks, all are summed up in slices of time as well.
"""
SLICES = 80
"""Slices of time in which very many chunks are summed up."""
MOST_SENT_MAPS = 100
STDOUT_BYTES = 64 << 10
STDERR_BYTES = 8 << 10
# In two steps, each of which reads its text once: output of nothing but slashes must not take minutes.
_PATH = re.compile(r"/[^\s\"':;,()]*+")
_WORK_FOLDER = re.compile(r"\A.*?pargrade-[a-z0-9_]++/work/")


def submission_info(submission: Submission) -> SubmissionInfo:
    """Name, digest and kind of what was graded."""
    return SubmissionInfo(
        name=submission.name, sha256=submission.sha256, kind=submission.kind.value, notes=submission.notes
    )


def sandbox_report(guarantees: Guarantees) -> SandboxReport:
    """What the sandbox promised and what not."""
    return SandboxReport(
        backend=guarantees.backend,
        guarantees=tuple(guarantee.value for guarantee in guarantees.given),
        gaps=tuple(f"{guarantee.value}: {reason}" for guarantee, reason in guarantees.gaps.items()),
    )


def runs_report(evidence: Evidence) -> RunsReport:
    """All runs in the order they were made."""
    return RunsReport(runs=tuple(_run_report(run) for run in evidence.runs.values()))


def timing_report(evidence: Evidence, speed: SpeedReport) -> TimingReport:
    """Every measured run, with the work of each process."""
    base_s = {Who.SUBMISSION: base_cost_s(evidence), Who.REFERENCE: reference_base_s(evidence)}
    samples = []
    for sample in evidence.measurement.samples:
        effort = effort_in(sample.observation, base_s[sample.who])
        samples.append(
            SampleReport(
                who=sample.who,
                round=sample.round,
                items=sample.items,
                input_bytes=sample.input_bytes,
                scale=sample.scale,
                outcome=sample.outcome,
                wall_s=sample.observation.wall_s,
                cpu_s=sample.observation.cpu_s,
                main_cpu_s=effort.main_s,
                workers_cpu_s=effort.workers_s,
            )
        )
    found = evidence.measurement
    return TimingReport(
        reason=found.reason, samples=tuple(samples), modelled=_modelled(evidence), notes=found.notes, speed=speed
    )


def _modelled(evidence: Evidence) -> ModelledSpeed | None:
    best = best_speed(evidence)
    if best is None:
        return None
    return ModelledSpeed(own=best.own, reference=best.reference, workers=best.workers)  # rounded once, where shown


def _run_report(run: ObservedRun) -> RunReport:
    seen = run.observation
    return RunReport(
        name=run.spec.name,
        mode=run.spec.mode,
        args=run.args,
        input_files=len(run.inputs.files),
        input_bytes=sum(map(len, run.inputs.files.values())),
        ended=seen.ended.value,
        exit_code=seen.exit_code,
        signal=seen.signal,
        wall_s=seen.wall_s,
        cpu_s=seen.cpu_s,
        peak_bytes=seen.peak_bytes,
        survivors=seen.survivors,
        start_method=run.trace.hello.start_method if run.trace.hello else "",
        stdout=readable(seen.stdout[:STDOUT_BYTES]),
        stderr=readable(seen.stderr[-STDERR_BYTES:]),
        maps=tuple(_map_report(run, call) for call in run.trace.maps[:MOST_MAPS]),
        maps_left_out=max(0, len(run.trace.maps) - MOST_MAPS),
        processes=tuple(
            ProcessReport(
                pid=process.pid,
                parent_pid=process.ppid,
                role=role_of(process, seen),
                cpu_s=process.cpu_s,
                first_seen_s=process.first_seen_s,
                last_seen_s=process.last_seen_s,
            )
            for process in seen.processes[:MOST_PROCESSES]
        ),
        processes_left_out=max(0, len(seen.processes) - MOST_PROCESSES),
        claims_rejected=run.trace.rejected,
        wire=None if seen.wire is None else _wire_report(seen.wire),
    )


def _wire_report(wire: Wire) -> WireReport:
    return WireReport(
        maps=tuple(
            SentMapReport(
                method=sent.method,
                function=sent.function,
                items=sent.items if sent.is_counted else None,
                chunks=len(sent.chunks),
                largest_chunk=max(sent.chunks, default=0),
                answered=sent.answered,
                items_by_worker=dict(sent.items_by_worker),
            )
            for sent in wire.maps[:MOST_SENT_MAPS]
        ),
        maps_left_out=max(0, len(wire.maps) - MOST_SENT_MAPS),
        messages=wire.messages,
        bytes=wire.bytes,
        unreadable=wire.unreadable,
        cut=wire.cut,
        reason=wire.reason,
    )


def _map_report(run: ObservedRun, call: MapCalled) -> MapReport:
    pool = run.trace.pool_of(call)
    chunks = run.trace.chunks_of(call.call)
    first = next((e.at for e in run.trace.consumed if e.call == call.call and e.what == "first"), None)
    return MapReport(
        function=call.function,
        method=call.method,
        kind=call.kind,
        items=call.items,
        chunks=call.chunks,
        chunksize=call.chunksize,
        explicit=call.explicit,
        workers=pool.workers if pool else 0,
        start_method=pool.start_method if pool else "",
        line=call.line,
        submitted_s=call.at,
        first_consumed_s=first,
        chunk_list=tuple(
            ChunkReport(
                index=chunk.index,
                first=chunk.first,
                count=chunk.count,
                pid=chunk.pid,
                start_s=chunk.start,
                end_s=chunk.end,
                cpu_s=chunk.cpu_s,
                error=chunk.error,
            )
            for chunk in chunks[:MOST_CHUNKS]
        ),
        chunks_left_out=max(0, call.chunks - MOST_CHUNKS),
        stretches=summed_up(chunks) if len(chunks) > MOST_CHUNKS else (),
    )


def summed_up(chunks: Sequence[ChunkDone]) -> tuple[StretchReport, ...]:
    """What each worker did in each of the slices of time from the first chunk to the last; idle slices are left out.

    A chunk longer than a slice is spread over all that it touches, and counted in the one in which it ends.
    """
    start = min(chunk.start for chunk in chunks)
    width = max(max(chunk.end for chunk in chunks) - start, 1e-6) / SLICES
    busy: dict[tuple[int, int], float] = defaultdict(float)
    ended: Counter[tuple[int, int]] = Counter()
    items: Counter[tuple[int, int]] = Counter()
    for chunk in chunks:
        first, last = (min(SLICES - 1, int((at - start) / width)) for at in (chunk.start, max(chunk.start, chunk.end)))
        for slot in range(first, last + 1):
            inside = min(chunk.end, start + (slot + 1) * width) - max(chunk.start, start + slot * width)
            busy[chunk.pid, slot] += max(0.0, inside)
        ended[chunk.pid, last] += 1
        items[chunk.pid, last] += chunk.count
    return tuple(
        StretchReport(
            pid=pid,
            start_s=round(start + slot * width, 6),
            end_s=round(start + (slot + 1) * width, 6),
            busy_s=round(min(busy[pid, slot], width), 6),
            chunks=ended[pid, slot],
            items=items[pid, slot],
        )
        for pid, slot in sorted(busy)
    )


def readable(output: bytes) -> str:
    """Output as text, with the run's own folder left out of the paths."""
    return _PATH.sub(lambda path: _WORK_FOLDER.sub("", path[0]), output.decode("utf-8", "replace"))
