"""The one place that opens what the student handed in: bounded, and clear about what is not there."""

from __future__ import annotations

import difflib
import hashlib
import os
import stat
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from grader.errors import SubmissionNotFound, printable, reason_of

_BLOCK = 1 << 16
_MAX_LISTED = 10
_MAX_SCANNED = 20_000
_SUFFIXES = (".py", ".ipynb")


@dataclass(frozen=True)
class Stored:
    """A file as it lies on disk. ``data`` is None when it is larger than the reader asked for."""

    size: int
    sha256: str
    data: bytes | None


def read_submission(path: Path, max_bytes: int) -> Stored:
    """Read a regular file; one over ``max_bytes`` is only digested.

    Raises:
        SubmissionNotFound: It is missing, a folder, something that is no file, a link to another folder, or may not be
            read.
    """
    try:
        mode = path.stat().st_mode
        if path.is_symlink() and path.resolve().parent != path.parent.resolve():
            raise _leads_away(path)
        if stat.S_ISDIR(mode):
            raise _is_a_folder(path)
        if not stat.S_ISREG(mode):
            raise SubmissionNotFound(
                f"{display_path(path)} is not an ordinary file, so there is no program in it to grade.",
                "Give the .py or .ipynb file with your program.",
            )
        return read_bounded(path, max_bytes)
    except FileNotFoundError as error:
        raise _is_missing(path) from error
    except PermissionError as error:
        raise SubmissionNotFound(
            f"{display_path(path)} cannot be read: you do not have the permission to.",
            "Check who owns the file and its permissions.",
        ) from error
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise SubmissionNotFound(
            f"{display_path(path)} cannot be read: {reason}.", "Check the name and where the file is."
        ) from error


def read_bounded(path: Path, max_bytes: int) -> Stored:
    """Read and digest a file in blocks, keeping the content only up to ``max_bytes``."""
    digest = hashlib.sha256()
    kept = bytearray()
    size = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
            if size <= max_bytes:
                kept += block
    return Stored(size, digest.hexdigest(), bytes(kept) if size <= max_bytes else None)


def safe_name(name: str) -> str:
    """The name as text that every report can hold: bytes that are no UTF-8 become question marks."""
    return name.encode("utf-8", "replace").decode()


def display_path(path: Path) -> str:
    """The path on one line of a message: control characters are written as escapes."""
    return printable(str(path))


def names_in(folder: Path) -> list[str]:
    """The names in a folder, sorted and at most some thousands; none when it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in islice(entries, _MAX_SCANNED))
    except (OSError, ValueError):
        return []


def _gradable(folder: Path) -> list[str]:
    return [name for name in names_in(folder) if name.lower().endswith(_SUFFIXES)]


def _listed(names: list[str]) -> str:
    shown = ", ".join(display_path(Path(name)) for name in names[:_MAX_LISTED])
    more = len(names) - _MAX_LISTED
    return f"{shown} and {more} more" if more > 0 else shown


def _is_a_folder(path: Path) -> SubmissionNotFound:
    inside = _gradable(path)
    found = f"Found inside: {_listed(inside)}." if inside else "There is no .py or .ipynb file directly inside."
    return SubmissionNotFound(f"{display_path(path)} is a folder, not a file.", f"Give one .py or .ipynb file. {found}")


def _leads_away(path: Path) -> SubmissionNotFound:
    return SubmissionNotFound(
        f"{display_path(path)} is a link to a file in another folder: whoever handed it in may not be its author.",
        "Give the file itself.",
    )


def _is_missing(path: Path) -> SubmissionNotFound:
    message = f"There is no file {display_path(path)}."
    folder = path.parent
    if path.is_symlink():
        return SubmissionNotFound(
            f"{display_path(path)} is a link to a file that does not exist.", "Give the file itself."
        )
    if not folder.is_dir():
        return SubmissionNotFound(message, f"The folder {display_path(folder)} does not exist either.")
    near = difflib.get_close_matches(path.name, names_in(folder), n=3, cutoff=0.6)
    if near:
        return SubmissionNotFound(message, f"Close to it: {_listed(near)}.")
    there = _gradable(folder)
    if there:
        return SubmissionNotFound(message, f"The folder holds: {_listed(there)}.")
    return SubmissionNotFound(message, "Check the name, and that you are in the folder that holds your program.")
