"""The private folder of one run: its files laid out before, everything removed after."""

from __future__ import annotations

import contextlib
import itertools
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
def work_folder(files: Mapping[str, bytes | Path]) -> Iterator[WorkFolder]:
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
        remove_tree(root)


@contextmanager
def stock(files: Mapping[str, bytes]) -> Iterator[dict[str, Path]]:
    """The files, each content written once for several runs, which then get links to it.

    Making thousands of files anew for every run takes longer than the runs. A program that writes to such a file
    changes it for the runs that follow, so their answers have to be checked.

    Raises:
        SandboxError: They cannot be written.
    """
    names = {content: str(number) for number, content in enumerate(files.values())}
    with work_folder({name: content for content, name in names.items()}) as folder:
        yield {name: folder.work / names[content] for name, content in files.items()}


def _base() -> str | None:
    return "/tmp" if len(tempfile.gettempdir()) > _LONGEST_BASE else None  # noqa: S108


def _lay_out(work: Path, files: Mapping[str, bytes | Path]) -> None:
    made = {work}
    for name, content in files.items():
        relative = PurePosixPath(name)
        if relative.is_absolute() or ".." in relative.parts:
            raise SandboxError(f"The file name {name!r} leads out of the work folder.")
        path = work / relative
        try:
            if path.parent not in made:
                path.parent.mkdir(parents=True, exist_ok=True)
                made.add(path.parent)
            _put(path, content)
        except (OSError, ValueError) as error:  # ValueError: a null byte in the name
            raise SandboxError(f"The file {name!r} cannot be laid into the work folder: {error}") from error


def _put(path: Path, content: bytes | Path) -> None:
    if isinstance(content, bytes):
        path.write_bytes(content)
        return
    try:
        path.hardlink_to(content)
    except OSError:  # another file system, or one without links
        shutil.copyfile(content, path)


def remove_tree(root: Path) -> None:
    """Remove the folder, also when the program took away rights or nested folders without end."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(root, ignore_errors=True)
    if root.exists():
        _flatten(root)
        shutil.rmtree(root, ignore_errors=True)


def _flatten(root: Path) -> None:
    """Move all folders up to the top, with all rights, and delete what else is in them."""
    names = (f"{root}/{os.urandom(8).hex()}" for _ in itertools.count())
    waiting = [str(root)]
    while waiting:
        folder = waiting.pop()
        os.chmod(folder, 0o700)  # noqa: PTH101, a path object is slow here, and there may be many
        with os.scandir(folder) as entries:
            for entry in list(entries):
                if entry.is_dir(follow_symlinks=False):
                    os.chmod(entry.path, 0o700)  # noqa: PTH101, a folder without rights cannot be moved
                    waiting.append(next(names))
                    os.rename(entry.path, waiting[-1])  # noqa: PTH104
                else:
                    os.unlink(entry.path)  # noqa: PTH108


def size_of(folder: Path) -> int:
    """Bytes on disk below a folder."""
    total = 0
    waiting = [str(folder)]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return total
