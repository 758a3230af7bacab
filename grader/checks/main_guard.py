"""Is the program safe to import?"""

from __future__ import annotations

from typing import ClassVar

from grader.checks.base import Check, Example, failed, fails, passes
from grader.checks.places import at, locate, where_raised
from grader.model.evidence import Evidence, ObservedRun
from grader.model.facts import GuardLike
from grader.model.result import EvidenceKind, Finding, Verdict
from grader.model.run import Ended

WHY = (
    "Under spawn and forkserver, the start methods of Windows, macOS and of Linux from Python 3.14 on, every worker "
    "imports the script to find its functions. Whatever stands outside the main guard runs again in each of them."
)
TRY = "Put everything that starts work below `if __name__ == '__main__':`."


class MainGuard(Check):
    """Importing the program starts no work, so that it is safe under spawn and forkserver.

    The script is imported the way a worker imports it, and its processes are watched.
    """

    kind = "main-guard"
    examples: ClassVar[tuple[Example, ...]] = (
        passes(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor() as pool:\n"
            "        report(pool.map(count_words, sys.argv[1:], chunksize=2))\n"
        ),
        fails(
            "with ProcessPoolExecutor() as pool:\n    report(pool.map(count_words, sys.argv[1:], chunksize=2))\n",
            "Importing the program starts its work",
            "missing-main-guard",
        ),
        fails(
            "if __name__ == 'main':\n    with ProcessPoolExecutor() as pool:\n"
            "        report(pool.map(count_words, sys.argv[1:], chunksize=2))\n",
            "is never true",
            "guard-never-true",
        ),
    )

    def evaluate(self, evidence: Evidence) -> Finding | None:
        """Passed when the import ended well, started no process and made no pool, and a run as a script can start."""
        run = next((run for run in evidence.runs.values() if run.spec.mode == "import"), None)
        if run is None:
            return None
        if _started(run) or run.trace.pools or run.trace.maps or evidence.facts.work_at_import:
            return _unguarded(evidence, run)
        if evidence.facts.main_guard is None and (dead := dead_guard(evidence)) is not None:
            return _never_true(evidence, dead)
        if run.trace.imported is not None:  # what the questions do to it afterwards says nothing of the import
            return Finding(
                verdict=Verdict.PASSED,
                headline="Importing the program starts nothing: every start method can use it.",
                evidence=EvidenceKind.KERNEL,
            )
        if not any(other.observation.succeeded for other in evidence.script_runs()):
            return None  # the program fails as a script too: one cause, not two symptoms
        return _import_failed(evidence, run)


def dead_guard(evidence: Evidence) -> GuardLike | None:
    """A condition that was meant for the main guard and is never true."""
    return next((guard for guard in evidence.facts.guard_like if not guard.always), None)


def _never_true(evidence: Evidence, guard: GuardLike) -> Finding:
    return failed(
        "guard-never-true",
        f"`{guard.written}` is never true, so what stands below it is never run.",
        "Python sets the variable `__name__` to the text `__main__` in the script that is run, and to the name of the "
        "file where it is imported.",
        "Compare your condition, character by character, with the one in the exercise: quotes and underscores count.",
        at(evidence, guard.place),
        EvidenceKind.SOURCE,
    )


def _started(run: ObservedRun) -> int:
    """How many processes came up besides the main one before the import was over."""
    over_s = run.trace.imported.at if run.trace.imported else float("inf")
    seen = run.observation
    return sum(1 for process in seen.processes if process.pid != seen.main_pid and process.first_seen_s < over_s)


def _unguarded(evidence: Evidence, run: ObservedRun) -> Finding:
    work = evidence.facts.work_at_import
    started = _started(run)
    if started > 0:
        count = "a process" if started == 1 else f"{started} processes"
        headline = f"Importing the program starts its work: {count} came up."
    else:
        headline = "Importing the program starts its work."
    location = at(evidence, work[0].place) if work else None
    if location is None and run.trace.pools:
        location = locate(evidence.submission, run.trace.pools[0].line, run.trace.pools[0].column)
    guard = evidence.facts.main_guard
    hint = TRY if guard is None else f"There is a main guard at line {guard.line}; move the marked line below it."
    open_guard = next((like for like in evidence.facts.guard_like if like.always), None)
    if guard is None and open_guard is not None:
        location = at(evidence, open_guard.place)
        hint = f"`{open_guard.written}` is always true. Compare it, character by character, with the exercise's text."
    witness = EvidenceKind.KERNEL if started > 0 else EvidenceKind.SOURCE
    return failed("missing-main-guard", headline, WHY, hint, location, witness)


def _import_failed(evidence: Evidence, run: ObservedRun) -> Finding:
    if run.trace.errors:
        error = run.trace.errors[-1]
        return failed(
            "import-fails",
            f"Importing the program ends with {error.error}, though running it does not.",
            WHY,
            "What a worker needs must be there without the main guard's part: definitions, imports, constants.",
            where_raised(evidence, error),
            EvidenceKind.SELF_REPORTED,
        )
    ending = "does not end" if run.observation.ended is Ended.TIMED_OUT else "does not end normally"
    return failed("import-fails", f"Importing the program {ending}.", WHY, TRY)
