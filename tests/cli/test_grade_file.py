"""``grade FILE``: arguments, outputs and exit codes, without running any program."""

from __future__ import annotations

import json
import os
import stat
from decimal import Decimal
from pathlib import Path

import pytest

from grader.cli.grade_file import exit_code
from grader.errors import SandboxError
from grader.model.grade import Status
from grader.model.result import Verdict
from grader.model.run import Guarantees, Observation, RunRequest
from grader.testing import FakeSandbox, a_check, a_grade
from tests.cli.conftest import Grade


class NoSandbox(FakeSandbox):
    """A sandbox that must not be used."""

    def run(self, request: RunRequest) -> Observation:
        raise AssertionError(f"{request.label} was run")


class OpenSandbox(FakeSandbox):
    """A sandbox that promises nothing."""

    def guarantees(self) -> Guarantees:
        return Guarantees("open", (), {})


class BrokenSandbox(FakeSandbox):
    """A sandbox that cannot start programs."""

    def run(self, request: RunRequest) -> Observation:
        raise SandboxError("No folder for the run can be made.", "Is the temp folder full?")


class BuggySandbox(FakeSandbox):
    """A sandbox with a bug in it."""

    def run(self, request: RunRequest) -> Observation:
        raise ZeroDivisionError("secret detail")


def test_full_marks_end_with_0() -> None:
    assert exit_code(a_grade()) == 0


def test_a_missing_half_point_ends_with_1() -> None:
    assert exit_code(a_grade([a_check("a"), a_check("b", Verdict.PARTIAL)])) == 1


@pytest.mark.parametrize("status", [Status.NEEDS_REVIEW, Status.NOT_GRADED])
def test_a_grade_that_may_not_be_used_ends_with_3(status: Status) -> None:
    score = None if status is Status.NOT_GRADED else Decimal(1)

    assert exit_code(a_grade(status=status, score=score)) == 3


def test_the_report_is_on_stdout_and_the_progress_on_stderr(grade: Grade, script: Path) -> None:
    ran = grade("my_script.py")

    assert ran.code == 1
    assert "of 6 points" in ran.out
    assert "grade: reading the program" in ran.err
    assert "grade:" not in ran.out


