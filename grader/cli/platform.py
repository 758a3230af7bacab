"""``grade platform``: the grader inside a learning platform or a CI service."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.app import App
from grader.cli.completing import complete_exercises
from grader.cli.destinations import destination
from grader.cli.options import exercises_root
from grader.cli.screen import progress, say, say_document
from grader.errors import InputError, OutputNotWritable

if TYPE_CHECKING:
    from grader.platforms.seam import Document, Order, Parts, Platform


class PlatformGroup(click.Group):
    """A group with the commands ``run`` and ``build`` for each platform there is."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names of all platforms."""
        from grader.platforms import platforms

        return platforms().names()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The commands of one platform; an unknown name is an error that lists near ones."""
        from grader.platforms import platforms

        return _commands_of(platforms().get(cmd_name)())


@click.command(
    "platform", cls=PlatformGroup, no_args_is_help=False, short_help="Run inside a learning platform or a CI service."
)
def platform() -> None:
    """Run inside a learning platform or a CI service, or build what it needs. See docs/platforms."""


def _commands_of(found: Platform) -> click.Group:
    group = click.Group(
        found.name,
        no_args_is_help=False,
        help=f"{found.title}: run there, or build what it needs.",
        short_help=found.title,
    )
    group.add_command(_run_command(found))
    if found.build is not None:
        group.add_command(_build_command(found, found.build))
    return group


def _run_command(found: Platform) -> click.Command:
    about = f"Grade what was handed in, in the layout of {found.title}, and write what it reads."

    @click.command("run", help=about, short_help="Grade what was handed in there.")
    @click.option(
        "--root",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="FOLDER",
        help="The folder of the platform's layout, in place of the usual one.",
    )
    @click.option(
        "--settings",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="The settings, in place of pargrade.toml in the usual place.",
    )
    @click.pass_obj
    def run(app: App, root: Path | None, settings: Path | None) -> int:
        return _run(found, app, root, settings)

    return run


def _run(found: Platform, app: App, root: Path | None, settings: Path | None) -> int:
    from grader.platforms.seam import Place, carry_out, grade_job

    host = found.open(Place(root, os.environ, settings))
    code = 0
    with contextlib.nullcontext(lambda _: None) if found.quiet else progress() as doing:
        for delivery in carry_out(host, lambda job: grade_job(job, app.choose_sandbox, doing)):
            for document in delivery.documents:
                _write(document)
            code = delivery.exit_code
    return code


def _write(document: Document) -> None:
    if document.path is None:
        say_document(document.text)
        return
    try:
        document.path.parent.mkdir(parents=True, exist_ok=True)
        if document.append:
            with document.path.open("a", encoding="utf-8", newline="\n") as file:
                file.write(document.text)
            return
        if document.path.is_symlink():  # a student's repository may hold one, to anywhere
            document.path.unlink()
    except OSError as error:
        raise OutputNotWritable(f"{str(document.path)!r} cannot be written: {error.strerror}.") from error
    destination(str(document.path)).write(document.text)


def _build_command(found: Platform, build: Callable[[Order], Parts]) -> click.Command:
    about = f"Build what an administrator puts into {found.title}."

    @click.command("build", help=about, short_help="Build what is put in.")
    @click.option("-o", "--output", required=True, metavar="PATH", help="A new folder, or a file that ends in .zip.")
    @click.option("--exercise", required=True, metavar="ID", shell_complete=complete_exercises, help="The exercise.")
    @exercises_root
    @click.pass_obj
    def command(
        app: App, output: str, exercise: str, root: Path | None, offline: bool = False, wheels: Path | None = None
    ) -> int:
        from grader.cli.parts import files_of, new_parts
        from grader.platforms.seam import Order

        if wheels is not None and not offline:
            raise InputError("--wheels is for packages inside what is built.", "Add --offline.")
        wanted = app.catalog(root).load(exercise)
        place = new_parts(output)
        taken = files_of(wanted.folder) if root is not None else {}
        parts = build(Order(exercise, wanted.spec.title, wanted.spec.script_name, taken, offline, wheels))
        place.write(parts)
        say(f"{output}: {len(parts)} files for {found.title}")
        return 0

    if found.installs:
        command.params += _package_options()
    return command


def _package_options() -> list[click.Parameter]:
    return [
        click.Option(["--offline"], is_flag=True, help="Put all packages in, so that setting up needs no network."),
        click.Option(
            ["--wheels"],
            type=click.Path(path_type=Path, file_okay=False, exists=True),
            metavar="FOLDER",
            help="Take packages from this folder only, not from a package index.",
        ),
    ]
