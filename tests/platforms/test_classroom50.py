"""Classroom 50's ``result.json``: whole points, cross-field rules, and nothing over what was earned."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import BrokenSettings
from grader.model.grade import Grade, Status
from grader.model.result import CheckResult, Verdict
from grader.platforms.classroom50 import PLATFORM, no_result, result
from grader.platforms.seam import Failure, Host, Place
from grader.platforms.whole_points import Points, whole_score
from grader.testing import a_check, a_grade
from tests.platforms.actions_runner import entries, obeyed

ENVIRONMENT = {
    "CLASSROOM": "parallel",
    "ASSIGNMENT": "word-count",
    "ASSIGNMENT_TYPE": "individual",
    "USERNAME": "ada",
    "OWNER": "ada",
    "SUBMISSION_TAG": "submit/2026-11-23T05-17-00Z-a1b2c3d",
    "COMMIT_URL": "https://github.example/ada/commit/a1b2c3d",
    "RELEASE_URL": "https://github.example/ada/releases/tag/submit",
    "REVIEW_URL": "https://github.example/ada/compare/0...a1b2c3d",
}
_WHOLE = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string", "minLength": 1}
_INSTANT = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$"}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        *("schema", "classroom", "assignment", "assignment_type", "owner", "submission", "commit", "release"),
        *("review", "datetime", "score", "max-score", "tests"),
    ],
    "properties": {
        "schema": {"const": "classroom50/result/v1"},
        "classroom": _TEXT,
        "assignment": _TEXT,
        "assignment_type": {"enum": ["individual", "group"]},
        "owner": _TEXT,
        "submission": {"type": "string", "pattern": "^submit/"},
        "commit": _TEXT,
        "release": _TEXT,
        "review": _TEXT,
        "datetime": _INSTANT,
        "graded_at": _INSTANT,
        "score": _WHOLE,
        "max-score": _WHOLE,
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["test-name", "passed", "score", "max-score"],
                "properties": {
                    "test-name": _TEXT,
                    "passed": {"type": "boolean"},
                    "score": _WHOLE,
                    "max-score": _WHOLE,
                },
            },
        },
    },
}


def checked(data: Any) -> dict[str, Any]:
    """The result, after the schema and the rules that a schema cannot say."""
    jsonschema.validate(data, SCHEMA)
    for part in (data, *data["tests"]):
        assert type(part["score"]) is int
        assert type(part["max-score"]) is int
        assert part["score"] <= part["max-score"]
    assert (data["classroom"], data["assignment"], data["owner"]) == ("parallel", "word-count", "ada")
    return data


def a_result(grade: Grade) -> dict[str, Any]:
    return checked(json.loads(json.dumps(result(grade, ENVIRONMENT))))


def worth(points: str, most: str) -> CheckResult:
    verdict = Verdict.PASSED if points == most else Verdict.PARTIAL
    return a_check(f"worth-{points}-{most}", verdict, points=Decimal(points), max_points=Decimal(most))


def test_whole_points_stay_as_they_are() -> None:
    data = a_result(a_grade([worth("3", "3"), worth("0", "2")]))

    assert (data["score"], data["max-score"]) == (3, 5)
    assert [(test["score"], test["max-score"]) for test in data["tests"]] == [(3, 3), (0, 2)]


def test_fractions_make_every_number_as_much_larger() -> None:
    data = a_result(a_grade([worth("0.75", "1.5"), worth("2", "2")]))

    assert (data["score"], data["max-score"]) == (275, 350)
    assert [(test["score"], test["max-score"]) for test in data["tests"]] == [(75, 150), (200, 200)]


def test_a_score_just_below_the_maximum_is_not_rounded_up_to_it() -> None:
    grade = a_grade([worth("2.999", "3")])

    assert grade.score == grade.max_score - Decimal("0.00")
    assert whole_score(grade) == Points(2999, 3000)
    assert a_result(grade)["score"] == 2999


def test_endless_fractions_are_cut_off() -> None:
    data = a_result(
        a_grade([a_check("third", Verdict.PARTIAL, points=Decimal(2) / 3, max_points=1)], score=Decimal("0.67"))
    )

    assert [(test["score"], test["max-score"]) for test in data["tests"]] == [(6666, 10000)]


@given(
    st.lists(
        st.tuples(st.decimals("0", "1", places=3), st.decimals("0", "10", places=2), st.sampled_from(list(Verdict))),
        min_size=1,
        max_size=9,
    )
)
def test_points_are_never_more_than_earned(parts: list[tuple[Decimal, Decimal, Verdict]]) -> None:
    checks = [
        a_check(f"check-{number}", verdict, points=share * most, max_points=most)
        for number, (share, most, verdict) in enumerate(parts)
    ]
    grade = a_grade(checks)
    if grade.score is None:
        return

    total = whole_score(grade)
    judged = [check for check in checks if check.verdict not in (Verdict.INCONCLUSIVE, Verdict.ERRORED)]
    assert total.score <= total.most
    assert (total.score == total.most) <= all(check.points == check.max_points for check in judged)
    assert abs(total.score - grade.score * total.most / grade.max_score) <= 1 if grade.max_score else total.most == 0


def test_what_could_not_be_judged_costs_nothing() -> None:
    data = a_result(a_grade([worth("2", "2"), a_check("speedup", Verdict.INCONCLUSIVE)]))

    assert (data["score"], data["max-score"]) == (3, 3)
    assert data["tests"][1]["max-score"] == 0
    assert data["tests"][1]["test-name"].endswith("(cannot tell, not counted)")


@pytest.mark.parametrize("status", [Status.NEEDS_REVIEW, Status.NOT_GRADED])
def test_a_grade_that_may_not_be_used_is_no_number(status: Status) -> None:
    data = a_result(a_grade(status=status, score=None if status is Status.NOT_GRADED else Decimal(1)))

    assert (data["score"], data["max-score"]) == (0, 0)
    assert (data["tests"][0]["score"], data["tests"][0]["max-score"]) == (0, 0)


def test_no_grade_is_a_result_without_tests() -> None:
    assert checked(no_result(ENVIRONMENT, datetime.now(UTC)))["tests"] == []


def test_old_runners_name_neither_owner_nor_review() -> None:
    fewer = {
        name: value for name, value in ENVIRONMENT.items() if name not in ("OWNER", "REVIEW_URL", "ASSIGNMENT_TYPE")
    }

    data = checked(result(a_grade(), fewer))

    assert (data["owner"], data["review"]) == ("ada", ENVIRONMENT["COMMIT_URL"])


def opened(tmp_path: Path, **changes: str) -> Host:
    (tmp_path / "my_script.py").write_text("x = 1\n")
    environment = ENVIRONMENT | {"GITHUB_OUTPUT": str(tmp_path / "output")} | changes
    return PLATFORM.open(Place(tmp_path, environment))


def test_a_delivery_has_the_result_the_release_and_the_page_for_it(tmp_path: Path) -> None:
    delivery = opened(tmp_path).results(a_grade([a_check(), a_check("output", Verdict.FAILED)]))

    documents = {one.path.name: one.text for one in delivery.documents if one.path}
    assert set(documents) == {"result.json", "release-body.md", "report.html", "output"}
    assert checked(json.loads(documents["result.json"]))["score"] == 1
    assert entries(documents["output"]) == {
        "status": "failure",
        "summary": "1 of 2 points. 1 of 2 checks passed, 1 failed.",
    }
    assert delivery.exit_code == 0


def test_the_first_result_gives_nobody_points(tmp_path: Path) -> None:
    (result_json, outputs) = opened(tmp_path).first().documents

    assert checked(json.loads(result_json.text))["max-score"] == 0
    assert entries(outputs.text)["status"] == "error"


# attacks: 87
def test_a_failure_is_told_and_forges_nothing(tmp_path: Path) -> None:
    delivery = opened(tmp_path).results(Failure("No.\n::error::forged", "x\nstatus=success", by_student=True))

    documents = {one.path.name if one.path else "log": one.text for one in delivery.documents}
    assert [one.name for one in obeyed(documents["log"])] == ["error"]
    assert entries(documents["output"])["status"] == "error"
    assert checked(json.loads(documents["result.json"]))["tests"] == []
    assert "could not be graded" in documents["release-body.md"]


@pytest.mark.parametrize(("by_student", "code"), [(True, 0), (False, 3)])
def test_only_a_failure_of_ours_is_one_of_the_runner(by_student: bool, code: int, tmp_path: Path) -> None:
    assert opened(tmp_path).results(Failure("No.", by_student=by_student)).exit_code == code


def test_without_its_environment_it_says_what_is_missing(tmp_path: Path) -> None:
    host = opened(tmp_path, SUBMISSION_TAG="")

    host.first()
    with pytest.raises(BrokenSettings, match="SUBMISSION_TAG"):
        host.job()


def test_settings_are_those_that_were_named_not_those_of_the_student(tmp_path: Path) -> None:
    (tmp_path / "pargrade.toml").write_text("graded = false\n")

    assert opened(tmp_path).job().settings.graded


def test_every_stored_grade_is_a_result(sample: Grade) -> None:
    data = a_result(sample)

    full = sample.status is Status.GRADED and sample.score == sample.max_score
    assert (0 < data["score"] == data["max-score"]) == full


# attacks: 87
def test_a_grade_with_the_meanest_texts_is_a_result_without_a_number(mean_grade: Grade, tmp_path: Path) -> None:
    documents = {one.path.name: one.text for one in opened(tmp_path).results(mean_grade).documents if one.path}

    assert checked(json.loads(documents["result.json"]))["max-score"] == 0
    assert entries(documents["output"])["status"] == "error"


def test_the_text_of_the_release_is_one_that_github_takes(tmp_path: Path) -> None:
    long = "\n".join("[*<&" * 90 for _ in range(100))
    grade = a_grade([a_check(f"check-{number}", Verdict.FAILED, detail=long) for number in range(5)])

    (body,) = (one.text for one in opened(tmp_path).results(grade).documents if one.path and one.path.suffix == ".md")

    assert len(body) < 125_000
    assert "check-4" in body
