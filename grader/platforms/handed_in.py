"""The one program among the files that a student handed in."""

from __future__ import annotations

import stat
from pathlib import Path

from grader.errors import BrokenSettings, UnclearSubmission, printable

_SUFFIXES = (".py", ".ipynb")
_MOST_NAMED = 8
_MOST_LOOKED_AT = 5_000


def the_program(folder: Path, wanted: str | None) -> Path:
    """The one program in the folder; of several the one named ``wanted``.

    Raises:
        UnclearSubmission: There is none, or several.
        BrokenSettings: There is no such folder.
    """
    return one_of(programs_in(folder), wanted)


def programs_in(folder: Path) -> list[Path]:
    """The ``.py`` and ``.ipynb`` files directly in the folder, or where there is none in the only folder in it.

    Links are passed over: one could lead to any file of this machine, which the report would then quote.

    Raises:
        BrokenSettings: There is no such folder.
    """
    programs, folders = _look_into(folder)
    if not programs and len(folders) == 1:
        programs, _ = _look_into(folders[0])
    return programs


def one_of(programs: list[Path], wanted: str | None) -> Path:
    """The only program, or the one named ``wanted``.

    Raises:
        UnclearSubmission: There is none, or several.
    """
    if len(programs) == 1:
        return programs[0]
    fitting = [path for path in programs if wanted is not None and path.name.lower() == wanted.lower()]
    if len(fitting) == 1:
        return fitting[0]
    asked = f"Hand in your program as {wanted}." if wanted else "Hand in one file with your program."
    if not programs:
        raise UnclearSubmission(
            "There is no Python script (.py) and no Jupyter notebook (.ipynb) among the files that you handed in.",
            asked,
        )
    names = ", ".join(printable(path.name) for path in programs[:_MOST_NAMED])
    raise UnclearSubmission(f"You handed in {len(programs)} programs: {names}. Which one is to be graded?", asked)


def _look_into(folder: Path) -> tuple[list[Path], list[Path]]:
    """The programs and the folders directly in this one."""
    programs, folders = [], []
    try:
        for count, path in enumerate(sorted(folder.iterdir())):
            mode = path.lstat().st_mode
            if path.name.startswith((".", "__MACOSX")) or count > _MOST_LOOKED_AT:
                continue
            if stat.S_ISREG(mode) and path.suffix.lower() in _SUFFIXES:
                programs.append(path)
            elif stat.S_ISDIR(mode):
                folders.append(path)
    except OSError as error:
        raise BrokenSettings(
            f"The folder with what was handed in cannot be read: {printable(str(folder))}: {error.strerror}."
        ) from error
    return programs, folders
