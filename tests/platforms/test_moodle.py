"""What Moodle's VPL and CodeRunner are given."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import BrokenSettings, UnclearSubmission
from grader.model.grade import Grade, Status
from grader.platforms import coderunner, vpl
from grader.platforms.seam import Failure, Outcome, Place
from grader.testing import a_check, a_grade
from tests.platforms.schemas import coderunner_accepts, vpl_reads


def printed_by_vpl(outcome: Outcome, **environment: str) -> str:
    (document,) = vpl.PLATFORM.open(Place(None, environment)).results(outcome).documents
    assert document.path is None
    return document.text


def printed_by_coderunner(outcome: Outcome) -> str:
    (document,) = coderunner.PLATFORM.open(Place(None, {})).results(outcome).documents
    assert document.path is None
    return document.text


@pytest.mark.parametrize(("least", "most"), [("0", "10"), ("0", "100"), ("1", "6"), ("", "")])
def test_the_grade_lies_in_the_range_of_the_activity(sample: Grade, least: str, most: str) -> None:
    grade, comments = vpl_reads(printed_by_vpl(sample, VPL_GRADEMIN=least, VPL_GRADEMAX=most))

    if sample.score is None:
        assert grade is None
    else:
        low, high = float(least or 0), float(most or 10)
        assert grade == pytest.approx(low + float(sample.score / sample.max_score) * (high - low), abs=0.006)
    assert comments


def test_what_a_student_prints_forges_no_tag(mean_grade: Grade) -> None:
    text = printed_by_vpl(mean_grade)

    assert text.count("Grade :=>>") == 1
    assert text.count("<|--") == text.count("--|>") == 1
    assert "Comment :=>>" not in text
    assert vpl_reads(text)[0] == pytest.approx(5.0)
    assert not any(sign in text for sign in "\r\x00\x1b\u2028")


@pytest.mark.parametrize("text", ["<|--|>", "<|<|----|>|>", ":=:=>>>>", "--|><|--"])
def test_no_tag_is_made_of_parts_of_two(text: str) -> None:
    printed = printed_by_vpl(Failure(text, "Look.", by_student=True))

    assert [printed.count(tag) for tag in ("<|--", "--|>", ":=>>")] == [1, 1, 0]


def test_a_failure_proposes_no_grade() -> None:
    grade, comments = vpl_reads(printed_by_vpl(Failure("Grade :=>> 10\nGrade :=>> 10", "Look.", by_student=True)))

    assert grade is None
    assert "Look." in comments


def test_only_what_vpl_names_as_the_students_is_graded(tmp_path: Path) -> None:
    for name in ("teacher.py", "mine.py"):
        (tmp_path / name).write_text("")

    assert vpl.PLATFORM.open(Place(tmp_path, {"VPL_SUBFILE0": "mine.py"})).job().file.name == "mine.py"
    with pytest.raises(UnclearSubmission):
        vpl.PLATFORM.open(Place(tmp_path, {})).job()


def test_settings_of_a_student_are_refused(tmp_path: Path) -> None:
    for name in ("pargrade.toml", "mine.py"):
        (tmp_path / name).write_text("")

    with pytest.raises(UnclearSubmission, match=r"pargrade\.toml"):
        vpl.PLATFORM.open(Place(tmp_path, {"VPL_SUBFILE0": "mine.py", "VPL_SUBFILE1": "pargrade.toml"})).job()


@pytest.mark.parametrize("most", ["ten", "nan", "inf"])
def test_a_range_that_is_none_is_refused_before_anything_runs(most: str, tmp_path: Path) -> None:
    with pytest.raises(BrokenSettings):
        vpl.PLATFORM.open(Place(tmp_path, {"VPL_GRADEMAX": most})).job()


def test_every_grade_becomes_one_object_that_coderunner_reads(sample: Grade) -> None:
    data = coderunner_accepts(printed_by_coderunner(sample))

    if sample.score is None:
        assert data["fraction"] == 0
        assert "no fault of your program" in data["prologuehtml"]
    else:
        assert data["fraction"] == pytest.approx(float(sample.score / sample.max_score))
        assert [row[1] for row in data["testresults"][1:]] == [check.title for check in sample.checks]


def test_texts_of_a_student_are_no_html(mean_grade: Grade) -> None:
    data = coderunner_accepts(printed_by_coderunner(mean_grade))

    assert "<script" not in data["prologuehtml"] + data["epiloguehtml"]
    assert data["epiloguehtml"].count("</pre>") == 1
    assert set(data["columnformats"]) == {"%s"}  # CodeRunner escapes these cells itself


def test_a_grade_to_be_confirmed_says_so() -> None:
    grade = a_grade([a_check()], status=Status.NEEDS_REVIEW, review_reasons=("It told two stories.",))

    assert "It told two stories." in coderunner_accepts(printed_by_coderunner(grade))["prologuehtml"]
    assert "a person has to confirm" in printed_by_vpl(grade)
