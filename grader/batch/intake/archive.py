"""Zip archives, read in place and trusted in nothing: neither in names nor in sizes nor in counts."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from grader.batch.intake.names import clashing, danger, is_ignored, shown
from grader.batch.intake.source import Listing, Reader, Source, Unreadable, megabytes
from grader.loading.reading import display_path

MAX_NESTED_BYTES = 20_000_000
MAX_DIRECTORY_BYTES = 16_000_000
"""Of the table of contents of a class's archive: some 100,000 entries."""
MAX_NESTED_DIRECTORY_BYTES = 1_000_000
_MAX_END_BYTES = 1 << 17
MAX_RATIO = 200
"""How many times larger than its packed form a file of more than a megabyte may be. Text packs 3 to 10 times."""
_NEVER_A_BOMB = 1_000_000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_BLOCK = 1 << 16
_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    LookupError,
)


@dataclass(frozen=True)
class Archive:
    """An archive on disk. ``called`` is its path as people are told."""

    path: Path
    called: Path

    @property
    def title(self) -> str:
        """The path on one line."""
        return display_path(self.called)

    @property
    def root(self) -> str:
        """The name without its ending."""
        return self.path.stem

    def place(self, name: str) -> str:
        """Where one of its files is, on one line."""
        return f"{self.title}: {shown(name)}"

    def listing(self) -> Listing:
        """All regular files in it. Raises Unreadable when it is no sound archive."""
        with self._file() as file:
            return _listing(file, MAX_DIRECTORY_BYTES)

    @contextmanager
    def opened(self) -> Iterator[Reader]:
        """Reads its table of contents when it has changed. Raises Unreadable when it is no sound archive."""
        with self._file() as file, self._contents.of(file) as reader:
            yield reader

    @cached_property
    def _contents(self) -> _Contents:
        return _Contents()

    @contextmanager
    def _file(self) -> Iterator[BinaryIO]:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            raise Unreadable(f"it cannot be read: {shown(getattr(error, 'strerror', None) or str(error))}") from error
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Unreadable("it is no ordinary file")
            yield file


class _Contents:
    """The table of contents of an archive. To read that of a large class anew for each student takes minutes."""

    def __init__(self) -> None:
        self._state: tuple[int, ...] = ()
        self._guarded: _Guarded | None = None
        self._read: Reader | None = None

    def __reduce__(self) -> tuple[type[_Contents], tuple[()]]:
        """A copy in another process reads it itself."""
        return _Contents, ()

    @contextmanager
    def of(self, file: BinaryIO) -> Iterator[Reader]:
        """A reader of the file, which is open; its table is that of the last time where the file is the same."""
        info = os.fstat(file.fileno())
        state = (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns)
        if state != self._state or self._guarded is None or self._read is None:
            self._guarded = _Guarded(file, MAX_DIRECTORY_BYTES)
            self._read, self._state = _reader(self._guarded), state
        with self._guarded.on(file):
            yield self._read


@dataclass(frozen=True)
class NestedArchive:
    """An archive that lies in another source: read as a whole, and never from within a third one."""

    outer: Source
    name: str

    @property
    def title(self) -> str:
        """The place of both on one line."""
        return self.outer.place(self.name)

    @property
    def root(self) -> str:
        """The name without folders and ending."""
        return Path(self.name).stem

    def place(self, name: str) -> str:
        """Where one of its files is, on one line."""
        return f"{self.title}: {shown(name)}"

    def listing(self) -> Listing:
        """All regular files in it. Raises Unreadable when it is no sound archive."""
        with self.outer.opened() as read:
            return nested_listing(read(self.name, MAX_NESTED_BYTES))

    @contextmanager
    def opened(self) -> Iterator[Reader]:
        """Holds the whole archive in memory. Raises Unreadable when it is no sound archive."""
        with self.outer.opened() as read:
            data = read(self.name, MAX_NESTED_BYTES)
        with nested_reader(data) as reader:
            yield reader


def nested_listing(data: bytes) -> Listing:
    """All regular files of an archive in memory. Raises Unreadable when it is no sound archive."""
    return _listing(io.BytesIO(data), MAX_NESTED_DIRECTORY_BYTES)


@contextmanager
def nested_reader(data: bytes) -> Iterator[Reader]:
    """A reader of an archive in memory. Raises Unreadable when it is no sound archive."""
    yield _reader(_Guarded(io.BytesIO(data), MAX_NESTED_DIRECTORY_BYTES))


