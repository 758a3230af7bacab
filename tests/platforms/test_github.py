"""What a job of GitHub Actions is told of a grade."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from pathlib import Path, PurePosixPath

import jsonschema
import pytest

from grader.errors import BrokenSettings, UnclearSubmission
from grader.model.grade import Grade, Status, SubmissionInfo
from grader.model.result import CheckResult, Location, Verdict
from grader.platforms import autograding
from grader.platforms.github import PLATFORM, SUMMARY_BYTES, annotate, step_outputs
from grader.platforms.lengths import markdown_within
from grader.platforms.seam import Delivery, Failure, Host, Place
from grader.platforms.workflow import Level
from grader.testing import a_check, a_grade
from tests.platforms.actions_runner import Obeyed, entries, obeyed

SCRIPT = PurePosixPath("week 3/my_script.py")
FORGED = (
    "::error::forged\n::add-mask::1\n ::stop-commands::x\n##[error]forged\n##vso[task.complete]\n"
    "::set-output name=score::10"
)
RESULT_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "status", "max_score", "tests"],
    "properties": {
        "version": {"const": 1},
        "status": {"enum": ["pass", "fail", "error"]},
        "max_score": {"type": "number", "minimum": 0},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "status", "score", "message", "test_code", "filename", "line_no", "duration"],
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "status": {"enum": ["pass", "fail", "error"]},
                    "score": {"type": "number", "minimum": 0},
                    "message": {"type": "string"},
                    "test_code": {"type": "string"},
                    "filename": {"type": "string"},
                    "line_no": {"type": "integer", "minimum": 0},
                    "duration": {"type": "number"},
                },
            },
        },
    },
}
"""What the reporter of GitHub Classroom reads, after its sources."""


def failed(check_id: str = "counts", **changes: object) -> CheckResult:
    return a_check(check_id, Verdict.FAILED, **{"headline": "Three counts are wrong.", **changes})


def hostile_grade() -> Grade:
    place = Location(file="::error::.py,line=1", line=4, column=2, excerpt="::error::forged ##[error]forged")
    check = failed(
        headline=FORGED, detail=f"  {FORGED}\n::error a\n::forged", hint=FORGED, location=place, title=FORGED
    )
    name = "::error file=x::.py\n::notice::forged"
    return a_grade(
        [check, a_check("speedup", Verdict.INCONCLUSIVE, headline=FORGED)],
        submission=SubmissionInfo(name=name, sha256="9f2c" * 16, kind="script", notes=(FORGED,)),
        review_reasons=(FORGED,),
        status=Status.NEEDS_REVIEW,
    )


def step(tmp_path: Path, **environment: str) -> Host:
    """A step of a job in whose repository lies ``my_script.py``."""
    (tmp_path / "repository").mkdir(exist_ok=True)
    (tmp_path / "repository" / "my_script.py").write_text("x = 1\n")
    given = {
        "GITHUB_WORKSPACE": str(tmp_path / "repository"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "PARGRADE_REPORTS": str(tmp_path / "reports"),
    }
    return PLATFORM.open(Place(None, given | environment))


def texts(delivery: Delivery) -> dict[str, str]:
    """The documents by the names of their files; the log has the name ``log``."""
    found: dict[str, str] = {}
    for document in delivery.documents:
        document.text.encode()  # as it will be written
        name = document.path.name if document.path else "log"
        found[name] = found.get(name, "") + document.text
    return found


def test_an_annotation_is_at_the_line_of_the_student() -> None:
    (told,) = annotate(a_grade([failed(location=Location(file="my_script.py", line=7, column=5))]), SCRIPT)

    assert (told.level, told.file, told.line, told.column) == (Level.ERROR, "week 3/my_script.py", 7, 5)
    assert told.title == "counts: The printed counts are right (0 of 1)"
    assert told.message.startswith("Three counts are wrong.")


def test_a_line_of_a_cell_is_told_but_is_no_line_of_the_notebook() -> None:
    place = Location(file="my_notebook.ipynb", line=7, cell=3)
    grade = a_grade(
        [failed(location=place)], submission=SubmissionInfo(name="my_notebook.ipynb", sha256="0" * 64, kind="notebook")
    )

    (told,) = annotate(grade, PurePosixPath("my_notebook.ipynb"))

    assert (told.file, told.line) == ("my_notebook.ipynb", 0)
    assert "cell 3, line 7" in told.message


def test_what_costs_most_comes_first_and_no_more_than_is_shown() -> None:
    checks = [failed(f"check-{number}", max_points=number) for number in range(1, 15)]

    told = annotate(a_grade(checks), SCRIPT)

    assert [one.title.split(":")[0] for one in told] == [f"check-{number}" for number in range(14, 4, -1)]


@pytest.mark.parametrize(
    ("verdict", "level"),
    [
        (Verdict.FAILED, Level.ERROR),
        (Verdict.PARTIAL, Level.WARNING),
        (Verdict.INCONCLUSIVE, Level.NOTICE),
    ],
)
def test_each_verdict_has_its_level(verdict: Verdict, level: Level) -> None:
    assert [one.level for one in annotate(a_grade([a_check(verdict=verdict), a_check("output")]), SCRIPT)] == [level]


def test_a_passed_or_skipped_check_is_no_annotation() -> None:
    assert annotate(a_grade([a_check(), a_check("speedup", Verdict.SKIPPED)]), SCRIPT) == []


def test_a_grade_for_a_person_to_look_at_says_so() -> None:
    (told,) = annotate(a_grade(status=Status.NEEDS_REVIEW, review_reasons=("Two answers differ.",)), SCRIPT)

    assert told.level is Level.WARNING
    assert "Two answers differ." in told.message


# attacks: 87
def test_a_student_forges_no_command_in_the_log(tmp_path: Path) -> None:
    grade = hostile_grade()

    told = obeyed(texts(step(tmp_path).results(grade))["log"])

    assert [one.name for one in told] == ["error", "warning", "notice"]
    assert {one.properties["file"] for one in told} == {"my_script.py", "::error::.py,line=1"}


# attacks: 87
def test_a_student_forges_no_output(tmp_path: Path) -> None:
    found = entries(texts(step(tmp_path).results(hostile_grade()))["output"])

    assert (found["status"], found["score"], found["full-marks"]) == ("needs_review", "", "false")
    assert set(found) == {"status", "score", "max-score", "full-marks", "summary", "result"}


def test_a_summary_that_github_would_not_show_loses_its_explanations() -> None:
    long = "\n".join("[*<&" * 99 for _ in range(190))
    grade = a_grade([failed(f"check-{number}", detail=long) for number in range(9)])

    summary = markdown_within(grade, SUMMARY_BYTES)

    assert len(summary.encode()) < 1024 * 1024
    assert "check-8" in summary
    assert "left out" in summary


def test_a_summary_without_room_for_its_table_is_the_score_alone() -> None:
    summary = markdown_within(a_grade([failed()]), 300)

    assert summary == "# Count the words of all plays: 0 of 1 point\n"
    assert markdown_within(a_grade([failed()]), 10) == ""


def test_a_short_summary_is_the_report() -> None:
    assert "Three counts are wrong." in markdown_within(a_grade([failed()]), SUMMARY_BYTES)


def test_the_outputs_have_the_score() -> None:
    found = step_outputs(a_grade([a_check(), failed("output")]))

    assert (found["status"], found["score"], found["max-score"]) == ("graded", "1", "2")
    assert found["full-marks"] == "false"
    assert found["summary"] == "1 of 2 points. 1 of 2 checks passed, 1 failed."


@pytest.mark.parametrize("status", [Status.NEEDS_REVIEW, Status.NOT_GRADED])
def test_a_grade_that_may_not_be_used_is_no_score(status: Status) -> None:
    found = step_outputs(a_grade(status=status))

    assert (found["status"], found["score"], found["full-marks"]) == (status.value, "", "false")


def test_before_anything_is_graded_nobody_has_points(tmp_path: Path) -> None:
    found = entries(texts(step(tmp_path).first())["output"])

    assert (found["status"], found["score"], found["full-marks"]) == ("not_graded", "", "false")


def test_the_reports_are_files_in_the_folder_that_was_named(tmp_path: Path) -> None:
    delivery = step(tmp_path).results(a_grade())

    reports = {one.path.name for one in delivery.documents if one.path and one.path.parent == tmp_path / "reports"}
    assert reports == {"report.html", "report.md", "report.xml", "report.json"}


@pytest.mark.parametrize(
    ("grade", "code"),
    [(a_grade(), 0), (a_grade([failed()]), 1), (a_grade(status=Status.NEEDS_REVIEW), 3)],
)
def test_the_exit_code_is_that_of_the_command_line(grade: Grade, code: int, tmp_path: Path) -> None:
    assert step(tmp_path).results(grade).exit_code == code


# attacks: 87
@pytest.mark.parametrize("by_student", [True, False])
def test_a_failure_is_told_everywhere_and_forges_nothing(by_student: bool, tmp_path: Path) -> None:
    found = texts(step(tmp_path).results(Failure(f"No.{FORGED}\n{FORGED}", FORGED, by_student=by_student)))

    assert [one.name for one in obeyed(found["log"])] == ["error"]
    assert entries(found["output"])["status"] == "not_graded"
    assert "could not be graded" in found["summary"]


def test_the_workflow_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "repository" / "deep").mkdir(parents=True)
    (tmp_path / "repository" / "deep" / "other.py").write_text("")
    host = step(tmp_path, PARGRADE_SUBMISSION="deep/other.py", PARGRADE_EXERCISE="word_count", PARGRADE_QUICK="true")

    job = host.job()

    assert job.file == tmp_path / "repository" / "deep" / "other.py"
    assert (job.settings.exercise, job.settings.quick, job.settings.speed) == ("word_count", True, False)
    assert job.settings.graded
    place = obeyed(texts(host.results(a_grade([failed()])))["log"])[0].properties["file"]
    assert place == "deep/other.py"


@pytest.mark.parametrize(
    "named", ["../outside.py", "link.py", "folder/outside.py", "missing.py", "/etc/passwd", "a\0b"]
)
def test_a_path_out_of_the_repository_is_refused(named: str, tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text("SECRET = 1\n")
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "link.py").symlink_to(tmp_path / "outside.py")
    (repository / "folder").symlink_to(tmp_path)

    with pytest.raises(UnclearSubmission):
        step(tmp_path, PARGRADE_SUBMISSION=named).job()


def test_a_switch_is_true_or_false(tmp_path: Path) -> None:
    with pytest.raises(BrokenSettings, match="PARGRADE_QUICK"):
        step(tmp_path, PARGRADE_QUICK="yes").job()


def test_settings_in_the_repository_of_the_student_count_for_nothing(tmp_path: Path) -> None:
    host = step(tmp_path)
    (tmp_path / "repository" / "pargrade.toml").write_text("graded = false\n")

    assert host.job().settings.graded


def reported(text: str) -> dict[str, object]:
    data = json.loads(base64.b64decode(text, validate=True))
    jsonschema.validate(data, RESULT_SCHEMA)
    return data


def test_the_reporter_of_github_classroom_gets_points_that_add_up() -> None:
    grade = a_grade(
        [a_check(max_points=3), a_check("output", Verdict.PARTIAL), a_check("speedup", Verdict.INCONCLUSIVE)]
    )

    data = reported(autograding.encoded(grade))

    assert (data["status"], data["max_score"]) == ("fail", 4)
    assert [test["score"] for test in data["tests"]] == [3, 0.5, 0]
    assert [test["status"] for test in data["tests"]] == ["pass", "fail", "error"]


@pytest.mark.parametrize("status", [Status.NEEDS_REVIEW, Status.NOT_GRADED])
def test_the_reporter_gets_no_points_of_a_grade_that_may_not_be_used(status: Status) -> None:
    data = reported(autograding.encoded(a_grade(status=status)))

    assert (data["status"], data["max_score"], data["tests"][0]["score"]) == ("error", 0, 0)


# attacks: 87
def test_the_reporter_prints_nothing_that_is_obeyed() -> None:
    (test, other) = reported(autograding.encoded(hostile_grade()))["tests"]

    for text in (*test.values(), *other.values()):
        assert obeyed(str(text)) == []


def test_a_result_that_no_environment_variable_holds_is_shortened() -> None:
    grade = a_grade(
        [failed(f"check-{number}", detail="\n".join(["long " * 70] * 40), hint="Try.") for number in range(9)]
    )

    text = autograding.encoded(grade)

    assert len(text) <= autograding.LONGEST
    assert [test["message"] for test in reported(text)["tests"]] == ["Three counts are wrong."] * 9
    assert {test["message"] for test in reported(autograding.encoded(grade, len(text) - 1))["tests"]} == {""}
    assert reported(autograding.encoded(grade, 300))["status"] == "error"


def test_the_reporter_is_told_why_there_is_no_grade(tmp_path: Path) -> None:
    found = entries(texts(step(tmp_path).results(Failure("Two programs.", "Hand in one.")))["output"])

    (test,) = reported(found["result"])["tests"]
    assert test["message"] == "Two programs."
    assert isinstance(Decimal(str(test["score"])), Decimal)
    assert Obeyed("error", "") not in obeyed(test["message"])


def test_every_stored_grade_can_be_told(sample: Grade, tmp_path: Path) -> None:
    found = texts(step(tmp_path).results(sample))

    outputs = entries(found["output"])
    assert outputs["status"] == sample.status.value
    reported(outputs["result"])
    assert {one.name for one in obeyed(found["log"])} <= {"error", "warning", "notice"}
    assert len(found["summary"].encode()) <= 1024 * 1024


# attacks: 87
def test_a_grade_with_the_meanest_texts_forges_nothing(mean_grade: Grade, tmp_path: Path) -> None:
    found = texts(step(tmp_path).results(mean_grade))

    assert entries(found["output"])["score"] == ""
    assert [one.name for one in obeyed(found["log"])] == ["error", "warning"]
