"""The measuring of speed as a whole, with a sandbox that computes how long a run takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from grader.checks.printed import read_output
from grader.errors import SandboxError
from grader.model.evidence import Evidence, ObservedRun
from grader.model.exercise import CurveSpec, Exercise, GeneratorRequest, Inputs, SpeedSpec
from grader.model.result import EvidenceKind, Finding, Verdict
from grader.model.run import Ended, Guarantees, Observation, RunRequest
from grader.model.speed import SpeedReport
from grader.model.trace import read_trace
from grader.model.wire import Wire
from grader.testing import an_observation
from grader.timing.speed import SWITCHED_OFF, SpeedTools, speed_report
from tests.unit.checks.builders import a_run, a_submission, an_exercise, evidence_of
from tests.unit.timing.test_model import TRUE

ITEMS = 400
MODEL = replace(TRUE, item_s=(0.00075,) * ITEMS, message_s=0.001)
WORDS = {"the": 9000, "and": 5000}
SPEED = SpeedSpec(
    args=("texts/*",),
    curves=(CurveSpec(inputs="many", title="many"), CurveSpec(inputs="few", title="few")),
    varied="few",
)


def printed(factor: int = 1) -> bytes:
    return "".join(f"{word} == {count * factor}\n" for word, count in WORDS.items()).encode()


def many(request: GeneratorRequest) -> Inputs:
    return Inputs({f"texts/{number:04}.txt": b"the\n" for number in range(ITEMS)}, WORDS)


def few(request: GeneratorRequest) -> Inputs:
    return Inputs({f"texts/{number:02}.txt": b"the and\n" for number in range(20)}, WORDS)


def lines(*messages: Mapping[str, Any]) -> tuple[bytes, ...]:
    return tuple(json.dumps(message).encode() for message in messages)


def told(items: int, chunksize: int, method: str) -> tuple[bytes, ...]:
    """What the harness tells of a program that maps ``items`` over four workers."""
    place = {"line": 1, "column": 0}
    firsts = range(0, items, chunksize)
    return lines(
        {"type": "pool", "pool": 1, "kind": "process", "workers": 4, "start_method": method, "at": 0.05, **place},
        {
            **{"type": "map", "call": 2, "pool": 1, "kind": "process", "method": "map", "function": "f", "module": ""},
            **{"items": items, "chunks": len(firsts), "chunksize": chunksize, "explicit": True, "at": 0.06, **place},
        },
        *(
            {
                **{"type": "chunk", "call": 2, "index": index, "first": first, "pid": 11 + index % 4, "start": 0.06},
                **{"count": (count := min(chunksize, items - first)), "end": 0.07, "cpu_s": 0.00075 * count},
            }
            for index, first in enumerate(firsts)
        ),
    )


@dataclass
class ComputedSandbox:
    """Runs take as long as the cost model says. ``odd`` may replace what a request gives; time passes as told."""

    odd: Callable[[RunRequest], Observation | None] = lambda _: None
    own_chunksize: int = 2
    overhead_s: float = 0.0
    requests: list[RunRequest] = field(default_factory=list)
    now: float = 100.0
    used_s: float = 0.0
    others_cores: float = 0.0
    budget_s: float = 7.0

    def run(self, request: RunRequest) -> Observation:
        self.requests.append(request)
        seen = self.odd(request) or self._plain(request)
        self.now += seen.wall_s + self.overhead_s
        self.used_s += seen.cpu_s
        return seen

    def _plain(self, request: RunRequest) -> Observation:
        doubled = request.files.get("texts/00.txt") == b"the and\nthe and\n"
        if request.config["script"] == "serial.py":
            return an_observation(stdout=printed(), wall_s=0.5)
        size = request.config.get("chunksize") or self.own_chunksize
        items = len(request.config["args"])
        model = replace(MODEL, item_s=MODEL.item_s[:items])
        method = request.config["start_method"] or "fork"
        wall_s = model.wall_s(size, 4, 2.0)
        return an_observation(stdout=printed(1 + doubled), wall_s=wall_s, claims=told(items, size, method))

    def guarantees(self) -> Guarantees:
        raise NotImplementedError

    def curve_requests(self) -> list[RunRequest]:
        """Those of the submission, for a curve."""
        return [one for one in self.requests if one.label == "curve" and one.config["script"] != "serial.py"]

    def clock(self) -> float:
        return self.now

    def busy_s(self) -> float:
        """All runs are of one process, and other programs keep ``others_cores`` busy all the time."""
        return self.used_s + (self.now - 100.0) * self.others_cores


def explain(run: ObservedRun) -> Finding | None:
    if run.observation.succeeded:
        return None
    return Finding(
        verdict=Verdict.FAILED, cause="missing-main-guard", headline="It broke.", evidence=EvidenceKind.KERNEL
    )


def a_traced_run(name: str, **observation: Any) -> ObservedRun:
    return a_run(name=name, trace=read_trace(told(8, 2, "fork")), **observation)


@pytest.fixture
def exercise(tmp_path: Path) -> Exercise:
    (tmp_path / "serial.py").write_text("print('serial')\n")
    return replace(an_exercise(speed=SPEED), folder=tmp_path, generators={"many": many, "few": few})


def measured(
    exercise: Exercise, sandbox: ComputedSandbox | None = None, runs: bool = True, evidence: Evidence | None = None
) -> SpeedReport:
    sandbox = sandbox or ComputedSandbox()
    tools = SpeedTools(
        sandbox=sandbox,
        harness=Path("harness.py"),
        read=lambda stdout: read_output(stdout).totals(),
        explain=explain,
        methods=("fork", "spawn"),
        clock=sandbox.clock,
        busy_s=sandbox.busy_s,
        attainable=lambda _: 1.9,
        budget_s=sandbox.budget_s,
        most_s=max(14.0, sandbox.budget_s),
    )
    return speed_report(evidence or evidence_of(a_traced_run("given"), exercise=exercise), tools, 7, None, runs)


def test_program_and_serial_program_run_in_turn_on_the_last_inputs(exercise: Exercise) -> None:
    wall = measured(exercise, ComputedSandbox(budget_s=60.0)).wall

    assert wall is not None
    assert wall.inputs == "few"
    assert wall.serial_s == (0.5,) * 5
    assert len(set(wall.program_s)) == 1
    assert wall.attainable == (1.9, 1.9)
    assert wall.low == wall.high == pytest.approx(wall.ratio)


def test_both_curves_are_measured_with_the_programs_own_size_among_the_points(exercise: Exercise) -> None:
    scenes, plays = measured(exercise).curves

    assert (scenes.inputs, scenes.items, scenes.workers, scenes.own) == ("many", ITEMS, 4, 2)
    assert {1, 2, 100, ITEMS} <= {point.chunksize for point in scenes.points}
    assert (plays.inputs, plays.items) == ("few", 20)


def test_rounds_are_repeated_as_long_as_time_is_left(exercise: Exercise) -> None:
    short, long = (measured(exercise, ComputedSandbox(budget_s=budget_s)) for budget_s in (5.0, 20.0))

    assert [len(report.curves[0].serial_s) for report in (short, long)] == [1, 3]


def test_the_serial_program_runs_before_and_after_the_sizes(exercise: Exercise) -> None:
    sandbox = ComputedSandbox(overhead_s=0.4)

    measured(exercise, sandbox)

    first = [request.config["script"] for request in sandbox.requests if request.label == "curve"]
    assert first[1] == "serial.py"
    assert first.index("serial.py", 2) > 4


def test_the_chunk_size_is_overridden_but_for_the_programs_own_run(exercise: Exercise) -> None:
    sandbox = ComputedSandbox()

    measured(exercise, sandbox)

    sizes = [request.config.get("chunksize") for request in sandbox.curve_requests()]
    assert sizes[:4] == [None, 1, 100, ITEMS]


def test_the_prediction_is_checked_by_a_size_that_was_not_measured(exercise: Exercise) -> None:
    report = measured(exercise)

    assert report.what_if is not None
    assert report.what_if.checked is not None
    assert report.what_if.checked.chunksize not in {point.chunksize for point in report.curves[0].points}
    assert report.what_if.error is not None
    assert report.what_if.error < 0.1


def test_a_size_with_a_wrong_answer_gives_no_point(exercise: Exercise) -> None:
    def odd(request: RunRequest) -> Observation | None:
        return an_observation(stdout=b"the == 1\n") if request.config.get("chunksize") == 100 else None

    report = measured(exercise, ComputedSandbox(odd))

    assert 100 not in {point.chunksize for point in report.curves[0].points}
    assert "Chunk size 100 on many: the result was wrong or did not come." in report.left_out


def test_a_program_that_is_wrong_on_the_scenes_has_no_curve_there(exercise: Exercise) -> None:
    def odd(request: RunRequest) -> Observation | None:
        wrong = len(request.files) > 100 and request.config["script"] != "serial.py"
        return an_observation(stdout=b"the == 1\n", claims=told(ITEMS, 2, "fork")) if wrong else None

    report = measured(exercise, ComputedSandbox(odd))

    assert [curve.inputs for curve in report.curves] == ["few"]
    assert report.what_if is None
    assert "The chunk size curve on many: the program's result there is wrong." in report.left_out


def test_a_program_that_does_not_end_is_not_tried_again_and_again(exercise: Exercise) -> None:
    def odd(request: RunRequest) -> Observation | None:
        late = request.config.get("chunksize") == 1
        return an_observation(ended=Ended.TIMED_OUT, exit_code=None, wall_s=8.0) if late else None

    sandbox = ComputedSandbox(odd)
    report = measured(exercise, sandbox)

    assert report.curves == ()
    assert "The chunk size curve on many: with chunk size 1 it did not end." in report.left_out
    assert len(sandbox.curve_requests()) == 2


def test_without_a_map_over_a_process_pool_no_run_is_made_for_a_curve(exercise: Exercise) -> None:
    sandbox = ComputedSandbox()

    report = measured(exercise, sandbox, evidence=evidence_of(a_run(), exercise=exercise))

    assert (report.curves, sandbox.curve_requests()) == ((), [])
    assert report.left_out == ("The chunk size curve: no map call of a ProcessPoolExecutor was seen.",)


def test_a_program_that_maps_nothing_on_these_files_has_no_curve(exercise: Exercise) -> None:
    report = measured(exercise, ComputedSandbox(lambda _: an_observation(stdout=printed())))

    assert report.curves == ()
    assert "The chunk size curve: no map call of a ProcessPoolExecutor was seen." in report.left_out


def test_every_start_method_of_this_system_is_tried(exercise: Exercise) -> None:
    def odd(request: RunRequest) -> Observation | None:
        return an_observation(exit_code=1) if request.config["start_method"] == "spawn" else None

    fork, spawn = measured(exercise, ComputedSandbox(odd)).start_methods

    assert (fork.start_method, fork.outcome, fork.cause) == ("fork", "right", "")
    assert (spawn.start_method, spawn.outcome, spawn.cause, spawn.explanation) == (
        "spawn",
        "failed",
        "missing-main-guard",
        "It broke.",
    )


def test_a_program_that_names_its_own_start_method_is_told_so(exercise: Exercise) -> None:
    def odd(request: RunRequest) -> Observation | None:
        return an_observation(stdout=printed(), claims=told(20, 2, "fork")) if request.label == "method" else None

    _, spawn = measured(exercise, ComputedSandbox(odd)).start_methods

    assert (spawn.outcome, spawn.explanation) == ("right", "The program itself asks for fork.")


def test_totals_that_change_from_run_to_run_are_a_race(exercise: Exercise) -> None:
    seen: list[RunRequest] = []

    def odd(request: RunRequest) -> Observation | None:
        if request.label != "varied":
            return None
        seen.append(request)
        return an_observation(stdout=b"the == 8999\nand == 5000\n") if len(seen) == 2 else None

    outcomes = {run.name: run.outcome for run in measured(exercise, ComputedSandbox(odd)).varied}

    assert (outcomes["as it is"], outcomes["again 1"], outcomes["doubled"]) == ("differs", "differs", "right")


def test_a_sandbox_that_fails_leaves_out_the_part_and_its_reason(exercise: Exercise) -> None:
    def odd(request: RunRequest) -> Observation | None:
        if request.label == "method":
            raise SandboxError("No more processes.")
        if request.label == "varied":
            raise ZeroDivisionError
        return None

    report = measured(exercise, ComputedSandbox(odd))

    assert len(report.curves) == 2
    assert (report.start_methods, report.varied) == ((), ())
    assert report.left_out == (
        "The start methods: No more processes.",
        "The varied inputs: the grader failed at it (ZeroDivisionError).",
    )


def test_a_generator_that_fails_leaves_out_what_needs_it(exercise: Exercise) -> None:
    def broken(request: GeneratorRequest) -> Inputs:
        raise ValueError("no plays")

    report = measured(replace(exercise, generators={"many": many, "few": broken}))

    assert [curve.inputs for curve in report.curves] == ["many"]
    assert "The varied inputs: the grader failed at it (ValueError)." in report.left_out


def test_when_time_is_used_up_the_second_curve_is_left_out(exercise: Exercise) -> None:
    report = measured(exercise, ComputedSandbox(overhead_s=1.0))

    assert [curve.inputs for curve in report.curves] == ["many"]
    assert "The chunk size curve on few: the time for measuring was used up." in report.left_out


def test_on_a_machine_that_is_far_too_slow_an_end_is_made(exercise: Exercise) -> None:
    sandbox = ComputedSandbox(overhead_s=6.0)

    report = measured(exercise, sandbox)

    assert len(sandbox.requests) == 3
    assert report.left_out == (
        "The chunk size curve: the time for measuring was used up.",
        "The start methods: the time for measuring was used up.",
        "The varied inputs: the time for measuring was used up.",
        "The chunk size curve on few: the time for measuring was used up.",
    )


def test_a_disturbed_run_is_made_again_and_the_machine_is_called_busy(exercise: Exercise) -> None:
    quiet, busy = ComputedSandbox(), ComputedSandbox(others_cores=0.5)

    report = measured(exercise, busy)
    measured(exercise, quiet)

    assert [request.config.get("chunksize") for request in busy.requests[:2]] == [None, None]
    assert [request.config["script"] for request in quiet.requests[:2]] == ["my_script.py", "serial.py"]
    assert report.curves[0].others_cores == pytest.approx(0.5)
    assert "Other programs kept 0.5 of" in report.curves[0].sentence


def test_switched_off_it_makes_no_run(exercise: Exercise) -> None:
    sandbox = ComputedSandbox()

    report = measured(exercise, sandbox, runs=False)

    assert (sandbox.requests, report.left_out) == ([], (SWITCHED_OFF,))


def test_of_a_program_that_did_not_run_nothing_is_measured(exercise: Exercise) -> None:
    sandbox = ComputedSandbox()

    report = measured(exercise, sandbox, evidence=evidence_of(a_run(exit_code=1), exercise=exercise))

    assert sandbox.requests == []
    assert report.left_out == ("Nothing of the speed: the program did not run to its end.",)


def test_an_exercise_that_asks_for_nothing_gets_nothing() -> None:
    sandbox = ComputedSandbox()

    assert measured(an_exercise(), sandbox) == SpeedReport()
    assert sandbox.requests == []


def test_the_breakdown_is_that_of_the_last_run_as_a_script(exercise: Exercise) -> None:
    evidence = evidence_of(a_traced_run("given"), a_traced_run("unseen"), exercise=exercise)

    breakdown = measured(exercise, runs=False, evidence=evidence).breakdown

    assert breakdown is not None
    assert breakdown.run == "unseen"


def test_a_run_whose_queue_was_read_is_not_broken_down(exercise: Exercise) -> None:
    evidence = evidence_of(a_traced_run("unseen", wire=Wire()), exercise=exercise)

    breakdown = measured(exercise, evidence=evidence).breakdown

    assert breakdown is not None
    assert breakdown.run == "many"
    assert measured(exercise, runs=False, evidence=evidence).breakdown is None


def test_the_submissions_own_files_lie_beside_it(exercise: Exercise) -> None:
    submission = replace(a_submission(), files={"words.py": b"x = 1\n"})
    sandbox = ComputedSandbox()

    measured(exercise, sandbox, evidence=evidence_of(a_traced_run("given"), exercise=exercise, submission=submission))

    ours = {request.config["script"] == "serial.py": "words.py" in request.files for request in sandbox.requests}
    assert ours == {True: False, False: True}
