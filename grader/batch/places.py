"""Where things lie in the output folder of a batch, and how they are put there."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import socket
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from grader.errors import OutputNotWritable, PargradeError, reason_of

STUDENTS = "students"
PAGE = "report.html"
EVIDENCE = "evidence.json.gz"
RECEIPT = "report.json"
FAILURE = "failure.txt"
"""Where the grader itself broke: the details, for whoever mends it."""
MARK = "mark.json"
FILES = (PAGE, "report.md", EVIDENCE, FAILURE, RECEIPT, MARK)
"""What may lie in a student's folder; the last is written last, so that it tells whether all are whole."""
_OF_WINDOWS = ("con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(10)))
"""Names of devices there, which are no folders."""
_LOCK = ".batch.lock"
_TRIES = 4
_PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9._@+~-]{0,79}[a-z0-9_@+~-])?")
_TOLD_APART = re.compile(r".*~[0-9a-f]{10}")


class BatchRunning(PargradeError):
    """Another batch is writing into the same folder."""

    exit_code = 2


def folder_name(student: str) -> str:
    """A name for the student's folder that every file system takes, and that no other student's has."""
    if _PLAIN.fullmatch(student) and not _TOLD_APART.fullmatch(student) and student not in _OF_WINDOWS:
        return student
    readable = re.sub(r"[^A-Za-z0-9]+", "-", student).strip("-").lower()[:40]
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{readable or 'student'}~{digest}"


def exercise_in(out: Path) -> str | None:
    """The exercise whose reports lie in an output folder; None before the first of them is there."""
    for path in sorted((out / STUDENTS).glob(f"*/{MARK}")):
        with suppress(OSError, ValueError, TypeError, KeyError):
            return str(json.loads(path.read_bytes())["exercise"])
    return None


def report_page(student: str) -> str:
    """The web page of a student's report, relative to the output folder."""
    return f"{STUDENTS}/{folder_name(student)}/{PAGE}"


def student_folder(out: Path, student: str) -> Path:
    """Where a student's reports lie."""
    return out / STUDENTS / folder_name(student)


def replace_file(path: Path, content: bytes) -> None:
    """Write beside the file, then put it in its place in one step.

    Raises:
        OSError: It cannot be written.
    """
    beside = path.with_name(f".{path.name}.tmp")
    beside.write_bytes(content)
    beside.replace(path)


def put_file(path: Path, content: bytes) -> None:
    """The same for whoever has nothing more to say of it.

    Raises:
        OutputNotWritable: It cannot be written.
    """
    try:
        replace_file(path, content)
    except OSError as error:
        raise OutputNotWritable(f"{str(path)!r} cannot be written: {error.strerror}.") from error


def put_reports(out: Path, student: str, files: Mapping[str, bytes], keep: Collection[str] = ()) -> None:
    """Put a student's reports in place of those that are there, but those to ``keep``.

    Killed in between, it leaves no mark behind, by which the reports are known to be whole.

    Raises:
        OutputNotWritable: They cannot be written.
    """
    folder = student_folder(out, student)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in reversed(FILES):
            if name == MARK or name not in {*files, *keep}:
                (folder / name).unlink(missing_ok=True)
        for name in sorted(files, key=FILES.index):
            replace_file(folder / name, files[name])
    except OSError as error:
        raise OutputNotWritable(
            f"The reports of {student} cannot be written to {folder}: {error.strerror or error}.",
            "Once that is mended, the same command goes on.",
        ) from error


def has_reports(out: Path, student: str, expected: Mapping[str, bytes]) -> bool:
    """Whether these files are there, with just this content."""
    folder = student_folder(out, student)
    try:
        return (folder / PAGE).exists() == (RECEIPT in expected) and all(
            (folder / name).read_bytes() == content for name, content in expected.items()
        )
    except OSError:
        return False


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Keep every other batch out of the folder meanwhile; it is made if need be.

    Raises:
        BatchRunning: One is at work there.
        OutputNotWritable: The folder cannot be made or written to.
    """
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)  # marks are nobody else's business
        handle = os.open(out / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except (OSError, ValueError) as error:
        raise _unusable(out, error) from error
    try:
        if not _taken(handle):
            raise BatchRunning(
                f"Another batch is at work in {out}{_holder(out)}.", f"Watch it: grade batch --status {out}"
            )
        _sign(handle, out)
        yield
    finally:
        os.close(handle)


def _sign(handle: int, out: Path) -> None:
    """Say in the lock who holds it."""
    told = json.dumps({"host": socket.gethostname(), "pid": os.getpid()})
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, told.encode(), 0)
    except OSError as error:  # a full disk
        raise _unusable(out, error) from error


def _unusable(out: Path, error: OSError | ValueError) -> OutputNotWritable:
    reason = reason_of(error)
    return OutputNotWritable(f"The output folder {out} cannot be used: {reason}.", "Name another one with --out.")


def _taken(handle: int) -> bool:
    """Take the lock; one who only looks whether it is free holds it for a moment."""
    for _ in range(_TRIES):
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(0.05)
    return False


def is_held(out: Path) -> bool:
    """Whether a batch is at work in the folder now."""
    with suppress(OSError):
        handle = os.open(out / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
    return False


def _holder(out: Path) -> str:
    with suppress(OSError, ValueError, TypeError, KeyError):
        told = json.loads((out / _LOCK).read_bytes())
        return f" (process {int(told['pid'])} on {str(told['host'])[:80]})"
    return ""
