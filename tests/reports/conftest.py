from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.model.grade import Grade
from grader.report.json import load

SAMPLES = Path(__file__).parents[2] / "reports" / "samples"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write reports/samples anew instead of comparing")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], str]:
    """What a golden file holds; with ``--update-golden`` the file is written first."""

    def read(path: Path, rendered: str) -> str:
        if request.config.getoption("--update-golden"):
            path.write_text(rendered, encoding="utf-8", newline="")
        return path.read_bytes().decode()

    return read


@pytest.fixture(params=sorted(path.stem for path in SAMPLES.glob("*.json")))
def sample(request: pytest.FixtureRequest):
    """Every stored grade in turn."""
    return load(SAMPLES / f"{request.param}.json")


@pytest.fixture
def sample_html(request: pytest.FixtureRequest, sample: Grade) -> str:
    """The stored page of the sample, which ``test_samples`` compares with what is rendered."""
    return (SAMPLES / f"{request.node.callspec.params['sample']}.html").read_text(encoding="utf-8")
