from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from grader.analysis import analyse
from grader.model.facts import SourceFacts
from grader.model.run import Ended, Guarantees, Observation, RunRequest
from grader.model.submission import Fault, Submission, SubmissionKind

NOTEBOOK = Submission("work.ipynb", SubmissionKind.NOTEBOOK, "0" * 64, program=b"x = 1\n", source="x = 1\n")


def observation(
    claims: tuple[bytes, ...] = (),
    ended: Ended = Ended.EXITED,
    exit_code: int | None = 0,
    signal: int | None = None,
    claims_cut: bool = False,
) -> Observation:
    return Observation(
        ended=ended,
        exit_code=exit_code,
        signal=signal,
        wall_s=0.1,
        cpu_s=0.1,
        peak_bytes=1 << 20,
        main_pid=1,
        processes=(),
        survivors=0,
        stdout=b"",
        stderr=b"",
        claims=claims,
        claims_cut=claims_cut,
    )


@dataclass
class FakeSandbox:
    """Sees what it is asked, and answers as it was told."""

    answer: Observation
    asked: list[RunRequest] = field(default_factory=list)

    def run(self, request: RunRequest) -> Observation:
        self.asked.append(request)
        return self.answer

    def guarantees(self) -> Guarantees:
        return Guarantees("fake", (), {})


def test_the_facts_are_what_the_child_said() -> None:
    said = SourceFacts(functions=("main",))
    sandbox = FakeSandbox(observation((said.model_dump_json().encode(),)))

    facts = analyse(NOTEBOOK, sandbox)

    assert facts == said


def test_the_child_gets_the_program_under_the_name_it_runs_by() -> None:
    sandbox = FakeSandbox(observation((b"{}",)))

    analyse(NOTEBOOK, sandbox)

    assert sandbox.asked[0].files == {"work.py": b"x = 1\n"}
    assert sandbox.asked[0].config == {"script": "work.py"}
    assert sandbox.asked[0].entry.name == "pargrade_scan.py"
    assert sandbox.asked[0].entry.is_file()


def test_a_submission_with_a_fault_is_not_scanned() -> None:
    broken = Submission("x.ipynb", SubmissionKind.NOTEBOOK, "0" * 64, fault=Fault("not-a-notebook", "No."))
    sandbox = FakeSandbox(observation())

    facts = analyse(broken, sandbox)

    assert facts == SourceFacts()
    assert sandbox.asked == []


CHILD_FAILED = {
    "killed-for-time": (observation(ended=Ended.TIMED_OUT, exit_code=None), "5 seconds"),
    "killed-for-cpu": (observation(ended=Ended.CPU_LIMIT, exit_code=None), "5 seconds"),
    "killed-for-memory": (observation(ended=Ended.OUT_OF_MEMORY, exit_code=None), "512 MiB"),
    "crashed": (observation(ended=Ended.SIGNALLED, exit_code=None, signal=11), "signal 11"),
    "failed": (observation(exit_code=1), "exit code 1"),
    "flooded": (observation(ended=Ended.TOO_MUCH_OUTPUT, exit_code=None), "too-much-output"),
    "killed-after-its-answer": (observation((b"{}",), Ended.SIGNALLED, None, 9), "signal 9"),
    "silent": (observation(), "one whole answer"),
    "said-two-things": (observation((b"{}", b"{}")), "one whole answer"),
    "cut": (observation((b"{}",), claims_cut=True), "one whole answer"),
    "not-json": (observation((b"{",)), "cannot be understood"),
    "other-fields": (observation((b'{"score": 10}',)), "cannot be understood"),
}


@pytest.mark.parametrize(("answer", "reason"), CHILD_FAILED.values(), ids=CHILD_FAILED)
def test_a_child_that_failed_makes_the_source_unreadable(answer: Observation, reason: str) -> None:
    facts = analyse(NOTEBOOK, FakeSandbox(answer))

    assert reason in facts.unreadable
    assert facts == SourceFacts(unreadable=facts.unreadable)
