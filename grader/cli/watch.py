"""``grade FILE --watch``: grade again on each save."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from grader.cli.failures import tell_error
from grader.cli.screen import is_fancy, say, standard_output, tell
from grader.errors import PargradeError

if TYPE_CHECKING:
    from grader.model.submission import Submission

LOOK_EVERY_S = 0.3
SETTLE_S = 0.05
"""Between two looks that must agree before a change counts: an editor may be in the middle of saving."""
_CLEAR = "\x1b[H\x1b[2J\x1b[3J"


@dataclass(frozen=True)
class Look:
    """What a file looked like: ``stamp`` tells cheaply that it may have changed, ``digest`` that it has."""

    stamp: tuple[int, int, int] | None
    digest: str | None


def look_at(path: Path, before: Look | None = None) -> Look:
    """The file now; its content is read only when its stamp is not that of ``before``."""
    try:
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        if before is not None and stamp == before.stamp:
            return before
        with path.open("rb") as file:
            return Look(stamp, hashlib.file_digest(file, "sha256").hexdigest())
    except OSError:
        return Look(None, None)


class Watcher:
    """Tells when one of some files was saved with other content."""

    def __init__(self, paths: tuple[Path, ...], pause: Callable[[float], None]) -> None:
        self._looks = {path: look_at(path) for path in paths}
        self._pause = pause

    def add(self, paths: tuple[Path, ...]) -> None:
        """Watch these too, from how they look now."""
        self._looks |= {path: look_at(path) for path in paths}

    def wait(self) -> None:
        """Return when a file has changed and is there. One that was deleted may come back; until then, wait."""
        while True:
            self._pause(LOOK_EVERY_S)
            if any(self._was_saved(path) for path in self._looks):
                return

    def _was_saved(self, path: Path) -> bool:
        before = self._looks[path]
        now = look_at(path, before)
        while now != before and now != (again := self._look_again(path, now)):
            now = again
        if now.digest is None:
            return False
        self._looks[path] = now
        return now.digest != before.digest

    def _look_again(self, path: Path, before: Look) -> Look:
        self._pause(SETTLE_S)
        return look_at(path, before)


def watch_file(
    path: Path,
    grade: Callable[[Submission], None],
    *,
    pause: Callable[[float], None] = time.sleep,
    now: Callable[[], datetime] = datetime.now,
) -> NoReturn:
    """Grade the file, and again on each save of it or of a module beside it that it imports; ends by a signal.

    Raises:
        SubmissionNotFound: The file is not there to begin with.
        InputError: It is no script or notebook.
    """
    from grader.loading import load

    load(path)
    while True:
        watcher = Watcher((path,), pause)  # before the file is read: a save in between must not be missed
        _heading(path, now())
        try:
            submission = load(path)
            watcher.add(tuple(path.parent / name for name in submission.files))
            grade(submission)
        except PargradeError as error:  # a broken save is mended by the next one
            tell_error(error)
        tell("grade: waiting for the next save; Ctrl-C ends.")
        watcher.wait()


def _heading(path: Path, at: datetime) -> None:
    from grader.loading.reading import display_path

    if is_fancy(sys.stdout):
        with standard_output() as stream:
            stream.write(_CLEAR)
    say(f"== {display_path(path)} at {at:%H:%M:%S} ==")
