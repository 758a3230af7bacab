"""Evidence for tests of the checks: whole and valid, a test names only what matters to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from grader.checks import CHECKS
from grader.model.answers import Answer, Said
from grader.model.evidence import Evidence, ObservedRun
from grader.model.exercise import CheckSpec, Exercise, ExerciseSpec, Inputs, Question, RunSpec
from grader.model.facts import CallFact, ChunkSizeSource, FunctionKind, Place, PoolKind, SourceFacts
from grader.model.result import Finding
from grader.model.run import Ended, Observation, ProcessRecord
from grader.model.submission import Submission, SubmissionKind
from grader.model.trace import (
    ChunkDone,
    Consumed,
    Hello,
    Imported,
    MapCalled,
    PoolMade,
    Raised,
    Submitted,
    Trace,
)

MAIN = 100
HARNESS_COMMAND = "/usr/bin/python -I pargrade_run.py {}"
SPAWNED_COMMAND = "/usr/bin/python -c from multiprocessing.spawn import spawn_main --multiprocessing-fork"
FORKSERVER_COMMAND = "/usr/bin/python -c from multiprocessing.forkserver import main"
TRACKER_COMMAND = "/usr/bin/python -c from multiprocessing.resource_tracker import main"

SOURCE = "".join(f"line_{number} = {number}\n" for number in range(1, 61))


# -- the program and the exercise ----------------------------------------------------------------


def a_submission(source: str = SOURCE, **changes: Any) -> Submission:
    fields: dict[str, Any] = {
        "name": "my_script.py",
        "kind": SubmissionKind.SCRIPT,
        "sha256": "ab" * 32,
        "program": source.encode(),
        "source": source,
    }
    return Submission(**fields | changes)


def a_spec(check_id: str = "a-check", kind: str | None = None, **changes: Any) -> CheckSpec:
    fields: dict[str, Any] = {
        "id": check_id,
        "kind": kind or check_id,
        "title": f"Title of {check_id}",
        "topic": "A topic",
        "points": Decimal(1),
    }
    return CheckSpec(**fields | changes)


def an_exercise(*checks: CheckSpec, **changes: Any) -> Exercise:
    fields: dict[str, Any] = {
        "schema": "pargrade/exercise/v1",
        "id": "word_count",
        "version": 1,
        "title": "Count",
        "summary": "Count words.",
        "script_name": "countwords.py",
        "names": ("count_words",),
        "workers": 4,
        "runs": (RunSpec(name="given", mode="script"),),
        "checks": checks or (a_spec("runs"),),
    }
    return Exercise(ExerciseSpec(**fields | changes), Path("/nowhere"))


def a_call_fact(**changes: Any) -> CallFact:
    fields: dict[str, Any] = {
        "method": "map",
        "pool": PoolKind.PROCESS,
        "function": "count_words",
        "function_kind": FunctionKind.NAMED,
        "chunksize": ChunkSizeSource.CONSTANT,
        "place": Place(line=12, column=4),
    }
    return CallFact(**fields | changes)


# -- what the harness told -----------------------------------------------------------------------


def hello(start_method: str = "fork") -> Hello:
    return Hello(type="hello", python="3.13.1", start_method=start_method, pid=MAIN, at=0.0)


def pool(number: int = 1, workers: int = 4, kind: str = "process", start_method: str = "fork") -> PoolMade:
    return PoolMade(
        type="pool", pool=number, kind=kind, workers=workers, start_method=start_method, line=11, column=9, at=0.1
    )


def a_map(call: int = 1, items: int = 38, chunksize: int = 2, **changes: Any) -> MapCalled:
    fields: dict[str, Any] = {
        "type": "map",
        "call": call,
        "pool": 1,
        "kind": "process",
        "method": "map",
        "function": "count_words",
        "module": "__main__",
        "items": items,
        "chunks": -(-items // chunksize),
        "chunksize": chunksize,
        "explicit": True,
        "line": 12,
        "column": 4,
        "at": 0.2,
    }
    return MapCalled(**fields | changes)


def chunks(call: int = 1, count: int = 4, cpu_s: float = 0.05, pids: Sequence[int] = (101, 102), error: str = ""):
    return tuple(
        ChunkDone(
            type="chunk",
            call=call,
            index=index,
            first=2 * index,
            count=2,
            pid=0 if error else pids[index % len(pids)],
            start=0.3,
            end=0.4,
            cpu_s=cpu_s,
            error=error,
        )
        for index in range(count)
    )


def consumed(call: int = 1, at: float = 1.0, what: str = "first") -> Consumed:
    return Consumed(type="consumed", call=call, what=what, at=at)


def submitted(count: int = 38, kind: str = "process", method: str = "submit") -> Submitted:
    return Submitted(
        type="submit",
        pool=1,
        kind=kind,
        method=method,
        function="count_words",
        count=count,
        line=12,
        column=4,
        at=0.2,
    )


def raised(error: str, message: str = "", lines: Sequence[int] = (12,), remote: str = "") -> Raised:
    return Raised(
        type="error",
        error=error,
        message=message,
        frames=[{"line": line, "function": "f"} for line in lines],
        remote=remote,
        at=0.5,
    )


def imported(at: float = 0.1, cpu_s: float = 0.05) -> Imported:
    return Imported(type="imported", cpu_s=cpu_s, at=at)


def an_answer(question: int = 0, value: object = None, said: Said = Said.VALUE, text: str = "") -> Answer:
    return Answer(question, said, value, text, 0.01)


# -- what the operating system saw ---------------------------------------------------------------


def forked(main_s: float, *workers_s: float) -> tuple[ProcessRecord, ...]:
    """A main process and workers forked from it, which have its command line."""
    main = ProcessRecord(MAIN, 1, main_s, 0.0, 1.0, HARNESS_COMMAND)
    return main, *(
        ProcessRecord(MAIN + number, MAIN, cpu_s, 0.1, 0.9, HARNESS_COMMAND)
        for number, cpu_s in enumerate(workers_s, start=1)
    )


def a_tracker(pid: int, cpu_s: float) -> ProcessRecord:
    """A process with the command line of a resource tracker."""
    return ProcessRecord(pid, MAIN, cpu_s, 0.1, 1.0, TRACKER_COMMAND)


def spawned(main_s: float, *workers_s: float) -> tuple[ProcessRecord, ...]:
    """A main process, the resource tracker, and workers with interpreters of their own."""
    main = ProcessRecord(MAIN, 1, main_s, 0.0, 1.0, HARNESS_COMMAND)
    tracker = a_tracker(199, 0.03)
    return (
        main,
        tracker,
        *(
            ProcessRecord(MAIN + number, MAIN, cpu_s, 0.1, 0.9, f"{SPAWNED_COMMAND} {number}")
            for number, cpu_s in enumerate(workers_s, start=1)
        ),
    )


def served(main_s: float, server_s: float, *workers_s: float) -> tuple[ProcessRecord, ...]:
    """A main process, the resource tracker, the forkserver, and workers forked from that."""
    main = ProcessRecord(MAIN, 1, main_s, 0.0, 1.0, HARNESS_COMMAND)
    tracker = a_tracker(199, 0.03)
    server = ProcessRecord(198, MAIN, server_s, 0.1, 1.0, FORKSERVER_COMMAND)
    return (
        main,
        tracker,
        server,
        *(
            ProcessRecord(MAIN + number, 198, cpu_s, 0.2, 0.9, FORKSERVER_COMMAND)
            for number, cpu_s in enumerate(workers_s, start=1)
        ),
    )


def an_observation(stdout: str = "", **changes: Any) -> Observation:
    """A run that ended well, of a main process and four busy workers."""
    fields: dict[str, Any] = {
        "ended": Ended.EXITED,
        "exit_code": 0,
        "signal": None,
        "wall_s": 1.0,
        "cpu_s": 1.0,
        "peak_bytes": 40 << 20,
        "main_pid": MAIN,
        "processes": forked(0.1, 0.3, 0.3, 0.3, 0.3),
        "survivors": 0,
        "stdout": stdout.encode(),
        "stderr": b"",
    }
    return Observation(**fields | changes)


def a_run(
    stdout: str = "",
    *,
    name: str = "given",
    mode: str = "script",
    trace: Trace | None = None,
    counts: Mapping[str, int] | None = None,
    questions: tuple[Question, ...] = (),
    **observation: Any,
) -> ObservedRun:
    """A run as a script that ended well; other keywords change what was observed."""
    inputs = Inputs(files={"a.txt": b"words"}, counts=counts or {}, questions=questions)
    return ObservedRun(
        RunSpec(name=name, mode=mode), inputs, (), an_observation(stdout, **observation), trace or Trace()
    )


def an_import(cpu_s: float = 0.05, trace: Trace | None = None, **observation: Any) -> ObservedRun:
    """An import of the program that ended well and started nothing."""
    fields = {"processes": forked(cpu_s)} | observation
    return a_run(name="imported", mode="import", trace=trace or Trace(imported=imported(cpu_s=cpu_s)), **fields)


def broke_off(**changes: Any) -> dict[str, Any]:
    """What is observed of a run that ended with an exception."""
    return {"exit_code": 1} | changes


def evidence_of(
    *runs: ObservedRun,
    facts: SourceFacts | None = None,
    submission: Submission | None = None,
    exercise: Exercise | None = None,
    exact: bool = False,
) -> Evidence:
    return Evidence(
        exercise or an_exercise(),
        submission or a_submission(),
        facts or SourceFacts(),
        {run.spec.name: run for run in runs},
        exact,
    )


# -- judging -------------------------------------------------------------------------------------


def judge(kind: str, evidence: Evidence, **params: Any) -> Finding | None:
    """What a check says, or None when it has no evidence."""
    check = CHECKS.get(kind)
    return check(a_spec(kind, params=params), check.params_model.model_validate(params)).evaluate(evidence)


def verdict_and_cause(finding: Finding | None) -> tuple[str, str]:
    assert finding is not None
    return finding.verdict.value, finding.cause
