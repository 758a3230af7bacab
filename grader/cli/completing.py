"""Names for shell completion, read from the exercise folders as they lie: quick, and silent about what is broken."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from grader.bundled import bundled


def complete_exercises(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Exercise IDs, with their titles where the shell shows them."""
    return [
        CompletionItem(path.parent.name, help=str(_content(path).get("title", "")))
        for path in _spec_files(ctx)
        if path.parent.name.startswith(incomplete)
    ]


def complete_checks(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Check IDs of all exercises, or of the one given by ``--exercise``."""
    wanted = ctx.params.get("exercise")
    found: dict[str, str] = {}
    for path in _spec_files(ctx):
        if wanted in (None, path.parent.name):
            for check in _content(path).get("checks", ()):
                found.setdefault(str(check.get("id", "")), str(check.get("title", "")))
    return [CompletionItem(name, help=title) for name, title in sorted(found.items()) if name.startswith(incomplete)]


def _spec_files(ctx: click.Context) -> list[Path]:
    root = ctx.params.get("root") or os.environ.get("GRADE_EXERCISES") or bundled("exercises")
    return sorted(Path(root).glob("*/exercise.toml"))


def _content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
