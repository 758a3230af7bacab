"""What has to be graded now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from grader.batch.plan import find_student, plan, retimed, work_of
from grader.batch.records import Student
from grader.errors import UnknownName
from grader.model.grade import Status
from grader.model.result import Verdict
from grader.testing import a_check, a_grade
from tests.unit.batch.fakes import NOON, SETUP, a_hand_in, an_entry

ANN, BOB = a_hand_in("ann"), a_hand_in("bob", b"print(1)\n")
DONE = replace(an_entry(grade=a_grade()), work=work_of(ANN, SETUP))


def students(found: Any) -> list[str]:
    return [each.student.student for each in found.todo]


def test_what_has_a_grade_is_left_out() -> None:
    found = plan([ANN, BOB], [DONE], SETUP)

    assert (students(found), found.done) == (["bob"], 1)


@pytest.mark.parametrize(
    ("hand_in", "setup"),
    [
        (replace(ANN, sha256="b" * 64), SETUP),
        (ANN, replace(SETUP, exercise_sha256="f" * 64)),
        (ANN, replace(SETUP, grader_version="2.0")),
    ],
    ids=["other files", "other exercise", "other grader"],
)
def test_what_changed_is_graded_again(hand_in: Any, setup: Any) -> None:
    assert students(plan([hand_in], [DONE], setup)) == ["ann"]


def test_another_time_of_handing_in_is_no_reason_to_run_it_again() -> None:
    later = replace(ANN, submitted_at=NOON + timedelta(days=1))

    assert students(plan([later], [DONE], SETUP)) == []
    assert list(retimed([later, BOB], [DONE])) == [(DONE, later.submitted_at)]
    assert list(retimed([ANN], [DONE])) == list(retimed([replace(later, sha256="b" * 64)], [DONE])) == []


def test_the_place_and_curves_change_nothing() -> None:
    assert students(plan([replace(ANN, source="elsewhere")], [DONE], replace(SETUP, curves=True))) == []


def test_what_could_not_be_graded_is_tried_again() -> None:
    assert students(plan([ANN], [replace(an_entry(), work=work_of(ANN, SETUP))], SETUP)) == ["ann"]


def test_force_grades_everything() -> None:
    assert students(plan([ANN, BOB], [DONE], SETUP, force=True)) == ["ann", "bob"]


@pytest.mark.parametrize(
    ("which", "verdict", "status"),
    [
        ("failed", Verdict.FAILED, Status.GRADED),
        ("failed", Verdict.PARTIAL, Status.GRADED),
        ("inconclusive", Verdict.INCONCLUSIVE, Status.GRADED),
        ("review", Verdict.PASSED, Status.NEEDS_REVIEW),
        ("errored", Verdict.ERRORED, Status.NEEDS_REVIEW),
    ],
)
def test_only_some_are_made_again(which: str, verdict: Verdict, status: Status) -> None:
    grade = a_grade([a_check("counts"), a_check("workers", verdict)], status=status)
    entries = [DONE, an_entry("bob", grade)]

    found = plan([ANN, BOB], entries, SETUP, only=which)

    assert (students(found), found.passed_over) == (["bob"], 1)
    assert students(plan([ANN, BOB], [DONE], SETUP, only=which)) == []


def test_only_one_student() -> None:
    assert students(plan([ANN, BOB], [DONE], SETUP, only="ann")) == ["ann"]


def test_what_is_graded_again_for_another_exercise_alone_is_counted() -> None:
    new = replace(SETUP, exercise_sha256="f" * 64)

    assert plan([ANN, BOB], [DONE], new).changed == 1
    assert plan([ANN, BOB], [DONE], SETUP).changed == 0
    assert plan([replace(ANN, sha256="b" * 64), BOB], [DONE], new).changed == 0
    assert plan([ANN], [DONE], new, force=True).changed == 0


CLASS = [
    Student("moodle-1", "Ada Lovelace", {"email": "Ada@host.example", "login": "al1"}),
    Student("moodle-2", "Alan Turing"),
    Student("moodle-3", "Alan Turing"),
    Student("bob", "bob"),
]


@pytest.mark.parametrize("given", ["moodle-1", "ada lovelace", "ada@HOST.example", "al1"])
def test_a_student_is_found_by_whatever_names_them(given: str) -> None:
    assert find_student(given, CLASS) == CLASS[0]
    hand_ins = [replace(a_hand_in(each.student), student=each) for each in CLASS]
    assert students(plan(hand_ins, [], SETUP, only=given)) == ["moodle-1"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("Alan Turing", "fits several: Alan Turing (moodle-2), Alan Turing (moodle-3)"),
        ("lovelace", "Closest: Ada Lovelace (moodle-1)."),
        ("Ada Loveless", "Closest: Ada Lovelace (moodle-1)."),
        ("bop", "Closest: bob."),
        ("zzz", "no student 'zzz' here.$"),
    ],
)
def test_who_cannot_be_told_is_asked_for(given: str, words: str) -> None:
    with pytest.raises(UnknownName, match=words.replace("(", r"\(").replace(")", r"\)")):
        find_student(given, CLASS)


def test_an_unknown_student_lists_near_ones() -> None:
    with pytest.raises(UnknownName, match="Closest: ann"):
        plan([ANN, BOB], [], SETUP, only="anne")
