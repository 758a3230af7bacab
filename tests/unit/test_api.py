"""``grader.grade`` from Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import grader
from grader import grade
from grader.errors import GuaranteeMissing, InputError, PargradeError, SubmissionNotFound, UnknownName
from grader.model.run import Guarantees
from grader.testing import FakeSandbox

STARTER = "# exercise: async_map\ndef add(a, b):\n    return a + b\n"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "my_script.py"
    path.write_text(STARTER)
    return path


def test_a_file_becomes_a_grade(script: Path) -> None:
    sandbox = FakeSandbox()

    found = grade(str(script), sandbox=sandbox, seed=7)

    assert (found.exercise, found.seed, found.submission.name) == ("async_map", 7, "my_script.py")
    assert sandbox.requests


def test_seeds_are_drawn_anew(script: Path) -> None:
    assert grade(script, sandbox=FakeSandbox()).seed != grade(script, sandbox=FakeSandbox()).seed


def test_no_run_uses_more_memory_than_there_is(script: Path) -> None:
    sandbox = FakeSandbox()

    grade(script, sandbox=sandbox, most_memory_mib=64)

    assert {request.limits.memory_bytes for request in sandbox.requests} == {64 << 20}


def test_a_large_cap_gives_no_run_more_than_its_exercise_allows(script: Path) -> None:
    plain, capped = FakeSandbox(), FakeSandbox()
    grade(script, sandbox=plain)
    grade(script, sandbox=capped, most_memory_mib=1 << 20)

    assert [r.limits for r in capped.requests] == [r.limits for r in plain.requests]


def test_graded_refuses_what_gives_too_little_before_anything_runs(script: Path) -> None:
    class Weak(FakeSandbox):
        def guarantees(self) -> Guarantees:
            return Guarantees("weak", (), {})

    sandbox = Weak()
    with pytest.raises(GuaranteeMissing):
        grade(script, sandbox=sandbox, graded=True)
    assert sandbox.requests == []


def test_what_is_done_is_told(script: Path) -> None:
    told: list[str] = []

    grade(script, sandbox=FakeSandbox(), progress=told.append)

    assert "reading the program" in told


@pytest.mark.parametrize(
    ("name", "options", "error"),
    [
        ("gone.py", {}, SubmissionNotFound),
        ("my_script.py", {"exercise": "no_such"}, UnknownName),
        ("my_script.py", {"sandbox": "no_such"}, UnknownName),
        ("my_script.py", {"start_method": "teleport"}, InputError),
        ("my_script.py", {"exercises": "/no/such/folder"}, PargradeError),
    ],
)
def test_errors_are_ours_with_a_message(
    script: Path, name: str, options: dict[str, str], error: type[PargradeError]
) -> None:
    with pytest.raises(error) as raised:
        grade(script.parent / name, **({"sandbox": FakeSandbox()} | options))  # type: ignore[arg-type]

    assert raised.value.message


def test_importing_the_package_loads_nothing_of_it() -> None:
    code = "import sys; before = set(sys.modules); import grader; print(sorted(set(sys.modules) - before))"
    root = Path(grader.__file__).parents[1]

    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)

    assert done.stdout == "['__future__', 'grader']\n"


def test_other_names_are_missing_as_usual() -> None:
    with pytest.raises(AttributeError, match="no attribute 'grades'"):
        _ = grader.grades  # type: ignore[attr-defined]
