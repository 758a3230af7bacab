"""What a walled program may read: the interpreter, its libraries and packages, and nothing of the grader.

Landlock and bind mounts only ever add. To leave something out of a folder, the folder's other entries are
granted one by one; its names can be listed, what was left out cannot be opened.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import grader

_OWN_NAMES = ("grader", "pargrade")
_SYSTEM_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
_SYSTEM_FILES = (
    *("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo", "/dev/urandom", "/dev/random"),
    *("/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu"),
)
_LOADERS = ("lib*/ld-*.so*", "usr/lib*/ld-*.so*")
_MAPPED_LOADER = "/*/ld-*.so*"


@dataclass(frozen=True)
class Grants:
    """Existing paths; folders stand for all below them."""

    read: tuple[Path, ...]
    names: tuple[Path, ...]
    """Folders of which only the names may be listed, with all below them."""
    run: tuple[Path, ...]
    roots: tuple[Path, ...]
    """The same as ``read``, before anything was left out: for sandboxes that can cover what they hide."""
    hidden: tuple[Path, ...]


def grants_for_interpreter() -> Grants:
    """What this interpreter needs to run as it runs here."""
    hidden = tuple(_own_folders())
    roots = tuple(dict.fromkeys(path for path in _roots() if path.exists()))
    read: list[Path] = []
    names: list[Path] = []
    for root in roots:
        _carve(root, hidden, read, names)
    return Grants(tuple(dict.fromkeys(read)), tuple(dict.fromkeys(names)), tuple(_programs()), roots, hidden)


def _roots() -> Iterable[Path]:
    prefixes = dict.fromkeys((sys.base_prefix, sys.base_exec_prefix, sys.prefix, sys.exec_prefix))
    for prefix in map(Path, prefixes):
        yield from (prefix / "lib", prefix / "lib64", prefix / "pyvenv.cfg")
    for name in ("stdlib", "platstdlib", "purelib", "platlib"):
        yield Path(sysconfig.get_path(name))
    yield from map(Path, site.getsitepackages())
    yield from map(Path, (*_SYSTEM_LIBRARIES, *_SYSTEM_FILES))


def _programs() -> Iterable[Path]:
    """The interpreter and the dynamic loader: nothing else may be executed."""
    yield Path(sys.executable).resolve()
    for pattern in _LOADERS:
        yield from Path("/").glob(pattern)
    yield from loaders_in(Path("/proc/self/maps"))


def loaders_in(maps: Path) -> Iterable[Path]:
    """The dynamic loaders mapped into a process: an interpreter may bring its own. See proc(5) for the format."""
    mapped = (line.split(maxsplit=5)[5:] for line in maps.read_text().splitlines())
    return dict.fromkeys(Path(path) for names in mapped for path in names if fnmatch(path, _MAPPED_LOADER))


def _own_folders() -> Iterable[Path]:
    """The grader, wherever it is installed, with its metadata."""
    yield Path(grader.__file__).resolve().parent
    for folder in {Path(path) for path in (*site.getsitepackages(), sysconfig.get_path("purelib"))}:
        for name in _OWN_NAMES:
            yield from folder.resolve().glob(f"{name}*")


def _carve(path: Path, hidden: tuple[Path, ...], read: list[Path], names: list[Path]) -> None:
    """Grant the path but for what is hidden in it. A link inside is no way around: it ends at its target's rules."""
    real = path.resolve()
    if any(real == part or part in real.parents for part in hidden):
        return
    if not any(real in part.parents for part in hidden):
        read.append(path)
        return
    names.append(path)
    with os.scandir(real) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if not entry.is_symlink():
                _carve(Path(entry.path), hidden, read, names)
