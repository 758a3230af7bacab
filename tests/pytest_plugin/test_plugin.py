"""``pytest --submission``: checks as tests, with a grading that is made up, in pytest runs inside this one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import grader.api
from grader.model.grade import Grade, Status
from grader.model.result import CheckResult, Location, Verdict
from grader.report.json import dump
from grader.testing import a_check, a_grade

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
LOADED = any(point.value == "grader.pytest_plugin" for point in entry_points(group="pytest11"))
PLUGIN = () if LOADED else ("-p", "grader.pytest_plugin")
EXERCISE = """\
schema = "pargrade/exercise/v1"
id = "word_count"
version = 1
title = "Word count"
summary = "Counts."
script_name = "countwords.py"
names = ["count_words"]
workers = 2
"""
CONFTEST = """\
from pathlib import Path

import grader.api
from grader.errors import SandboxError
from grader.report.json import load


def grade(path, **keywords):
    with Path(__file__).with_name("gradings.txt").open("a") as file:
        file.write(f"{path.name} {keywords['exercise']} {keywords['exercises'].name} {keywords['quick']}\\n")
    receipt = Path(__file__).with_name(f"{path.stem}.json")
    if not receipt.exists():
        raise SandboxError("No sandbox could be started.", "Try another machine.")
    return load(receipt)


grader.api.grade = grade
"""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def course(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with an exercise, whose grading is made up by a ``conftest.py``."""
    monkeypatch.setattr(grader.api, "grade", grader.api.grade)  # what the conftest puts there is taken away again
    pytester.mkdir("exercises")
    add_exercise(pytester, [a_check("counts"), a_check("output"), a_check("speedup")])
    pytester.makeconftest(CONFTEST)
    return pytester


def add_exercise(course: pytest.Pytester, checks: Sequence[CheckResult], name: str = "word_count") -> None:
    tables = [f'[[checks]]\nid = "{c.id}"\nkind = "runs"\ntitle = "{c.title}"\ntopic = "t"\npoints = 1' for c in checks]
    run = '[[runs]]\nname = "given"\nmode = "script"\nargs = []'
    folder = course.path / "exercises" / name
    folder.mkdir(exist_ok=True)
    text = "\n".join([EXERCISE.replace("word_count", name), run, *tables])
    (folder / "exercise.toml").write_text(text, encoding="utf-8")


def hand_in(course: pytest.Pytester, grade: Grade | None, name: str = "my_script.py") -> None:
    """A program and the grade it will get; without one, its grading fails."""
    (course.path / name).write_text("pass\n")
    if grade is not None:
        (course.path / name).with_suffix(".json").write_text(dump(grade), encoding="utf-8")


def run(course: pytest.Pytester, *arguments: str, submission: str = "my_script.py") -> pytest.RunResult:
    command = [*PLUGIN, "-p", "no:cacheprovider", "-p", "no:randomly", "--submission", submission, *arguments]
    return course.runpytest_inprocess(*command, "exercises/word_count")


def gradings(course: pytest.Pytester) -> list[str]:
    path = course.path / "gradings.txt"
    return path.read_text().splitlines() if path.exists() else []


def three(*verdicts: Verdict, **changes: object) -> Grade:
    names = ("counts", "output", "speedup")
    return a_grade([a_check(name, verdict) for name, verdict in zip(names, verdicts, strict=True)], **changes)


def test_each_check_is_a_test_and_all_share_one_grading(course: pytest.Pytester) -> None:
    hand_in(course, three(Verdict.PASSED, Verdict.FAILED, Verdict.SKIPPED))

    result = run(course, "-v")

    result.assert_outcomes(passed=2, failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "exercises/word_count/exercise.toml::my_script.py::counts PASSED*",
            "exercises/word_count/exercise.toml::my_script.py::output FAILED*",
            "exercises/word_count/exercise.toml::my_script.py::speedup SKIPPED*",
            "exercises/word_count/exercise.toml::my_script.py::grade PASSED*",
        ]
    )
    assert gradings(course) == ["my_script.py word_count exercises False"]


