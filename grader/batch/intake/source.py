"""Where files come from: one listing of names, and a way to read some of them. Nothing is ever unpacked to disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

Reader = Callable[[str, int], bytes]
"""Reads one file of a source by its name, of at most so many bytes; raises Unreadable."""


class Unreadable(Exception):
    """Why a file, or a whole archive, cannot be read: one clause for people. It never leaves this package."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Listing:
    """The files of a source by their names, with ``/`` between the parts, and their sizes in bytes.

    ``refused`` holds the names that cannot be used, each with the reason.
    """

    files: Mapping[str, int]
    refused: Mapping[str, str]


class Source(Protocol):
    """A folder or an archive. ``title`` is what people call it, ``root`` the name that its content goes by."""

    @property
    def title(self) -> str:
        """Where it is, for people."""

    @property
    def root(self) -> str:
        """Its own name, which stands for the student where nothing else does."""

    def place(self, name: str) -> str:
        """Where one of its files is, for people."""

    def listing(self) -> Listing:
        """All regular files in it. Raises Unreadable when there is no telling."""

    def opened(self) -> AbstractContextManager[Reader]:
        """Open it for reading; entering raises Unreadable when that fails."""


def megabytes(size: int) -> str:
    """A size for people."""
    return f"{size / 1e6:,.1f} MB"
