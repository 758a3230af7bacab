"""A folder of files, read without following any link that lies in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from grader.batch.database import FILE_NAME
from grader.batch.intake.names import clashing, danger, is_ignored, shown
from grader.batch.intake.source import Listing, Reader, Unreadable, megabytes
from grader.loading.reading import display_path

MAX_FILES = 200_000
_MAX_DEPTH = 40
_BLOCK = 1 << 16
_KINDS = (
    (stat.S_ISLNK, "it is a link, and links are not followed"),
    (stat.S_ISFIFO, "it is a pipe and no file"),
    (stat.S_ISSOCK, "it is a socket and no file"),
    (stat.S_ISCHR, "it is a device and no file"),
    (stat.S_ISBLK, "it is a device and no file"),
)


@dataclass(frozen=True)
class Folder:
    """The files below ``path``; of those only what is in ``only``, relative to it, unless that is empty.

    ``called`` is its path as people are told.
    """

    path: Path
    called: Path
    only: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The path on one line."""
        return display_path(self.called)

    @property
    def root(self) -> str:
        """The name of the folder."""
        return self.path.name or "files"

    def place(self, name: str) -> str:
        """The path of one of its files on one line."""
        return display_path(self.called / name) if name else self.title

    def listing(self) -> Listing:
        """All regular files, without those that are nobody's work."""
        found = _Found({}, {})
        for start in self.only or ("",):
            _look(self.path, start, found)
        clashes = clashing(found.files)
        files = {name: size for name, size in found.files.items() if name not in clashes}
        return Listing(files, found.refused | clashes)

    @contextmanager
    def opened(self) -> Iterator[Reader]:
        """Each file is opened when it is read."""
        yield self._read

    def _read(self, name: str, max_bytes: int) -> bytes:
        try:
            descriptor = _open_without_links(self.path, name)
        except (OSError, ValueError) as error:
            raise Unreadable(_reason(error)) from error
        with os.fdopen(descriptor, "rb") as file:
            try:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise Unreadable("it is no ordinary file")
                return _bounded(file.read, max_bytes)
            except OSError as error:
                raise Unreadable(_reason(error)) from error


@dataclass
class _Found:
    files: dict[str, int]
    refused: dict[str, str]


def _look(root: Path, name: str, found: _Found) -> None:
    """Note what ``name`` is, and all that is in it."""
    if len(found.files) + len(found.refused) >= MAX_FILES:
        found.refused[name] = f"more than {MAX_FILES:,} files were found; the others were not looked at"
        return
    if name and is_ignored(name):
        return
    path = root / name if name else root
    reason = danger(name)
    try:
        # The folder that a person named may be a link; what lies in it may not.
        info = os.lstat(path) if name else path.stat()
        if stat.S_ISDIR(info.st_mode) and not reason:
            _look_into(root, name, path, found)
            return
    except (OSError, ValueError) as error:
        reason = _reason(error)
    else:
        reason = reason or next((why for is_kind, why in _KINDS if is_kind(info.st_mode)), "")
    if reason:
        found.refused[name] = reason
    else:
        found.files[name] = info.st_size


def _look_into(root: Path, name: str, path: Path, found: _Found) -> None:
    if name.count("/") >= _MAX_DEPTH:
        found.refused[name] = "it lies too deep in folders"
        return
    with os.scandir(path) as entries:
        names = sorted(entry.name for entry in islice(entries, MAX_FILES))
    if FILE_NAME in names:  # what an earlier batch put out
        return
    for inner in names:
        _look(root, f"{name}/{inner}" if name else inner, found)


def _open_without_links(root: Path, name: str) -> int:
    """A descriptor of the file, reached from the root one folder after the other, so that no part can be a link."""
    *folders, last = name.split("/")
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in folders:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(folder)
            folder = inner
        # O_NONBLOCK: a pipe put there in the meantime would be waited on for ever.
        return os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    finally:
        with suppress(OSError):
            os.close(folder)


def _bounded(read: Callable[[int], bytes], max_bytes: int) -> bytes:
    kept = bytearray()
    while block := read(_BLOCK):
        kept += block
        if len(kept) > max_bytes:
            raise Unreadable(f"it has more than {megabytes(max_bytes)}")
    return bytes(kept)


def _reason(error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "it may not be read: the permission is missing"
    return f"it cannot be read: {shown(getattr(error, 'strerror', None) or str(error))}"
