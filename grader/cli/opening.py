"""The gradebook that a command works on, and who works on it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import InputError

if TYPE_CHECKING:
    from grader.batch.gradebook import Gradebook


def opened(out: Path, gradebook: str | None) -> Gradebook:
    """The gradebook of a batch that was begun.

    Raises:
        InputError: There is none.
        GradebookError: It cannot be read.
    """
    from grader.batch.database import has_gradebook
    from grader.batch.gradebook import open_gradebook

    if gradebook is None and not has_gradebook(out):
        raise InputError(
            f"There is no gradebook in {out}.", "Name the folder that was given to grade batch with --out."
        )
    return open_gradebook(gradebook or out, account())


def account() -> str:
    """The name of the account, or its number where it has none."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())
