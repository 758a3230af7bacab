"""Programs of the corpus get the same verdicts behind walls as without, however workers are started."""

from __future__ import annotations

import pytest

from grader.testing import grade_file
from tests.e2e.corpus_reader import START_METHODS, Program, mismatches, programs
from tests.sandbox.conftest import WALLED

pytestmark = pytest.mark.slow

SAMPLE = {
    "word_count": ("right_notebook", "with_pool_and_argv", "initializer_compiles_pattern", "worker_killed"),
    "async_map": ("with_statement", "two_pools", "threads", "no_main_guard"),
}
PROGRAMS = [program for program in programs() if program.path.stem in SAMPLE.get(program.exercise, ())]


def test_the_sample_is_there() -> None:
    assert len(PROGRAMS) == sum(map(len, SAMPLE.values()))


@pytest.mark.parametrize("backend", sorted(WALLED))
@pytest.mark.parametrize("start_method", START_METHODS)
@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_a_program_gets_its_verdicts_behind_walls(program: Program, start_method: str, backend: str) -> None:
    grade = grade_file(
        program.path, exercise=program.exercise, start_method=start_method, sandbox=WALLED[backend]()
    )

    assert mismatches(program, start_method, grade) == []
    assert grade.sandbox.backend == backend.split("-")[0]
