"""What was named on the command line cannot be used: one clear message, one next step."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.errors import InputError, SubmissionNotFound
from grader.loading import load


def test_a_missing_file_lists_near_names(tmp_path: Path) -> None:
    (tmp_path / "my_script.py").write_text("x = 1\n")

    with pytest.raises(SubmissionNotFound, match=r"There is no file .*my_scirpt\.py") as caught:
        load(tmp_path / "my_scirpt.py")
    assert "my_script.py" in caught.value.hint
    assert caught.value.exit_code == 2


def test_a_missing_file_without_near_names_lists_the_programs_there(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text("x = 1\n")
    (tmp_path / "data.txt").write_text("x\n")

    with pytest.raises(SubmissionNotFound) as caught:
        load(tmp_path / "something_else_entirely.py")
    assert caught.value.hint == "The folder holds: words.py."


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SubmissionNotFound) as caught:
        load(tmp_path / "nowhere" / "a.py")
    assert "nowhere does not exist either" in caught.value.hint


def test_a_folder_lists_what_could_be_graded_inside(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"s{number:02}.py").write_text("x = 1\n")

    with pytest.raises(SubmissionNotFound, match="is a folder") as caught:
        load(tmp_path)
    assert "s00.py" in caught.value.hint
    assert "and 2 more" in caught.value.hint


def test_a_folder_without_programs_says_so(tmp_path: Path) -> None:
    with pytest.raises(SubmissionNotFound) as caught:
        load(tmp_path)
    assert "no .py or .ipynb file directly inside" in caught.value.hint


# attacks: 17, 95
def test_a_named_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")

    with pytest.raises(SubmissionNotFound, match="not an ordinary file"):
        load(tmp_path / "pipe.py")


def test_a_device_is_refused() -> None:
    with pytest.raises(SubmissionNotFound, match="not an ordinary file"):
        load(Path("/dev/zero"))


def test_a_dangling_link_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to(tmp_path / "gone.py")

    with pytest.raises(SubmissionNotFound, match="link to a file that does not exist"):
        load(tmp_path / "a.py")


def test_a_loop_of_links_is_explained(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to(tmp_path / "a.py")

    with pytest.raises(SubmissionNotFound, match="cannot be read"):
        load(tmp_path / "a.py")


def test_a_file_without_read_permission_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)

    with pytest.raises(SubmissionNotFound, match="do not have the permission"):
        load(path)


@pytest.mark.parametrize("name", ["a\0.py", "x" * 5000 + ".py", "a.py/b.py"])
def test_an_impossible_name_is_not_a_traceback(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")

    with pytest.raises(SubmissionNotFound):
        load(tmp_path / name)


# attacks: 87, 133
def test_control_characters_in_a_path_do_not_reach_the_terminal(tmp_path: Path) -> None:
    with pytest.raises(SubmissionNotFound) as caught:
        load(tmp_path / "a\x1b[31m\n.py")
    assert r"a\x1b[31m\n.py" in caught.value.message


def test_another_ending_names_what_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "essay.txt").write_text("x = 1\n")

    with pytest.raises(InputError, match=r"\(\.py\).*\(\.ipynb\)"):
        load(tmp_path / "essay.txt")


def test_an_ending_hidden_by_windows_gets_the_right_advice(tmp_path: Path) -> None:
    (tmp_path / "my_script.py.txt").write_text("x = 1\n")

    with pytest.raises(InputError) as caught:
        load(tmp_path / "my_script.py.txt")
    assert caught.value.hint == "Rename it to my_script.py."


# attacks: 123
def test_a_link_to_another_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "right.py").write_text("print('right')\n")
    (tmp_path / "handed-in").mkdir()
    (tmp_path / "handed-in" / "mine.py").symlink_to(tmp_path / "solutions" / "right.py")

    with pytest.raises(SubmissionNotFound, match="link to a file in another folder"):
        load(tmp_path / "handed-in" / "mine.py")


def test_a_link_beside_its_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "second_try.py").write_text("print('mine')\n")
    (tmp_path / "mine.py").symlink_to("second_try.py")

    assert load(tmp_path / "mine.py").source == "print('mine')\n"
