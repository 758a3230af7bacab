"""``grade class DIR``: make the page of a class again, with names or without."""

from __future__ import annotations

import os
from pathlib import Path

import click

from grader.cli.options import exercise_id, gradebook_url
from grader.cli.screen import tell

ANONYMOUS_PAGE = "class-anonymous.html"


@click.command("class", short_help="Make the page of a class again, also without names.")
@click.argument("folder", metavar="DIR", type=click.Path(readable=False, path_type=Path))
@click.option("--anonymous", is_flag=True, help="Name nobody: no names, no keys, no programs, no links to reports.")
@click.option(
    "--output", metavar="FILE", type=click.Path(readable=False), help="Write the page here, in place of into DIR."
)
@exercise_id
@gradebook_url
def class_page(folder: Path, anonymous: bool, output: str | None, exercise: str | None, gradebook: str | None) -> None:
    """Make the page of a class from the gradebook in DIR: marks, checks, groups, who needs a person, everyone.

    grade batch writes it at its end. Nothing is graded here.
    """
    from grader.batch import class_page as pages
    from grader.batch.exercise import chosen_exercise
    from grader.cli.destinations import destination
    from grader.cli.opening import opened

    book = opened(folder, gradebook)
    try:
        place = output or str(folder / (ANONYMOUS_PAGE if anonymous else pages.PAGE))
        target = destination(place)
        chosen = chosen_exercise(book, folder, exercise)
        base = _base(folder, Path(place).parent)
        target.write(pages.class_page(book, folder, chosen, anonymous=anonymous, base=base))
    finally:
        book.close()
    tell(f"grade: the class on one page: {place}")


def _base(folder: Path, beside: Path) -> str:
    """From the folder that the page lies in to the one that the reports lie in."""
    way = Path(os.path.relpath(folder.resolve(), beside.resolve())).as_posix()
    return "" if way == "." else f"{way}/"