def test_a_failure_is_told_in_our_words_without_a_traceback(course: pytest.Pytester) -> None:
    place = Location(file="my_script.py", line=3, excerpt="pool.map(work)")
    check = a_check(
        "counts", Verdict.FAILED, headline="The count of hyphens is wrong.", hint="Look here.", location=place
    )
    hand_in(course, a_grade([check, a_check("output"), a_check("speedup")]))

    result = run(course, "--tb=long")

    result.stdout.fnmatch_lines(
        [
            "*counts: The printed counts are right*",
            "The count of hyphens is wrong.",
            "my_script.py:3",
            "Try: Look here.",
        ]
    )
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("verdict", [Verdict.SKIPPED, Verdict.INCONCLUSIVE])
def test_what_cannot_be_told_is_skipped_with_the_reason(verdict: Verdict, course: pytest.Pytester) -> None:
    hand_in(course, three(Verdict.PASSED, Verdict.PASSED, verdict))

    result = run(course, "-rs")

    result.assert_outcomes(passed=3, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED * exercises/word_count/exercise.toml:*: *Every word was counted right."])


def test_an_error_of_the_grader_is_one_of_the_test_and_of_the_grade(course: pytest.Pytester) -> None:
    hand_in(course, three(Verdict.PASSED, Verdict.ERRORED, Verdict.PASSED))

    run(course).assert_outcomes(passed=2, errors=2)


def test_a_grade_for_a_person_to_look_at_is_not_green(course: pytest.Pytester) -> None:
    hand_in(course, three(*3 * [Verdict.PASSED], status=Status.NEEDS_REVIEW, review_reasons=("Two answers differ.",)))

    result = run(course)

    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["A person has to confirm this grade:", "Two answers differ."])


def test_no_grade_is_an_error_of_every_test_told_once_it_is_known(course: pytest.Pytester) -> None:
    hand_in(course, None)

    result = run(course)

    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines(["No sandbox could be started.", "Try another machine."])
    result.stdout.no_fnmatch_line("*SandboxError*")
    assert len(gradings(course)) == 1


def test_junit_has_the_points_as_properties_and_our_words(course: pytest.Pytester) -> None:
    hand_in(course, three(Verdict.PASSED, Verdict.PARTIAL, Verdict.INCONCLUSIVE))

    run(course, "--junitxml", "report.xml")

    cases = {case.attrib["name"]: case for case in ET.parse(course.path / "report.xml").iter("testcase")}
    told = {name: {p.attrib["name"]: p.attrib["value"] for p in case.iter("property")} for name, case in cases.items()}
    assert told["output"] == {"check": "output", "verdict": "partial", "points": "0.5", "max_points": "1.0"}
    assert told["grade"]["score"] == "2.25"
    assert "Every word was counted right." in (cases["output"].findtext("failure") or "")
    assert cases["speedup"].find("skipped") is not None
    assert cases["counts"].attrib["classname"] == "exercises.word_count.exercise.toml.my_script.py"


def test_tests_are_chosen_by_the_names_of_checks(course: pytest.Pytester) -> None:
    hand_in(course, three(*3 * [Verdict.PASSED]))

    run(course, "-k", "counts or grade").assert_outcomes(passed=2, deselected=2)


def test_one_check_is_named_by_its_id(course: pytest.Pytester) -> None:
    hand_in(course, three(*3 * [Verdict.PASSED]))
    identity = "exercises/word_count/exercise.toml::my_script.py::output"

    result = course.runpytest_inprocess(*PLUGIN, "--submission", "my_script.py", identity)

    result.assert_outcomes(passed=1)


def test_collecting_grades_nothing(course: pytest.Pytester) -> None:
    hand_in(course, None)

    result = run(course, "--collect-only", "-q")

    result.stdout.fnmatch_lines(["*::my_script.py::counts", "*::my_script.py::speedup", "*::my_script.py::grade"])
    assert gradings(course) == []


def test_several_submissions_are_graded_each(course: pytest.Pytester) -> None:
    hand_in(course, three(*3 * [Verdict.PASSED]))
    hand_in(course, three(Verdict.FAILED, Verdict.PASSED, Verdict.PASSED), "other.py")

    result = run(course, "--submission", "other.py", "--submission-quick")

    result.assert_outcomes(passed=7, failed=1)
    assert sorted(gradings(course)) == ["my_script.py word_count exercises True", "other.py word_count exercises True"]


