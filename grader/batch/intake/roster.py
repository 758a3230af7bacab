"""The list of a class, as a spreadsheet or a gradebook's export has it, and who of it handed something in."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from grader.batch.handin import Intake
from grader.batch.intake.layouts.base import decoded
from grader.batch.intake.moments import moment
from grader.batch.intake.names import key_of, shown
from grader.batch.records import Student
from grader.errors import InputError, reason_of
from grader.loading.reading import display_path, read_bounded
from grader.report.quantity import counted

MAX_BYTES = 20_000_000
MAX_ROWS = 100_000
_MAX_LISTED = 5

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "moodle_participant": ("identifier",),
    "canvas_id": ("canvas id", "canvas user id"),
    "brightspace_id": ("brightspace id",),
    "gradescope_id": ("gradescope id",),
    "email": ("email", "email address", "e mail", "mail", "e mail address"),
    "login": (
        *("login", "username", "user name", "user", "login id", "sis login id", "display id", "eid", "netid"),
        *("net id", "account", "github username", "github login"),
    ),
    "student_id": (
        *("student id", "sid", "sis user id", "id number", "idnumber", "orgdefinedid", "org defined id"),
        *("student number", "matriculation number", "student"),
    ),
}
_NAME = ("name", "full name", "fullname", "student name")
_LAST = ("last name", "lastname", "surname", "family name")
_FIRST = ("first name", "firstname", "given name")
_SUBMITTED = ("submitted", "submitted at", "submission time", "last modified (submission)")
_NO_TIME = ("", "-", "–")
_CANVAS = {"student", "id", "section"}
_SYSTEMS = {"canvas_id": "canvas", "moodle_participant": "moodle", "brightspace_id": "brightspace"}
_PERSONAL = ("login", "email", "student_id")
_HEAD_WITHIN = 10
_HOW = (
    "A roster is a CSV file with one line of heads, among them at least one of: student_id, login, email, name."
    " Exports of a Canvas gradebook and a Moodle grading worksheet serve, too."
)

Words = Callable[[Student], Iterable[str]]
"""The words by which a student may be told from others."""


def read_roster(path: Path) -> tuple[Student, ...]:
    """The students of a CSV file: with commas, semicolons or tabs; UTF-8, UTF-16 or cp1252.

    The columns are known by their heads, as people write them and as Canvas, Moodle, Sakai and Brightspace export
    them. Rows without a student, such as Canvas's ``Points Possible``, are passed over.

    Raises:
        InputError: It cannot be read, or no column tells who a student is, or two rows have the same identifier.
    """
    rows = _rows(path)
    at, columns = _head(rows, path)
    students = [student for row in rows[at + 1 :] if (student := _student(columns, row)) is not None]
    if not students:
        raise InputError(f"The roster {display_path(path)} has no students below its heads.", _HOW)
    _refuse_twice(students, path)
    return tuple(students)


def read_times(path: Path) -> Mapping[str, datetime | None]:
    """When the students of a roster handed in, by their keys in it, where a column tells; None for what is no time.

    Raises:
        InputError: As ``read_roster``.
    """
    rows = _rows(path)
    at, columns = _head(rows, path)
    column = columns.get("submitted")
    if column is None:
        return {}
    told = ((_student(columns, row), row[column].strip()) for row in rows[at + 1 :] if column < len(row))
    return {student.student: moment(text) for student, text in told if student is not None and text not in _NO_TIME}


def matched(
    intake: Intake, roster: Sequence[Student], times: Mapping[str, datetime | None] = MappingProxyType({})
) -> Intake:
    """The intake with what the roster tells: full names, more identifiers, ``times`` of handing in, who is missing.

    A hand-in and a student belong together when an identifier is the same in both; a name alone decides only where
    it is unique on both sides. The key of a hand-in stays as it is. What is in no roster stays, and ``notes`` tell.
    """
    found = _Matching(intake, roster)
    hand_ins = tuple(
        replace(
            one, student=found.student(one.student), submitted_at=one.submitted_at or found.time(one.student, times)
        )
        for one in intake.hand_ins
    )
    refused = tuple(
        one if one.student is None else replace(one, student=found.student(one.student)) for one in intake.refused
    )
    notes = tuple(
        f"{one.student.name or one.student.student} is not in the roster; the submission is kept: {one.source}"
        for one in intake.hand_ins
        if found.row_of(one.student) is None
    )
    unclear = [key for key, time in times.items() if time is None]
    if unclear:
        notes += (
            f"The roster's times of handing in are not understood for {counted(len(unclear), 'student')}"
            " (write them as 2026-03-01 17:05)",
        )
    return replace(
        intake,
        hand_ins=hand_ins,
        refused=refused,
        missing=found.missing(),
        notes=(*intake.notes, *notes),
        has_roster=True,
    )


class _Matching:
    """Which row of the roster each student of the intake is."""

    def __init__(self, intake: Intake, roster: Sequence[Student]) -> None:
        self._roster = roster
        self._row: dict[str, int] = {}
        refused = (one.student for one in intake.refused if one.student is not None)
        students = {student.student: student for student in (*(one.student for one in intake.hand_ins), *refused)}
        for words_of in (_identifiers, _personal_words, _name_words):
            self._match([student for key, student in students.items() if key not in self._row], words_of)

    def _match(self, students: Sequence[Student], words_of: Words) -> None:
        """Join students and rows that have a word in common, where that is one of each."""
        taken = set(self._row.values())
        rows: dict[str, set[int]] = defaultdict(set)
        for number, student in enumerate(self._roster):
            if number not in taken:
                for word in words_of(student):
                    rows[word].add(number)
        claims: dict[int, list[str]] = defaultdict(list)
        for student in students:
            candidates = set().union(*(rows.get(word, set()) for word in words_of(student)))
            if len(candidates) == 1:
                claims[candidates.pop()].append(student.student)
        self._row |= {keys[0]: number for number, keys in claims.items() if len(keys) == 1}

    def row_of(self, student: Student) -> Student | None:
        """The roster's student, or None."""
        number = self._row.get(student.student)
        return None if number is None else self._roster[number]

    def student(self, student: Student) -> Student:
        """The student as both tell."""
        row = self.row_of(student)
        if row is None:
            return student
        return Student(student.student, row.name or student.name, {**row.identifiers, **student.identifiers})

    def time(self, student: Student, times: Mapping[str, datetime | None]) -> datetime | None:
        """When the roster says that the student handed in."""
        row = self.row_of(student)
        return None if row is None else times.get(row.student)

    def missing(self) -> tuple[Student, ...]:
        """The rows that nobody is."""
        taken = set(self._row.values())
        return tuple(student for number, student in enumerate(self._roster) if number not in taken)


