"""The corpus of student programs gets the verdicts written beside it, however workers are started.

One start method alone: ``-k forked``, ``-k served`` or ``-k spawned``. One program: ``-k one_worker``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks import CHECKS
from grader.model.result import Verdict
from grader.testing import grade_file
from tests.e2e.corpus_reader import CORPUS, START_METHODS, Program, mismatches, programs

PROGRAMS = programs()
STARTED = {"fork": "forked", "forkserver": "served", "spawn": "spawned"}
LEAST = {"word_count": 44, "async_map": 12}
LEAST_RIGHT = {"word_count": 16, "async_map": 4}
EARNS_ALL = {Verdict.PASSED, Verdict.INCONCLUSIVE}


@cache
def requirements(exercise: str) -> dict[str, tuple[str, ...]]:
    """The checks of an exercise, and those that have to pass before each of them."""
    spec = Catalog(bundled("exercises"), CHECKS).load(exercise).spec
    return {check.id: check.requires for check in spec.checks}


def check_ids(exercise: str) -> set[str]:
    return set(requirements(exercise))


def is_right(program: Program) -> bool:
    """Whether the program should get full marks, however its workers are started."""
    return all(set(program.verdicts(method).values()) <= EARNS_ALL for method in START_METHODS)


each_program = pytest.mark.parametrize("program", PROGRAMS, ids=str)
each_exercise = pytest.mark.parametrize("exercise", sorted(LEAST))


def cases() -> list[Any]:
    """Every program under fork; under the others those with notes on start methods, and a tenth of the rest.

    All under all are graded by ``python -m tests.e2e.corpus_everywhere SANDBOX METHOD``.
    """
    return [
        pytest.param(program, method, id=f"{program}-{STARTED[method]}")
        for number, program in enumerate(PROGRAMS)
        for method in START_METHODS
        if method == "fork" or program.notes.get("methods") or number % 10 == START_METHODS.index(method)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("program", "start_method"), cases())
def test_a_program_gets_the_verdicts_noted_beside_it(program: Program, start_method: str) -> None:
    grade = grade_file(program.path, exercise=program.exercise, start_method=start_method)

    assert mismatches(program, start_method, grade) == []


@each_program
def test_the_notes_tell_a_story(program: Program) -> None:
    story = program.notes["story"]

    assert story.endswith(".")
    assert story[0].isupper()


@each_program
def test_the_notes_have_no_unknown_part(program: Program) -> None:
    parts = set(program.notes) | set(program.notes.get("methods", {}))

    assert parts <= {"story", "verdicts", "causes", "headlines", "methods", *START_METHODS}


@each_program
@pytest.mark.parametrize("start_method", START_METHODS)
def test_the_notes_give_each_check_a_legal_verdict(program: Program, start_method: str) -> None:
    verdicts = program.verdicts(start_method)

    assert set(verdicts) == check_ids(program.exercise)
    assert set(verdicts.values()) <= set(Verdict)


@each_program
@pytest.mark.parametrize("start_method", START_METHODS)
def test_the_notes_give_causes_to_checks_that_find_fault(program: Program, start_method: str) -> None:
    verdicts = program.verdicts(start_method)
    faulty = {check for check, verdict in verdicts.items() if verdict in (Verdict.FAILED, Verdict.PARTIAL)}

    assert set(program.causes(start_method)) <= faulty
    assert set(program.headlines(start_method)) <= set(verdicts)


@each_program
@pytest.mark.parametrize("start_method", START_METHODS)
def test_a_check_is_skipped_when_one_that_it_requires_does_not_pass(program: Program, start_method: str) -> None:
    verdicts = program.verdicts(start_method)
    blocked = {
        check
        for check, requires in requirements(program.exercise).items()
        if any(verdicts[required] in (Verdict.FAILED, Verdict.SKIPPED) for required in requires)
    }

    assert {check for check in blocked if verdicts[check] != Verdict.SKIPPED} == set()


@each_exercise
def test_there_are_enough_programs(exercise: str) -> None:
    found = [program for program in PROGRAMS if program.exercise == exercise]
    right = [program for program in found if is_right(program)]

    assert len(found) >= LEAST[exercise]
    assert len(right) >= LEAST_RIGHT[exercise]


@each_exercise
def test_every_check_is_failed_by_some_program(exercise: str) -> None:
    failed = {
        check
        for program in PROGRAMS
        if program.exercise == exercise
        for check, verdict in program.verdicts("fork").items()
        if verdict == Verdict.FAILED
    }

    assert check_ids(exercise) - failed <= {"speedup"}


def test_no_notes_lie_there_without_their_program() -> None:
    noted = {path.with_suffix("") for path in CORPUS.glob("*/*.toml")}

    assert noted == {program.path.with_suffix("") for program in PROGRAMS}
