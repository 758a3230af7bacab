"""Work divided among processes of which one computes at a time: by their clocks alone it looks parallel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.model.run import ProcessRecord
from tests.unit.checks.builders import forked, judge, verdict_and_cause
from tests.unit.checks.test_beside_reference import REFERENCE, beside_reference, main_and_workers

WALL_S = 1.0  # of all runs here


def waiting(processes: tuple[ProcessRecord, ...], each_s: float) -> tuple[ProcessRecord, ...]:
    """The processes as they are where each could have computed for so many seconds longer, had there been a core."""
    return tuple(replace(process, queued_s=each_s) for process in processes)


def speed(mine: tuple[ProcessRecord, ...], reference: tuple[ProcessRecord, ...]):
    evidence = beside_reference(mine)
    first, second = evidence.measurement.samples
    samples = (first, replace(second, observation=replace(second.observation, processes=reference)))
    return judge("speedup", replace(evidence, measurement=replace(evidence.measurement, samples=samples)))


# attacks: 120
@pytest.mark.parametrize("neighbours_s", [0.0, 0.05])
def test_workers_that_take_turns_earn_nothing_for_being_four(neighbours_s: float) -> None:
    mine = waiting(main_and_workers(0.1, *[0.225] * 4), neighbours_s / 5)

    finding = speed(mine, waiting(REFERENCE, 0.5))

    assert verdict_and_cause(finding)[1] == "one-after-the-other"
    assert finding.share < 0.1


@pytest.mark.parametrize(
    ("mine_s", "reference_s"),
    [
        pytest.param(0.5, 0.5, id="a-busy-machine"),
        pytest.param(0.0, 0.0, id="a-machine-that-tells-of-no-waiting"),
        pytest.param(None, 0.5, id="unknown"),
    ],
)
def test_workers_that_compute_side_by_side_earn_their_points(mine_s: float | None, reference_s: float) -> None:
    mine = waiting(forked(0.15, *[0.225] * 4), mine_s) if mine_s is not None else forked(0.15, *[0.225] * 4)

    assert verdict_and_cause(speed(mine, waiting(REFERENCE, reference_s))) == ("passed", "")
