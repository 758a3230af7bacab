"""Marks and downloaded files for the tests of exports."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from grader.export.job import Feedback
from grader.model.mark import Mark


def a_mark(student: str = "ann", score: str | None = "7.5", **changes: Any) -> Mark:
    fields: dict[str, Any] = {
        "student": student,
        "name": "",
        "identifiers": {"login": student},
        "exercise": "word_count",
        "outcome": "graded",
        "score": None if score is None else Decimal(score),
        "max_score": Decimal(10),
    }
    return Mark(**fields | changes)


def without_number(student: str, outcome: str, **changes: Any) -> Mark:
    return a_mark(student, None, outcome=outcome, **changes)


def feedback(mark: Mark) -> Feedback:
    return Feedback(f'{mark.score} of 10 points.\nTry: a < b & "c" \\', lambda: b"<p>page</p>", "my_script.py")


def as_csv(
    rows: Iterable[Sequence[str]], delimiter: str = ",", end: str = "\n", quoting: int = csv.QUOTE_MINIMAL
) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue()


MOODLE_ENGLISH = (
    *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed"),
    *("Last modified (submission)", "Last modified (grade)", "Feedback comments"),
)
MOODLE_GERMAN = (
    *("ID", "Vollständiger Name", "E-Mail-Adresse", "Status", "Bewertung", "Bestwertung"),
    *("Bewertung kann geändert werden", "Zuletzt geändert (Abgabe)", "Zuletzt geändert (Bewertung)"),
    "Feedback als Kommentar",
)


def moodle_row(number: int | str, name: str, email: str = "", **changes: str) -> list[str]:
    """A row as Moodle writes it in English."""
    cells = {
        **{"id": f"Participant {number}", "name": name, "email": email, "status": "Submitted for grading", "grade": ""},
        **{"maximum": "10.00", "open": "Yes", "handed_in": "Monday, 23 November 2026, 5:17 AM", "graded": "-"},
        "comment": "",
    }
    return list((cells | changes).values())


def moodle_sheet(rows: Iterable[Sequence[str]], head: Sequence[str] = MOODLE_ENGLISH, **how: Any) -> bytes:
    return b"\xef\xbb\xbf" + as_csv([head, *rows], **how).encode()


CANVAS_HEAD = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Exercise 1 (4711)", "Final Score")
POSSIBLE = ("    Points Possible", "", "", "", "", "10", "(read only)")


def canvas_row(name: str, number: int, login: str, grade: str = "", sis: str = "") -> list[str]:
    return [name, str(number), sis, login, "Group A", grade, "55.5"]


def canvas_sheet(
    rows: Iterable[Sequence[str]], head: Sequence[str] = CANVAS_HEAD, possible: Any = POSSIBLE, **how: Any
) -> bytes:
    return as_csv([head, *([possible] if possible else []), *rows], **how).encode()
