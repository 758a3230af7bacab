"""``grade export``: from a gradebook to the file, with all that is said about it."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from grader.batch.gradebook import open_gradebook
from grader.batch.records import Entry, Found, Student, Work
from grader.model.result import Verdict
from grader.report.json import dump
from grader.testing import a_check, a_grade
from tests.cli.conftest import Grade

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WORKSHEET = (
    '\ufeffIdentifier,"Full name",Grade,"Maximum Grade","Last modified (grade)","Feedback comments"\n'
    '"Participant 1","Ann Ö",,2.00,-,\n"Participant 2",Bob,1.00,2.00,-,\n"Participant 9",Eve,,2.00,-,\n'
)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The output folder of a batch: one grade, one to look at, one missing."""
    folder = tmp_path / "out"
    book = open_gradebook(folder, who="ta")
    book.know(
        [
            Student(f"moodle-{n}", name, {"moodle_participant": str(n)})
            for n, name in ((1, "Ann Ö"), (2, "Bob"), (3, "Cy"))
        ]
    )
    failed = a_check("chunksize", Verdict.FAILED, headline="No <chunk> size.", hint="Give one.")
    grade = a_grade((a_check(), failed))
    work = Work("moodle-1", "word_count", "ann.py", "a" * 64, "e" * 64, "1.0", NOON)
    entry = Entry(work, "graded", grade.score, grade.max_score, dump(grade), NOON, 1.0)
    book.record(entry)
    book.record(replace(entry, work=replace(work, student="moodle-2"), outcome="needs_review"))
    book.note_found([Found("moodle-3", "word_count", "missing")])
    book.close()
    return folder


def test_the_worksheet_is_filled_in_place_and_who_got_no_number_is_told(
    grade: Grade, out: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "worksheet.csv"
    sheet.write_text(WORKSHEET, encoding="utf-8")

    ran = grade("export", "moodle", "--from", str(out), "--into", str(sheet))

    assert ran.code == 3
    assert ran.out == ""
    assert ran.err.splitlines()[:2] == [f"grade: 1 mark written to {sheet}", "grade: 1 student got no number:"]
    assert "  Bob (moodle-2): " in ran.err
    assert "grade: 1 student handed nothing in: Cy (moodle-3)" in ran.err
    assert "grade: 1 row of the file belongs to nobody here: Participant 9" in ran.err
    comment = "<p>1 of 2 points.<br>chunksize (0 of 1, not yet): No &lt;chunk&gt; size.<br>Try: Give one.</p>"
    assert sheet.read_text("utf-8") == WORKSHEET.replace('"Ann Ö",,2.00,-,', f'"Ann Ö",1,2.00,-,"{comment}"')


def test_with_an_output_the_download_is_left_as_it_is(grade: Grade, out: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "worksheet.csv"
    sheet.write_text(WORKSHEET, encoding="utf-8")

    grade("export", "moodle", "--from", str(out), "--into", str(sheet), "--output", "filled.csv")

    assert sheet.read_text("utf-8") == WORKSHEET
    assert '"Ann Ö",1,' in (tmp_path / "filled.csv").read_text("utf-8")


def test_a_file_that_does_not_fit_is_left_as_it_is(grade: Grade, out: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "worksheet.csv"
    sheet.write_text(WORKSHEET.replace("2.00", "3.00"), encoding="utf-8")

    ran = grade("export", "moodle", "--from", str(out), "--into", str(sheet))

    assert ran.code == 2
    assert "--scale" in ran.err
    assert sheet.read_text("utf-8") == WORKSHEET.replace("2.00", "3.00")


def test_json_goes_to_the_standard_output(grade: Grade, out: Path) -> None:
    ran = grade("export", "json", "--from", str(out))

    assert [(each["student"], each["score"]) for each in json.loads(ran.out)["marks"]] == [
        ("moodle-1", 1.0),
        ("moodle-2", None),
        ("moodle-3", None),
    ]


def test_the_zip_of_sakai_with_the_submissions_is_never_overwritten(grade: Grade, out: Path, tmp_path: Path) -> None:
    download = tmp_path / "bulk.zip"
    with zipfile.ZipFile(download, "w") as archive:
        archive.writestr("Lab/grades.csv", "Lab,Points\n\nDisplay ID,ID,Last Name,First Name,grade\nann,1,A,Ann,\n")
    before = download.read_bytes()

    ran = grade("export", "sakai", "--from", str(out), "--into", str(download))

    assert ran.code == 2
    assert "--output" in ran.err
    assert download.read_bytes() == before


def test_reports_go_into_a_zip(grade: Grade, out: Path, tmp_path: Path) -> None:
    grade("export", "moodle-feedback", "--from", str(out), "--output", "feedback.zip")

    with zipfile.ZipFile(tmp_path / "feedback.zip") as archive:
        assert archive.namelist() == ["Ann Ö_1_assignsubmission_file/report.html"]
        assert archive.read(archive.namelist()[0]).startswith(b"<!doctype html>")


def test_the_page_that_lies_in_the_folder_is_the_one_that_goes_out(grade: Grade, out: Path, tmp_path: Path) -> None:
    page = out / "students" / "moodle-1" / "report.html"
    page.parent.mkdir(parents=True)
    page.write_text("the page")

    grade("export", "nbgrader", "--from", str(out), "--output", "course")

    assert (tmp_path / "course/feedback/moodle-1/word_count/my_script.html").read_text() == "the page"
    assert "moodle-1" in (tmp_path / "course/grades.csv").read_text()


def test_comments_for_canvas_are_only_told_unless_sent(
    grade: Grade, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CANVAS_TOKEN", raising=False)
    address = "http://127.0.0.1:9/courses/1/assignments/2"

    told = grade("export", "canvas", "--from", str(out), "--canvas-comments", address)
    sent = grade("export", "canvas", "--from", str(out), "--canvas-comments", address, "--send")

    assert "nothing was sent" in told.err
    assert "Ann Ö (moodle-1): the number in Canvas is not known" in told.err
    assert (sent.code, "CANVAS_TOKEN" in sent.err) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("mooodle",),
        ("moodle",),
        ("moodle", "--into", "absent.csv"),
        ("moodle", "--into", "."),
        ("moodle-feedback",),
        ("nbgrader",),
        ("csv", "--into", "x"),
        ("moodle", "--canvas-comments", "x"),
        ("canvas", "--send"),
        ("canvas", "--canvas-comments", "x"),
        ("csv", "--exercise", "word_cuont"),
        ("csv", "--output", "no/such/folder/x.csv"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_next_step(grade: Grade, out: Path, arguments: tuple[str, ...]) -> None:
    ran = grade("export", *arguments, "--from", str(out))

    assert ran.code == 2
    assert "grade: error: " in ran.err
    assert "Traceback" not in ran.err


def test_a_folder_without_a_gradebook_is_told_and_none_is_made(grade: Grade, tmp_path: Path) -> None:
    ran = grade("export", "csv", "--from", str(tmp_path))

    assert ran.code == 2
    assert "no gradebook" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_everybody_with_a_number_is_success(grade: Grade, tmp_path: Path) -> None:
    book = open_gradebook(tmp_path / "one", who="ta")
    work = Work("ann", "word_count", "ann.py", "a" * 64, "e" * 64, "1.0", NOON)
    book.record(Entry(work, "graded", Decimal(1), Decimal(1), dump(a_grade()), NOON, 1.0))
    book.close()

    assert grade("export", "csv", "--from", str(tmp_path / "one")).code == 0
