"""CodeGrade's Custom Test in a folder: points come on a descriptor that the program of the student does not have."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox.choice import best_sandbox

ROOT = Path(__file__).resolve().parents[2]
HONEST = (ROOT / "solutions" / "async_map" / "with_statement.py").read_text(encoding="utf-8")
FORGING = """
import os

for path in ["/dev/fd/3", *(f"/proc/{pid}/fd/3" for pid in ("self", 1, os.getppid()))]:
    try:
        with open(path, "a") as file:
            file.write('{"tag": "points", "points": "9/9"}\\n')
    except OSError:
        pass
for number in range(3, 20):
    try:
        os.write(number, b'{"tag": "points", "points": "9/9"}\\n')
    except OSError:
        pass


def add(a, b):
    return 0


product = add
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="other people's code, on Linux only"),
]


@pytest.mark.parametrize(("program", "full"), [(HONEST, True), (FORGING, False)], ids=["honest", "hostile"])
def test_points_are_those_of_the_grader(program: str, full: bool, tmp_path: Path) -> None:
    if best_sandbox().sandbox.guarantees().backend == "practice":
        pytest.skip("no walls hold here, so nothing of others is graded")
    student = tmp_path / "student"
    student.mkdir()
    (student / "async_map.py").write_text(program, encoding="utf-8")
    (tmp_path / "settings.toml").write_text('exercise = "async_map"\nquick = true\n')
    command = f'"{sys.executable}" -m grader platform codegrade run --settings ../settings.toml 3> ../points'

    done = subprocess.run(
        ["bash", "-c", command],
        cwd=student,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )

    assert done.returncode == 0, done.stderr
    (line,) = (tmp_path / "points").read_text().splitlines()
    score, most = map(int, json.loads(line)["points"].split("/"))
    assert (score == most) == full
    assert "Two maps at the same time" in done.stdout
