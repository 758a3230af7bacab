"""Many files written as one archive or one new folder, whole or not at all."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import ExerciseError, OutputNotWritable

if TYPE_CHECKING:
    from grader.platforms.seam import Parts

_SAME_DATE = (1980, 1, 1, 0, 0, 0)
"""In every archive, so that the same parts make the same bytes."""


@dataclass(frozen=True)
class NewParts:
    """A file that ends in ``.zip``, or a folder."""

    target: Path

    def write(self, parts: Parts) -> None:
        """Write all parts beside the target, then move them there in one step.

        Raises:
            OutputNotWritable: They cannot be written; what was there before is untouched.
        """
        try:
            stage = Path(tempfile.mkdtemp(prefix=".grade-", dir=self.target.parent))
        except OSError as error:
            raise _not_writable(self.target, error) from error
        try:
            made = stage / "made"
            if _is_archive(self.target):
                made.write_bytes(_zipped(parts))
                made.chmod(0o644)
            else:
                _laid_out(parts, made)
            os.replace(made, self.target)  # noqa: PTH105
        except OSError as error:
            raise _not_writable(self.target, error) from error
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def new_parts(given: str) -> NewParts:
    """The archive or folder with this path, after a look whether it can be made.

    Raises:
        OutputNotWritable: Its folder is missing, or it is a folder that holds something.
    """
    target = Path(given)
    if not target.parent.is_dir():
        raise OutputNotWritable(f"The folder {str(target.parent)!r} does not exist.", "Make it first.")
    if target.is_dir() and (_is_archive(target) or any(target.iterdir())):
        raise OutputNotWritable(f"{given!r} is a folder that holds something.", "Give another path.")
    if target.exists() and not target.is_dir() and not _is_archive(target):
        raise OutputNotWritable(f"{given!r} is a file.", "Give a folder, or a name that ends in .zip.")
    return NewParts(target)


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of an exercise's folder, by their path beside the folder: ``word_count/task.md``.

    Raises:
        ExerciseError: One cannot be read.
    """
    try:
        return {
            path.relative_to(folder.parent).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }
    except OSError as error:
        raise ExerciseError(f"The folder {str(folder)!r} cannot be read: {error.strerror}.") from error


def _is_archive(target: Path) -> bool:
    return target.suffix.lower() == ".zip"


def _mode(executable: bool) -> int:
    return 0o755 if executable else 0o644


def _zipped(parts: Parts) -> bytes:
    """A zip file whose members keep their mode where it is unpacked on Unix."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, part in sorted(parts.items()):
            member = zipfile.ZipInfo(name, _SAME_DATE)
            member.create_system = 3  # Unix: what the upper half of the next means
            member.external_attr = (0o100000 | _mode(part.executable)) << 16
            packed = name.endswith(".whl")
            archive.writestr(member, part.data, zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _laid_out(parts: Parts, folder: Path) -> None:
    folder.mkdir(mode=0o755)
    for name, part in parts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(part.data)
        path.chmod(_mode(part.executable))


def _not_writable(target: Path, error: OSError) -> OutputNotWritable:
    return OutputNotWritable(f"{str(target)!r} cannot be written: {error.strerror}.", "Give another path.")
