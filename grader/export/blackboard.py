"""Blackboard Learn: the gradebook column as it is downloaded for working offline, with the grades put in.

The file is tab-delimited and mostly UTF-16. Without its number a column would be taken for a new one with text, worth
nothing, so that only a column ``Title [Total Pts: 10 Score] |12345`` is ever filled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.errors import UnfitSheet
from grader.export.filling import Layout, Place, fill, pick_column, sheet_of
from grader.export.job import Export, Job
from grader.export.sheet import Line, number, uses_decimal_comma

_KINDS = {"username": "login", "student id": "student_id"}
_COLUMN = re.compile(
    r"(?P<title>.+?)(?: \[Total Pts: (?:up to )?(?P<maximum>[\d.,]+)[^\]]*\])?\s*\|\s*(?P<id>\d+)", re.IGNORECASE
)


def export_blackboard(job: Job) -> Export:
    """The downloaded columns with the marks.

    Raises:
        UnfitSheet: It is no file of Blackboard, or no column is surely the assignment's.
    """
    sheet = sheet_of(job, "\t,")
    titles = [title.lower() for title in sheet.header]
    kinds = {place: _KINDS[title] for place, title in enumerate(titles) if title in _KINDS}
    if "login" not in kinds.values():
        raise UnfitSheet(
            f"{job.sheet_name} is no gradebook of Blackboard: it has no column Username.",
            "In Blackboard: Grade Center, Work Offline, Download, tab-delimited.",
        )
    graded = {place: match for place, title in enumerate(sheet.header) if (match := _COLUMN.fullmatch(title))}
    columns = {place: (sheet.header[place], match["title"], match["id"]) for place, match in graded.items()}
    column = pick_column(columns, job, "“Exercise 1 [Total Pts: 10 Score] |12345”")
    maximum = number(graded[column]["maximum"] or "")
    rows = [(row, line) for row, line in enumerate(sheet.lines) if row and not line.is_empty]
    login = next(place for place, kind in kinds.items() if kind == "login")
    places = tuple(Place(row, line.text(login), _keys(line, kinds, titles), maximum) for row, line in rows)
    figures = [line.text(place) for _, line in rows for place in graded]
    return fill(job, sheet, Layout(column, places, uses_decimal_comma(figures)))


def _keys(line: Line, kinds: Mapping[int, str], titles: list[str]) -> dict[str, str]:
    keys = {kind: line.text(place) for place, kind in kinds.items()}
    if "first name" in titles and "last name" in titles:
        keys["name"] = f"{line.text(titles.index('first name'))} {line.text(titles.index('last name'))}"
    return keys
