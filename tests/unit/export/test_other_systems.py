"""Brightspace, Blackboard, Sakai, nbgrader and Moodle's feedback, each read again by its own rules."""

from __future__ import annotations

import csv
import io
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UnfitSheet
from grader.export import targets
from grader.export.job import Export, Job
from tests.unit.export.builders import a_mark, as_csv, feedback, moodle_row, moodle_sheet, without_number
from tests.unit.export.importers import blackboard, brightspace, moodle_folder, sakai

ANN, BOB = a_mark("ann", "7.5"), a_mark("bob", "10")


def export(target: str, sheet: bytes | None, *marks: object, **options: object) -> Export:
    return targets().get(target)(Job(marks, sheet, "file", **options))  # type: ignore[arg-type]


def d2l(item: str = "Exercise 1 Points Grade <Numeric MaxPoints:10 Category:Lab>", delimiter: str = ",") -> bytes:
    head = ("OrgDefinedId", "Username", "Last Name", "First Name", item, "End-of-Line Indicator")
    rows = (("#001", "#ann", 'Ö; "A"', "Ann", "", "#"), ("#002", "#bob", "B, B", "Bob", "3", "#"))
    return as_csv([head, *rows], delimiter, "\r\n").encode("utf-8-sig")


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_brightspace_ends_with_the_marks(delimiter: str) -> None:
    done = export("brightspace", d2l(delimiter=delimiter), ANN)

    assert brightspace(done.content, "Exercise 1", delimiter) == {"ann": Decimal("7.5"), "bob": Decimal(3)}
    assert done.strangers == ("002",)


def test_brightspace_knows_students_by_their_number_with_its_zeros() -> None:
    given = [a_mark("x", identifiers={"student_id": "001"}), a_mark("y", identifiers={"student_id": "2"})]

    assert export("brightspace", d2l(), *given).written == ("x",)


def test_brightspace_says_its_maximum_in_the_header_or_not_at_all() -> None:
    with pytest.raises(UnfitSheet, match="out of 10"):
        export("brightspace", d2l("E Points Grade <Numeric MaxPoints:20>"), ANN)
    assert export("brightspace", d2l("E Points Grade"), ANN).written == ("ann",)


@pytest.mark.parametrize(
    "sheet", [b"Username,E Points Grade\nann,\n", b"Name,E Points Grade,End-of-Line Indicator\n", d2l("Exercise 1")]
)
def test_brightspace_files_need_their_columns(sheet: bytes) -> None:
    with pytest.raises(UnfitSheet):
        export("brightspace", sheet, ANN)


def bb(column: str = "Exercise 1 [Total Pts: 10 Score] |12345", encoding: str = "utf-16") -> bytes:
    head = ("Last Name", "First Name", "Username", "Student ID", column)
    rows = (("Öz", "Ann", "ann", "1", "Needs Grading"), ("O'B", "Bob", "bob", "2", "4"))
    return as_csv([head, *rows], "\t", "\n", csv.QUOTE_ALL).encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig"])
def test_blackboard_ends_with_the_marks_in_the_encoding_of_the_file(encoding: str) -> None:
    sheet = bb(encoding=encoding)

    done = export("blackboard", sheet, ANN)

    assert blackboard(done.content) == {"ann": Decimal("7.5"), "bob": Decimal(4)}
    assert done.content == bb(encoding=encoding).decode(encoding).replace("Needs Grading", "7.5").encode(encoding)


def test_blackboard_columns_without_their_number_are_never_filled() -> None:
    with pytest.raises(UnfitSheet, match="no column that takes grades"):
        export("blackboard", bb("Exercise 1"), ANN)


SAKAI = 'Lab,Points\n\nDisplay ID,ID,Last Name,First Name,grade\nann,u-1,"Ö, A",Ann,\nbob,u-2,B,Bob,3\n'


def test_sakai_ends_with_the_marks() -> None:
    done = export("sakai", SAKAI.encode(), ANN)

    assert done.content == SAKAI.replace("Ann,\n", "Ann,7.5\n").encode()
    assert sakai(done.content) == {"ann": Decimal("7.5"), "bob": Decimal(3)}


def test_the_zip_of_sakai_comes_back_with_grades_and_reports_in_the_same_tree() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("Lab/grades.csv", SAKAI)
        archive.writestr("Lab/Ö, Ann(ann)/Submission attachment(s)/my_script.py", "1")
        archive.writestr("Lab/B, Bob(bob)/Submission attachment(s)/my_script.py", "2")
        archive.writestr("Lab/B, Bob(bob)/comments.txt", "well done")

    done = export("sakai", buffer.getvalue(), ANN, BOB, feedback=feedback)

    assert done.zipped
    assert sakai(done.files["Lab/grades.csv"]()) == {"ann": Decimal("7.5"), "bob": Decimal(10)}
    assert set(done.files) == {
        "Lab/grades.csv",
        "Lab/Ö, Ann(ann)/Feedback Attachment(s)/report.html",
        "Lab/Ö, Ann(ann)/comments.txt",
        "Lab/B, Bob(bob)/Feedback Attachment(s)/report.html",
    }


