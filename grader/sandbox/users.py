"""Users for one run each: numbers that nobody else has, so that all files and processes of one are the run's."""

from __future__ import annotations

import os
import pwd
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from grader.errors import SandboxError
from grader.sandbox.workfolder import remove_tree

FIRST, LAST = 20_000, 59_999
"""Between the people and the services of a usual system, and inside what containers map."""
_TRIES = 1000


class FreshUsers:
    """Lends user numbers, each to one run on the machine at a time."""

    @contextmanager
    def one(self) -> Iterator[int]:
        """A number that no account, no process and no other run has.

        Raises:
            SandboxError: None was found.
        """
        uid, reserved = self._unused()
        with reserved:
            try:
                yield uid
            finally:
                remove_files_of(uid, Path("/dev/shm"))  # noqa: S108

    def _unused(self) -> tuple[int, socket.socket]:
        busy = _uids_of_processes()
        for _ in range(_TRIES):
            uid = FIRST + secrets.randbelow(LAST - FIRST + 1)
            if uid not in busy and not _has_account(uid) and (reserved := reserve(uid)) is not None:
                return uid, reserved
        raise SandboxError(f"No unused user number was found between {FIRST} and {LAST}.")


def reserve(uid: int) -> socket.socket | None:
    """Keep all other gradings on this machine from this number until the socket is closed; None if one has it.

    The kernel gives an abstract name to one socket only, and takes it back when its process ends in any way.
    """
    reserved = socket.socket(socket.AF_UNIX)
    try:
        reserved.bind(f"\0pargrade-user-{uid}")
    except OSError:
        reserved.close()
        return None
    return reserved


def _has_account(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _uids_of_processes() -> set[int]:
    found = set()
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            with suppress(OSError):
                found.add(os.stat(f"/proc/{name}").st_uid)  # noqa: PTH116
    return found


def remove_files_of(uid: int, folder: Path) -> None:
    """Remove what a user left directly in a shared folder, such as that of shared memory."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid == uid:
                    _remove(entry)


def _remove(entry: os.DirEntry[str]) -> None:
    if entry.is_dir(follow_symlinks=False):
        remove_tree(Path(entry.path))
    else:
        os.unlink(entry.path)  # noqa: PTH108


def give_tree(folder: Path, uid: int) -> None:
    """Make a user the owner of a folder that was just made, and of all in it."""
    os.chown(folder, uid, uid)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(os.path.join(parent, name), uid, uid, follow_symlinks=False)  # noqa: PTH118
