"""The list of a class is read as spreadsheets and gradebooks write it, and tells who is missing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.batch.handin import HandIn, Intake, Refused
from grader.batch.intake import matched, read_roster, read_times
from grader.batch.intake.moments import moment
from grader.batch.records import Student
from grader.errors import InputError

MOODLE = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed"\n'
    '"Participant 17","Ada Müller",ada@example.org,"Submitted for grading",,100.00,Yes\n'
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Exercise 1 (4711)\n"
    "    Points Possible,,,,,10\n"
    '"Müller, Ada",4711,s-1,ada,Section 1,\n'
)
SAKAI = "Exercise 1,Points\n\nDisplay ID,ID,Last Name,First Name,grade\nada,123,Müller,Ada,\n"
BRIGHTSPACE = (
    "OrgDefinedId,Username,Last Name,First Name,Email,Exercise 1 Points Grade,End-of-Line Indicator\n"
    "#123,#ada,Müller,Ada,ada@example.org,,#\n"
)


def roster(folder: Path, text: str, encoding: str = "utf-8") -> tuple[Student, ...]:
    path = folder / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return read_roster(path)


def hand_in(key: str, name: str = "", **identifiers: str) -> HandIn:
    return HandIn(Student(key, name, identifiers), "my_script.py", f"class/{key}", "0" * 64, dict)


def intake(*hand_ins: HandIn) -> Intake:
    return Intake("plain files", hand_ins)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_spreadsheets_encoding_and_separator_are_found(
    encoding: str, separator: str, end: str, tmp_path: Path
) -> None:
    text = end.join(("Login;E-Mail;Name", "ada;ada@example.org;Ada Müller", "", "bob;bob@example.org;Bob"))

    ada, bob = roster(tmp_path, text.replace(";", separator), encoding)

    assert ada == Student("ada", "Ada Müller", {"login": "ada", "email": "ada@example.org"})
    assert bob.student == "bob"


@pytest.mark.parametrize(
    ("text", "student"),
    [
        (MOODLE, Student("moodle-17", "Ada Müller", {"moodle_participant": "17", "email": "ada@example.org"})),
        (CANVAS, Student("canvas-4711", "Müller, Ada", {"canvas_id": "4711", "student_id": "s-1", "login": "ada"})),
        (SAKAI, Student("ada", "Ada Müller", {"login": "ada", "student_id": "123"})),
        (BRIGHTSPACE, Student("ada", "Ada Müller", {"email": "ada@example.org", "login": "ada", "student_id": "123"})),
        ("student_id\n17\n", Student("17", "", {"student_id": "17"})),
        ("Student,Email\nAda Müller,a@x.org\n", Student("a@x.org", "Ada Müller", {"email": "a@x.org"})),
        ("student\nada\n", Student("ada", "", {"student_id": "ada"})),
        ("name\nada\n", Student("ada", "ada", {})),
    ],
)
def test_exports_of_gradebooks_are_rosters(text: str, student: Student, tmp_path: Path) -> None:
    assert roster(tmp_path, text) == (student,)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no line of heads"),
        (b"colour,shape\nred,round\n", "no line of heads"),
        (b"login,name\n", "no students"),
        (b"login,name\n,\n", "no students"),
        (b"PK\x03\x04....", "is a spreadsheet or an archive"),
        (b"login,name\nada,Ada\nbob,Bob\nADA,Other\n", "several rows are of one student: Ada"),
        (b'login,name\n"' + b"x" * 200_000, "is no CSV file"),
        (b'login,name\nada,"Ada\nbob,Bob\n', "is no CSV file: line 3: unexpected end"),
    ],
)
def test_a_broken_roster_is_one_clear_error(data: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(data)

    with pytest.raises(InputError, match=why) as caught:
        read_roster(path)

    assert str(path) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\x0b", "\x0c", "\x1c"])
def test_no_sign_in_a_name_makes_another_row(sign: str, tmp_path: Path) -> None:
    found = roster(tmp_path, f"name,login,email\nEve{sign}ada,eve,eve@example.org\nAda,ada,ada@example.org\n")

    assert [student.student for student in found] == ["eve", "ada"]


def test_a_roster_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_roster(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read_roster(tmp_path)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200) | st.text(max_size=80).map(lambda text: b"login,name\n" + text.encode()))
def test_any_bytes_are_read_or_an_error(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(data)
    found: tuple[Student, ...] = (Student("ada"),)
    with suppress(InputError):
        found = read_roster(path)

    assert len({student.student for student in found}) == len(found) > 0


def test_whoever_handed_in_nothing_is_missing(tmp_path: Path) -> None:
    students = roster(tmp_path, "login,name\nada,Ada\nbob,Bob\n")

    found = matched(intake(hand_in("ada", login="ada")), students)

    assert [student.student for student in found.missing] == ["bob"]
    assert found.notes == ()


@pytest.mark.parametrize(
    ("one", "row"),
    [
        (hand_in("moodle-17", "Ada Muller", moodle_participant="17"), MOODLE),
        (hand_in("canvas-4711", "mulleradax", canvas_id="4711"), CANVAS),
        (hand_in("ada", login="ADA"), CANVAS),
        (hand_in("ada", login="ada"), MOODLE),
        (hand_in("ada", login="ada@example.org"), MOODLE),
        (hand_in("123", login="123"), SAKAI),
        (hand_in("canvas-9", "müllerada", canvas_id="9"), SAKAI),
        (hand_in("moodle-3", "Ada Müller", moodle_participant="3"), CANVAS),
        (hand_in("gradescope-4", "Ada, Bob", email="bob@x.org, ADA@example.org"), MOODLE),
    ],
)
def test_a_hand_in_is_matched_by_any_identifier_or_a_unique_name(one: HandIn, row: str, tmp_path: Path) -> None:
    (student,) = roster(tmp_path, row)

    found = matched(intake(one), [student])

    assert (found.missing, found.notes) == ((), ())
    assert found.hand_ins[0].student.student == one.student.student
    assert found.hand_ins[0].student.identifiers == {**student.identifiers, **one.student.identifiers}


def test_numbers_of_different_systems_are_not_compared(tmp_path: Path) -> None:
    students = roster(tmp_path, "student_id,name\n17,Ada\n")

    found = matched(intake(hand_in("moodle-17", "Bob", moodle_participant="17")), students)

    assert [student.name for student in found.missing] == ["Ada"]


def test_a_name_that_two_have_tells_nobody(tmp_path: Path) -> None:
    students = roster(tmp_path, "login,name\nada1,Ada Müller\nada2,Ada Müller\n")

    found = matched(intake(hand_in("moodle-1", "Ada Müller"), hand_in("moodle-2", "Ada Müller")), students)

    assert len(found.missing) == 2
    assert [one.student.name for one in found.hand_ins] == ["Ada Müller", "Ada Müller"]


def test_who_is_not_in_the_roster_is_kept_and_told(tmp_path: Path) -> None:
    students = roster(tmp_path, "login,name\nada,Ada\n")

    found = matched(intake(hand_in("ada", login="ada"), hand_in("eve", login="eve")), students)

    assert len(found.hand_ins) == 2
    assert found.notes == ("eve is not in the roster; the submission is kept: class/eve",)


def test_whose_hand_in_was_refused_is_not_missing(tmp_path: Path) -> None:
    students = roster(tmp_path, "login,name\nada,Ada\n")
    refused = Refused("class/ada", "it is encrypted", Student("ada", "", {"login": "ada"}))

    found = matched(Intake("plain files", (), (refused,)), students)

    assert found.missing == ()
    assert found.refused[0].student == Student("ada", "Ada", {"login": "ada"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Monday, 23 November 2026, 5:17 AM", datetime(2026, 11, 23, 5, 17)),
        ("Monday, 23 November 2026,  12:17\u202fpm", datetime(2026, 11, 23, 12, 17)),
        ("1 March 2026, 17:05", datetime(2026, 3, 1, 17, 5)),
        ("1.3.2026 17:05:30", datetime(2026, 3, 1, 17, 5, 30)),
        ("2026-03-01 17:05", datetime(2026, 3, 1, 17, 5)),
        ("2026-03-01T17:05:00+01:00", datetime(2026, 3, 1, 16, 5, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_they_are_written(text: str, expected: datetime) -> None:
    assert moment(text) == expected.astimezone()


@pytest.mark.parametrize(
    "text",
    ["", "yes", "2026-03-01", "3/1/2026 17:05", "1 Marzo 26, 17:05", "31 June 2026, 17:05", "1 May 2026, 13:05 PM"],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert moment(text) is None


def test_a_column_of_the_roster_tells_when_somebody_handed_in(tmp_path: Path) -> None:
    path = tmp_path / "worksheet.csv"
    path.write_text(
        'Identifier,"Full name","Last modified (submission)"\n'
        '"Participant 1",Ada,"Sunday, 1 March 2026, 5:17 PM"\n"Participant 2",Bob,-\n"Participant 3",Cy,"Sonntag, 1."\n'
    )
    own = datetime(2026, 1, 1, tzinfo=UTC)
    found = intake(hand_in("moodle-1", moodle_participant="1"), hand_in("moodle-2", moodle_participant="2"))

    told = matched(found, read_roster(path), read_times(path))
    kept = matched(intake(replace(found.hand_ins[0], submitted_at=own)), read_roster(path), read_times(path))

    assert told.hand_ins[0].submitted_at == datetime(2026, 3, 1, 17, 17).astimezone()
    assert told.hand_ins[1].submitted_at is None
    assert "not understood for 1 student" in told.notes[-1]
    assert "submitted" not in told.hand_ins[0].student.identifiers
    assert kept.hand_ins[0].submitted_at == own


def test_a_roster_without_such_a_column_tells_no_times(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("login,name\nada,Ada\n")

    assert read_times(path) == {}
