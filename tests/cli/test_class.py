"""The page of a class: written by ``grade batch``, made again by ``grade class``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.batch.gradebook import open_gradebook
from grader.batch.likeness import Likeness, keep_likeness, kept_likeness
from grader.batch.records import Entry, Student, Work
from grader.cli.app import App
from grader.cli.commands import execute
from grader.model.result import Verdict
from grader.report.class_view import Alike, Passage
from grader.report.json import dump
from grader.testing import a_check, a_grade
from tests.cli.conftest import STARTER, Grade
from tests.cli.test_export import NOON
from tests.unit.batch.fakes import InlineWorkers, folder_intake


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The output folder of a batch of two."""
    folder = tmp_path / "out"
    book = open_gradebook(folder, who="ta")
    grade = a_grade((a_check("counts", Verdict.FAILED, cause="wrong-counts", headline="ann.py counts wrong."),))
    for key, name in (("ann", "Ann Ö"), ("bob", "Bob B")):
        book.know([Student(key, name)])
        work = Work(key, "word_count", f"{key}.py", "a" * 64, "e" * 64, "1.0", NOON)
        book.record(Entry(work, "graded", grade.score, grade.max_score, dump(grade), NOON, 1.0))
    book.close()
    keep_likeness(folder, "word_count", Likeness((), (Alike("ann", "bob", 0.9, (Passage("x = 1", "y = 1"),)),)))
    return folder


def test_the_page_is_made_again_in_its_folder(grade: Grade, out: Path) -> None:
    ran = grade("class", str(out))

    page = (out / "class.html").read_text("utf-8")
    assert (ran.code, ran.out) == (0, "")
    assert 'href="students/ann/report.html">Ann Ö</a>' in page
    assert "ann.py counts wrong." in page
    assert "y = 1" in page


def test_elsewhere_its_links_still_lead_to_the_reports(grade: Grade, out: Path, tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()

    grade("class", str(out), "--output", "web/page.html")

    assert 'href="../out/students/ann/report.html"' in (tmp_path / "web" / "page.html").read_text("utf-8")
    assert not (out / "class.html").exists()


def test_an_anonymous_page_lies_beside_it_and_calls_everyone_the_same_each_time(grade: Grade, out: Path) -> None:
    grade("class", str(out), "--anonymous")
    first = (out / "class-anonymous.html").read_text("utf-8")
    grade("class", str(out), "--anonymous")

    assert (out / "class-anonymous.html").read_text("utf-8") == first
    assert not any(word in first for word in ("Ann Ö", "Bob B", "ann.py", "students/", "y = 1"))
    assert (out / ".pseudonyms").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("arguments", [("--exercise", "word_cuont"), ("--output", "no/such/page.html")])
def test_what_cannot_be_done_is_said(grade: Grade, out: Path, arguments: tuple[str, ...]) -> None:
    ran = grade("class", str(out), *arguments)

    assert ran.code == 2
    assert "grade: error: " in ran.err


def test_a_folder_without_a_gradebook_is_told(grade: Grade, tmp_path: Path) -> None:
    assert grade("class", str(tmp_path)).code == 2


def test_a_batch_compares_the_programs_and_writes_the_page(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from grader.batch.task import errored

    monkeypatch.chdir(tmp_path)
    (tmp_path / "subs").mkdir()
    for name in ("ann", "bob"):
        (tmp_path / "subs" / f"{name}.py").write_text(f"{STARTER}# by {name}\n")
    workers = InlineWorkers(lambda task: errored(task, "no machine", 0.1))
    used = replace(app, collect=folder_intake, workers=lambda *_: workers, show_class=App().show_class)

    execute(("batch", "subs", "--out", "out"), used)

    assert "grade: the class on one page: " in capsys.readouterr().err
    found = kept_likeness(tmp_path / "out", "async_map")
    assert found is not None
    assert found.same_program == (("ann", "bob"),)
    assert "no machine" in (tmp_path / "out" / "class.html").read_text("utf-8")


def test_a_page_that_cannot_be_written_loses_no_grade(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from grader.batch.task import errored

    monkeypatch.chdir(tmp_path)
    (tmp_path / "subs").mkdir()
    (tmp_path / "subs" / "ann.py").write_text(STARTER)
    (tmp_path / "out" / "likeness-async_map.json").mkdir(parents=True)
    workers = InlineWorkers(lambda task: errored(task, "no machine", 0.1))

    used = replace(app, collect=folder_intake, workers=lambda *_: workers, show_class=App().show_class)
    code = execute(("batch", "subs", "--out", "out"), used)

    told = capsys.readouterr()
    assert code == 3
    assert "cannot be written" in told.err
    assert "Traceback" not in told.err


def test_after_an_adjustment_the_page_shows_the_new_mark(
    app: App, grade: Grade, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grade("class", str(out))
    whole = replace(app, renew_class=App().renew_class)

    code = execute(("adjust", "ann", "total", "0.25", "--why", "Shown in the lab.", "--in", str(out)), whole)

    row = (out / "class.html").read_text("utf-8").partition(">Ann Ö</a></th>")[2].partition("</tr>")[0]
    assert code == 0
    assert "0.25" in row
    assert "by hand" in row
    assert "the class on one page" in capsys.readouterr().err


def test_an_adjustment_makes_no_page_where_there_is_none(app: App, out: Path) -> None:
    execute(
        ("adjust", "ann", "total", "0.25", "--why", "x", "--in", str(out)), replace(app, renew_class=App().renew_class)
    )

    assert not (out / "class.html").exists()