def _listing(file: BinaryIO, max_directory: int) -> Listing:
    archive = _archive(_Guarded(file, max_directory))
    entries = [info for info in archive.infolist() if not _name(info).endswith("/")]
    _refuse_overlaps(archive.infolist())
    names = [_name(info) for info in entries]
    refused: dict[str, str] = {}
    files: dict[str, int] = {}
    for name, info in zip(names, entries, strict=True):
        reason = danger(name) or _wrong_kind(info)
        if reason:
            refused[name] = reason
        elif not is_ignored(name):
            files[name] = info.file_size
    seen = [name for name in names if not is_ignored(name)]
    clashes = clashing(seen)
    return Listing({name: size for name, size in files.items() if name not in clashes}, clashes | refused)


def _reader(file: _Guarded) -> Reader:
    archive = _archive(file)
    _refuse_overlaps(archive.infolist())
    entries = {_name(info): info for info in archive.infolist()}

    def read(name: str, max_bytes: int) -> bytes:
        if name not in entries:
            raise Unreadable("it is no longer in the archive")
        return _content(archive, entries[name], max_bytes)

    return read


def _archive(file: _Guarded) -> zipfile.ZipFile:
    """It is never closed: there is nothing to close but the file, which is its owner's."""
    try:
        return zipfile.ZipFile(file)
    except Unreadable:
        raise
    except _BROKEN as error:
        raise Unreadable(f"it is no sound zip archive: {shown(str(error)) or 'it is cut off'}") from error
    except OSError as error:
        raise Unreadable(f"it cannot be read: {shown(error.strerror or str(error))}") from error


class _Guarded:
    """A file that is never read in larger pieces than a table of contents may have.

    The one large read that ``zipfile`` makes by itself is of the whole table, whose length the archive tells.
    """

    def __init__(self, file: BinaryIO, max_bytes: int) -> None:
        self._file = file
        self._max_bytes = max_bytes

    @contextmanager
    def on(self, file: BinaryIO) -> Iterator[None]:
        """Read from this file meanwhile, which is the same one opened again."""
        before, self._file = self._file, file
        try:
            yield
        finally:
            self._file = before

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As that of the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As that of the file."""
        return self._file.tell()

    def seekable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Without a size it is asked for the end of the archive only."""
        most = self._max_bytes if size >= 0 else _MAX_END_BYTES
        data = self._file.read(min(size, most + 1) if size >= 0 else most + 1)
        if len(data) > most:
            raise Unreadable("its table of contents is longer than that of any class")
        return data


def _name(info: zipfile.ZipInfo) -> str:
    """The name with ``/`` between its parts: some Windows programs write backslashes. The rest is as it stands.

    ``orig_filename``, not ``filename``: the latter ends at a NUL, and hides what comes after it.
    """
    return info.orig_filename.replace("\\", "/").removeprefix("./")


def _wrong_kind(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "it is a link, and links are not followed"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "it is a device or a pipe and no file"
    return ""


def _refuse_overlaps(entries: list[zipfile.ZipInfo]) -> None:
    """Several entries that share their packed bytes are a bomb that no ratio shows."""
    end = 0
    for info in sorted(entries, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise Unreadable(f"its entries overlap at {shown(_name(info))}, as only those of a zip bomb do")
        end = info.header_offset + 30 + info.compress_size


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, max_bytes: int) -> bytes:
    if info.flag_bits & _ENCRYPTED:
        raise Unreadable("it is encrypted")
    if info.compress_type not in _METHODS:
        raise Unreadable(f"it is packed by method {info.compress_type}, which is not read; pack it the usual way")
    if info.file_size > max_bytes:
        raise Unreadable(f"it has {megabytes(info.file_size)}, and at most {megabytes(max_bytes)} are read")
    if info.file_size > max(_NEVER_A_BOMB, MAX_RATIO * info.compress_size):
        raise Unreadable(f"it is more than {MAX_RATIO} times as large as its packed form, as only a zip bomb is")
    try:
        with archive.open(info) as file:
            data = b"".join(iter(lambda: file.read(_BLOCK), b""))
    except Unreadable:
        raise
    except (*_BROKEN, OSError) as error:
        raise Unreadable(f"it is damaged or cut off: {shown(str(error)) or 'the end is missing'}") from error
    if len(data) != info.file_size:
        raise Unreadable("it has another size than the archive says")
    return data
