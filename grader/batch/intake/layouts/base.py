"""What a layout makes of a listing of names: pieces, each one file with its owner."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from grader.batch.records import Student

Texts = Callable[[str], bytes | None]
"""The content of a small file of the listing by its name, or None: for what a system writes about submissions."""


@dataclass(frozen=True)
class Asked:
    """What the person at the keyboard wants graded, where that helps to tell files apart; all may be empty.

    ``script_name`` is the name that the exercise gives the program, ``assignment`` the exercise's own name. ``given``
    are the names on the command line, relative to the listing, when there were several.
    """

    script_name: str = ""
    assignment: str = ""
    given: Sequence[str] = ()


@dataclass(frozen=True)
class Piece:
    """One file that belongs to a student.

    ``path`` is its name in the listing and ``name`` the one within the submission. Pieces of the same ``attempt``
    belong together. ``newer`` orders attempts, and files of the same attempt, from the oldest to the newest.
    """

    path: str
    name: str
    student: Student
    attempt: str = ""
    """Begins with the folders above, so that two downloads in one folder do not become one."""
    newer: tuple[str, ...] = ()
    submitted_at: datetime | None = None
    late: bool = False
    folder: str = ""
    unusable: str = ""
    """Why this is no file that could be graded, such as text that was typed into the browser."""
    versioned: bool = False
    """Whether the system renames a file on each new attempt: ``my_script-1.py``."""
    passed_over: bool = False
    """Whether it is known and of no interest, such as feedback, or a file of another assignment."""


def padded(number: str) -> str:
    """Digits so that they are ordered by what they count: text, since one student may come from several layouts."""
    return number.rjust(30, "0")


@dataclass(frozen=True)
class Layout:
    """A form in which submissions come. ``shape`` shows it to people; ``pieces`` is a pure function.

    ``pieces(names, texts, asked)`` yields a piece for each name that has this form, and nothing for the others. The
    first part of each name is that of the folder or archive itself.
    """

    title: str
    shape: str
    pieces: Callable[[Sequence[str], Texts, Asked], Iterable[Piece]]


def text_of(texts: Texts, name: str) -> str:
    """The content as text, whatever its encoding; empty when there is none."""
    return decoded(texts(name) or b"")


def decoded(data: bytes) -> str:
    """Bytes of a file that a system or a spreadsheet wrote, as text: UTF-8, UTF-16 with its mark, or cp1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
