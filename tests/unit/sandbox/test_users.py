"""No two gradings on a machine lend the same user number at the same time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox.users import FIRST, reserve

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
    with held:
        assert reserve(UID) is None
        assert asked_elsewhere() == "None"

    assert asked_elsewhere() != "None"
