"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from grader.cli.completing import complete_exercises

Function = TypeVar("Function", bound=Callable[..., Any])

exercises_root = click.option(
    "--exercises",
    "root",
    metavar="PATH",
    envvar="GRADE_EXERCISES",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the exercises, in place of those that come along. Also: GRADE_EXERCISES.",
)

exercise_id = click.option(
    "--exercise",
    metavar="ID",
    shell_complete=complete_exercises,
    help="The exercise; see them with: grade exercises.",
)


def file_option(flag: str, what: str, *, or_stdout: bool = False) -> Callable[[Function], Function]:
    """An option that names the file a report goes to."""
    metavar, where = ("PATH|-", ", or to the standard output (-)") if or_stdout else ("PATH", "")
    return click.option(flag, metavar=metavar, type=click.Path(), help=f"Write {what} to this file{where}.")
