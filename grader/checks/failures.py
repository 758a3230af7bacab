"""Why a run did not end well: each cause by name, with its own words. Exceptions have their own module."""

from __future__ import annotations

import signal

from grader.checks.base import failed
from grader.checks.crashes import explain_error, waits_for_input
from grader.checks.places import at, locate
from grader.model.evidence import Evidence, ObservedRun
from grader.model.result import EvidenceKind, Finding
from grader.model.run import Ended


def explain_fault(evidence: Evidence) -> Finding | None:
    """Why the file as handed in cannot be run at all, or None when it can."""
    fault = evidence.submission.fault
    if fault is not None:
        return failed(fault.cause, fault.headline, fault.detail, fault.hint, evidence=EvidenceKind.SOURCE)
    facts = evidence.facts
    if facts.syntax_fault is not None:
        place = facts.syntax_fault.place
        location = locate(evidence.submission, place.line, place.column)
        return failed(
            "syntax-error",
            f"Python cannot read the program: {facts.syntax_fault.message}.",
            "A file with a syntax error is not started at all, so nothing else could be judged.",
            "Look at the marked place and at the line above it: an open bracket or a missing colon often sits there.",
            location,
            EvidenceKind.SOURCE,
        )
    return None


def explain_run(evidence: Evidence, run: ObservedRun) -> Finding | None:
    """Why this run failed, or None when it ended well."""
    seen = run.observation
    if seen.ended is not Ended.EXITED:
        return _stopped(evidence, run)
    if seen.exit_code == 0:
        return _left_workers(run)
    if _cannot_compile(evidence, run):
        return _too_hard_to_read(evidence)
    if run.trace.errors:
        return explain_error(evidence, run, run.trace.errors[-1])
    return failed(
        "exit-code",
        f"The program ended with exit code {seen.exit_code}; 0 says that all went well.",
        "Other programs, and the shell, take any other number for a failure.",
        "Look for a `sys.exit(...)` or `os._exit(...)` with a number other than 0.",
    )


def _cannot_compile(evidence: Evidence, run: ObservedRun) -> bool:
    """Python itself gave up on a source that the scanner could not read either."""
    gave_up = ("SyntaxError", "RecursionError", "MemoryError")
    told = run.trace.errors
    return bool(evidence.facts.unreadable) and (not told or any(error.error in gave_up for error in told))


def _too_hard_to_read(evidence: Evidence) -> Finding:
    return failed(
        "unreadable-source",
        "Python cannot read the program.",
        evidence.facts.unreadable,
        "Look for brackets or expressions that are nested very deeply, and write them in steps.",
        evidence=EvidenceKind.SOURCE,
    )


def _stopped(evidence: Evidence, run: ObservedRun) -> Finding:
    """The run was ended from outside or by a signal."""
    seen = run.observation
    limits = run.spec.limits or evidence.exercise.spec.limits
    match seen.ended:
        case Ended.TIMED_OUT:
            return _timed_out(evidence, run)
        case Ended.CPU_LIMIT:
            return failed(
                "cpu-limit",
                f"The program was stopped after {limits.cpu_s:.0f} seconds of CPU time in all its processes.",
                "The course's program needs a small part of that.",
                "Is there a loop that never ends, or work that every worker repeats?",
            )
        case Ended.OUT_OF_MEMORY:
            return failed(
                "out-of-memory",
                f"The program was stopped when its processes held more than {limits.memory_mib} MiB of memory.",
                "All processes count together; each worker has its own copy of what it changes.",
                "Return small results from the workers, and do not keep whole files in lists.",
            )
        case Ended.TOO_MUCH_OUTPUT:
            return failed(
                "too-much-output",
                f"The program was stopped when it had printed more than {limits.output_kib} KiB.",
                "What the exercise asks for is a few kilobytes.",
                "Is a `print` left inside a loop, or does every worker print what only the main process should?",
            )
        case Ended.TOO_MANY_PROCESSES:
            return _too_many_processes(evidence, run, limits.processes)
        case Ended.TOO_MUCH_DISK:
            return failed(
                "too-much-disk",
                "The program was stopped when it had filled its disk space.",
                "The exercise needs no files besides those it is given.",
                "Look for files that are written in a loop.",
            )
        case _:
            name = _signal_name(seen.signal)
            return failed(
                "signalled",
                f"The program was ended by the signal {name}.",
                "A signal ends a program at once: it crashed inside an extension, or something killed it.",
                "Run it by itself with `python -X faulthandler` to see where.",
            )


