"""One grading at a time measures on a machine: runs beside each other would share its caches and its clock speed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 30.0
_POLL_S = 0.1


def lock_path(environ: Mapping[str, str]) -> Path | None:
    """The lock of this user on this machine: in the folder for running programs, else in the one for caches.

    None for a user without any such folder.
    """
    folder = Path(environ.get("XDG_RUNTIME_DIR") or environ.get("XDG_CACHE_HOME") or "")
    if not folder.is_absolute():
        home = Path(environ.get("HOME") or "")
        if not home.is_absolute():
            return None
        folder = home / ".cache"
    return folder / "pargrade" / "measuring.lock"


@contextmanager
def one_at_a_time(
    path: Path | None, progress: Callable[[str], None] = lambda _: None, patience_s: float = PATIENCE_S
) -> Iterator[str]:
    """Hold the lock meanwhile. Gives what disturbed, or an empty text: it is never waited for without end.

    Without a path nothing is locked. A grading that ends, however it ends, lets go of the lock.
    """
    if path is None:
        yield ""
        return
    with contextlib.ExitStack() as cleanup:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            yield "Other gradings on this machine could not be kept from measuring at the same time."
            return
        cleanup.callback(os.close, handle)
        if _taken(handle, progress, patience_s):
            yield ""
        else:
            yield f"Another grading was still measuring on this machine after {patience_s:g} s; both were measured."


def _taken(handle: int, progress: Callable[[str], None], patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    told = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= deadline:
                return False
        else:
            return True
        if not told:
            progress("waiting for another grading on this machine to finish measuring")
            told = True
        time.sleep(_POLL_S)
