"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from grader.cli.completing import complete_exercises
from grader.errors import InputError

Function = TypeVar("Function", bound=Callable[..., Any])


def _must_be_a_folder(ctx: click.Context, param: click.Parameter, root: Path | None) -> Path | None:
    """Say where a wrong path comes from: one in the environment is easily forgotten."""
    if root is None or root.is_dir() or ctx.resilient_parsing:
        return root
    source = ctx.get_parameter_source(param.name or "")
    named_by = "GRADE_EXERCISES" if source is ParameterSource.ENVIRONMENT else "--exercises"
    raise InputError(f"The folder of exercises {str(root)!r} does not exist.", f"It is named by {named_by}.")


exercises_root = click.option(
    "--exercises",
    "root",
    metavar="PATH",
    envvar="GRADE_EXERCISES",
    type=click.Path(readable=False, path_type=Path),
    callback=_must_be_a_folder,
    help="Folder with the exercises, in place of those that come along. Also: GRADE_EXERCISES.",
)

exercise_id = click.option(
    "--exercise",
    metavar="ID",
    shell_complete=complete_exercises,
    help="The exercise; see them with: grade exercises.",
)

gradebook_url = click.option(
    "--gradebook",
    metavar="URL",
    envvar="GRADE_GRADEBOOK",
    help="The gradebook as a database URL, in place of a file in the output folder. Also: GRADE_GRADEBOOK.",
)


def file_option(flag: str, what: str, *, or_stdout: bool = False) -> Callable[[Function], Function]:
    """An option that names the file a report goes to."""
    metavar, where = ("PATH|-", ", or to the standard output (-)") if or_stdout else ("PATH", "")
    return click.option(
        flag, metavar=metavar, type=click.Path(readable=False), help=f"Write {what} to this file{where}."
    )
