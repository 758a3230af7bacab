"""A worker process's own temp folder, so that what a killed worker leaves can be told from what others still use.

The worker holds a lock in its folder as long as it lives, however it ends. A folder whose lock is free belongs to
nobody any more: the next start ends what still runs there and removes it.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from grader.errors import SandboxError
from grader.sandbox.marks import kill_marked
from grader.sandbox.workfolder import remove_tree, short_base

_NEW, _LANE = "pargrade-new-", "pargrade-lane-"
_LOCK = "lock"
_ROOM = len("/pargrade-lane-12345678")
_PR_SET_PDEATHSIG = 1


def take_lane() -> Path:
    """Make a temp folder that is this process's for as long as it lives, and let everything temporary go there.

    Raises:
        SandboxError: It cannot be made.
    """
    clear_dead_lanes()
    lane, _ = _made()
    tempfile.tempdir = str(lane)
    return lane


@contextmanager
def lane_meanwhile() -> Iterator[None]:
    """The same for a while; afterwards it is gone, and what workers left that were killed meanwhile.

    Raises:
        SandboxError: It cannot be made.
    """
    clear_dead_lanes()
    before = tempfile.tempdir
    lane, handle = _made()
    tempfile.tempdir = str(lane)
    try:
        yield
    finally:
        tempfile.tempdir = before
        remove_tree(lane)
        os.close(handle)
        clear_dead_lanes()


def _made() -> tuple[Path, int]:
    """The folder, and the descriptor that holds its lock."""
    try:
        made = Path(tempfile.mkdtemp(prefix=_NEW, dir=short_base(_ROOM)))
        made.chmod(0o711)  # the users that runs get must pass
        handle = os.open(made / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        # Only from now on others look at it: never while it is there and not locked.
        return made.rename(made.with_name(made.name.replace(_NEW, _LANE))), handle
    except OSError as error:
        raise SandboxError(
            f"No temp folder for a worker can be made: {error}", "Is the temp folder full or read-only?"
        ) from error


def clear_dead_lanes() -> int:
    """Remove what workers of this user that are no more left on this machine; how many there were."""
    cleared = 0
    with suppress(OSError):
        for lane in Path(short_base(_ROOM)).glob(f"{_LANE}*"):
            with suppress(OSError):
                if lane.lstat().st_uid == os.geteuid() and not lane.is_symlink():
                    cleared += _cleared_if_dead(lane)
    return cleared


def _cleared_if_dead(lane: Path) -> bool:
    handle = os.open(lane / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for run in lane.iterdir():
            kill_marked(run)
        remove_tree(lane)
    finally:
        os.close(handle)
    return True


def end_with_parent(parent: int) -> None:
    """From now on this process is killed when the thread that started it ends, where the system can do that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
