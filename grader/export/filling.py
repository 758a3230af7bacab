"""Marks put into a sheet: each into the one row that is surely the student's, or into none.

Every format says where its grades and rows are; what is done with them is the same for all.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from grader.errors import InputError, UnfitSheet
from grader.export.job import Export, Job, LeftOut
from grader.export.sheet import Sheet, read_sheet
from grader.model.base import MOST_POINTS
from grader.model.mark import Mark

WHY = {
    "missing": "nothing was handed in",
    "needs_review": "a person has to look first",
    "not_graded": "it could not be graded",
    "errored": "the grader failed on it",
    "graded": "there is no score",
}


@dataclass(frozen=True)
class Place:
    """A row of the sheet that a student's mark may go into.

    ``keys`` are what the row calls the student, by kind, as in ``Mark.identifiers``. ``blocked`` says why the other
    system takes no grade there.
    """

    row: int
    label: str
    keys: Mapping[str, str]
    maximum: Decimal | None = None
    blocked: str = ""


def no_doubt(mark: Mark, place: Place) -> str:  # noqa: ARG001
    """The identifiers are enough."""
    return ""


@dataclass(frozen=True)
class Layout:
    """Where a sheet takes grades and comments, and how they are written there."""

    column: int
    places: tuple[Place, ...]
    decimal_comma: bool = False
    comment_column: int | None = None
    comment: Callable[[str], str] = str
    notes: tuple[str, ...] = ()
    takes_more_than_maximum: bool = True
    doubt: Callable[[Mark, Place], str] = no_doubt
    """Why a row is not the student's after all, though the identifiers say so; nothing where it is."""


def one_exercise(marks: Sequence[Mark]) -> None:
    """Refuse marks of several exercises.

    Raises:
        InputError: They are.
    """
    exercises = sorted({mark.exercise for mark in marks})
    if len(exercises) > 1:
        raise InputError(
            f"There are marks of {len(exercises)} exercises: {', '.join(exercises)}.",
            f"Choose one, for example: --exercise {exercises[0]}",
        )


def with_number(marks: Sequence[Mark]) -> tuple[list[tuple[Mark, Decimal]], list[LeftOut]]:
    """Those that may go out with their scores, and who gets no number."""
    given: list[tuple[Mark, Decimal]] = []
    left_out: list[LeftOut] = []
    for mark in marks:
        if mark.outcome == "graded" and mark.score is not None:
            given.append((mark, mark.score))
        else:
            why = mark.reason or WHY[mark.outcome]
            left_out.append(LeftOut(mark.student, why, "missing" if mark.outcome == "missing" else "unsettled"))
    return given, left_out


def fill(job: Job, sheet: Sheet, layout: Layout) -> Export:
    """Put the marks into the sheet.

    Raises:
        UnfitSheet: The other system has another maximum and ``job.scale`` is off, or one that is none.
        InputError: The marks are of several exercises.
    """
    one_exercise(job.marks)
    given, left_out = with_number(job.marks)
    homes = _homes(job.marks, layout.places, by_name=job.by_name)
    texts: dict[tuple[int, int], str] = {}
    written = []
    for mark, score in given:
        home = homes[mark.student]
        if isinstance(home, str):
            left_out.append(LeftOut(mark.student, home))
            continue
        points = _points(score, mark.max_score, home.maximum, job)
        if problem := home.blocked or layout.doubt(mark, home):
            left_out.append(LeftOut(mark.student, problem))
        elif home.maximum is not None and not layout.takes_more_than_maximum and points > home.maximum:
            left_out.append(LeftOut(mark.student, f"{shown(points)} points are more than the other system takes"))
        else:
            texts[home.row, layout.column] = shown(points).replace(".", "," if layout.decimal_comma else ".")
            feedback = job.feedback(mark) if layout.comment_column is not None else None
            if feedback is not None and layout.comment_column is not None:
                texts[home.row, layout.comment_column] = layout.comment(
                    feedback.comment + _converted(score, points, home)
                )
            written.append(mark.student)
    taken = {home.row for home in homes.values() if isinstance(home, Place)}
    return Export(
        sheet.changed(texts).to_bytes(),
        tuple(written),
        tuple(left_out),
        tuple(place.label for place in layout.places if place.row not in taken),
        layout.notes,
    )


def _converted(score: Decimal, points: Decimal, home: Place) -> str:
    """A line for the comment, which tells the points out of the exercise's maximum, where the number is another."""
    if home.maximum is None or points == score:
        return ""
    return f"\nConverted to {shown(points)} of {shown(home.maximum)}."


