"""Who did the work, read from the process table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.checks.effort import DEFAULT_BASE_S, LARGEST_BASE_S, Effort, base_cost_s, effort_of, role_of
from grader.model.trace import Trace
from tests.unit.checks.builders import a_run, a_tracker, an_import, evidence_of, forked, imported, served, spawned


def effort(processes, base_s: float = 0.1) -> Effort:
    return effort_of(a_run(processes=processes), base_s)


def test_forked_workers_inherit_a_started_interpreter() -> None:
    found = effort(forked(0.3, 0.5, 0.4))

    assert found.main_s == pytest.approx(0.2)
    assert found.workers_s == pytest.approx((0.5, 0.4))


def test_spawned_workers_paid_for_their_start() -> None:
    found = effort(spawned(0.3, 0.5, 0.4))

    assert found.main_s == pytest.approx(0.2)
    assert found.workers_s == pytest.approx((0.4, 0.3))


def test_the_forkserver_and_the_resource_tracker_do_no_work() -> None:
    found = effort(served(0.3, 0.2, 0.5, 0.4))

    assert len(found.workers_s) == 2


# attacks: 119
def test_work_done_under_the_name_of_a_helper_is_the_main_processs() -> None:
    processes = (*forked(0.3, 0.5, 0.4), *(a_tracker(200 + number, cpu_s=0.2) for number in range(10)))

    found = effort(processes)

    assert found.main_s == pytest.approx(0.2 + 10 * 0.2 - 3 * 0.1)
    assert found.workers_s == pytest.approx((0.5, 0.4))


def test_the_workers_of_a_fork_server_paid_for_their_import() -> None:
    assert effort(served(0.3, 0.2, 0.5, 0.4)).workers_s == pytest.approx((0.46, 0.36))
    assert effort(served(0.3, 0.2, 0.03, 0.03)).workers_s == ()


def test_a_worker_that_only_started_did_no_work() -> None:
    assert effort(spawned(0.3, 0.1, 0.05)).workers_s == ()


def test_roles_are_told_apart() -> None:
    run = a_run(processes=served(0.1, 0.1, 0.5))

    roles = [role_of(process, run.observation) for process in run.observation.processes]

    assert roles == ["main", "helper", "helper", "worker"]


# attacks: 153
def test_who_starts_the_workers_is_no_worker() -> None:
    main, second, third = forked(0.1, 2.0, 0.5)
    nested = replace(third, ppid=second.pid)

    found = effort((main, second, nested))

    assert (found.main_s, found.workers_s) == (pytest.approx(2.1 - 0.1), (0.5,))


def test_a_worker_with_a_resource_tracker_is_still_a_worker() -> None:
    main, worker = forked(0.1, 2.0)

    found = effort((main, worker, replace(a_tracker(150, 0.02), ppid=worker.pid)))

    assert found.workers_s == (2.0,)


@pytest.mark.parametrize(
    ("workers", "effective"),
    [((), 0), ((1.0,), 1), ((1.0, 1.0), 2), ((1.0, 1.0, 1.0, 1.0), 4), ((5.0, 1.0), 36 / 26), ((1.0, 0.0), 1)],
)
def test_effective_workers_count_equally_busy_ones(workers: tuple[float, ...], effective: float) -> None:
    assert Effort(0.1, workers).effective_workers == pytest.approx(effective)


def test_the_share_of_the_main_process_is_between_none_and_all() -> None:
    assert Effort(0.0, (1.0,)).main_share == 0
    assert Effort(1.0, (1.0,)).main_share == pytest.approx(0.5)
    assert Effort(0.0, ()).main_share == 1


@pytest.mark.parametrize(
    ("processes", "tells"),
    [
        pytest.param(forked(0.1, 0.1, 0.1), False, id="less-than-three-starts"),
        pytest.param(forked(0.2, 0.2, 0.2), True, id="more-than-three-starts"),
        pytest.param(spawned(0.2, *[0.14] * 8), False, id="drowns-in-what-was-taken-off"),
        pytest.param(spawned(0.2, *[0.2] * 8), True, id="well-above-what-was-taken-off"),
        pytest.param(forked(0.05), False, id="less-than-one-start"),
    ],
)
def test_shares_tell_something_only_of_enough_work(processes, tells: bool) -> None:
    assert effort(processes, base_s=0.1).tells is tells


@pytest.mark.parametrize(("cpu_s", "base_s"), [(0.04, 0.04), (0.15, 0.15), (9.0, LARGEST_BASE_S)])
def test_the_base_cost_is_that_of_the_import(cpu_s: float, base_s: float) -> None:
    assert base_cost_s(evidence_of(a_run(), an_import(cpu_s))) == base_s


def test_what_the_questions_cost_is_not_part_of_the_base() -> None:
    run = an_import(0.09, trace=Trace(imported=imported(cpu_s=0.06)))

    assert base_cost_s(evidence_of(run)) == 0.06


def test_the_program_cannot_raise_its_base_by_word() -> None:
    run = an_import(0.04, trace=Trace(imported=imported(cpu_s=50.0)))

    assert base_cost_s(evidence_of(run)) == 0.04


@pytest.mark.parametrize(
    "changes",
    [{"cpu_s": 0.9, "trace": Trace(rejected=1)}, {"processes": forked(0.04, 0.5)}],
    ids=["failed", "started-processes"],
)
def test_an_import_that_worked_or_failed_is_no_base(changes) -> None:
    assert base_cost_s(evidence_of(an_import(**changes))) == DEFAULT_BASE_S


def test_without_an_import_the_base_is_a_usual_one() -> None:
    assert base_cost_s(evidence_of(a_run())) == DEFAULT_BASE_S