def _too_many_processes(evidence: Evidence, run: ObservedRun, most: int) -> Finding:
    """A pool that is too large, or a main guard that is missing."""
    largest = max(run.trace.pools, key=lambda pool: pool.workers, default=None)
    if largest is not None and largest.workers >= most:
        return failed(
            "too-many-processes",
            f"A pool of {largest.workers:,} workers was asked for, and the program was stopped when it had more than "
            f"{most} processes at once.",
            "Workers beyond the number of processor cores take turns, so they make nothing faster, and each takes time "
            "to start and memory.",
            f"The exercise is graded with {evidence.exercise.spec.workers} workers.",
            locate(evidence.submission, largest.line, largest.column),
        )
    headline = f"The program was stopped when it had more than {most} processes at once."
    if evidence.facts.work_at_import:
        return failed(
            "too-many-processes",
            headline,
            "Each worker that imports the script starts new workers when the main guard is missing.",
            "Start the pool below `if __name__ == '__main__':`, and once only.",
            at(evidence, evidence.facts.work_at_import[0].place),
        )
    return failed(
        "too-many-processes",
        headline,
        "Each process takes time to start and memory.",
        "Is a pool made, or a process started, inside a loop or in each worker? One pool is enough.",
    )


def _timed_out(evidence: Evidence, run: ObservedRun) -> Finding:
    seen = run.observation
    facts = evidence.facts
    limits = run.spec.limits or evidence.exercise.spec.limits
    idle = seen.cpu_s < 0.2 * seen.wall_s
    if idle and facts.input_calls:
        return waits_for_input(evidence)
    if facts.managers and seen.cpu_s < seen.wall_s:
        return failed(
            "timeout",
            f"The program did not end: it was stopped after {limits.wall_s:.0f} seconds.",
            "What a `Manager` holds lives in a process of its own. Each reading of it, each writing and each lock is a "
            "message there and one back, and all workers wait for them in turn.",
            "Let each worker count in a dictionary of its own, and return it when it is done.",
            at(evidence, facts.managers[0]),
        )
    doing = (
        f"It was waiting nearly all the time: only {seen.cpu_s:.1f} seconds of CPU time were used."
        if idle
        else f"It was computing: {seen.cpu_s:.1f} seconds of CPU time were used."
    )
    hint = (
        "Does a process wait for a result, a lock or a queue that no other process will ever serve?"
        if idle
        else "Is there a loop whose condition never becomes false?"
    )
    queued_s = sum(process.queued_s or 0.0 for process in seen.processes)
    if idle and queued_s > max(seen.cpu_s, 0.25 * seen.wall_s):
        doing = (
            f"It computed for {seen.cpu_s:.1f} seconds, and its processes waited {queued_s:.0f} seconds for a free "
            "processor core: the machine was busy."
        )
        hint = "Grade it again when the machine is quiet."
    return failed("timeout", f"The program did not end: it was stopped after {limits.wall_s:.0f} seconds.", doing, hint)


def _left_workers(run: ObservedRun) -> Finding | None:
    left = run.observation.survivors
    if left == 0:
        return None
    what = "one of its processes was" if left == 1 else f"{left} of its processes were"
    return failed(
        "workers-left",
        f"The program ended, but {what} still running.",
        "Processes that nobody waits for go on using the machine, and what they compute is lost.",
        "Use the pool in a `with` block, or call `shutdown()`: both wait for the workers. `os._exit` does not.",
    )


def _signal_name(number: int | None) -> str:
    try:
        return signal.Signals(number or 0).name
    except ValueError:
        return str(number)
