"""The output folder: whose reports lie where, and that only one batch at a time writes there."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch.places import BatchRunning, folder_name, has_reports, held, is_held, put_reports, student_folder
from grader.errors import OutputNotWritable

FIRST = {"report.html": b"page", "report.md": b"md", "report.json": b"{}", "mark.json": b"1"}


@given(st.text(min_size=1), st.text(min_size=1))
def test_every_student_has_a_folder_of_their_own_on_every_disk(one: str, other: str) -> None:
    names = folder_name(one), folder_name(other)

    for name in names:
        assert name == name.lower()
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._@+-~")
        assert name[0] not in ".-"
        assert 0 < len(name) <= 82
    assert (names[0] == names[1]) == (one == other)


@pytest.mark.parametrize("key", ["ann", "ann@host.example", "s123456", "ann_lee", "caf~dafd66c0b989"])
def test_a_plain_key_is_the_name_itself(key: str) -> None:
    assert folder_name(key) == key


@pytest.mark.parametrize("key", ["..", "../up", "a/b", "Ann", "CON", "aux", "ann.", ".hidden", "-rf", "ann~0123456789"])
def test_any_other_key_gets_a_name_that_leads_nowhere_else(key: str, tmp_path: Path) -> None:
    assert student_folder(tmp_path, key).parent == tmp_path / "students"
    assert folder_name(key) not in (key, key.lower())


def test_reports_take_the_place_of_those_before(tmp_path: Path) -> None:
    put_reports(tmp_path, "ann", {**FIRST, "evidence.json.gz": b"e"})
    put_reports(tmp_path, "ann", {"mark.json": b"2"})

    assert [path.name for path in student_folder(tmp_path, "ann").iterdir()] == ["mark.json"]


def test_what_is_to_be_kept_stays(tmp_path: Path) -> None:
    put_reports(tmp_path, "ann", {**FIRST, "evidence.json.gz": b"e"})
    put_reports(tmp_path, "ann", FIRST, keep=("evidence.json.gz",))

    assert (student_folder(tmp_path, "ann") / "evidence.json.gz").read_bytes() == b"e"


@pytest.mark.parametrize("breaks_at", range(4))
def test_killed_between_two_files_the_reports_are_known_to_be_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks_at: int
) -> None:
    put_reports(tmp_path, "ann", FIRST)
    replace, steps = Path.replace, iter(range(100))

    def breaking(self: Path, target: Path) -> Path:
        if next(steps) == breaks_at:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", breaking)
    with pytest.raises(KeyboardInterrupt):
        put_reports(tmp_path, "ann", {name: content + b"2" for name, content in FIRST.items()})

    told = {"mark.json": b"1", "report.json": b"{}"}
    assert not has_reports(tmp_path, "ann", told)
    assert not has_reports(tmp_path, "ann", {name: content + b"2" for name, content in told.items()})


def test_that_reports_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "students").write_text("a file")

    with pytest.raises(OutputNotWritable, match="ann"):
        put_reports(tmp_path, "ann", FIRST)


def test_a_second_batch_into_the_same_folder_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with held(out):
        assert is_held(out)
        with pytest.raises(BatchRunning, match=f"process {os.getpid()}"), held(out):
            raise AssertionError

    assert not is_held(out)
    with held(out):
        pass


def test_a_new_output_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    with held(tmp_path / "out"):
        pass

    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def test_where_no_batch_ever_was_none_is_at_work(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "nothing")


def test_that_the_disk_is_too_full_to_begin_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)

    with pytest.raises(OutputNotWritable, match="No space left"), held(tmp_path / "out"):
        raise AssertionError
