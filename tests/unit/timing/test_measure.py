"""Measured runs are made in turn on new inputs, and only those with a right answer prove anything."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from grader.model.exercise import GeneratorRequest, Inputs
from grader.model.measurement import Measurement, Outcome, Who
from grader.model.run import Ended, Observation
from grader.testing import an_observation
from grader.timing.measure import Bench, measure


class Scene:
    """Two programs that print what they are told, and a clock that goes on by a tenth of a second at each look."""

    def __init__(self, said: bytes = b"right", clear_after: int = 1, **seen: object) -> None:
        self.said, self.clear_after, self.seen = said, clear_after, seen
        self.made: list[Who] = []
        self.asked: list[GeneratorRequest] = []
        self.ticks: Iterator[int] = count()

    def run(self, who: Who, inputs: Inputs) -> Observation:
        self.made.append(who)
        fields = {"cpu_s": 1.5, "stdout": self.said if who is Who.SUBMISSION else b"right"}
        return an_observation(**fields | (self.seen if who is Who.SUBMISSION else {}))

    def generate(self, request: GeneratorRequest) -> Inputs:
        self.asked.append(request)
        return Inputs(files={"a": b"12345"})

    def measure(self, first: Observation | None = None, quick: bool = False) -> Measurement:
        bench = Bench(
            run=self.run,
            generate=self.generate,
            agrees=lambda inputs, printed, right: printed == right,
            is_clear=lambda found: len(found.samples) >= 2 * self.clear_after,
            clock=lambda: next(self.ticks) / 10,
        )
        return measure(first or an_observation(stdout=b"right"), Inputs(files={"a": b"1"}), bench, 7, quick)


def test_the_first_round_takes_the_run_that_was_made_already() -> None:
    scene = Scene()

    found = scene.measure()

    assert scene.made == [Who.REFERENCE]
    assert [(pair.round, pair.submission.stdout) for pair in found.pairs()] == [(1, b"right")]


def test_each_further_round_has_new_inputs_for_both() -> None:
    scene = Scene(clear_after=3)

    found = scene.measure()

    assert len({request.seed for request in scene.asked}) == 2
    assert sorted(scene.made[1:]) == sorted([Who.SUBMISSION, Who.REFERENCE] * 2)
    assert [pair.round for pair in found.pairs()] == [1, 2, 3]
    assert [sample.input_bytes for sample in found.samples] == [1, 1, 5, 5, 5, 5]


def test_a_wrong_answer_proves_nothing() -> None:
    found = Scene(said=b"wrong", clear_after=2).measure()

    assert [pair.round for pair in found.pairs()] == [1]
    assert [s.outcome for s in found.samples if s.round == 2 and s.who is Who.SUBMISSION] == [Outcome.WRONG]


def test_after_a_run_that_was_stopped_there_is_none() -> None:
    found = Scene(clear_after=3, ended=Ended.TIMED_OUT, exit_code=None).measure()

    assert [s.outcome for s in found.samples if s.who is Who.SUBMISSION] == [Outcome.RIGHT, Outcome.STOPPED]


# attacks: 154
def test_an_exit_code_does_not_keep_a_program_from_being_measured() -> None:
    found = Scene(clear_after=2, exit_code=3).measure(first=an_observation(stdout=b"right", exit_code=3))

    assert [pair.round for pair in found.pairs()] == [1, 2]


def test_a_program_that_fails_before_it_printed_proves_nothing() -> None:
    found = Scene(said=b"wrong", clear_after=2, exit_code=1).measure()

    assert [s.outcome for s in found.samples if s.round == 2 and s.who is Who.SUBMISSION] == [Outcome.FAILED]


def test_quick_runs_the_reference_once() -> None:
    scene = Scene(clear_after=3)

    scene.measure(quick=True)

    assert (scene.made, scene.asked) == ([Who.REFERENCE], [])


def test_it_comes_to_an_end_on_a_machine_that_is_slow() -> None:
    scene = Scene(clear_after=99, wall_s=30.0)

    found = scene.measure(first=an_observation(stdout=b"right", wall_s=30.0))

    assert [sample.round for sample in found.samples] == [1, 1]