def test_without_a_terminal_there_are_no_control_codes(
    grade: Grade, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")

    ran = grade("my_script.py")

    assert "\x1b" not in ran.out + ran.err


def test_json_to_stdout_is_alone_there(grade: Grade, script: Path) -> None:
    ran = grade("my_script.py", "--json", "-", "--seed", "77")

    receipt = json.loads(ran.out)
    assert receipt["schema"] == "pargrade/report/v1"
    assert receipt["seed"] == 77


def test_markdown_to_stdout_is_alone_there(grade: Grade, script: Path) -> None:
    ran = grade("my_script.py", "--md", "-")

    assert ran.out.startswith("# ")
    assert "━" not in ran.out


def test_every_grading_draws_its_own_seed(grade: Grade, script: Path) -> None:
    seeds = {json.loads(grade("my_script.py", "--json", "-").out)["seed"] for _ in range(3)}

    assert len(seeds) == 3


def test_options_may_stand_before_the_file(grade: Grade, script: Path) -> None:
    ran = grade("--exercise", "async_map", "--seed", "5", "--json", "-", "my_script.py")

    assert json.loads(ran.out)["exercise"] == "async_map"


def test_a_file_named_like_a_command_is_given_with_its_folder(grade: Grade, tmp_path: Path) -> None:
    (tmp_path / "doctor").write_text("print()\n")

    ran = grade("./doctor")

    assert ran.code == 2
    assert "doctor is neither a Python script (.py)" in ran.err


def test_all_reports_are_written_beside_the_one_in_the_terminal(grade: Grade, script: Path, tmp_path: Path) -> None:
    ran = grade("my_script.py", "--json", "r.json", "--html", "r.html", "--md", "r.md", "--junit", "r.xml")

    assert "of 6 points" in ran.out
    assert json.loads((tmp_path / "r.json").read_text())["exercise"] == "async_map"
    assert (tmp_path / "r.html").read_text().lower().startswith("<!doctype html>")
    assert (tmp_path / "r.md").read_text().startswith("# ")
    assert "<testsuite" in (tmp_path / "r.xml").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["my_script.py", "r.html", "r.json", "r.md", "r.xml"]


def test_settings_reach_the_run(grade: Grade, script: Path, sandbox: FakeSandbox) -> None:
    grade("my_script.py", "--start-method", "spawn")

    assert sandbox.requests[-1].config["start_method"] == "spawn"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Give the file with your program"),
        ([""], "The name of the file is empty"),
        (["-"], "not from the standard input"),
        (["nowhere.py"], "There is no file nowhere.py"),
        (["."], "is a folder"),
        (["nothing-like-that"], "neither a command nor a file"),
        (["exercsies"], "Did you mean: grade exercises?"),
        (["my_scrpt"], "Did you mean: grade my_script.py?"),
        (["word_count"], "word_count is an exercise, not a file"),
        (["my_script.py", "other.py"], "unexpected extra argument"),
        (["my_script.py", "--jsn", "x"], "--json"),
        (["my_script.py", "--exercise", "nope"], "There is no exercise 'nope'"),
        (["my_script.py", "--exercises", "nope"], "It is named by --exercises"),
        (["my_script.py", "--seed", "-1"], "--seed"),
        (["my_script.py", "--start-method", "magic"], "--start-method"),
        (["my_script.py", "--json", "/"], "is a folder"),
        (["my_script.py", "--json", ""], "is empty"),
        (["my_script.py", "--json", "new/"], "is a folder"),
        (["my_script.py", "--json", "no/such/r.json"], "the folder 'no/such' does not exist"),
        (["my_script.py", "--json", "my_script.py"], "would overwrite"),
        (["my_script.py", "--json", "my_script.py/r"], "cannot be written"),
        (["my_script.py", "--json", "x" * 300], "cannot be written"),
        (["my_script.py", "--json", "r", "--html", "./r"], "shall both go to"),
        (["my_script.py", "--json", "-", "--md", "-"], "shall both go to the standard output"),
        (["my_script.py", "--watch", "--json", "-"], "--watch"),
    ],
)
def test_wrong_usage_ends_with_2_before_anything_runs(
    grade: Grade, script: Path, arguments: list[str], message: str
) -> None:
    ran = grade(*arguments, sandbox=NoSandbox())

    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""


def test_an_error_is_one_message_and_one_next_step(grade: Grade) -> None:
    ran = grade("nothing-like-that")

    first, second = ran.err.splitlines()
    assert first.startswith("grade: error: ")
    assert second.startswith("  ")


def test_a_wrong_folder_in_the_environment_is_named_as_such(
    grade: Grade, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADE_EXERCISES", "/nowhere")

    ran = grade("my_script.py")

    assert ran.code == 2
    assert "GRADE_EXERCISES" in ran.err


def test_a_file_that_is_no_program_is_told_as_such(grade: Grade, tmp_path: Path) -> None:
    (tmp_path / "picture.py").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))

    ran = grade("picture.py")

    assert ran.code == 2
    assert "not clear which exercise" not in ran.err
    assert "picture.py: " in ran.err


def test_graded_mode_is_refused_before_anything_else(grade: Grade) -> None:
    ran = grade("nowhere.py", "--graded", sandbox=OpenSandbox())

    assert ran.code == 3
    assert "files" in ran.err
    assert "nowhere.py" not in ran.err


def test_graded_mode_runs_with_all_guarantees(grade: Grade, script: Path) -> None:
    assert grade("my_script.py", "--graded").code == 1


def test_what_the_sandbox_cannot_do_ends_with_3(grade: Grade, script: Path) -> None:
    ran = grade("my_script.py", sandbox=BrokenSandbox())

    assert ran.code == 3
    assert "grade: error: No folder for the run can be made.\n  Is the temp folder full?" in ran.err


