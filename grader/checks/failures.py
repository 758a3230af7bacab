"""Why a run did not end well: each cause by name, with its own words."""

from __future__ import annotations

import signal
from collections.abc import Callable

from grader.checks.places import at, locate, where_raised
from grader.model.evidence import Evidence, ObservedRun
from grader.model.facts import FunctionKind, PoolKind
from grader.model.result import EvidenceKind, Finding, Location, Verdict
from grader.model.run import Ended
from grader.model.trace import Raised

_POOL_CLOSED = ("bad file descriptor", "handle is closed")
"""Parts of what Python says in place of BrokenProcessPool, when a pool breaks while chunks are handed out."""
Explainer = Callable[[Evidence, Raised], Finding | None]

_PICKLING = ("PicklingError", "AttributeError", "TypeError")
_NOT_PICKLED = ("pickle", "can't get local object")
"""Parts of what Python says; the second is what Python 3.13 says of a nested function."""


def failed(
    cause: str,
    headline: str,
    detail: str = "",
    hint: str = "",
    location: Location | None = None,
    evidence: EvidenceKind = EvidenceKind.KERNEL,
) -> Finding:
    """A failed verdict with its cause."""
    return Finding(
        verdict=Verdict.FAILED,
        cause=cause,
        headline=headline,
        detail=detail,
        hint=hint,
        location=location,
        evidence=evidence,
    )


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
        return _raised(evidence, run, run.trace.errors[-1])
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
            return failed(
                "too-many-processes",
                f"The program was stopped when it had more than {limits.processes} processes at once.",
                "Each worker that imports the script starts new workers when the main guard is missing.",
                "Start the pool below `if __name__ == '__main__':`, and once only.",
                at(evidence, evidence.facts.work_at_import[0].place) if evidence.facts.work_at_import else None,
            )
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


def _timed_out(evidence: Evidence, run: ObservedRun) -> Finding:
    seen = run.observation
    facts = evidence.facts
    limits = run.spec.limits or evidence.exercise.spec.limits
    idle = seen.cpu_s < 0.2 * seen.wall_s
    if idle and facts.input_calls:
        return _waits_for_input(evidence)
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


def _raised(evidence: Evidence, run: ObservedRun, error: Raised) -> Finding:
    """The program ended with an exception: one of the known kinds, or a plain crash."""
    unguarded = _unguarded(evidence, run, error)
    if unguarded is not None:
        return unguarded
    explainers: tuple[Explainer, ...] = (_input_ended, _not_picklable, _misplaced_chunksize, _broken_pool)
    for explain in explainers:
        finding = explain(evidence, error)
        if finding is not None:
            return finding
    in_worker = " in a worker process" if error.remote else ""
    return failed(
        "crashed",
        f"The program ended with {_quoted(error)}{in_worker}.",
        "The marked line is where it happened; what came after it did not run.",
        "Run the script by itself on a few files: Python shows the whole way there.",
        where_raised(evidence, error),
        EvidenceKind.SELF_REPORTED,
    )


def _input_ended(evidence: Evidence, error: Raised) -> Finding | None:
    return _waits_for_input(evidence) if error.error == "EOFError" and evidence.facts.input_calls else None


def _waits_for_input(evidence: Evidence) -> Finding:
    return failed(
        "waits-for-input",
        "The program asks a question with `input()`, and there is nobody to answer.",
        "A program for many files is started by other programs, so it takes what it needs from its arguments.",
        "Take the file names from `sys.argv`, and put other settings into constants.",
        at(evidence, evidence.facts.input_calls[0]),
    )


def _not_picklable(evidence: Evidence, error: Raised) -> Finding | None:
    """A lambda or nested function was handed to a process pool."""
    if error.error not in _PICKLING or not any(words in error.message.lower() for words in _NOT_PICKLED):
        return None
    kinds = {FunctionKind.LAMBDA: "lambda-mapped", FunctionKind.NESTED: "nested-mapped"}
    for call in evidence.facts.calls:
        if call.function_kind in kinds and call.pool in (None, PoolKind.PROCESS, PoolKind.MULTIPROCESSING):
            what = (
                "a lambda"
                if call.function_kind is FunctionKind.LAMBDA
                else f"`{call.function}`, defined inside another function,"
            )
            return failed(
                kinds[call.function_kind],
                f"The pool is given {what} and cannot send it to the workers.",
                "A function travels to another process by its name (it is pickled), and the worker looks that up in "
                "the script. Only functions at the top level of the file have such a name.",
                "Define the function with `def` at the top level of the script and map that.",
                at(evidence, call.place),
                EvidenceKind.SELF_REPORTED,
            )
    return failed(
        "not-picklable",
        f"Something that is sent to the workers or back cannot be pickled: {error.message}.",
        "Arguments and results travel between processes as bytes. Open files, locks, generators and pools do not.",
        "Send plain values: file names, numbers, strings, lists and dictionaries of these.",
        where_raised(evidence, error),
        EvidenceKind.SELF_REPORTED,
    )


def _misplaced_chunksize(evidence: Evidence, error: Raised) -> Finding | None:
    wrong = evidence.facts.chunksize_elsewhere
    lines = {frame.line for frame in error.frames}
    if error.error != "TypeError" or not ("chunksize" in error.message or any(w.place.line in lines for w in wrong)):
        return None
    where = f"`{wrong[0].name}`" if wrong else "a call"
    return failed(
        "chunksize-misplaced",
        f"`chunksize` is given to {where}, which does not know it.",
        "The chunk size belongs to the call that hands the items out: the pool's `map`.",
        "Move `chunksize=...` into the parentheses of `pool.map(...)`.",
        at(evidence, wrong[0].place) if wrong else where_raised(evidence, error),
        EvidenceKind.SELF_REPORTED,
    )


def _unguarded(evidence: Evidence, run: ObservedRun, error: Raised) -> Finding | None:
    """Workers that import the script started its work again, and the pool broke."""
    broke = error.error == "RuntimeError" or _pool_broke(error)
    forked = run.trace.hello is not None and all(pool.start_method in ("", "fork") for pool in run.trace.pools)
    if not broke or forked or not evidence.facts.work_at_import:
        return None
    return failed(
        "missing-main-guard",
        "The pool broke because every worker started the whole script again.",
        "A worker that is not forked imports the script to find its functions. Without a main guard that import "
        "starts the work, and with it new workers.",
        "Put everything that starts work below `if __name__ == '__main__':`.",
        at(evidence, evidence.facts.work_at_import[0].place),
        EvidenceKind.SELF_REPORTED,
    )


def _pool_broke(error: Raised) -> bool:
    closed = error.error == "OSError" and any(part in error.message.lower() for part in _POOL_CLOSED)
    return error.error == "BrokenProcessPool" or (closed and not error.remote)


def _broken_pool(evidence: Evidence, error: Raised) -> Finding | None:
    if not _pool_broke(error):
        return None
    return failed(
        "broken-pool",
        "A worker process died while it was working, and the pool broke (BrokenProcessPool).",
        "The pool cannot know what the dead worker had done, so it gives up all results. A worker dies when it calls "
        "`os._exit`, is killed, runs out of memory or crashes in an extension; an ordinary exception does not do it.",
        "Call the mapped function by itself on each item, without a pool, and see which one ends Python.",
        where_raised(evidence, error),
        EvidenceKind.SELF_REPORTED,
    )


def _quoted(error: Raised) -> str:
    return f"{error.error}: {error.message}" if error.message else error.error


def _signal_name(number: int | None) -> str:
    try:
        return signal.Signals(number or 0).name
    except ValueError:
        return str(number)