def _identifiers(student: Student) -> Iterator[str]:
    for kind, value in student.identifiers.items():
        for one in value.split(", "):
            yield f"{kind} {_folded(one)}"


def _personal_words(student: Student) -> Iterator[str]:
    """Logins, addresses and numbers whatever their column is called, and what stands before the ``@``."""
    for kind in _PERSONAL:
        value = _folded(student.identifiers.get(kind, ""))
        if value:
            yield value
            yield value.partition("@")[0]


def _name_words(student: Student) -> Iterator[str]:
    """The letters of the name, begun at each of its words: ``lovelaceada`` is Ada Lovelace as Canvas writes her."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", student.name) if not unicodedata.combining(c))
    words = [word for word in re.split(r"[\s,_]+", bare.casefold()) if word]
    for first in range(len(words)):
        yield re.sub(r"\W", "", "".join(words[first:] + words[:first]))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()


def _rows(path: Path) -> list[list[str]]:
    """The rows, split by the separator that shows the most known heads."""
    text = _text(path)
    best: list[list[str]] = []
    problem = "has no line of heads that is known"
    for separator in (",", ";", "\t"):
        # A file's own lines: those of ``splitlines`` end at signs that a name may have, too.
        lines = io.StringIO(text, newline="")
        reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
        try:
            rows = [row for row, _ in zip(reader, range(MAX_ROWS), strict=False)]
        except csv.Error as error:
            problem = f"is no CSV file: line {reader.line_num:,}: {error}"
            continue
        if _most_heads(rows) > _most_heads(best):
            best = rows
    if not best:
        raise InputError(f"The roster {display_path(path)} {problem}.", _HOW)
    return best


def _text(path: Path) -> str:
    try:
        data = read_bounded(path, MAX_BYTES).data
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise InputError(f"The roster {display_path(path)} cannot be read: {reason}.", _HOW) from error
    if data is None:
        raise InputError(f"The roster {display_path(path)} has more than {MAX_BYTES / 1e6:.0f} MB.", _HOW)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError(
            f"The roster {display_path(path)} is a spreadsheet or an archive.", "Save it as CSV and give that file."
        )
    return decoded(data)


def _most_heads(rows: Sequence[Sequence[str]]) -> int:
    return max((len(_columns(row)) for row in rows[:_HEAD_WITHIN]), default=0)


def _head(rows: Sequence[Sequence[str]], path: Path) -> tuple[int, dict[str, int]]:
    """The number of the line of heads, and the column of each thing that is known."""
    found = [(at, _columns(row)) for at, row in enumerate(rows[:_HEAD_WITHIN])]
    at, columns = max(found, key=lambda one: len(one[1]))
    if "canvas_id" not in columns and "name" not in columns and "student_id" in columns:
        _student_may_be_the_name(rows, at, columns)
    if not columns:
        raise InputError(f"The roster {display_path(path)} has no line of heads that is known.", _HOW)
    return at, columns


def _student_may_be_the_name(rows: Sequence[Sequence[str]], at: int, columns: dict[str, int]) -> None:
    """A column ``Student`` holds names where there are spaces in it, and numbers or logins elsewhere."""
    column = columns["student_id"]
    values = [row[column].strip() for row in rows[at + 1 :] if len(row) > column]
    if _head_word(rows[at][column]) == "student" and any(" " in value for value in values):
        columns["name"] = columns.pop("student_id")


def _columns(row: Sequence[str]) -> dict[str, int]:
    words = [_head_word(cell) for cell in row]
    if set(words) >= _CANVAS:
        columns = {"name": words.index("student"), "canvas_id": words.index("id")}
        words = ["" if word in ("student", "id") else word for word in words]
    else:
        columns = {}
        words = ["student id" if word == "id" else word for word in words]
    known = {**_COLUMNS, "name": _NAME, "last": _LAST, "first": _FIRST, "submitted": _SUBMITTED}
    for kind, heads in known.items():
        at = next((words.index(head) for head in heads if head in words), None)
        if at is not None:
            columns.setdefault(kind, at)
    return columns


def _head_word(cell: str) -> str:
    return re.sub(r"[\s_\-]+", " ", cell.strip().strip('"').lower()).strip()


def _student(columns: Mapping[str, int], row: Sequence[str]) -> Student | None:
    """The student of a row, or None where there is none in it."""
    told = {kind: row[at].strip() for kind, at in columns.items() if at < len(row)}
    told.pop("submitted", None)
    name = told.pop("name", "")
    last, first = told.pop("last", ""), told.pop("first", "")
    name = name or f"{first} {last}".strip()
    if told.get("moodle_participant"):
        told["moodle_participant"] = re.sub(r"\D", "", told["moodle_participant"])
    identifiers = {kind: value.removeprefix("#") for kind, value in told.items() if value.strip("#")}
    if ("canvas_id" in columns and "canvas_id" not in identifiers) or not (identifiers or name):
        return None
    return Student(_key(identifiers, name), name, identifiers)


def _key(identifiers: Mapping[str, str], name: str) -> str:
    """The key that a hand-in of this student would have, as far as the roster tells that."""
    for kind, system in _SYSTEMS.items():
        if kind in identifiers:
            return key_of(f"{system}-{identifiers[kind]}")
    return key_of(next((identifiers[kind] for kind in _PERSONAL if kind in identifiers), name))


def _refuse_twice(students: Sequence[Student], path: Path) -> None:
    rows: dict[str, list[Student]] = defaultdict(list)
    for student in students:
        rows[student.student.casefold()].append(student)
    twice = [same[0].name or key for key, same in rows.items() if len(same) > 1]
    if twice:
        listed = ", ".join(shown(name) for name in twice[:_MAX_LISTED])
        raise InputError(
            f"In the roster {display_path(path)} several rows are of one student: {listed}.",
            "Leave one row for each student, or add a column that tells them apart, such as email.",
        )
