"""Did several workers do the work, by process tables of honest and less honest programs."""

from __future__ import annotations

import pytest

from grader.model.run import Ended
from tests.unit.checks.builders import (
    a_run,
    an_import,
    broke_off,
    evidence_of,
    forked,
    judge,
    served,
    spawned,
    verdict_and_cause,
)


def workers(*runs, minimum: int = 2):
    return judge("workers", evidence_of(*runs, an_import(0.05)), minimum=minimum)


@pytest.mark.parametrize(
    ("processes", "expected"),
    [
        pytest.param(forked(0.1, 0.3, 0.3, 0.3, 0.3), ("passed", ""), id="four-even-workers"),
        pytest.param(forked(0.1, 0.3, 0.25), ("passed", ""), id="two-workers"),
        pytest.param(forked(0.1, 0.3, 0.3, 0.0, 0.0), ("passed", ""), id="two-of-four"),
        pytest.param(forked(0.1, 0.5, 0.25), ("passed", ""), id="two-to-one"),
        pytest.param(spawned(0.15, 0.35, 0.35), ("passed", ""), id="spawned"),
        pytest.param(served(0.15, 0.06, 0.3, 0.3), ("passed", ""), id="forkserver"),
        pytest.param(forked(0.5, 0.3, 0.3), ("passed", ""), id="main-process-helps"),
        pytest.param(forked(0.1, 0.9), ("failed", "one-worker"), id="one-worker"),
        pytest.param(spawned(0.15, 0.9), ("failed", "one-worker"), id="one-spawned-worker"),
        pytest.param(forked(0.1, 0.9, 0.01, 0.01, 0.01), ("failed", "one-worker"), id="three-idle-workers"),
        pytest.param(served(0.15, 0.3, 0.9), ("failed", "one-worker"), id="one-worker-and-a-busy-forkserver"),
        pytest.param(forked(0.9), ("failed", "no-worker"), id="serial"),
        pytest.param(forked(0.9, 0.001, 0.001), ("failed", "no-worker"), id="dummy-map"),
        pytest.param(spawned(0.9, 0.05, 0.05), ("failed", "no-worker"), id="dummy-map-over-spawned-workers"),
        pytest.param(forked(0.1, 0.6, 0.1), ("inconclusive", ""), id="six-to-one"),
        pytest.param(forked(0.06, 0.01, 0.01), ("inconclusive", ""), id="too-little-work"),
        pytest.param(spawned(0.05, 0.05, 0.05), ("inconclusive", ""), id="only-starts"),
        pytest.param(forked(0.06), ("failed", "no-worker"), id="too-little-work-and-no-worker"),
    ],
)
def test_each_process_table_has_its_verdict(processes, expected: tuple[str, str]) -> None:
    assert verdict_and_cause(workers(a_run(processes=processes))) == expected


def test_two_workers_are_too_few_where_four_are_wanted() -> None:
    assert workers(a_run(processes=forked(0.1, 0.3, 0.3)), minimum=4).verdict.value == "inconclusive"
    assert workers(a_run(processes=forked(0.1, 0.3, 0.3, 0.3, 0.3)), minimum=4).verdict.value == "passed"


def test_the_run_that_shared_best_speaks_for_the_program() -> None:
    uneven, even = forked(0.1, 0.9, 0.01), forked(0.1, 0.3, 0.3)

    finding = workers(a_run(processes=uneven), a_run(name="unseen", processes=even))

    assert verdict_and_cause(finding) == ("passed", "")


def test_a_run_with_too_little_work_says_nothing_beside_one_that_tells() -> None:
    little, serial = forked(0.06, 0.01, 0.01), forked(0.9)

    finding = workers(a_run(processes=little), a_run(name="unseen", processes=serial))

    assert verdict_and_cause(finding) == ("failed", "no-worker")


def test_shared_work_of_a_program_that_broke_off_counts() -> None:
    assert verdict_and_cause(workers(a_run(**broke_off())))[0] == "passed"


def test_unshared_work_of_a_program_that_broke_off_is_not_judged() -> None:
    assert workers(a_run(processes=forked(0.9), **broke_off())) is None


@pytest.mark.parametrize("ended", [Ended.TIMED_OUT, Ended.SIGNALLED, Ended.CPU_LIMIT])
def test_a_program_that_was_stopped_is_not_judged(ended: Ended) -> None:
    assert workers(a_run(ended=ended, exit_code=None)) is None


# attacks: 154
def test_a_program_that_hangs_in_one_run_is_not_judged_by_the_other() -> None:
    hangs = a_run(name="unseen", ended=Ended.TIMED_OUT, exit_code=None)

    assert workers(a_run(), hangs) is None


def test_without_a_run_as_a_script_it_is_not_judged() -> None:
    assert workers() is None


def test_it_rests_on_the_kernel_alone() -> None:
    assert workers(a_run()).evidence.value == "kernel"


def test_many_workers_are_not_all_listed() -> None:
    finding = workers(a_run(processes=forked(0.1, *[0.1] * 30)))

    assert verdict_and_cause(finding) == ("passed", "")
    assert len(finding.headline) < 200


def test_many_even_workers_are_all_counted() -> None:
    assert workers(a_run(processes=forked(0.1, *[0.1] * 30))).headline.startswith("30 worker processes")
