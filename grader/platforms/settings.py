"""The settings of an assignment on a host: ``pargrade.toml``, written by the teacher or by ``build``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, ValidationError

from grader.errors import BrokenSettings, printable
from grader.model.base import Frozen

FILE_NAME = "pargrade.toml"


class Settings(Frozen):
    """What every host understands; a host adds keys of its own in a model derived from this."""

    exercise: str | None = None
    """The exercise's id; without it the exercise is told from the program."""
    exercises: Path | None = None
    """A folder of exercises in place of those that come along; relative to the settings file."""
    file: str | None = None
    """The name that the program has to have where several were handed in."""
    graded: bool = True
    """Whether to refuse to run without the guarantees that other people's code needs."""
    sandbox: str | None = None
    start_method: Literal["fork", "forkserver", "spawn"] | None = None
    quick: bool = False
    speed: bool = False
    """Whether to make the further runs behind the pictures of speed."""
    most_memory_mib: Annotated[int, Field(ge=64)] | None = None


Kind = TypeVar("Kind", bound=Settings)


def read_settings(path: Path | None, kind: type[Kind]) -> Kind:
    """The settings in this file, or the defaults where there is none or none is named.

    Raises:
        BrokenSettings: It cannot be read or does not fit.
    """
    if path is None:
        return kind()
    name = printable(str(path))
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return kind()
    except OSError as error:
        raise BrokenSettings(f"The settings {name} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:  # such as a number of thousands of digits
        raise BrokenSettings(f"The settings {name} are no TOML: {error}.") from error
    try:
        found = kind.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise BrokenSettings(
            f"The settings {name} do not fit: {where}: {first['msg']}.",
            f"The keys are: {', '.join(kind.model_fields)}.",
        ) from error
    if found.exercises is None:
        return found
    return found.model_copy(update={"exercises": path.parent / found.exercises})
