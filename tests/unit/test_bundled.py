"""Where exercises and templates are: in the wheel beside the package, in a checkout at the top."""

from __future__ import annotations

from pathlib import Path

import pytest

import grader.bundled
from grader.bundled import bundled


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site" / "grader"
    folder.mkdir(parents=True)
    monkeypatch.setattr(grader.bundled, "_PACKAGE", folder)
    return folder


def test_in_a_wheel_it_lies_inside_the_package(package: Path) -> None:
    inside = package / "_bundled" / "reports" / "templates"
    inside.mkdir(parents=True)

    assert bundled("reports/templates") == inside


def test_in_a_checkout_it_lies_at_the_top(package: Path) -> None:
    assert bundled("exercises") == package.parent / "exercises"


def test_what_lies_inside_the_package_goes_first(package: Path) -> None:
    (package.parent / "exercises").mkdir()
    inside = package / "_bundled" / "exercises"
    inside.mkdir(parents=True)

    assert bundled("exercises") == inside


@pytest.mark.parametrize(("name", "file"), [("exercises", "word_count/exercise.toml"), ("reports/templates", "")])
def test_what_ships_is_there(name: str, file: str) -> None:
    assert (bundled(name) / file).exists()
