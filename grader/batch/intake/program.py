"""Which of a student's files is the program."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from grader.batch.intake.names import PROGRAMS, is_program, is_zip, shown

_MAX_SHOWN = 6
_COPY = r"(?:[-_ ]?\(?\d{1,3}\)?)?"


@dataclass(frozen=True)
class Choice:
    """The program's name among the files, or the ``reason`` why there is none. ``older`` are older versions of it."""

    name: str = ""
    reason: str = ""
    older: tuple[str, ...] = ()


def is_called(name: str, script_name: str) -> bool:
    """Whether a file has the exercise's name for the script: whatever the case, and as a notebook, too."""
    return bool(script_name) and name.lower() in _called(script_name)


def is_copy(name: str, script_name: str) -> bool:
    """The same with a number behind it, as browsers and systems add: ``my_script-1.py``, ``my_script (2).py``."""
    stem = re.escape(script_name.rsplit(".", 1)[0].lower())
    return bool(script_name) and re.fullmatch(rf"{stem}{_COPY}\.(?:py|ipynb)", name.lower()) is not None


def choose(files: Mapping[str, tuple[str, ...]], script_name: str, versioned: bool = False) -> Choice:
    """Pick the program: the only one there is, or the one with the name that the exercise asks for.

    ``files`` maps names to what orders them from old to new. With ``versioned`` the system renames a file that is
    handed in anew, so that of several copies of the script the newest counts.
    """
    programs = sorted(name for name in files if is_program(name))
    if len(programs) == 1:
        return Choice(programs[0])
    if not programs:
        return Choice(reason=_without_program(files))
    copies = [name for name in programs if is_copy(_last(name), script_name)]
    if versioned and len({_ending(name) for name in copies}) == 1 and len({_folder(name) for name in copies}) == 1:
        *older, newest = sorted(copies, key=lambda name: files[name])
        return Choice(newest, older=tuple(older))
    exact = [name for name in programs if is_called(_last(name), script_name)]
    for candidates in (exact, copies):
        nearest = _uppermost(candidates)
        if len(nearest) == 1:
            return Choice(nearest[0])
    wanted = f", and not exactly one of them is called {script_name}" if script_name else ""
    return Choice(reason=f"there are {len(programs)} programs in it{wanted}: {_listed(programs)}")


def _uppermost(names: list[str]) -> list[str]:
    depth = min((name.count("/") for name in names), default=0)
    return [name for name in names if name.count("/") == depth]


def _without_program(files: Mapping[str, object]) -> str:
    if not files:
        return "there is no file in it"
    zips = [name for name in files if is_zip(name)]
    if len(zips) > 1:
        return f"there are several archives in it and no program: {_listed(sorted(zips))}"
    return f"there is no .py or .ipynb file in it, only {_listed(sorted(files))}"


def _called(script_name: str) -> tuple[str, ...]:
    stem = script_name.rsplit(".", 1)[0].lower()
    return tuple(stem + ending for ending in PROGRAMS)


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _ending(name: str) -> str:
    return name.rsplit(".", 1)[-1].lower()


def _listed(names: list[str]) -> str:
    some = ", ".join(shown(name) for name in names[:_MAX_SHOWN])
    more = len(names) - _MAX_SHOWN
    return f"{some} and {more} more" if more > 0 else some
