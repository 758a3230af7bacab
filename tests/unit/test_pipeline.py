"""The order of the phases, with a sandbox that runs nothing, and what is kept of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from grader.bundled import bundled
from grader.checks.base import Check
from grader.errors import ExerciseError, InputError, SandboxError
from grader.model.answers import Call
from grader.model.evidence import Evidence
from grader.model.exercise import Exercise, GeneratorRequest, Inputs, LimitSpec, MeasureSpec, Question, RunSpec
from grader.model.facts import Place, SourceFacts, SyntaxFault
from grader.model.grade import Grade, Status
from grader.model.result import EvidenceKind, Finding, Verdict
from grader.model.run import Ended, Observation, RunRequest
from grader.model.submission import Fault, Submission
from grader.model.trace import Trace
from grader.model.wire import Wire, WireMap
from grader.pipeline import HARNESS, Settings, Workbench, grade_submission, versions
from grader.receipt import MOST_CHUNKS, readable, runs_report
from grader.registry import Registry
from grader.testing import FakeSandbox, an_observation
from tests.unit.checks.builders import (
    a_map,
    a_run,
    a_spec,
    a_submission,
    an_exercise,
    chunks,
    consumed,
    evidence_of,
    hello,
    pool,
    served,
)

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
RUNS = (
    RunSpec(name="given", mode="script", inputs="plays", args=("shakespeare/*", "-v")),
    RunSpec(name="unseen", mode="script", limits=LimitSpec(wall_s=3, memory_mib=100)),
    RunSpec(name="imported", mode="import", inputs="plays"),
)
FILES = {"shakespeare/b.txt": b"b", "shakespeare/a.txt": b"a", "notes.txt": b"n"}


def plays(request: GeneratorRequest) -> Inputs:
    question = Question("count_words", ("shakespeare/a.txt",), {"a": 1}, "one word")
    return Inputs(files=FILES, counts={"seed": request.seed, "quick": request.quick}, questions=(question,))


class SeenByChecks(Check):
    """Keeps the evidence it was given."""

    evidence: Evidence

    def evaluate(self, evidence: Evidence) -> Finding | None:
        type(self).evidence = evidence
        return Finding(verdict=Verdict.PASSED, headline="seen", evidence=EvidenceKind.WIRE)


class OneExercise:
    """A catalog of a single exercise."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.identified = 0

    def load(self, exercise_id: str) -> Exercise:
        assert exercise_id == self.exercise.id
        return self.exercise

    def identify(self, submission: Submission) -> Exercise:
        self.identified += 1
        return self.exercise


def the_exercise(**generators: Callable[[GeneratorRequest], Inputs]) -> Exercise:
    exercise = an_exercise(a_spec("seen", points=Decimal(2)), runs=RUNS)
    return replace(exercise, generators={"plays": plays, **generators})


def scanned(facts: SourceFacts) -> Observation:
    return an_observation(claims=(facts.model_dump_json().encode(),))


def grade(
    sandbox: FakeSandbox | None = None,
    exercise: Exercise | None = None,
    submission: Submission | None = None,
    said: list[str] | None = None,
    **settings: Any,
) -> Grade:
    bench = Workbench(
        catalog=OneExercise(exercise or the_exercise()),  # type: ignore[arg-type]
        checks=Registry("check", "no.group", {"seen": SeenByChecks}),
        sandbox=sandbox or fake(),
        now=lambda: NOON,
        progress=(said if said is not None else []).append,
    )
    return grade_submission(submission or a_submission(), Settings(**{"seed": 7, **settings}), bench)


def fake(facts: SourceFacts | None = None, answers: Mapping[str, Observation] | None = None) -> FakeSandbox:
    return FakeSandbox({"scan": scanned(facts or SourceFacts()), **(answers or {})})


def labels(sandbox: FakeSandbox) -> list[str]:
    return [request.label for request in sandbox.requests]


def request(sandbox: FakeSandbox, label: str) -> RunRequest:
    return next(request for request in sandbox.requests if request.label == label)


# -- what is run ---------------------------------------------------------------------------------


def test_the_source_is_read_first_and_then_the_runs_are_made_in_order() -> None:
    sandbox = fake()

    grade(sandbox)

    assert labels(sandbox) == ["scan", "given", "unseen", "imported"]


def test_a_run_gets_the_program_its_files_and_the_inputs() -> None:
    sandbox = fake()

    grade(sandbox, submission=a_submission("print(1)\n", files={"extra.py": b"x"}))

    given = request(sandbox, "given")
    assert given.entry == HARNESS
    assert given.files == {"my_script.py": b"print(1)\n", "extra.py": b"x", **FILES}
    assert (given.config["script"], given.config["mode"], given.cpu_count) == ("my_script.py", "script", 4)


def test_the_program_itself_cannot_be_replaced_by_a_file_beside_it() -> None:
    sandbox = fake()

    grade(sandbox, submission=a_submission("print(1)\n", files={"my_script.py": b"other"}))

    assert request(sandbox, "given").files["my_script.py"] == b"print(1)\n"


