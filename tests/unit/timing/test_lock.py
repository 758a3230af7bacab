"""Gradings on one machine measure one after the other, and none waits without end."""

# attacks: 85
from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from grader.timing.lock import lock_path, one_at_a_time


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "lock"
    for _ in range(2):
        with one_at_a_time(path, patience_s=0) as disturbed:
            assert disturbed == ""


def test_who_waits_is_told_so_and_goes_on_in_the_end(tmp_path: Path) -> None:
    said: list[str] = []
    with one_at_a_time(tmp_path / "lock"), one_at_a_time(tmp_path / "lock", said.append, patience_s=0.01) as disturbed:
        assert "still measuring" in disturbed

    assert said == ["waiting for another grading on this machine to finish measuring"]


def test_an_error_lets_go_of_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ValueError), one_at_a_time(tmp_path / "lock"):
        raise ValueError

    with one_at_a_time(tmp_path / "lock", patience_s=0) as disturbed:
        assert disturbed == ""


def test_a_lock_that_cannot_be_made_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with one_at_a_time(tmp_path / "file" / "lock") as disturbed:
        assert "could not be kept" in disturbed


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "victim")
    with one_at_a_time(tmp_path / "lock") as disturbed:
        assert "could not be kept" in disturbed

    assert not (tmp_path / "victim").exists()


def test_a_child_process_does_not_hold_the_lock(tmp_path: Path) -> None:
    with one_at_a_time(tmp_path / "lock"):
        held = [fd for fd in (int(path.name) for path in Path("/proc/self/fd").iterdir()) if _is(fd, tmp_path / "lock")]

        assert held
        assert not any(map(os.get_inheritable, held))


def _is(fd: int, path: Path) -> bool:
    try:
        seen = os.fstat(fd)
    except OSError:
        return False
    return stat.S_ISREG(seen.st_mode) and os.path.samestat(seen, path.stat())


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"XDG_RUNTIME_DIR": "/run/user/7", "HOME": "/home/ada"}, "/run/user/7/pargrade/measuring.lock"),
        ({"XDG_CACHE_HOME": "/cache", "HOME": "/home/ada"}, "/cache/pargrade/measuring.lock"),
        ({"HOME": "/home/ada"}, "/home/ada/.cache/pargrade/measuring.lock"),
        ({"XDG_RUNTIME_DIR": "here", "HOME": "/home/ada"}, "/home/ada/.cache/pargrade/measuring.lock"),
    ],
)
def test_the_lock_lies_in_a_folder_of_the_user(environ: dict[str, str], expected: str) -> None:
    assert lock_path(environ) == Path(expected)


def test_a_user_without_a_home_has_no_lock() -> None:
    assert lock_path({}) is None
