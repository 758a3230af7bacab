"""What a folder counts for on the disk, however a program hides it."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path

import pytest

from grader.sandbox.workfolder import ENTRY_BYTES, remove_tree, size_of


def test_empty_files_count_too(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / str(number)).touch()

    assert size_of(tmp_path) == 10 * ENTRY_BYTES


def test_looking_ends_when_it_is_enough(tmp_path: Path) -> None:
    for folder in "abc":
        (tmp_path / folder).mkdir()
        for number in range(5):
            (tmp_path / folder / str(number)).touch()

    assert size_of(tmp_path, enough=4 * ENTRY_BYTES) == 8 * ENTRY_BYTES


def test_what_lies_too_deep_is_more_than_any_limit(tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    with contextlib.chdir(folder):
        for _ in range(20):
            Path("d" * 250).mkdir()
            os.chdir("d" * 250)

    size = size_of(tmp_path)
    remove_tree(folder)

    assert size == math.inf


@pytest.mark.skipif(os.geteuid() == 0, reason="root sees into every folder")
def test_a_folder_that_takes_files_and_does_not_show_them_is_more_than_any_limit(tmp_path: Path) -> None:
    (tmp_path / "blind").mkdir(mode=0o300)

    assert size_of(tmp_path) == math.inf