def test_a_pattern_becomes_the_sorted_names_of_the_files_that_match() -> None:
    sandbox = fake()

    grade(sandbox)

    assert request(sandbox, "given").config["args"] == ["shakespeare/a.txt", "shakespeare/b.txt", "-v"]


def test_limits_are_those_of_the_run_or_else_of_the_exercise() -> None:
    sandbox = fake()

    grade(sandbox)

    assert request(sandbox, "given").limits.wall_s == 20.0
    assert request(sandbox, "unseen").limits.wall_s == 3.0
    assert request(sandbox, "unseen").limits.memory_bytes == 100 << 20


def test_questions_go_without_their_answers() -> None:
    sandbox = fake()

    grade(sandbox)

    assert request(sandbox, "imported").questions == (Call("count_words", ("shakespeare/a.txt",)),)


def test_the_queues_of_every_run_as_a_script_are_read() -> None:
    sandbox = fake()

    grade(sandbox)

    assert {one.label: one.read_wire for one in sandbox.requests} == {
        "scan": False,
        "given": True,
        "unseen": True,
        "imported": False,
    }


# attacks: 159
def test_a_measured_run_of_the_program_looks_like_any_other_to_it() -> None:
    exercise = an_exercise(a_spec("seen"), runs=RUNS, measure=MeasureSpec(run="given"))
    exercise = replace(exercise, folder=bundled("exercises") / "word_count", generators={"plays": counted})
    printed = an_observation(stdout=b"the == 3000\n", cpu_s=2.0)
    sandbox = fake(answers=dict.fromkeys(("given", "measured-reference", "measured-submission"), printed))

    grade(sandbox, exercise)

    assert labels(sandbox).count("measured-submission") > 0
    assert list(request(sandbox, "measured-submission").config.items()) == list(
        request(sandbox, "given").config.items()
    )


def counted(request: GeneratorRequest) -> Inputs:
    return Inputs(files=FILES, counts={"the": 3000})


def test_the_receipt_keeps_what_was_read_of_the_queues() -> None:
    sent = WireMap("map", "count_words", (5, 5, 2), (7, 8, 0), call=1, sender=6)
    long = WireMap("map", "count_words", (0, 0), (7, 7))
    seen = an_observation(wire=Wire(maps=(sent, long) + (sent,) * 200, messages=9, bytes=900, cut=True))

    report = grade(fake(answers={"given": seen})).run.runs[0].wire

    assert report is not None
    assert (report.messages, report.bytes, report.cut, report.maps_left_out) == (9, 900, True, 102)
    first, second = report.maps[:2]
    assert (first.items, first.chunks, first.largest_chunk, first.answered) == (12, 3, 5, 2)
    assert (first.items_by_worker, second.items) == ({7: 5, 8: 5}, None)


def test_the_start_method_is_handed_on() -> None:
    sandbox = fake()

    grade(sandbox, start_method="spawn")

    assert request(sandbox, "given").config["start_method"] == "spawn"


def test_seed_and_quickness_reach_the_generators() -> None:
    grade(seed=11, quick=True)

    assert SeenByChecks.evidence.runs["given"].inputs.counts == {"seed": 11, "quick": True}


@pytest.mark.parametrize("ended", [Ended.TIMED_OUT, Ended.OUT_OF_MEMORY, Ended.TOO_MUCH_OUTPUT])
def test_after_a_run_that_had_to_be_stopped_only_the_import_is_made(ended: Ended) -> None:
    sandbox = fake(answers={"given": an_observation(ended=ended, exit_code=None)})

    grade(sandbox)

    assert labels(sandbox) == ["scan", "given", "imported"]


def test_after_a_crash_the_other_runs_are_made() -> None:
    sandbox = fake(answers={"given": an_observation(exit_code=1)})

    grade(sandbox)

    assert labels(sandbox) == ["scan", "given", "unseen", "imported"]


def test_a_source_with_a_syntax_error_is_not_run() -> None:
    sandbox = fake(SourceFacts(syntax_fault=SyntaxFault(message="invalid syntax", place=Place(line=1))))

    grade(sandbox)

    assert labels(sandbox) == ["scan"]


def test_a_file_with_a_fault_is_not_even_read() -> None:
    sandbox = fake()

    grade(sandbox, submission=a_submission("", fault=Fault("not-python", "This is a PDF.")))

    assert labels(sandbox) == []


def test_progress_says_what_is_going_on() -> None:
    said: list[str] = []

    grade(said=said)

    assert said == [
        "reading the program",
        "running the program on 3 files (given)",
        "running the program (unseen)",
        "importing the program as a worker does",
    ]


# -- what the checks see, and the grade ----------------------------------------------------------


def test_the_checks_see_the_runs_by_name_and_the_validated_trace() -> None:
    line = hello().model_dump_json().encode()

    grade(fake(answers={"given": an_observation(claims=(line, b"garbage"))}))

    evidence = SeenByChecks.evidence
    assert list(evidence.runs) == ["given", "unseen", "imported"]
    assert evidence.runs["given"].trace.hello == hello()
    assert evidence.runs["given"].trace.rejected == 1
    assert evidence.process_table_exact


