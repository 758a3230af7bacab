"""Who did the work, beside a trusted program on the same inputs: what can be known, and when a person should look.

The reference does work of 1 s: 0.1 s in its main process, and the rest in four workers.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.checks.workers import doubts, is_settled
from grader.model.evidence import Evidence
from grader.model.measurement import Measurement, Outcome, Sample, Who
from grader.model.run import ProcessRecord
from grader.model.wire import Wire, WireMap
from tests.unit.checks.builders import (
    MAIN,
    a_run,
    a_spec,
    an_exercise,
    an_import,
    an_observation,
    evidence_of,
    forked,
    judge,
    spawned,
    verdict_and_cause,
)

BASE_S = 0.05
REFERENCE = forked(BASE_S + 0.1, *[0.225] * 4)
Processes = tuple[ProcessRecord, ...]


def a_sample(who: Who, processes: Processes, number: int = 1, outcome: Outcome = Outcome.RIGHT) -> Sample:
    return Sample(who, number, 38, 12_000_000, 1.0, an_observation(processes=processes), outcome)


def beside_reference(
    *rounds: Processes, exact: bool = True, wire: Wire | None = None, outcome: Outcome = Outcome.RIGHT
) -> Evidence:
    """A program whose process tables in the measured rounds are these; its graded run is like the first."""
    samples = [
        sample
        for number, mine in enumerate(rounds, start=1)
        for sample in (
            a_sample(Who.SUBMISSION, mine, number, outcome),
            a_sample(Who.REFERENCE, REFERENCE, number),
        )
    ]
    exercise = an_exercise(a_spec("workers"))
    runs = a_run(processes=rounds[0], wire=wire), an_import(BASE_S)
    return replace(evidence_of(*runs, exercise=exercise, exact=exact), measurement=Measurement(tuple(samples)))


def main_and_workers(main_s: float, *workers_s: float) -> Processes:
    return forked(BASE_S + main_s, *workers_s)


def a_wire(items_by_worker: dict[int, int]) -> Wire:
    answered_by = tuple(pid for pid, items in items_by_worker.items() for _ in range(items))
    return Wire((WireMap("map", "count_words", (1,) * len(answered_by), answered_by),), messages=2 * len(answered_by))


PASSED, NO_WORKER, ONE_WORKER = ("passed", ""), ("failed", "no-worker"), ("failed", "one-worker")
CANNOT_TELL = ("inconclusive", "")


@pytest.mark.parametrize(
    ("processes", "expected", "reviewed"),
    [
        pytest.param(main_and_workers(0.1, *[0.22] * 4), PASSED, False, id="honest"),
        pytest.param(spawned(BASE_S + 0.1, *[BASE_S + 0.22] * 4), PASSED, False, id="honest-and-spawned"),
        pytest.param(main_and_workers(0.1, 0.45, 0.45), PASSED, False, id="honest-with-two-workers"),
        pytest.param(main_and_workers(1.0, *[0.01] * 4), NO_WORKER, False, id="dummy-map"),
        pytest.param(main_and_workers(1.0), NO_WORKER, False, id="threads"),
        pytest.param(main_and_workers(4.0, *[0.01] * 4), NO_WORKER, False, id="serial-and-slow"),
        pytest.param(main_and_workers(1.0, *[0.001] * 4), NO_WORKER, False, id="sleeping-workers"),
        pytest.param(main_and_workers(0.1, 0.9, 0.01, 0.01, 0.01), ONE_WORKER, False, id="one-chunk"),
        pytest.param(main_and_workers(0.1, 0.9), ONE_WORKER, False, id="one-of-one"),
        pytest.param(main_and_workers(0.91, *[0.42] * 4), CANNOT_TELL, True, id="spinners-beside-a-working-main"),
        pytest.param(main_and_workers(0.1, 1.0, 0.95, 0.78, 0.9), CANNOT_TELL, True, id="one-works-three-spin"),
        pytest.param(main_and_workers(0.05, 0.7, 0.7), CANNOT_TELL, True, id="both-do-everything"),
        pytest.param(main_and_workers(0.1, *[0.45] * 4), PASSED, False, id="counts-twice-as-slowly"),
        pytest.param(main_and_workers(1.1, *[0.25] * 4), PASSED, False, id="counts-serially-too"),
        pytest.param(main_and_workers(5.0, *[0.25] * 4), CANNOT_TELL, False, id="merges-badly"),
        pytest.param(main_and_workers(0.1, *[0.17] * 4), PASSED, False, id="a-little-better-than-the-reference"),
        pytest.param(main_and_workers(0.01, *[0.04] * 4), PASSED, True, id="far-too-little-work"),
    ],
)
def test_each_way_to_spend_time_has_its_verdict(
    processes: Processes, expected: tuple[str, str], reviewed: bool
) -> None:
    evidence = beside_reference(processes)

    assert verdict_and_cause(judge("workers", evidence, minimum=2)) == expected
    assert bool(doubts(evidence)) == reviewed


SPINNERS = main_and_workers(0.91, *[0.42] * 4)
EVERYONE = main_and_workers(0.1, *[0.95] * 4)


def test_the_reason_says_both_numbers() -> None:
    (reason,) = doubts(beside_reference(SPINNERS))

    assert "The main process alone used 0.91 s" in reason
    assert "needs 1.00 s for all of the work" in reason
    assert "2.6 times as much" in reason


@pytest.mark.parametrize("processes", [SPINNERS, EVERYONE, main_and_workers(0.01, *[0.04] * 4)])
def test_nobody_is_accused_where_processes_can_be_missed(processes: Processes) -> None:
    assert doubts(beside_reference(processes, exact=False)) == ()


def test_nobody_is_accused_of_too_little_work_by_what_was_taken_off_for_starts() -> None:
    on_a_loaded_machine = beside_reference(spawned(0.06, *[0.08] * 4))
    base_s = replace(on_a_loaded_machine, runs={run.spec.name: run for run in (a_run(), an_import(0.08))})

    assert doubts(base_s) == ()


def test_a_program_that_counts_twice_is_not_accused_by_what_spawning_costs() -> None:
    reference = spawned(BASE_S + 0.05, *[BASE_S + 0.08] * 4)
    mine = spawned(BASE_S + 0.55, *[BASE_S + 0.11] * 4)
    samples = (a_sample(Who.SUBMISSION, mine), a_sample(Who.REFERENCE, reference))
    evidence = replace(beside_reference(mine), measurement=Measurement(samples))

    assert doubts(evidence) == ()


def test_a_program_that_counts_twice_is_not_accused_by_how_clocks_swing_on_little_work() -> None:
    reference = main_and_workers(0.04, *[0.08] * 4)
    mine = main_and_workers(0.45, *[0.11] * 4)
    samples = (a_sample(Who.SUBMISSION, mine), a_sample(Who.REFERENCE, reference))
    evidence = replace(beside_reference(mine), measurement=Measurement(samples))

    assert doubts(evidence) == ()


@pytest.mark.parametrize("processes", [EVERYONE, main_and_workers(0.1, *[0.68] * 4)])
def test_slow_workers_are_believed_where_the_queue_shows_that_items_were_spread(processes: Processes) -> None:
    evidence = beside_reference(processes, wire=a_wire({MAIN + n: 9 for n in range(1, 5)}))

    assert verdict_and_cause(judge("workers", evidence, minimum=2)) == PASSED
    assert doubts(evidence) == ()


def test_items_that_all_went_to_one_worker_prove_nothing_of_the_others() -> None:
    evidence = beside_reference(EVERYONE, wire=a_wire({MAIN + 1: 38}))

    assert verdict_and_cause(judge("workers", evidence, minimum=2)) == CANNOT_TELL


def test_a_spread_queue_does_not_speak_for_a_main_process_that_could_do_all() -> None:
    evidence = beside_reference(SPINNERS, wire=a_wire({MAIN + n: 9 for n in range(1, 5)}))

    assert verdict_and_cause(judge("workers", evidence, minimum=2)) == CANNOT_TELL


def test_the_round_closest_to_the_reference_speaks_for_the_program() -> None:
    evidence = beside_reference(SPINNERS, main_and_workers(0.1, *[0.22] * 4))

    assert verdict_and_cause(judge("workers", evidence, minimum=2)) == PASSED
    assert doubts(evidence) == ()


def test_a_round_with_a_wrong_answer_proves_nothing() -> None:
    evidence = beside_reference(SPINNERS, outcome=Outcome.WRONG)

    assert evidence.measurement.pairs() == ()
    assert doubts(evidence) == ()


@pytest.mark.parametrize(
    ("processes", "settled"),
    [
        pytest.param(main_and_workers(0.1, *[0.22] * 4), True, id="honest"),
        pytest.param(main_and_workers(1.0), True, id="serial"),
        pytest.param(SPINNERS, False, id="doubtful"),
        pytest.param(main_and_workers(0.1, 0.75, 0.15), False, id="uneven"),
        pytest.param(main_and_workers(5.0, *[0.25] * 4), False, id="merges-badly"),
    ],
)
def test_another_round_is_worth_it_while_the_verdict_is_open(processes: Processes, settled: bool) -> None:
    assert is_settled(beside_reference(processes)) == settled