def test_a_bug_of_ours_is_told_without_a_traceback_that_is_kept(
    grade: Grade, script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    ran = grade("my_script.py", sandbox=BuggySandbox())

    (kept,) = tmp_path.glob("grade-crash-*.txt")
    assert ran.code == 3
    assert "Traceback" not in ran.err + ran.out
    assert f"report it, with this file: {kept}" in ran.err
    assert "secret detail" in kept.read_text()


def test_a_bug_of_ours_shows_its_traceback_to_those_who_ask(
    grade: Grade, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADE_DEBUG", "1")

    ran = grade("my_script.py", sandbox=BuggySandbox())

    assert ran.code == 3
    assert "ZeroDivisionError: secret detail" in ran.err


def test_an_interrupted_grading_ends_with_130(grade: Grade, script: Path) -> None:
    class Interrupting(FakeSandbox):
        def run(self, request: RunRequest) -> Observation:
            raise KeyboardInterrupt

    ran = grade("my_script.py", "--json", "r.json", sandbox=Interrupting())

    assert ran.code == 130
    assert not Path("r.json").exists()


# --- files -------------------------------------------------------------------------------------------


def test_a_report_that_cannot_be_written_in_the_end_still_shows_in_the_terminal(
    grade: Grade, script: Path, tmp_path: Path
) -> None:
    class FolderRemover(FakeSandbox):
        def run(self, request: RunRequest) -> Observation:
            if (tmp_path / "out").exists():
                (tmp_path / "out").rmdir()
            return super().run(request)

    (tmp_path / "out").mkdir()

    ran = grade("my_script.py", "--json", "out/r.json", "--html", "r.html", sandbox=FolderRemover())

    assert ran.code == 2
    assert "of 6 points" in ran.out
    assert "'out/r.json' cannot be written" in ran.err
    assert (tmp_path / "r.html").exists()


# attacks: 96
def test_a_failed_write_leaves_the_old_report_and_nothing_else(
    grade: Grade, script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "r.json").write_text("old")
    monkeypatch.setattr(os, "fsync", full)

    ran = grade("my_script.py", "--json", "r.json")

    assert ran.code == 2
    assert "No space left on device" in ran.err
    assert (tmp_path / "r.json").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["my_script.py", "r.json"]


def test_a_new_report_has_the_usual_rights_and_an_old_one_keeps_its_own(
    grade: Grade, script: Path, tmp_path: Path
) -> None:
    (tmp_path / "old.json").write_text("old")
    (tmp_path / "old.json").chmod(0o640)
    (tmp_path / "usual").write_text("")

    grade("my_script.py", "--json", "old.json", "--md", "new.md")

    assert stat.S_IMODE((tmp_path / "old.json").stat().st_mode) == 0o640
    assert (tmp_path / "new.md").stat().st_mode == (tmp_path / "usual").stat().st_mode


# attacks: 96
def test_a_link_stays_a_link(grade: Grade, script: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "r.json").symlink_to(tmp_path / "folder" / "real.json")

    grade("my_script.py", "--json", "r.json")

    assert (tmp_path / "r.json").is_symlink()
    assert json.loads((tmp_path / "folder" / "real.json").read_text())["exercise"] == "async_map"


def test_a_device_is_written_not_replaced(grade: Grade, script: Path) -> None:
    ran = grade("my_script.py", "--json", os.devnull, "--html", os.devnull)

    assert ran.code == 1
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


# attacks: 96
def test_a_pipe_can_be_given_as_a_file(grade: Grade, script: Path) -> None:
    read_end, write_end = os.pipe()

    grade("my_script.py", "--junit", f"/dev/fd/{write_end}")

    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        assert "<testsuite" in pipe.read()


def test_a_folder_that_was_removed_meanwhile_is_no_crash(grade: Grade, script: Path, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    os.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    ran = grade(str(script), "--json", "r.json")

    assert ran.code == 2
    assert "'r.json' cannot be written" in ran.err


def test_seeds_are_drawn_from_a_secure_source(grade: Grade, script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", lambda count: b"\0" * (count - 1) + b"\7")

    assert json.loads(grade("my_script.py", "--json", "-").out)["seed"] == 7
