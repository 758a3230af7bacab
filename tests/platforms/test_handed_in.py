"""The one program among what was handed in, and the settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.errors import BrokenSettings, UnclearSubmission
from grader.platforms.handed_in import the_program
from grader.platforms.settings import Settings, read_settings


def hand_in(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")


@pytest.mark.parametrize(
    ("names", "wanted", "found"),
    [
        (("a.py",), None, "a.py"),
        (("a.py",), "countwords.py", "a.py"),
        (("a.ipynb", "data.csv"), None, "a.ipynb"),
        (("a.py", "CountWords.py"), "countwords.py", "CountWords.py"),
        (("week1/a.py", "__MACOSX/x.py", ".git/y.py"), None, "week1/a.py"),
        (("a.py", "week1/b.py"), None, "a.py"),
        ((".hidden.py", "a.py"), None, "a.py"),
    ],
)
def test_the_program_is_found(names: tuple[str, ...], wanted: str | None, found: str, tmp_path: Path) -> None:
    hand_in(tmp_path, *names)

    assert the_program(tmp_path, wanted) == tmp_path / found


@pytest.mark.parametrize(
    ("names", "wanted", "words"),
    [
        ((), None, "no Python script"),
        (("notes.txt",), "countwords.py", "no Python script"),
        (("a.py", "b.py"), None, "2 programs: a.py, b.py"),
        (("a.py", "b.py"), "countwords.py", "2 programs"),
        (("one/a.py", "two/b.py"), None, "no Python script"),
    ],
)
def test_what_is_unclear_is_told(names: tuple[str, ...], wanted: str | None, words: str, tmp_path: Path) -> None:
    hand_in(tmp_path, *names)

    with pytest.raises(UnclearSubmission, match=words) as raised:
        the_program(tmp_path, wanted)

    assert raised.value.hint == (f"Hand in your program as {wanted}." if wanted else raised.value.hint)


def test_a_link_leads_to_no_file_of_the_machine(tmp_path: Path) -> None:
    hand_in(tmp_path, "secret.py", "submission/notes.txt")
    (tmp_path / "submission" / "a.py").symlink_to(tmp_path / "secret.py")
    (tmp_path / "submission" / "folder").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "submission" / "b.py")

    with pytest.raises(UnclearSubmission, match="no Python script"):
        the_program(tmp_path / "submission", None)


def test_names_that_steer_a_terminal_are_shown_as_escapes(tmp_path: Path) -> None:
    hand_in(tmp_path, "a\x1b[2J.py", "b.py")

    with pytest.raises(UnclearSubmission) as raised:
        the_program(tmp_path, None)

    assert "\x1b" not in raised.value.message


def test_settings_name_a_folder_of_exercises_beside_them(tmp_path: Path) -> None:
    (tmp_path / "pargrade.toml").write_text('exercises = "exercises"\n')

    assert read_settings(tmp_path / "pargrade.toml", Settings).exercises == tmp_path / "exercises"


def test_without_settings_the_defaults_hold(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "gone.toml", Settings) == Settings()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("exercise = 3\n", "exercise"),
        ('exercize = "x"\n', "The keys are: exercise"),
        ("= \n", "no TOML"),
        (f"most_memory_mib = {'9' * 5_000}\n", "no TOML"),
        ("x = " + "[" * 5_000, "no TOML"),
        ("most_memory_mib = 1\n", "most_memory_mib"),
    ],
)
def test_broken_settings_are_told(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "pargrade.toml").write_text(text)

    with pytest.raises(BrokenSettings) as raised:
        read_settings(tmp_path / "pargrade.toml", Settings)

    assert words in f"{raised.value.message} {raised.value.hint}"