def test_the_grade_names_what_was_graded_when_and_by_what() -> None:
    found = grade(seed=99)

    assert (found.exercise, found.submission.name, found.seed, found.graded_at) == (
        "word_count",
        "my_script.py",
        99,
        NOON,
    )
    assert (found.status, found.score, found.max_score) == (Status.GRADED, 2, 2)
    assert found.sandbox.backend == "fake"
    assert found.versions == versions()
    assert [run.name for run in found.run.runs] == ["given", "unseen", "imported"]


def test_a_grade_survives_being_written_and_read() -> None:
    found = grade()

    assert Grade.model_validate_json(found.model_dump_json(by_alias=True)) == found


def test_a_named_exercise_is_not_looked_for() -> None:
    catalog = OneExercise(the_exercise())
    bench = Workbench(
        catalog=catalog,  # type: ignore[arg-type]
        checks=Registry("check", "no.group", {"seen": SeenByChecks}),
        sandbox=fake(),
        now=lambda: NOON,
    )

    grade_submission(a_submission(), Settings(seed=1, exercise="word_count"), bench)

    assert catalog.identified == 0


# -- what goes wrong with us ---------------------------------------------------------------------


def test_a_generator_that_fails_is_the_exercise_authors_to_mend() -> None:
    def broken(_: GeneratorRequest) -> Inputs:
        raise ZeroDivisionError("division by zero")

    with pytest.raises(ExerciseError) as raised:
        grade(exercise=the_exercise(plays=broken))

    assert "'plays'" in raised.value.message
    assert "ZeroDivisionError: division by zero" in raised.value.message
    assert "inputs.py" in raised.value.hint


def test_an_error_of_ours_in_a_generator_keeps_its_kind() -> None:
    def picky(_: GeneratorRequest) -> Inputs:
        raise InputError("not here")

    with pytest.raises(InputError, match="not here"):
        grade(exercise=the_exercise(plays=picky))


def test_a_sandbox_that_cannot_start_is_an_error_not_a_grade() -> None:
    class Broken(FakeSandbox):
        def run(self, request: RunRequest) -> Observation:
            if request.label == "unseen":
                raise SandboxError("no room")
            return super().run(request)

    with pytest.raises(SandboxError, match="no room"):
        grade(Broken({"scan": scanned(SourceFacts())}))


# -- the receipt ---------------------------------------------------------------------------------


def test_the_receipt_keeps_maps_chunks_and_moments() -> None:
    trace = Trace(
        hello=hello("forkserver"),
        pools=(pool(workers=2, start_method="forkserver"),),
        maps=(a_map(items=8, chunksize=2),),
        chunks=chunks(count=4),
        consumed=(consumed(at=1.5), consumed(at=1.9, what="all")),
    )

    (report,) = runs_report(evidence_of(a_run(trace=trace))).runs

    (call,) = report.maps
    assert (call.workers, call.start_method, call.first_consumed_s) == (2, "forkserver", 1.5)
    assert [(chunk.first, chunk.count, chunk.pid) for chunk in call.chunk_list] == [
        (0, 2, 101),
        (2, 2, 102),
        (4, 2, 101),
        (6, 2, 102),
    ]


def test_the_receipt_of_a_map_without_a_pool_or_a_read_is_whole() -> None:
    (report,) = runs_report(evidence_of(a_run(trace=Trace(maps=(a_map(),))))).runs

    assert (report.maps[0].workers, report.maps[0].first_consumed_s, report.start_method) == (0, None, "")


def test_of_very_many_chunks_the_first_are_kept_and_the_others_counted() -> None:
    trace = Trace(maps=(a_map(items=2000, chunksize=2),), chunks=chunks(count=1000))

    (report,) = runs_report(evidence_of(a_run(trace=trace))).runs

    assert len(report.maps[0].chunk_list) == MOST_CHUNKS
    assert report.maps[0].chunks_left_out == 1000 - MOST_CHUNKS


def test_processes_are_kept_with_their_roles() -> None:
    (report,) = runs_report(evidence_of(a_run(processes=served(0.1, 0.1, 0.5)))).runs

    assert [process.role for process in report.processes] == ["main", "helper", "helper", "worker"]


def test_output_is_cut_at_its_end_and_error_output_at_its_beginning() -> None:
    run = a_run("a" * 10**6, stderr=b"b" * 10**6 + b"the end")

    (report,) = runs_report(evidence_of(run)).runs

    assert len(report.stdout) < 10**5
    assert report.stderr.endswith("bthe end")
    assert len(report.stderr) < 10**4


def test_the_folder_of_the_run_is_left_out_of_paths() -> None:
    text = b'File "/tmp/pargrade-abc_1/work/my_script.py", line 3 /tmp/x/pargrade-9/work/a/b.txt'

    assert readable(text) == 'File "my_script.py", line 3 a/b.txt'


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert readable(b"a\xffb") == "a\ufffdb"
