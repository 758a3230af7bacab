"""Every example of every check, graded for real, gets what stands beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.checks import CHECKS
from grader.checks.examples import whole_program
from grader.testing import grade_file

EXAMPLES = [(kind, number) for kind in CHECKS.names() for number in range(len(CHECKS.get(kind).examples))]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "number"), EXAMPLES, ids=[f"{kind}-{number}" for kind, number in EXAMPLES])
def test_an_example_gets_its_verdict(kind: str, number: int, tmp_path: Path) -> None:
    check = CHECKS.get(kind)
    example = check.examples[number]
    path = tmp_path / "example.py"
    path.write_text(whole_program(check, example), encoding="utf-8")

    grade = grade_file(path, exercise=check.exercise, quick=True)

    result = next(result for result in grade.checks if result.id == kind)
    assert (result.verdict, result.cause) == (example.verdict, example.cause)
    assert example.headline in result.headline
    assert grade.review_reasons == ()
