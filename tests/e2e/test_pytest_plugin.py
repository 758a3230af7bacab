"""The pytest plugin on a real grading, shared by the workers of xdist: the verdicts are those of the grader."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from grader.testing import grade_file

ROOT = Path(__file__).resolve().parents[2]
WRONG = ROOT / "tests" / "corpus" / "async_map" / "one_map.py"
PLUGIN = [] if entry_points(group="pytest11", name="pargrade") else ["-p", "grader.pytest_plugin"]


@pytest.mark.slow
def test_two_workers_show_the_verdicts_of_one_grading(tmp_path: Path) -> None:
    expected = {check.id: check.verdict.value for check in grade_file(WRONG, "async_map").checks}
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}

    options = ["-c", os.devnull, "-p", "no:cacheprovider", "-n", "2", "--submission-quick"]
    named = ["--submission", str(WRONG), "--junitxml", str(tmp_path / "report.xml")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *PLUGIN, *options, *named, str(ROOT / "exercises" / "async_map")],
        cwd=tmp_path,
        env={**kept, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )

    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    told = [
        {one.attrib["name"]: one.attrib["value"] for one in case.iter("property")}
        for case in ET.parse(tmp_path / "report.xml").iter("testcase")
    ]
    assert {case["check"]: case["verdict"] for case in told if "check" in case} == expected
    assert [path for path in tmp_path.iterdir() if path.name.startswith("pargrade-")] == []
