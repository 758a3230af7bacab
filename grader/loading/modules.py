"""The Python files beside a program: their names, and the ones it imports."""

from __future__ import annotations

import re
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.loading.reading import names_in, read_bounded, safe_name
from grader.loading.text import universal_newlines

_MAX_BYTES = 1_000_000
_MAX_FILES = 200
_MAX_SIBLINGS = 500
_IMPORT = re.compile(
    r"""(?:^|[;:])[ \t]*(?:
        from[ \t]+(?P<source>\w+)(?:\.[\w.]*)?[ \t]+import\b
        | import[ \t]+(?P<names>\w[\w., \t]*)
    )
    | (?:import_module|__import__)\(\s*["'](?P<called>\w+)""",
    re.MULTILINE | re.VERBOSE,
)
_NEVER = frozenset({"__main__", "__pycache__"})


@dataclass(frozen=True)
class Found:
    """Files to lay beside the program, by the path in its folder, and what could not be taken."""

    files: dict[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def hides_standard_module(name: str) -> bool:
    """Whether importing finds a file or folder of this name instead of a standard module."""
    return name.split("/")[0].removesuffix(".py") in sys.stdlib_module_names


def overlaps(name: str, other: str) -> bool:
    """Whether one of two relative paths would have to be a folder for the other to be in it."""
    return name.startswith(f"{other}/") or other.startswith(f"{name}/")


def imported_names(source: str) -> set[str]:
    """The top-level modules a program may import. Found by pattern, so one in a string counts too."""
    names: set[str] = set()
    for found in _IMPORT.finditer(source.replace("\\\n", " ")):
        if found["names"]:
            names.update(word for part in found["names"].split(",") if (word := _first_name(part)))
        else:
            names.add(found["source"] or found["called"])
    return names


def _first_name(part: str) -> str:
    words = part.split()
    return words[0].split(".")[0] if words else ""


class Neighbours:
    """The folder around a program. ``own_names`` are the names of the program itself in it."""

    def __init__(self, folder: Path, own_names: tuple[str, ...]) -> None:
        self._folder = folder
        self._own = set(own_names)
        self._names = names_in(folder)

    def python_files(self) -> tuple[str, ...]:
        """The names of the other Python files; where there are too many, those that hide come first."""
        names = (name for name in self._names if name.endswith(".py") and name not in self._own)
        first = sorted(names, key=lambda name: (not hides_standard_module(name), name))[:_MAX_SIBLINGS]
        return tuple(sorted(safe_name(name) for name in first))

    def imported_by(self, source: str, written: Mapping[str, bytes]) -> Found:
        """The modules beside the program that it imports, and those that they import in turn.

        ``written`` are files the program's cells write; they win over files on disk.
        """
        basket = _Basket(self._folder, dict(written))
        waiting = imported_names(source)
        for data in written.values():
            waiting |= imported_names(_text(data))
        seen: set[str] = set()
        while waiting:
            name = min(waiting)
            seen.add(name)
            for path in self._files_of(name):
                waiting |= imported_names(_text(basket.take(path)))
            waiting -= seen
        return Found(basket.files, tuple(basket.notes))

    def _files_of(self, name: str) -> Iterator[Path]:
        """The files of the module or package with this name, if it lies in the folder."""
        if name in _NEVER or hides_standard_module(name):
            return
        script = f"{name}.py"
        if script in self._names and script not in self._own:
            yield self._folder / script
        if name in self._names:
            yield from _package_files(self._folder / name)


def _package_files(folder: Path, depth: int = 8) -> Iterator[Path]:
    """All Python files of a package folder, without following links."""
    if not depth or not stat.S_ISDIR(_mode(folder)):
        return
    for name in names_in(folder):
        path = folder / name
        if name.endswith(".py") and path.stem.isidentifier():
            yield path
        elif name.isidentifier() and name not in _NEVER:
            yield from _package_files(path, depth - 1)


class _Basket:
    """Collects files up to the limits; what does not fit or cannot be read becomes a note."""

    def __init__(self, folder: Path, written: Mapping[str, bytes]) -> None:
        self._folder = folder
        self._written = written
        self._room = _MAX_BYTES
        self.files: dict[str, bytes] = {}
        self.notes: list[str] = []

    def take(self, path: Path) -> bytes:
        """The content of the file, now in the basket; empty when it was not taken."""
        name = path.relative_to(self._folder).as_posix()
        if name in self._written or name in self.files:
            return b""
        data, problem = self._read(path, name)
        if problem:
            self.notes.append(f"The file `{name}` beside the program was left out: {problem}.")
            return b""
        self.files[name] = data
        self._room -= len(data)
        return data

    def _read(self, path: Path, name: str) -> tuple[bytes, str]:
        if any(overlaps(name, other) for other in self._written):
            return b"", "a cell writes a file where it would need a folder, or the other way round"
        if len(self.files) >= _MAX_FILES:
            return b"", f"it imports more than {_MAX_FILES} files"
        if not stat.S_ISREG(_mode(path)):
            return b"", "it is not an ordinary file"
        try:
            fits = path.stat().st_size <= self._room
            data = read_bounded(path, self._room).data if fits else None
        except OSError as error:
            return b"", f"it cannot be read ({error.strerror})"
        if data is None:
            return b"", f"all imported files together may have {_MAX_BYTES / 1e6:.0f} MB"
        return data, ""


def _mode(path: Path) -> int:
    """The kind of file, 0 when that cannot be told.

    Links are not followed: one could lead to any file of this machine, for the program to print.
    """
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def _text(data: bytes) -> str:
    return universal_newlines(data.decode("utf-8", "replace"))
