"""Moodle: the grading worksheet of an assignment, as it is downloaded there, with grades and comments put in.

What Moodle accepts stands in its ``mod/assign/feedback/offline/importgradeslib.php``: columns by their exact titles in
the language of who uploads, rows by the digits in their first cell. So the file's own header is kept, and columns are
found without knowing its language where the order of ``mod/assign/gradingtable.php`` tells: the maximum is the column
that says the same number in every row, and the grade stands right before it.
"""

from __future__ import annotations

import html
import re
import unicodedata
from decimal import Decimal

from grader.errors import UnfitSheet
from grader.export.filling import Layout, Place, fill, no_doubt, sheet_of
from grader.export.job import Export, Job
from grader.export.sheet import Line, Sheet, number, uses_decimal_comma
from grader.model.mark import Mark

COMMENTS = {
    "feedback comments",
    "feedback als kommentar",
    "feedback par commentaires",
    "comentarios de retroalimentación",
    "commenti di feedback",
    "comentários de feedback",
    "feedback opmerkingen",
}
"""The title of the column for comments, in the languages that were seen."""
STATES = {"status", "statut", "estado", "stato", "état", "stan", "stav", "tila"}
GRADES = {"grade", "bewertung", "note", "calificación", "valutazione", "nota", "cijfer"}
_NO = {"no", "nein", "non", "nee", "não", "nej", "nie", "ne", "nem", "ei"}
_PARTICIPANT = re.compile(r"\D*(\d+)")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def export_moodle(job: Job) -> Export:
    """The worksheet with the marks.

    Raises:
        UnfitSheet: It is no worksheet, or its columns cannot be told apart.
    """
    sheet = sheet_of(job)
    rows = [(row, line) for row, line in enumerate(sheet.lines) if row and not line.is_empty]
    if not rows or not all(_PARTICIPANT.fullmatch(line.text(0).strip()) for _, line in rows):
        raise UnfitSheet(
            f"{job.sheet_name} is no grading worksheet of Moodle: each row has to begin like “Participant 1”.",
            "In Moodle: the assignment, Submissions, Download grading worksheet; that is there when Offline grading "
            "worksheet is ticked in the assignment's settings.",
        )
    lines = [line for _, line in rows]
    grade = _grade_column(sheet, lines, job)
    comment, notes = _comment_column(sheet, job)
    emails = _email_column(lines)
    places = tuple(Place(row, _label(line), _keys(line, emails), *_limits(line, grade)) for row, line in rows)
    decimal_comma = uses_decimal_comma([line.text(grade + 1) for line in lines])
    return fill(
        job,
        sheet,
        Layout(
            grade,
            places,
            decimal_comma,
            comment,
            as_html,
            notes,
            takes_more_than_maximum=False,
            doubt=_other_name if _has_names(sheet, lines) else no_doubt,
        ),
    )


def _grade_column(sheet: Sheet, lines: list[Line], job: Job) -> int:
    titles = [title.casefold() for title in sheet.header]
    if job.grade_column is not None:
        if titles[1:].count(job.grade_column.strip().casefold()) != 1:
            raise UnfitSheet(
                f"{job.sheet_name} has no column {job.grade_column!r}.", f"There are: {'; '.join(sheet.header[1:])}"
            )
        return titles.index(job.grade_column.strip().casefold(), 1)
    maxima = [place for place in range(2, len(titles)) if _says_one_number(place, lines)]
    named = [place - 1 for place in maxima if titles[place - 1] in GRADES]
    found = named or [place - 1 for place in maxima]
    if len(found) == 1:
        return found[0]
    raise UnfitSheet(
        f"It cannot be told which column of {job.sheet_name} takes the grade: none holds the same maximum in every row."
        if not found
        else f"More than one column of {job.sheet_name} could take the grade.",
        "An assignment that is graded by a scale takes no points. Else name the column with --grade-column: "
        + "; ".join(sheet.header),
    )


def _says_one_number(place: int, lines: list[Line]) -> bool:
    """Moodle writes the maximum with two decimals, as no other column of the worksheet."""
    texts = {line.text(place).strip() for line in lines}
    return len(texts) == 1 and bool(re.fullmatch(r"\d+[.,]\d\d", next(iter(texts))))


def _comment_column(sheet: Sheet, job: Job) -> tuple[int | None, tuple[str, ...]]:
    titles = [title.casefold() for title in sheet.header]
    if job.comment_column is not None:
        asked = job.comment_column.strip().casefold()
        if asked not in titles[1:]:  # Moodle takes no comments from the first column
            raise UnfitSheet(
                f"{job.sheet_name} has no column {job.comment_column!r}.", f"There are: {'; '.join(sheet.header[1:])}"
            )
        return titles.index(asked, 1), ()
    found = [place for place, title in enumerate(titles) if place and title in COMMENTS]
    if len(found) == 1:
        return found[0], ()
    return None, ("No comments were written: no column is known to be for them. Name it with --comment-column.",)


def _email_column(lines: list[Line]) -> int | None:
    for place in range(1, max(len(line.cells) for line in lines)):
        texts = [line.text(place).strip() for line in lines]
        if any(texts) and all(not text or _EMAIL.fullmatch(text) for text in texts):
            return place
    return None


def _label(line: Line) -> str:
    return line.text(0).strip()


def _keys(line: Line, emails: int | None) -> dict[str, str]:
    participant = _PARTICIPANT.fullmatch(line.text(0).strip())
    keys = {"moodle_participant": participant[1] if participant else "", "name": line.text(1)}
    return keys if emails is None else keys | {"email": line.text(emails)}


def _limits(line: Line, grade: int) -> tuple[Decimal | None, str]:
    maximum = number(line.text(grade + 1))
    locked = line.text(grade + 2).strip().casefold() in _NO
    return maximum, "Moodle says that the grade cannot be changed" if locked else ""


def _has_names(sheet: Sheet, lines: list[Line]) -> bool:
    """Whether the second column holds names. Blind, it holds the state, which many share."""
    texts = [line.text(1).strip() for line in lines]
    return sheet.header[1].casefold() not in STATES and len(set(texts)) >= 0.8 * len(texts)


def _other_name(mark: Mark, place: Place) -> str:
    """Why a number may be another one's: a team's folder carries the number of the group in place of a participant's.

    Names are written in many ways, so that one word in common is enough.
    """
    ours, theirs = _words(mark.name), _words(place.keys["name"])
    if not ours or not theirs or ours & theirs or mark.identifiers.get("moodle_participant") in ours:
        return ""
    return f"the file calls {place.label} “{place.keys['name']}”, the submission “{mark.name}”; is it a team's?"


def _words(name: str) -> set[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return set(re.sub(r"[^\w\s-]", "", plain).replace("-", " ").split())


def as_html(comment: str) -> str:
    """A comment as Moodle stores it, HTML. There is no quote and no backslash in it.

    Moodle reads the file with PHP's ``fgetcsv``, to which a backslash before a quote hides the quote.
    """
    lines = html.escape(comment.strip()).replace("\\", "&#92;").splitlines()
    return f"<p>{'<br>'.join(lines)}</p>"
