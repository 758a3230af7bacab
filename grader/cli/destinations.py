"""Files that results go to: looked at before the work starts, written whole or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grader.errors import OutputNotWritable, reason_of


class Destination(Protocol):
    """Where a document goes."""

    def write(self, text: str) -> None:
        """Put the whole document there, in UTF-8.

        Raises:
            OutputNotWritable: It cannot be written; what was there before is untouched.
        """
        ...

    def write_bytes(self, content: bytes) -> None:
        """The same for what is no text."""
        ...


def destination(given: str) -> Destination:
    """The file with this path, after a look whether it can be written.

    Raises:
        OutputNotWritable: It is a folder, or its folder is missing, full or write-protected.
    """
    if not given:
        raise OutputNotWritable("The name of the file for a report is empty.", "For example: report.json")
    try:
        mode = _mode_of(Path(given))
        if given.endswith(os.sep) or (mode is not None and stat.S_ISDIR(mode)):
            raise OutputNotWritable(
                f"{given!r} is a folder, so no report can be written there.",
                "Give the name of a file, for example report.json.",
            )
        if mode is not None and not stat.S_ISREG(mode):
            return _Stream(given, os.open(given, os.O_WRONLY | os.O_NONBLOCK))
        if mode is not None and not os.access(given, os.W_OK):
            raise OutputNotWritable(f"{given!r} is write-protected.", "Give another name.")
        # A link stays a link: what it leads to is written.
        file = _WholeFile(given, Path(os.path.realpath(given)), mode)
        file.try_folder()
    except (OSError, ValueError) as error:
        raise _not_writable(given, error) from error
    return file


def _mode_of(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _not_writable(given: str, error: OSError | ValueError) -> OutputNotWritable:
    folder = Path(given).parent
    if isinstance(error, FileNotFoundError) and not folder.is_dir():
        return OutputNotWritable(
            f"{given!r} cannot be written: the folder {str(folder)!r} does not exist.",
            "Make the folder first, or give another path.",
        )
    reason = reason_of(error)
    return OutputNotWritable(f"{given!r} cannot be written: {reason}.", "Give another path.")


@dataclass(frozen=True)
class _WholeFile:
    """An ordinary file: written beside its place, then moved there in one step."""

    given: str
    target: Path
    mode: int | None
    """Of the file that is there already; it is kept."""

    def try_folder(self) -> None:
        """Make and remove an empty file beside the target, as ``write`` will do."""
        beside = self._beside()
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        beside.unlink()

    def write(self, text: str) -> None:
        """Write beside the target, then replace it."""
        self.write_bytes(text.encode())

    def write_bytes(self, content: bytes) -> None:
        """The same for bytes."""
        beside = self._beside()
        try:
            with open(beside, "xb") as file:  # noqa: PTH123
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if self.mode is not None:
                beside.chmod(stat.S_IMODE(self.mode))
            beside.replace(self.target)
        except OSError as error:
            raise _not_writable(self.given, error) from error
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)

    def _beside(self) -> Path:
        return self.target.parent / f".grade-{os.urandom(6).hex()}.tmp"


@dataclass(frozen=True)
class _Stream:
    """A pipe or device such as ``/dev/null``: nothing to replace, so it is held open until it is written."""

    given: str
    descriptor: int

    def write(self, text: str) -> None:
        """Write everything and close."""
        self.write_bytes(text.encode())

    def write_bytes(self, content: bytes) -> None:
        """The same for bytes."""
        try:
            os.set_blocking(self.descriptor, True)
            with os.fdopen(self.descriptor, "wb") as stream:
                stream.write(content)
        except OSError as error:
            raise _not_writable(self.given, error) from error
