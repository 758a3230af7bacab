"""``grade show ID``: the task of an exercise."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.app import App
from grader.cli.completing import complete_exercises
from grader.cli.options import exercises_root
from grader.cli.screen import say_markdown


@click.command("show")
@click.argument("exercise", metavar="ID", shell_complete=complete_exercises)
@exercises_root
@click.pass_obj
def show(app: App, exercise: str, root: Path | None) -> None:
    """Show the task of an exercise."""
    folder = app.catalog(root).load(exercise).folder
    say_markdown((folder / "task.md").read_text(encoding="utf-8"))
