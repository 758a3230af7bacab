"""What a hand-in gives to be graded: the program with the Python files beside it, and how to read them again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from grader.batch.intake.names import danger, shown
from grader.batch.intake.source import Reader, Source, Unreadable
from grader.errors import InputError
from grader.loading.reading import safe_name

MAX_PROGRAM_BYTES = 20_000_000
MAX_BESIDE_BYTES = 1_000_000
MAX_BESIDE_FILES = 200
_AGAIN = "Start the grading again: what is unchanged is not graded twice."


@dataclass(frozen=True)
class Submitted:
    """Reads a submission again, and says so when it is no longer what it was."""

    source: Source
    place: str
    """Where the program is, for people."""
    files: Mapping[str, str]
    """The names in the submission, and those in the source."""
    sha256: str

    def __call__(self) -> Mapping[str, bytes]:
        """The files by their names. Raises InputError when they are gone or changed."""
        try:
            with self.source.opened() as read:
                content = {name: read(path, MAX_PROGRAM_BYTES) for name, path in self.files.items()}
        except Unreadable as error:
            raise InputError(f"{self.place} can no longer be read: {error.reason}.", _AGAIN) from error
        if digest_of(content) != self.sha256:
            raise InputError(f"{self.place} was changed after the grading began.", _AGAIN)
        return content


def digest_of(files: Mapping[str, bytes]) -> str:
    """SHA-256 over names and contents, each with its length before it, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode("utf-8", "surrogateescape"), files[name]):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def program_and_beside(files: Mapping[str, str], program: str) -> dict[str, str]:
    """The program and the Python files in its folder and below, by the names they have there."""
    folder = program.rpartition("/")[0]
    start = f"{folder}/" if folder else ""
    beside = {name.removeprefix(start): path for name, path in files.items() if name.startswith(start)}
    own = program.removeprefix(start)
    return {name: path for name, path in beside.items() if name == own or name.lower().endswith(".py")}


def content_of(files: Mapping[str, str], program: str, read: Reader) -> dict[str, bytes]:
    """Read all. Raises Unreadable when one of them cannot be read, or they are too much."""
    if len(files) > MAX_BESIDE_FILES:
        raise Unreadable(f"there are {len(files):,} Python files in its folder; at most {MAX_BESIDE_FILES} are taken")
    content: dict[str, bytes] = {}
    room = MAX_BESIDE_BYTES
    for name, path in files.items():
        usable = safe_name(name)
        reason = danger(usable)
        if reason:
            raise Unreadable(f"{shown(name)}: {reason}")
        try:
            content[usable] = read(path, MAX_PROGRAM_BYTES if name == program else room)
        except Unreadable as error:
            whose = "" if name == program else f"its file {shown(name)}: "
            raise Unreadable(f"{whose}{error.reason}") from error
        room -= 0 if name == program else len(content[usable])
    if len(content) < len(files):
        raise Unreadable("several of its files have names that cannot be told apart")
    return content
