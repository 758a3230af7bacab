"""The private folder of one run: its files laid out before, everything removed after."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.errors import SandboxError

PREFIX = "pargrade-"
_LONGEST_BASE = 40
"""Sockets of a forkserver lie below the temp folder, and a socket's path has at most 104 bytes."""


@dataclass(frozen=True)
class WorkFolder:
    """``work`` is the current folder of the program, ``temp`` its temp folder, both its own."""

    root: Path
    work: Path
    temp: Path


@contextmanager
def work_folder(files: Mapping[str, bytes]) -> Iterator[WorkFolder]:
    """A fresh folder with these files, gone afterwards whatever the program left in it.

    Raises:
        SandboxError: The folder cannot be made or a file name leads out of it.
    """
    try:
        root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_base()))
    except OSError as error:
        raise SandboxError(
            f"No folder for the run can be made: {error}", "Is the temp folder full or read-only?"
        ) from error
    try:
        folder = WorkFolder(root, root / "work", root / "temp")
        folder.work.mkdir()
        folder.temp.mkdir()
        _lay_out(folder.work, files)
        yield folder
    finally:
        _remove(root)


def _base() -> str | None:
    return "/tmp" if len(tempfile.gettempdir()) > _LONGEST_BASE else None  # noqa: S108


def _lay_out(work: Path, files: Mapping[str, bytes]) -> None:
    made = {work}
    for name, content in files.items():
        relative = PurePosixPath(name)
        if relative.is_absolute() or ".." in relative.parts:
            raise SandboxError(f"The file name {name!r} leads out of the work folder.")
        path = work / relative
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        try:
            path.write_bytes(content)
        except OSError as error:
            raise SandboxError(f"The file {name!r} cannot be laid into the work folder: {error}") from error


def _remove(root: Path) -> None:
    """Remove the folder even if the program took away the rights to its own folders."""
    shutil.rmtree(root, ignore_errors=True)
    if root.exists():
        for folder, _, _ in os.walk(root):
            Path(folder).chmod(0o700)
        shutil.rmtree(root, ignore_errors=True)


def size_of(folder: Path) -> int:
    """Bytes on disk below a folder."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(f"{path}/{name}").st_blocks * 512
            except OSError:
                continue
    return total
