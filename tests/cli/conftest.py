"""A command line in this process, with a sandbox that runs nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.cli.app import App
from grader.cli.commands import execute
from grader.model.run import Sandbox
from grader.sandbox.choice import Choice
from grader.testing import FakeSandbox

STARTER = "# exercise: async_map\ndef add(a, b):\n    return a + b\n\n\ndef product(a, b):\n    return a * b\n"


@dataclass(frozen=True)
class Ran:
    """What a command line did."""

    code: int
    out: str
    err: str


Grade = Callable[..., Ran]


@pytest.fixture
def sandbox() -> FakeSandbox:
    return FakeSandbox()


@pytest.fixture
def app(sandbox: FakeSandbox) -> App:
    return App(
        lambda _: sandbox,
        lambda: Choice(sandbox, {}),
        now=lambda: datetime(2026, 1, 31, 12, tzinfo=UTC),
        show_class=lambda *_: None,  # charts take a second
        renew_class=lambda *_: None,
    )


@pytest.fixture
def grade(app: App, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Grade:
    """Runs ``grade ARGUMENTS...`` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRADE_EXERCISES", raising=False)
    monkeypatch.delenv("GRADE_DEBUG", raising=False)

    def run(*arguments: str, sandbox: Sandbox | None = None) -> Ran:
        used = app if sandbox is None else App(lambda _: sandbox, lambda: Choice(sandbox, {}), now=app.now)
        capsys.readouterr()
        code = execute(arguments, used)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "my_script.py"
    path.write_text(STARTER)
    return path
