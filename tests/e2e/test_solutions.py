"""The reference solutions earn full marks of what is judged, however their workers are started."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grader.model.grade import Status
from grader.model.result import Verdict
from grader.sandbox.choice import best_sandbox
from grader.testing import grade_file

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = sorted((ROOT / "solutions").glob("*/*.py"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "start_method"),
    [
        pytest.param(path, method, id=f"{path.parent.name}/{path.stem}-{method}")
        for number, path in enumerate(SOLUTIONS)
        for method in ("fork", ("forkserver", "spawn")[number % 2])
    ],
)
def test_a_reference_solution_earns_full_marks(path: Path, start_method: str) -> None:
    grade = grade_file(path, exercise=path.parent.name, start_method=start_method)

    missed = {check.id: check.headline for check in grade.checks if check.points < check.max_points}
    undecided = {check.id for check in grade.checks if check.verdict is Verdict.INCONCLUSIVE}
    assert set(missed) == undecided <= {"speedup"}, missed
    assert (grade.status, grade.score) == (Status.GRADED, grade.max_score)


@pytest.mark.slow
def test_a_solution_earns_full_marks_on_the_large_inputs_too_and_its_speed_is_shown() -> None:
    grade = grade_file(ROOT / "solutions/word_count/argv_with_statement.py", quick=False)

    assert grade.score == grade.max_score
    assert grade.timing.speed.breakdown is not None
    assert grade.timing.speed.curves or grade.timing.speed.left_out


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the README shows what is said where walls hold")
def test_the_readme_shows_what_the_grader_really_says() -> None:
    from grader.report.terminal import render_terminal

    grade = grade_file(
        ROOT / "solutions/word_count/argv_with_statement.py", quick=False, sandbox=best_sandbox().sandbox
    )
    if grade.sandbox.backend == "practice":
        pytest.skip("no walls hold here")
    said = [line for line in render_terminal(grade, width=80, colour=False).splitlines() if is_of_the_table(line)]

    assert [line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if is_of_the_table(line)] == said


def is_of_the_table(line: str) -> bool:
    """A line that is the same in each grading: that of a check, and the score."""
    return line.startswith(("✓ ", "? ", "✗ ")) or line.endswith("of 10 points")
