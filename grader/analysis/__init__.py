"""Submission to SourceFacts: what the syntax tree shows. The student's source is parsed, never run.

Parsing alone can exhaust memory or crash the parser, so it happens in a limited child, too.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from grader.model.facts import SourceFacts
from grader.model.run import Ended, Limits, Observation, RunRequest, Sandbox
from grader.model.submission import Submission

_SCANNER = Path(__file__).parent / "scanner" / "pargrade_scan.py"
_LIMITS = Limits(wall_s=10.0, cpu_s=5.0, memory_bytes=512 << 20, processes=4, output_bytes=64 << 10)


def analyse(submission: Submission, sandbox: Sandbox) -> SourceFacts:
    """What the source of the submission shows.

    A program that cannot be read is a value: ``syntax_fault`` or ``unreadable`` says why. A submission
    with a fault has no source, so nothing is run and nothing found.

    Raises:
        SandboxError: The child could not be started or supervised.
    """
    if submission.fault is not None:
        return SourceFacts()
    request = RunRequest(
        label="scan",
        entry=_SCANNER,
        config={"script": submission.script_name},
        files={submission.script_name: submission.program},
        limits=_LIMITS,
        packages=False,
    )
    return _facts_from(sandbox.run(request))


def _facts_from(observation: Observation) -> SourceFacts:
    if not observation.succeeded:
        return SourceFacts(unreadable=_why_it_ended(observation))
    if len(observation.claims) != 1 or observation.claims_cut:
        return SourceFacts(unreadable="The source scanner did not give one whole answer.")
    try:
        return SourceFacts.model_validate_json(observation.claims[0])
    except ValidationError:
        return SourceFacts(unreadable="The source scanner gave an answer that cannot be understood.")


def _why_it_ended(observation: Observation) -> str:
    match observation.ended:
        case Ended.TIMED_OUT | Ended.CPU_LIMIT:
            return f"Reading the program took more than {_LIMITS.cpu_s:g} seconds of computing."
        case Ended.OUT_OF_MEMORY:
            return f"Reading the program took more than {_LIMITS.memory_bytes >> 20} MiB of memory."
        case Ended.SIGNALLED:
            return f"Python's parser crashed on the program (signal {observation.signal})."
        case Ended.EXITED:
            return f"The source scanner stopped with exit code {observation.exit_code}."
        case Ended.TOO_MUCH_OUTPUT | Ended.TOO_MANY_PROCESSES | Ended.TOO_MUCH_DISK:
            return f"The source scanner was stopped ({observation.ended.value})."
