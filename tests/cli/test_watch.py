"""``--watch``, with a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import pytest

from grader.cli.watch import watch_file
from grader.errors import SandboxError, SubmissionNotFound
from grader.model.submission import Submission


class End(BaseException):
    """Ends the watching, as a signal would."""


def watched(path: Path, events: Iterable[Callable[[], object]], *, fails: bool = False) -> list[str]:
    """The sources that were graded while these events happened, one after the other, between looks."""
    graded: list[str] = []
    waiting = iter(events)

    def pause(_: float) -> None:
        event = next(waiting, None)
        if event is None:
            raise End
        event()

    def grade(submission: Submission) -> None:
        graded.append(submission.source)
        if fails:
            raise SandboxError("It could not be started.")

    with pytest.raises(End):
        watch_file(path, grade, pause=pause, now=lambda: datetime(2026, 1, 31, 12, 34, 56))
    return graded


def nothing() -> None:
    """Time goes by."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "my_script.py"
    path.write_text("one = 1\n")
    return path


def test_a_save_is_graded_once(path: Path) -> None:
    graded = watched(path, [nothing, lambda: path.write_text("two = 2\n"), *[nothing] * 5])

    assert graded == ["one = 1\n", "two = 2\n"]


def test_a_save_without_a_change_is_not_graded(path: Path) -> None:
    graded = watched(path, [lambda: path.write_text("one = 1\n"), *[nothing] * 3])

    assert graded == ["one = 1\n"]


def test_a_save_that_puts_another_file_in_place_is_graded(path: Path) -> None:
    def replace() -> None:
        new = path.with_name("new")
        new.write_text("two = 2\n")
        new.replace(path)

    graded = watched(path, [replace, *[nothing] * 3])

    assert graded == ["one = 1\n", "two = 2\n"]


def test_a_deleted_file_is_waited_for(path: Path) -> None:
    events = [path.unlink, nothing, nothing, nothing, lambda: path.write_text("two = 2\n"), nothing, nothing]

    assert watched(path, events) == ["one = 1\n", "two = 2\n"]


def test_a_half_written_save_is_not_graded(path: Path) -> None:
    events = [lambda: path.write_text("tw"), lambda: path.write_text("two = 2\n"), *[nothing] * 4]

    assert watched(path, events) == ["one = 1\n", "two = 2\n"]


def test_an_error_does_not_end_the_watching(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graded = watched(path, [lambda: path.write_text("two = 2\n"), *[nothing] * 3], fails=True)

    assert len(graded) == 2
    assert "grade: error: It could not be started." in capsys.readouterr().err


def test_a_module_that_the_program_imports_is_watched_too(path: Path) -> None:
    helper = path.with_name("helper.py")
    helper.write_text("a = 1\n")
    path.write_text("import helper\n")

    graded = watched(path, [lambda: helper.write_text("a = 22\n"), *[nothing] * 3])

    assert graded == ["import helper\n"] * 2


def test_a_save_while_grading_is_graded_next(path: Path) -> None:
    graded: list[str] = []

    def pause(_: float) -> None:
        if len(graded) == 2:
            raise End

    def grade(submission: Submission) -> None:
        graded.append(submission.source)
        path.write_text("two = 2\n")

    with pytest.raises(End):
        watch_file(path, grade, pause=pause)

    assert graded == ["one = 1\n", "two = 2\n"]


def test_each_report_has_a_heading_with_the_time_and_no_control_codes(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watched(path, [nothing])

    out = capsys.readouterr().out
    assert "my_script.py at 12:34:56 ==" in out
    assert "\x1b" not in out


def test_a_file_that_is_not_there_ends_it_at_once(tmp_path: Path) -> None:
    with pytest.raises(SubmissionNotFound):
        watch_file(tmp_path / "nowhere.py", lambda _: None)
