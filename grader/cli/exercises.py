"""``grade exercises``: what there is to do."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.app import App
from grader.cli.failures import tell_error
from grader.cli.options import exercises_root
from grader.cli.screen import say
from grader.cli.wording import in_points
from grader.errors import ExerciseError, InputError


@click.command("exercises")
@exercises_root
@click.pass_obj
def exercises(app: App, root: Path | None) -> int:
    """List the exercises."""
    from grader.catalog import read_spec

    catalog = app.catalog(root)
    names = catalog.ids()
    if not names:
        raise InputError(f"There is no exercise in {catalog.root}.", "Name another folder with --exercises.")
    code = 0
    for name in names:
        try:
            spec = read_spec(catalog.root / name)
        except ExerciseError as error:
            code = tell_error(error)
            continue
        say(f"{spec.id}: {spec.title} ({in_points(spec.max_points)})\n    {spec.summary}")
    return code
