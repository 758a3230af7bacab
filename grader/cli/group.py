"""The group of commands: a first word that is no command is the file to grade."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem
from click_default_group import DefaultGroup

import grader

FILE_COMMAND = "FILE"
"""The name of the command behind ``grade my_script.py``: no program to grade is called so."""

_EPILOG = """\
A file that is named like a command is given as ./NAME. Colour is used on terminals only; NO_COLOR turns it off.

\b
Exit codes: 0 full marks, 1 something is missing, 2 wrong usage or input,
3 could not be graded, 130 interrupted.
"""


class FileCommand(click.Command):
    """The command whose name is not typed: ``grade my_script.py``."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The usage without the name."""
        formatter.write_usage("grade", "FILE [OPTIONS]")


class GradeGroup(DefaultGroup):  # type: ignore[misc]  # the library carries no types
    """All commands, with the options for grading a file shown in the group's own help."""

    def __init__(self, file_command: click.Command, commands: list[click.Command]) -> None:
        version = click.version_option(grader.__version__, message="pargrade %(version)s")
        super().__init__(
            "grade",
            params=version(click.Command("")).params,
            commands={command.name: command for command in (file_command, *commands)},
            default=FILE_COMMAND,
            help="Grade your solution of an exercise of the Parallel Python course, and learn from the report.",
            epilog=_EPILOG,
            context_settings={"help_option_names": ["-h", "--help"]},
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As usual; no argument at all is a question for the file."""
        if not args and not ctx.resilient_parsing:
            raise click.UsageError("Give the file with your program, for example: grade my_script.py", ctx)
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """In the order they were given: that in which one needs them."""
        return list(self.commands)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Both forms."""
        formatter.write_usage("grade", "FILE [OPTIONS]")
        formatter.write_usage("grade", "COMMAND [ARGS]...", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options for grading a file, the commands, and what little the group has itself."""
        with formatter.section("Options for grading a file"):
            formatter.write_dl(_records(self.commands[FILE_COMMAND].params, ctx))
        self.format_commands(ctx, formatter)
        with formatter.section("Other options"):
            formatter.write_dl(_records(self.get_params(ctx), ctx))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands, files, and the options for grading a file."""
        found: list[CompletionItem] = super().shell_complete(ctx, incomplete)
        if incomplete.startswith("-"):
            return [*found, *self.commands[FILE_COMMAND].shell_complete(ctx, incomplete)]
        return [*found, CompletionItem(incomplete, type="file")]


def _records(params: list[click.Parameter], ctx: click.Context) -> list[tuple[str, str]]:
    return [
        record
        for param in params
        if isinstance(param, click.Option) and (record := param.get_help_record(ctx)) is not None
    ]
