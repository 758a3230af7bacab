"""Removes shared memory that a run left behind, where it had the grader's own user."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from grader.sandbox.workfolder import remove_tree

SHARED = Path("/dev/shm")  # noqa: S108


@contextmanager
def swept_shared_memory(folder: Path = SHARED) -> Iterator[dict[str, int]]:
    """Remove afterwards what is new in the folder, belongs to this user, and is used by no living process.

    Gives what was there before: names with their inodes.

    Another program of the same user may share memory at the same time, which is why use counts.
    """
    before = _entries(folder)
    try:
        yield before
    finally:
        new = {name: inode for name, inode in _entries(folder).items() if before.get(name) != inode}
        if new:
            in_use = _inodes_in_use(folder)
            for name, inode in new.items():
                if inode not in in_use:
                    _remove(folder / name)


def shared_bytes(uid: int, before: Mapping[str, int], folder: Path = SHARED) -> int:
    """Bytes of this user's files in the folder, but for those that were there before."""
    total = 0
    waiting = [str(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    found = entry.stat(follow_symlinks=False)
                    if found.st_uid == uid and before.get(entry.name) != found.st_ino:
                        total += found.st_blocks * 512
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
    return total


def _entries(folder: Path) -> dict[str, int]:
    """Names in the folder that belong to this user, with their inodes."""
    found: dict[str, int] = {}
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid == os.geteuid():
                    found[entry.name] = entry.inode()
    return found


def _inodes_in_use(folder: Path) -> set[int]:
    """Inodes below the folder that a living process of this user has mapped or open.

    Names would not do: a semaphore is mapped under another name before it gets its own.
    """
    prefix = f"{folder}/"
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            for line in (process / "maps").read_text("utf-8", "replace").splitlines():
                if prefix in line:
                    found.add(int(line.split(maxsplit=5)[4]))
        with suppress(OSError):
            for descriptor in (process / "fd").iterdir():
                with suppress(OSError):
                    if str(descriptor.readlink()).startswith(prefix):
                        found.add(descriptor.stat().st_ino)
    return found


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    else:
        with suppress(OSError):
            path.unlink()
