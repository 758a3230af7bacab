"""Digests that tell whether something has to be graded again."""

from __future__ import annotations

import hashlib
from pathlib import Path

from grader.errors import ExerciseError

_NO_CONTENT = ("__pycache__",)


def exercise_digest(folder: Path) -> str:
    """The SHA-256 of all files of an exercise folder with their names; hidden files and caches do not count.

    Raises:
        ExerciseError: A file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if path.is_file() and not any(part.startswith(".") or part in _NO_CONTENT for part in name.parts):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{name.as_posix()}\0{content}\n".encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise ExerciseError(f"The exercise folder {folder} cannot be read: {error.strerror}.") from error
    return digest.hexdigest()
