"""What PrairieLearn is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.model.grade import Grade, RunsReport, Status
from grader.model.result import Verdict
from grader.platforms.prairielearn import MOST_BYTES, PLATFORM, within_budget
from grader.platforms.seam import Failure, Outcome, Place
from grader.testing import a_check, a_grade, a_run
from tests.platforms.schemas import PRAIRIELEARN, accepted


def told(outcome: Outcome, root: Path = Path("/grade")) -> dict[str, Any]:
    (document,) = PLATFORM.open(Place(root, {})).results(outcome).documents
    assert document.path == root / "results" / "results.json"
    return accepted(document.text, PRAIRIELEARN)


def test_every_grade_becomes_what_prairielearn_reads(sample: Grade) -> None:
    data = told(sample)

    if sample.score is None or not sample.run.runs:
        assert data["gradable"] is False
    else:
        assert data["score"] == pytest.approx(float(sample.score / sample.max_score))
        assert [test["description"] for test in data["tests"]] == [check.id for check in sample.checks]


def test_texts_of_a_student_stay_texts(mean_grade: Grade) -> None:
    grade = mean_grade.model_copy(update={"run": RunsReport(runs=(a_run(),))})

    for part in (told(grade), *told(grade).get("tests", ())):
        assert "\x1b" not in part.get("output", "")


def test_a_check_that_could_not_be_decided_is_worth_nothing() -> None:
    checks = (a_check("speedup", Verdict.INCONCLUSIVE), a_check("counts"))

    first, second = told(a_grade(checks, runs=[a_run()]))["tests"]

    assert (first["max_points"], second["max_points"]) == (0.0, 1.0)


def test_what_python_cannot_read_is_a_format_error_and_no_attempt() -> None:
    grade = a_grade([a_check("runs", Verdict.FAILED, headline="Python cannot read line 3.", hint="Count brackets.")])

    assert told(grade) == {
        "gradable": False,
        "format_errors": ["Python cannot read line 3. Count brackets."],
        "message": "Python cannot read line 3. Count brackets.",
    }


def test_nothing_handed_in_is_a_format_error_and_a_fault_of_ours_is_none() -> None:
    assert told(Failure("You handed in nothing.", "Do.", by_student=True))["format_errors"]
    assert "format_errors" not in told(Failure("No room on the disk."))
    assert "format_errors" not in told(a_grade(status=Status.NOT_GRADED, score=None))


def test_the_first_document_counts_no_attempt() -> None:
    (document,) = PLATFORM.open(Place(None, {})).first().documents

    assert accepted(document.text, PRAIRIELEARN)["gradable"] is False


@pytest.mark.parametrize("sign", ["x", "\x00", "😀", '"', "\n"])
def test_the_document_never_has_more_bytes_than_are_taken(sign: str) -> None:
    tests = [{"name": "a", "points": 1.0, "max_points": 1.0, "output": sign * 200_000} for _ in range(4)]

    text = within_budget({"gradable": True, "score": 1.0, "output": sign * 900_000, "tests": tests})

    assert len(text.encode()) <= MOST_BYTES < 1 << 20
    assert len(accepted(text, PRAIRIELEARN)["tests"]) == 4


def test_what_fits_is_left_as_it_is() -> None:
    text = within_budget({"gradable": True, "score": 1.0, "output": "all of it"})

    assert accepted(text, PRAIRIELEARN)["output"] == "all of it"
