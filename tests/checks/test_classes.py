"""Every kind of check explains itself, and shows programs on both sides."""

from __future__ import annotations

import ast

import pytest

from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks import CHECKS
from grader.checks.base import Check
from grader.checks.examples import whole_program
from grader.model.result import Verdict

KINDS = CHECKS.names()
EXAMPLES = [(kind, number) for kind in KINDS for number in range(len(CHECKS.get(kind).examples))]

each_kind = pytest.mark.parametrize("check", [CHECKS.get(kind) for kind in KINDS], ids=KINDS)
each_example = pytest.mark.parametrize(("kind", "number"), EXAMPLES, ids=[f"{k}-{n}" for k, n in EXAMPLES])


def verdicts(check: type[Check]) -> set[Verdict]:
    return {example.verdict for example in check.examples}


@each_kind
def test_a_check_says_what_it_decides_and_why_it_matters(check: type[Check]) -> None:
    first, _, rest = (check.__doc__ or "").partition("\n\n")

    assert first.endswith(".")
    assert rest.strip()


@each_kind
def test_a_check_shows_a_program_that_does_not_lose_points(check: type[Check]) -> None:
    assert verdicts(check) & {Verdict.PASSED, Verdict.INCONCLUSIVE}


@each_kind
def test_a_check_that_judges_shows_a_program_that_fails(check: type[Check]) -> None:
    assert Verdict.FAILED in verdicts(check) or verdicts(check) == {Verdict.INCONCLUSIVE}


def test_the_kinds_are_named_by_their_classes_and_are_unique() -> None:
    classes = [CHECKS.get(kind) for kind in KINDS]

    assert [check.kind for check in classes] == KINDS
    assert len(set(classes)) == len(KINDS)


@each_kind
def test_a_check_shows_no_program_twice(check: type[Check]) -> None:
    codes = [example.code for example in check.examples]

    assert len(set(codes)) == len(codes)


@each_example
def test_an_example_is_a_whole_program_that_python_can_read(kind: str, number: int) -> None:
    check = CHECKS.get(kind)

    tree = ast.parse(whole_program(check, check.examples[number]))

    assert tree.body


@each_example
def test_an_example_that_loses_points_names_its_cause_and_a_part_of_its_headline(kind: str, number: int) -> None:
    example = CHECKS.get(kind).examples[number]
    loses = example.verdict in (Verdict.FAILED, Verdict.PARTIAL)

    assert bool(example.cause) is loses
    assert bool(example.headline) is loses or example.verdict is Verdict.INCONCLUSIVE


@each_kind
def test_a_check_is_used_by_the_exercise_its_examples_are_made_for(check: type[Check]) -> None:
    exercise = Catalog(bundled("exercises"), CHECKS).load(check.exercise)

    assert check.kind in {spec.kind for spec in exercise.spec.checks}
