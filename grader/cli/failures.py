"""What goes wrong, told on the standard error in one form: what, and the next step. Never a traceback."""

from __future__ import annotations

import errno
import os
import traceback
from pathlib import Path

import click

from grader.cli.screen import tell
from grader.errors import PargradeError

USAGE_EXIT = 2
OUR_FAULT_EXIT = 3
_REFUSALS = (
    *(errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP, errno.EROFS),
    *(errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE),
)
_MOST_OF_A_NAME = 200


def tell_error(error: PargradeError) -> int:
    """Tell an error of ours; its exit code."""
    _tell(error.message, error.hint)
    return error.exit_code


def tell_usage(error: click.ClickException) -> int:
    """Tell that the command was called wrongly; its exit code."""
    context = getattr(error, "ctx", None)
    command = context.command_path.removesuffix(" FILE") if context else "grade"
    _tell(" ".join(error.format_message().split()), f"See: {command} --help")
    return USAGE_EXIT


def is_refusal(error: Exception) -> bool:
    """Whether the system refused something for a reason that is no fault of the grader."""
    return isinstance(error, OSError) and error.errno in _REFUSALS


def tell_refusal(error: Exception) -> int:
    """Tell what the system refused, and for which file where it says so; the exit code."""
    from grader.report.visible import cut

    name = getattr(error, "filename", None)
    what = repr(cut(os.fsdecode(name), _MOST_OF_A_NAME)) if isinstance(name, str | bytes) else "What is needed"
    reason = getattr(error, "strerror", None)
    _tell(f"{what} cannot be used: {reason}.", "Check the name, whose it is, and the room on the disk.")
    return USAGE_EXIT


def tell_crash(error: Exception) -> int:
    """Tell that the grader itself broke, and keep the traceback for the report; its exit code."""
    _tell(
        f"pargrade failed: {type(error).__name__}. This is our fault, not yours or your program's.",
        _where_it_is_kept("".join(traceback.format_exception(error))),
    )
    return OUR_FAULT_EXIT


def _tell(message: str, hint: str) -> None:
    """Messages quote names of files and what stands in them, which must not steer the terminal."""
    from grader.report.visible import escape_hidden

    tell(f"grade: error: {escape_hidden(message)}", style="red")
    if hint:
        tell(f"  {escape_hidden(hint)}")


def _where_it_is_kept(details: str) -> str:
    if os.environ.get("GRADE_DEBUG"):
        return details.replace("\n", "\n  ")
    import tempfile

    try:
        handle, name = tempfile.mkstemp(prefix="grade-crash-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(details)
    except OSError:
        return "Please report it with what this shows: run the command again with GRADE_DEBUG=1."
    return f"Please report it, with this file: {Path(name)}"
