"""The private folder of one run: its files laid out before, everything removed after."""

from __future__ import annotations

import contextlib
import errno
import itertools
import math
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

ENTRY_BYTES = 4096
"""What a file or folder counts for at least: an empty one takes an inode, and time to look at."""


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
        root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=short_base()))
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
        try:
            remove_tree(root)
        except OSError as error:
            raise SandboxError(
                f"The folder of a run cannot be removed: {error}",
                "In a container, root needs the capabilities DAC_OVERRIDE and FOWNER for it.",
            ) from error


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


def short_base(room: int = 0) -> str:
    """The temp folder, or ``/tmp`` where that is too long for the paths below it, ``room`` bytes in between."""
    usual = tempfile.gettempdir()
    return "/tmp" if len(usual) + room > _LONGEST_BASE else usual  # noqa: S108


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


def size_of(folder: Path, enough: float = math.inf) -> float:
    """Bytes on disk below a folder, an entry counting for at least ``ENTRY_BYTES``.

    The looking ends once it is more than ``enough``. Where a program hides from being looked at, below a path
    too long for the system or in a folder that can be written and not read, it is infinite.
    """
    total = 0
    waiting = [str(folder)]
    while waiting and total <= enough:
        path = waiting.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):
                        total += max(ENTRY_BYTES, entry.stat(follow_symlinks=False).st_blocks * 512)
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG or (error.errno == errno.EACCES and _is_blind(path)):
                return math.inf
    return total


def _is_blind(path: str) -> bool:
    """A folder of our own that takes files and does not show them."""
    with contextlib.suppress(OSError):
        found = os.lstat(path)
        return found.st_uid == os.geteuid() and found.st_mode & 0o700 == 0o300
    return False