def _homes(marks: Sequence[Mark], places: Sequence[Place], *, by_name: bool) -> dict[str, Place | str]:
    """For each student the row, or why there is none. Doubt of any kind means none."""
    index: dict[str, dict[str, list[Place]]] = {}
    for place in places:
        for kind, value in place.keys.items():
            if key := _key(kind, value):
                index.setdefault(kind, {}).setdefault(key, []).append(place)
    names = Counter(_key("name", mark.name) for mark in marks)
    found = {
        mark.student: _rows_of(mark, index, by_name=by_name and names[_key("name", mark.name)] == 1) for mark in marks
    }
    missing = {mark.student for mark in marks if mark.outcome == "missing"}  # one of a roster claims no row
    claims = Counter(
        row for student, rows in found.items() if len(rows) == 1 and student not in missing for row in rows
    )
    return {student: _home(rows, claims) for student, rows in found.items()}


def _home(rows: Mapping[int, Place], claims: Mapping[int, int]) -> Place | str:
    if not rows:
        return "no row of the file is surely this student's"
    if len(rows) > 1:
        return f"several rows fit: {', '.join(place.label for place in rows.values())}"
    ((row, place),) = rows.items()
    return f"the row {place.label} fits another student, too" if claims[row] > 1 else place


def _rows_of(mark: Mark, index: Mapping[str, Mapping[str, list[Place]]], *, by_name: bool) -> dict[int, Place]:
    """The rows that any identifier points to; the student's own key and the name are asked where none does."""
    asked = [(kind, value) for kind, value in mark.identifiers.items() if kind != "name"]
    if rows := _found(asked, index):
        return rows
    if rows := _found([(kind, mark.student) for kind in CALLED_BY], index):
        return rows
    return _found([("name", mark.name)], index) if by_name else {}


def _found(asked: Sequence[tuple[str, str]], index: Mapping[str, Mapping[str, list[Place]]]) -> dict[int, Place]:
    return {
        place.row: place for kind, value in asked for place in index.get(kind, {}).get(_key(kind, value), ()) if value
    }


CALLED_BY = ("login", "email", "student_id")
"""What a submission's key may be, which is else the system with its number: ``moodle-17``."""


def _key(kind: str, value: str) -> str:
    """An identifier as it is compared; ``Lovelace, Ada`` is called as ``Ada Lovelace``."""
    if kind == "name" and value.count(",") == 1:
        last, _, first = value.partition(",")
        value = f"{first} {last}"
    return _plain(value)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def _points(score: Decimal, own: Decimal | None, maximum: Decimal | None, job: Job) -> Decimal:
    if maximum is not None and not 0 < maximum <= MOST_POINTS:
        raise UnfitSheet(
            f"{job.sheet_name} says that the maximum is {shown(maximum)}, which no points can be converted to.",
            "Set the maximum there and download the file again.",
        )
    if maximum is not None and own and maximum != own:
        if not job.scale:
            raise UnfitSheet(
                f"The marks are out of {shown(own)} points, but {job.sheet_name} says that the maximum is "
                f"{shown(maximum)}.",
                "Set the same maximum there and download the file again, or convert the points with: --scale",
            )
        return (score * maximum / own).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return score


def shown(amount: Decimal) -> str:
    """A number without needless zeros and without an exponent."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def pick_column(columns: Mapping[int, tuple[str, ...]], job: Job, what: str) -> int:
    """The column for the grade: the one that was named, or the only one.

    ``columns`` are the places of those that could take it with their names, the whole title first; ``what`` says what
    such a column looks like.

    Raises:
        UnfitSheet: There is none, or the choice is open.
    """
    listed = "; ".join(names[0] for names in columns.values())
    if not columns:
        raise UnfitSheet(
            f"{job.sheet_name} has no column that takes grades; one is called like {what}.",
            "Make the assignment there first, then download the file again.",
        )
    if job.grade_column is None:
        if len(columns) == 1:
            return next(iter(columns))
        raise UnfitSheet(
            f"{job.sheet_name} has {len(columns)} columns that could take the grade.",
            f"Name one with --grade-column: {listed}",
        )
    found = [place for place, names in columns.items() if _plain(job.grade_column) in map(_plain, names)]
    if len(found) == 1:
        return found[0]
    problem = "No column" if not found else "More than one column"
    raise UnfitSheet(
        f"{problem} for grades of {job.sheet_name} is called {job.grade_column!r}.", f"There are: {listed}"
    )


def sheet_of(job: Job, delimiters: str = ",;\t") -> Sheet:
    """The downloaded file.

    Raises:
        UnfitSheet: It is missing or no table.
    """
    return read_sheet(job.sheet, job.sheet_name, delimiters)
