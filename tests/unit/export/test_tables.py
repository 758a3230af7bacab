"""Our own tables, the sheet that loses nothing, and the names of targets."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import InputError, UnfitSheet, UnknownName
from grader.export import targets
from grader.export.job import Job
from grader.export.sheet import as_text, read_sheet
from grader.model.mark import MarkAdjustment
from tests.unit.export.builders import a_mark, without_number

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def rows_of(*marks: object) -> list[dict[str, str]]:
    content = targets().get("csv")(Job(marks)).content  # type: ignore[arg-type]
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_table_says_all_there_is() -> None:
    change = MarkAdjustment(check_id="counts", was=Decimal(0), points=Decimal(2), why='=right, "too"', who="ta", at=AT)
    mark = a_mark("ann", "8", name="Ö; A", adjustments=(change,), submitted_at=AT, report="students/ann/report.html")

    (row,) = rows_of(mark)

    assert row["score"] == "8"
    assert row["name"] == "Ö; A"
    assert row["login"] == "ann"
    assert row["adjustments"] == 'counts: 0 to 2, =right, "too" (ta)'
    assert row["submitted_at"] == "2026-03-01T12:00:00Z"


@pytest.mark.parametrize("outcome", ["missing", "needs_review", "not_graded", "errored"])
def test_no_number_is_in_the_row_of_who_has_none(outcome: str) -> None:
    mark = without_number("ann", outcome, graded_score=Decimal(7))

    (row,) = rows_of(mark)
    (told,) = json.loads(targets().get("json")(Job((mark,))).content)["marks"]

    assert (row["score"], row["graded_score"]) == ("", "")
    assert (told["score"], told["graded_score"]) == (None, None)


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_what_a_spreadsheet_would_compute_is_text(text: str) -> None:
    before = text[: -len(text.lstrip())] if text.lstrip() != text else ""

    assert rows_of(a_mark(name=text))[0]["name"] == f"{before}'{text.lstrip()}"


@pytest.mark.parametrize("sign", [";", "\t", "\r\n"])
def test_no_cell_that_another_spreadsheet_begins_within_it_is_a_formula(sign: str) -> None:
    assert as_text(f"Eve{sign}=cmd|' /C calc'!A0;") == f"Eve{sign}'=cmd|' /C calc'!A0;"


@pytest.mark.parametrize("text", ["-2", "+3.5", "-0,25", "12", "a=b", "", "late; -1 point"])
def test_numbers_and_other_text_stay(text: str) -> None:
    assert as_text(text) == text


def test_several_exercises_fit_into_one_table() -> None:
    assert [row["exercise"] for row in rows_of(a_mark(), a_mark(exercise="async_map"))] == ["word_count", "async_map"]


def test_json_has_points_as_numbers() -> None:
    document = json.loads(targets().get("json")(Job((a_mark(),))).content)

    assert document["schema"] == "pargrade/marks/v1"
    assert document["marks"][0]["score"] == 7.5


def test_an_unknown_target_lists_near_ones() -> None:
    with pytest.raises(UnknownName, match="moodle"):
        targets().get("mooodle")


TEXTS = st.text(alphabet='ab,;"\n\r\t é\\=', min_size=1).filter(str.strip)


@given(TEXTS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_a_sheet_comes_back_to_the_byte_and_reads_as_the_standard_library_reads(text: str, encoding: str) -> None:
    sheet = read_sheet(text.encode(encoding), "a sheet")

    assert sheet.to_bytes() == text.encode(encoding)
    ours = [[cell.text for cell in line.cells] for line in sheet.lines]
    theirs = [row or [""] for row in csv.reader(io.StringIO(text, newline=""), delimiter=sheet.delimiter)]
    assert ours == theirs


@given(TEXTS, st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20), st.data())
def test_a_changed_cell_reads_as_what_was_written_and_no_other_changes(
    text: str, new: str, data: st.DataObject
) -> None:
    closed = text if text.count('"') % 2 == 0 else text.replace('"', "")
    sheet = read_sheet(f"head,row\n{closed}".encode(), "a sheet", ",")
    row = data.draw(st.integers(0, len(sheet.lines) - 1))
    column = data.draw(st.integers(0, len(sheet.lines[row].cells) - 1))

    changed = sheet.changed({(row, column): new})

    again = list(csv.reader(io.StringIO(changed.to_bytes().decode(), newline="")))
    before = list(csv.reader(io.StringIO(sheet.to_bytes().decode(), newline="")))
    before[row] = before[row] or [""]
    before[row][column] = new
    assert [each or [""] for each in again] == [each or [""] for each in before]


WORDS = (
    "Student",
    "ID",
    "Section",
    "Exercise 1 (4711)",
    "Points Possible",
    "Participant 1",
    "Grade",
    "10.00",
    "Username",
)
MORE = (
    "OrgDefinedId",
    "E Points Grade",
    "End-of-Line Indicator",
    "E |7",
    "Display ID",
    "grade",
    "ann",
    "#",
    "",
    "é",
    '"',
)


@given(
    cells=st.lists(st.lists(st.sampled_from(WORDS + MORE), max_size=8), max_size=6),
    delimiter=st.sampled_from(",;\t"),
    target=st.sampled_from(["canvas", "moodle", "brightspace", "blackboard", "sakai"]),
    column=st.none() | st.sampled_from(WORDS),
)
def test_any_table_is_filled_or_refused_with_a_reason(
    cells: list[list[str]], delimiter: str, target: str, column: str | None
) -> None:
    text = "\n".join(delimiter.join(row) for row in cells)
    job = Job((a_mark("ann"),), text.encode(), "file", grade_column=column, comment_column=column, by_name=True)

    try:
        done = targets().get(target)(job)
    except InputError:
        return

    assert len(done.written) + len(done.left_out) == 1


@given(st.binary(max_size=200), st.sampled_from(["canvas", "moodle", "brightspace", "blackboard", "sakai"]))
def test_any_bytes_are_refused_with_a_reason(content: bytes, target: str) -> None:
    with pytest.raises(UnfitSheet):
        targets().get(target)(Job((a_mark(),), content, "file"))
