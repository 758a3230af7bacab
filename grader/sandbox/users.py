"""Users for one run each: numbers that nobody else has, so that all files and processes of one are the run's."""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from grader.errors import SandboxError
from grader.sandbox.workfolder import remove_tree

FIRST, LAST = 20_000, 59_999
"""Between the people and the services of a usual system, and inside what containers map."""
_TRIES = 1000
_PLACES = ("/run", "/tmp")  # noqa: S108  the folder is looked at before it is trusted


class FreshUsers:
    """Lends user numbers, each to one run on the machine at a time."""

    @contextmanager
    def one(self) -> Iterator[int]:
        """A number that no account, no process and no other run has.

        Raises:
            SandboxError: None was found.
        """
        uid, handle = self._unused()
        try:
            yield uid
        finally:
            remove_files_of(uid, Path("/dev/shm"))  # noqa: S108
            give_back(uid, handle)

    def _unused(self) -> tuple[int, int]:
        busy = _uids_of_processes()
        for _ in range(_TRIES):
            uid = FIRST + secrets.randbelow(LAST - FIRST + 1)
            if uid not in busy and not _has_account(uid) and (handle := reserve(uid)) is not None:
                return uid, handle
        raise SandboxError(f"No unused user number was found between {FIRST} and {LAST}.")


def reserve(uid: int) -> int | None:
    """Keep all other gradings on this machine from this number; the descriptor that does it, None if one has it.

    It is a lock on a file that only root can open, so no program that runs here can take all numbers away; the kernel
    takes it back when this process ends in any way.

    Raises:
        SandboxError: No folder for such files can be made.
    """
    path = _folder() / str(uid)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_ino == path.stat().st_ino:  # else it was given back in between
            return handle
    except OSError:
        pass
    os.close(handle)
    return None


def give_back(uid: int, handle: int) -> None:
    """Let others have the number."""
    with suppress(OSError):
        (_folder() / str(uid)).unlink()
    os.close(handle)


def _folder() -> Path:
    """The same for every process of this user, and closed to all others."""
    for place in _PLACES:
        folder = Path(place) / f"pargrade-users-{os.geteuid()}"
        with suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077:
                return folder
    raise SandboxError(f"User numbers cannot be reserved: no folder for it can be made in {' or '.join(_PLACES)}.")


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
