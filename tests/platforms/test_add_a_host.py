"""The host of the how-to is a whole one, and a distribution can bring it."""

from __future__ import annotations

import importlib.util
import re
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from grader import registry
from grader.cli.app import App
from grader.cli.commands import execute
from grader.model.grade import Grade
from grader.platforms import platforms
from grader.platforms.seam import Failure, Place
from grader.sandbox.choice import Choice
from grader.testing import FakeSandbox

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-host.md"


@pytest.fixture
def module(tmp_path: Path) -> ModuleType:
    """What the page shows, as a module."""
    (code,) = re.findall(r"```python\n(.*?)```", HOW_TO.read_text("utf-8"), re.DOTALL)
    path = tmp_path / "vocareum.py"
    path.write_text(code, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("vocareum", path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_it_tells_every_outcome(module: ModuleType, sample: Grade) -> None:
    host = module.PLATFORM.open(Place(None, {"vocareumGradeFile": "/grades", "vocareumReportFile": "/report"}))

    points, report = host.results(sample).documents

    assert [line.split(",")[0] for line in points.text.splitlines()] == [check.id for check in sample.checks]
    assert sample.exercise_title in report.text
    assert "Look." in host.results(Failure("No.", "Look.", by_student=True)).documents[1].text


def test_a_distribution_brings_it_by_an_entry_point(
    module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Point(EntryPoint):
        def load(self) -> object:
            return lambda: module.PLATFORM

    point = Point("vocareum", "vocareum:platform", "pargrade.platforms")
    monkeypatch.setattr(registry, "entry_points", lambda group: (point,) if group == point.group else ())
    work = tmp_path / "work"
    work.mkdir()
    (work / "async_map.py").write_text("# exercise: async_map\n")
    for name in ("vocareumGradeFile", "vocareumReportFile"):
        monkeypatch.setenv(name, str(tmp_path / name))
    sandbox = FakeSandbox()

    code = execute(
        ["platform", "vocareum", "run", "--root", str(work)], App(lambda _: sandbox, lambda: Choice(sandbox, {}))
    )

    assert "vocareum" in platforms().names()
    assert code == 0
    assert "main-guard," in (tmp_path / "vocareumGradeFile").read_text()
