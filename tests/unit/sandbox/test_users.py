"""No two gradings on a machine lend the same user number at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import grader.sandbox.users as users
from grader.errors import SandboxError
from grader.sandbox.users import FIRST, give_back, reserve

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="users for one run are lent on Linux only")
UID = FIRST - 1
"""Never lent, so that no grading beside this test has it."""
OTHER = """
import sys
sys.path.insert(0, sys.argv[1])
from grader.sandbox.users import reserve
print(reserve(int(sys.argv[2])))
"""


def asked_elsewhere() -> str:
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-W", "ignore", "-c", OTHER, str(root), str(UID)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_number_that_is_lent_here_is_not_lent_elsewhere() -> None:
    held = reserve(UID)
    assert held is not None
    assert reserve(UID) is None
    assert asked_elsewhere() == "None"

    give_back(UID, held)

    assert asked_elsewhere() != "None"


def test_a_folder_that_others_may_write_to_is_not_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / f"pargrade-users-{os.geteuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    monkeypatch.setattr(users, "_PLACES", (str(tmp_path),))

    with pytest.raises(SandboxError, match="cannot be reserved"):
        reserve(UID)


def test_what_is_given_back_leaves_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(users, "_PLACES", (str(tmp_path),))

    held = reserve(UID)
    assert held is not None
    give_back(UID, held)

    assert list(tmp_path.glob("*/*")) == []
