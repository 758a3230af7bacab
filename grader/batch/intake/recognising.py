"""From a listing of names to the attempts of students: pure, so that each layout is tried without a file."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from grader.batch.intake.layouts import LMS_LAYOUTS, PLAIN
from grader.batch.intake.layouts.base import Asked, Piece, Texts
from grader.batch.intake.names import may_be_work
from grader.batch.records import Student

_TWICE = "this student is here several times, and nothing tells which one is newer"
_STRAY = "it does not have the form of the other files, so it is not known whose it is"


@dataclass(frozen=True)
class Attempt:
    """One attempt of one student: files of the listing by the names they have in the submission.

    ``unusable`` says why there is nothing to grade in it, where the layout tells.
    """

    student: Student
    pieces: tuple[Piece, ...]
    submitted_at: datetime | None
    late: bool
    folder: str
    unusable: str = ""

    @property
    def newer(self) -> tuple[str, ...]:
        """What orders the attempts of a student from the oldest to the newest."""
        return max(piece.newer for piece in self.pieces)

    @property
    def versioned(self) -> bool:
        """Whether files are renamed on each new attempt."""
        return any(piece.versioned for piece in self.pieces)


@dataclass(frozen=True)
class Hand:
    """All that is there of one student: the newest attempt first."""

    student: Student
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class Recognised:
    """What a listing holds. ``refused`` maps names of the listing to why they belong to nobody."""

    layouts: tuple[str, ...]
    hands: tuple[Hand, ...]
    refused: Mapping[str, str] = field(default_factory=dict)


def recognise(names: Sequence[str], texts: Texts, asked: Asked) -> Recognised:
    """Tell whose each file is.

    What the system wrote stands before what the student did: where a name has the form of several systems, the one
    that leaves the most to the student is right.

    A system's layout counts when most of the programs have its form; then those without are refused, since a name
    that was changed by hand could be anybody's. Otherwise nothing but files and folders is taken for granted.
    """
    by_path: dict[str, tuple[str, Piece]] = {}
    for layout in LMS_LAYOUTS:
        for piece in layout.pieces(names, texts, asked):
            if piece.path not in by_path or len(piece.name) > len(by_path[piece.path][1].name):
                by_path[piece.path] = layout.title, piece
    work = [name for name in names if may_be_work(name)]
    known = sum(name in by_path for name in work)
    if by_path and 2 * known >= len(work):
        strays = {name: _STRAY for name in work if name not in by_path}
        hands, refused = _hands(piece for _, piece in by_path.values())
        return Recognised(tuple(sorted({title for title, _ in by_path.values()})), hands, strays | refused)
    hands, refused = _hands(PLAIN.pieces(names, texts, asked))
    return Recognised((PLAIN.title,) if hands or refused else (), hands, refused)


def _hands(pieces: Iterable[Piece]) -> tuple[tuple[Hand, ...], dict[str, str]]:
    by_key: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        if piece.passed_over:
            continue
        by_key[unicodedata.normalize("NFC", piece.student.student).casefold()].append(piece)
    hands: list[Hand] = []
    refused: dict[str, str] = {}
    for own in by_key.values():
        names = {piece.student.name or piece.student.student for piece in own}
        if len(names) > 1 or len({piece.student.student for piece in own}) > 1:
            why = f"several students are told by the same number or name: {', '.join(sorted(names))}"
            refused |= {piece.path: why for piece in own}
        else:
            hands.append(_hand(own))
    return tuple(hands), refused


def _hand(pieces: Sequence[Piece]) -> Hand:
    by_attempt: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        by_attempt[piece.attempt].append(piece)
    attempts = sorted(map(_attempt, by_attempt.values()), key=lambda attempt: attempt.newer, reverse=True)
    if len(attempts) > 1 and attempts[0].newer == attempts[1].newer:
        attempts[0] = replace(attempts[0], unusable=attempts[0].unusable or _TWICE)
    return Hand(pieces[0].student, tuple(attempts))


def _attempt(pieces: Sequence[Piece]) -> Attempt:
    files = tuple(piece for piece in pieces if not piece.unusable)
    told = next((piece.submitted_at for piece in pieces if piece.submitted_at is not None), None)
    late = any(piece.late for piece in pieces)
    folder = next((piece.folder for piece in (*files, *pieces) if piece.folder), "")
    unusable = "" if files else next(piece.unusable for piece in pieces)
    return Attempt(pieces[0].student, files or tuple(pieces), told, late, folder, unusable)
