"""A name to an implementation: built-ins given as a table, entry points looked up on a miss."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from grader.errors import PluginError, UnknownName

T = TypeVar("T")


def near_names(name: str, known: list[str]) -> str:
    """A sentence that lists the closest known names, or all of them when none is close."""
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if close:
        return f"Closest: {', '.join(close)}."
    return f"Known: {', '.join(sorted(known))}." if known else "None is known."


class Registry(Generic[T]):
    """Implementations of one seam by name.

    ``builtin`` is the whole table of what ships. Third parties add theirs under the entry-point
    ``group``; those are loaded only when an unknown name is asked for.
    """

    def __init__(self, noun: str, group: str, builtin: Mapping[str, T]) -> None:
        self._noun = noun
        self._group = group
        self._builtin = dict(builtin)

    def names(self) -> list[str]:
        """All names that can be asked for, built-in and third-party, without loading anything."""
        return sorted({*self._builtin, *(point.name for point in entry_points(group=self._group))})

    def get(self, name: str) -> T:
        """The implementation with this name.

        Raises:
            UnknownName: No such name; the message lists near ones.
            PluginError: A third-party distribution offers the name and fails to load.
        """
        if name in self._builtin:
            return self._builtin[name]
        for point in entry_points(group=self._group):
            if point.name == name:
                return self._load(point)
        raise UnknownName(f"There is no {self._noun} named {name!r}. {near_names(name, self.names())}")

    def _load(self, point: object) -> T:
        distribution = getattr(getattr(point, "dist", None), "name", "an unknown package")
        try:
            return point.load()  # type: ignore[attr-defined,no-any-return]
        except Exception as error:
            raise PluginError(
                f"The {self._noun} {getattr(point, 'name', '?')!r} comes from the package {distribution}, "
                f"which fails to load: {error}",
                "Update or uninstall that package.",
            ) from error