@pytest.mark.parametrize("sheet", [b"PK\x03\x04 broken", b"a,b\n1,2\n", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_download_of_sakai_is_refused(sheet: bytes) -> None:
    with pytest.raises(UnfitSheet):
        export("sakai", sheet, ANN)


@given(st.data())
def test_any_change_of_the_zip_of_sakai_is_at_worst_refused(data: st.DataObject) -> None:
    changed = bytearray(_sakai_zip())
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(2, len(changed) - 1))] = data.draw(st.integers(0, 255))

    with suppress(UnfitSheet):
        export("sakai", bytes(changed), ANN)


@pytest.mark.parametrize("maximum", ["0", "9" * 50])
def test_points_are_not_converted_to_a_maximum_that_is_none(maximum: str) -> None:
    with pytest.raises(UnfitSheet, match="the maximum"):
        export("blackboard", bb(f"Exercise 1 [Total Pts: {maximum} Score] |12345"), ANN, scale=True)


def _sakai_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Lab/grades.csv", SAKAI)
    return buffer.getvalue()


def test_moodle_gives_each_report_to_its_student() -> None:
    own = a_mark("moodle-7", folder="Ada L_7_assignsubmission_file", identifiers={"moodle_participant": "7"})
    old = a_mark("moodle-8", folder="x/Bob_8_assignsubmission_onlinetext_", identifiers={"moodle_participant": "8"})
    roster = a_mark("r", name="../_Jo_ 9/~", identifiers={"moodle_participant": "9"})

    done = export("moodle-feedback", None, own, old, roster, feedback=feedback)

    assert [moodle_folder(path) for path in done.files] == [
        (7, "assignsubmission_file", "report.html"),
        (8, "assignsubmission_onlinetext", "report.html"),
        (9, "assignsubmission_file", "report.html"),
    ]
    assert not any(".." in path for path in done.files)
    assert done.zipped


def test_moodle_feedback_holds_no_report_of_a_grade_that_is_not_settled() -> None:
    marks = [
        without_number("moodle-1", "needs_review", identifiers={"moodle_participant": "1"}),
        a_mark("team", identifiers={}, folder="Default group_assignsubmission_file"),
        a_mark("two", identifiers={"moodle_participant": "3"}, folder="Ada_2_assignsubmission_file"),
    ]

    done = export("moodle-feedback", None, *marks, feedback=feedback)

    assert [moodle_folder(path)[0] for path in done.files] == [3]
    assert [each.student for each in done.left_out] == ["moodle-1", "team"]


def test_with_the_worksheet_a_team_gets_no_report_into_a_students_folder() -> None:
    ada = a_mark("moodle-1", name="Ada", identifiers={"moodle_participant": "1"})
    team = a_mark("moodle-2", name="Team Blue", identifiers={"moodle_participant": "2"})
    sheet = moodle_sheet([moodle_row(1, "Ada"), moodle_row(2, "Bob")])

    done = export("moodle-feedback", sheet, ada, team, feedback=feedback)

    assert [moodle_folder(path)[0] for path in done.files] == [1]
    assert done.left_out[0].student == "moodle-2"


def test_reports_go_out_whatever_the_maximum_in_the_worksheet() -> None:
    ada = a_mark("moodle-1", name="Ada", identifiers={"moodle_participant": "1"})
    sheet = moodle_sheet([moodle_row(1, "Ada", maximum="100.00")])

    assert export("moodle-feedback", sheet, ada, feedback=feedback).written == ("moodle-1",)


def test_nbgrader_gets_its_columns_and_pages() -> None:
    late = a_mark(
        "ann", "6.5", name="Öz, Ann", late_penalty=Decimal(1), late_days=1,
        submitted_at=datetime(2026, 3, 1, 12, tzinfo=UTC), identifiers={"email": "a@x.org"},
    )  # fmt: skip

    done = export("nbgrader", None, late, without_number("bob", "errored"), a_mark("../eve"), feedback=feedback)

    rows = list(csv.DictReader(io.StringIO(done.files["grades.csv"]().decode())))
    assert list(rows[0].values()) == [
        *("word_count", "", "2026-03-01 12:00:00", "ann", "Öz", "Ann", "a@x.org", "7.5", "1", "6.5", "10")
    ]
    assert [row["score"] for row in rows] == ["6.5", "", "7.5"]
    assert list(done.files) == ["grades.csv", "feedback/ann/word_count/my_script.html"]
    assert "../eve" in done.notes[0]