def test_the_same_submission_twice_is_one(course: pytest.Pytester) -> None:
    hand_in(course, three(*3 * [Verdict.PASSED]))

    run(course, "--submission", "./my_script.py").assert_outcomes(passed=4)


def test_every_exercise_folder_is_collected(course: pytest.Pytester) -> None:
    hand_in(course, three(*3 * [Verdict.PASSED]))
    add_exercise(course, [a_check("counts")], "other")

    result = course.runpytest_inprocess(*PLUGIN, "--submission", "my_script.py", "exercises")

    result.assert_outcomes(passed=6)


@pytest.mark.slow
def test_the_workers_of_xdist_share_one_grading(course: pytest.Pytester) -> None:
    hand_in(course, three(Verdict.PASSED, Verdict.FAILED, Verdict.SKIPPED))
    hand_in(course, None, "broken.py")

    result = run(course, "-n", "2", "--submission", "broken.py")

    result.assert_outcomes(passed=2, failed=1, skipped=1, errors=4)
    assert sorted(gradings(course)) == [
        "broken.py word_count exercises False",
        "my_script.py word_count exercises False",
    ]


def test_what_was_shared_is_removed(course: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = course.mkdir("temp")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    hand_in(course, three(*3 * [Verdict.PASSED]))

    run(course)

    assert list(folder.glob("pargrade-*")) == []


@pytest.mark.parametrize(
    ("submission", "told"),
    [("missing.py", "*missing.py*no such file*"), ("exercises", "*exercises*is a folder*")],
)
def test_a_submission_that_is_no_file_is_wrong_usage(submission: str, told: str, course: pytest.Pytester) -> None:
    result = run(course, submission=submission)

    assert result.ret is pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([told])
    result.stderr.no_fnmatch_line("*Traceback*")


def test_a_submission_without_an_exercise_is_wrong_usage(course: pytest.Pytester) -> None:
    hand_in(course, None)
    course.makepyfile(test_other="def test_passes(): pass")

    result = course.runpytest_inprocess(*PLUGIN, "--submission", "my_script.py", "test_other.py")

    assert result.ret is pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*needs the folder of an exercise*"])


def test_a_broken_exercise_is_an_error_of_collecting_told_in_words(course: pytest.Pytester) -> None:
    hand_in(course, None)
    (course.path / "exercises" / "word_count" / "exercise.toml").write_text("schema = [")

    result = run(course)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*exercise.toml is not valid TOML*", "Mend the line it names."])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_without_a_submission_nothing_is_collected(course: pytest.Pytester) -> None:
    course.makepyfile(test_other="def test_passes(): pass")

    result = course.runpytest_inprocess(*PLUGIN, ".")

    result.assert_outcomes(passed=1)


# attacks: 87
def test_a_student_forges_no_command_and_no_test(course: pytest.Pytester) -> None:
    forged = "::error::forged\n##[error]forged\x1b[2J\nexercises::counts PASSED"
    check = a_check("counts", Verdict.FAILED, headline=forged, detail=f"::error a\n::forged\n{forged}", hint=forged)
    hand_in(
        course, a_grade([check, a_check("output", Verdict.SKIPPED, headline=forged), a_check("speedup")]), "a::[b].py"
    )

    result = run(course, "-rA", "-v", submission="a::[b].py")

    result.assert_outcomes(passed=2, failed=1, skipped=1)
    printed = result.stdout.str()
    assert "\x1b[2J" not in printed
    assert not [line for line in result.outlines if line.lstrip().startswith("::") or "##[" in line]


def test_the_plugin_loads_nothing_of_the_grader_until_it_is_asked(course: pytest.Pytester) -> None:
    heavy = "pydantic", "sqlalchemy", "rich", "jinja2", "nbformat", "grader.api"
    course.makepyfile(test_other=f"import sys\ndef test_passes(): assert not {set(heavy)!r} & set(sys.modules)\n")
    course.makeconftest("")

    result = course.runpytest_subprocess(*PLUGIN, "-p", "no:randomly", "test_other.py")

    result.assert_outcomes(passed=1)


def test_the_command_line_loads_no_pytest() -> None:
    code = "import sys, grader.cli.commands, grader.api; print('pytest' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
