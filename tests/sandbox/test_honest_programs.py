"""Programs of the corpus get the same verdicts behind walls as without, however workers are started."""

from __future__ import annotations

from functools import cache

import pytest

from grader.model.result import Verdict
from grader.sandbox.practice import PracticeSandbox
from grader.testing import grade_file
from tests.e2e.corpus_reader import START_METHODS, Program, programs
from tests.sandbox.conftest import WALLED

pytestmark = pytest.mark.slow

SAMPLE = {
    "word_count": ("right_notebook", "worker_killed"),
    "async_map": ("two_pools", "no_main_guard"),
}
PROGRAMS = [program for program in programs() if program.path.stem in SAMPLE.get(program.exercise, ())]


def test_the_sample_is_there() -> None:
    assert len(PROGRAMS) == sum(map(len, SAMPLE.values()))


@cache
def verdicts(program: Program, start_method: str, backend: str) -> dict[str, tuple[str, str]]:
    """What each check concluded, and the cause where it found fault."""
    sandbox = PracticeSandbox() if backend == PracticeSandbox.name else WALLED[backend]()
    grade = grade_file(program.path, exercise=program.exercise, start_method=start_method, sandbox=sandbox)
    return {check.id: (check.verdict, check.cause) for check in grade.checks}


@pytest.mark.parametrize("backend", sorted(WALLED))
@pytest.mark.parametrize("start_method", START_METHODS)
@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_a_program_gets_the_same_verdicts_behind_walls(program: Program, start_method: str, backend: str) -> None:
    behind_walls = verdicts(program, start_method, backend)
    without = verdicts(program, start_method, PracticeSandbox.name)

    told = {name for name in without if Verdict.INCONCLUSIVE not in (without[name][0], behind_walls[name][0])}
    assert {name: behind_walls[name] for name in told} == {name: without[name] for name in told}
    assert behind_walls.keys() == without.keys()
    assert len(told) >= 4
