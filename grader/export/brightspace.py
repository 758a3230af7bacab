"""Brightspace (D2L): the exported grades, with those of one item put in.

A row is found by ``OrgDefinedId`` or ``Username``, both often with ``#`` before them, and ends with ``#`` in the column
``End-of-Line Indicator``. A grade item's column is called ``Title Points Grade``, followed by its maximum.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.errors import UnfitSheet
from grader.export.filling import Layout, Place, fill, pick_column, sheet_of
from grader.export.job import Export, Job
from grader.export.sheet import Line, number, uses_decimal_comma

_KINDS = {"orgdefinedid": "student_id", "username": "login", "email": "email"}
_ITEM = re.compile(r"(?P<title>.+) Points Grade(?: <.*?MaxPoints:(?P<maximum>[\d.,]+).*>| <.*>)?")
END = "end-of-line indicator"


def export_brightspace(job: Job) -> Export:
    """The exported grades with the marks.

    Raises:
        UnfitSheet: It is no file of Brightspace, or no column is surely the item's.
    """
    sheet = sheet_of(job)
    titles = [title.lower() for title in sheet.header]
    kinds = {place: _KINDS[title] for place, title in enumerate(titles) if title in _KINDS}
    if not {"student_id", "login"} & set(kinds.values()) or END not in titles:
        raise UnfitSheet(
            f"{job.sheet_name} is no export of Brightspace: OrgDefinedId or Username is missing, or the "
            "End-of-Line Indicator.",
            "In Brightspace: Grades, Export, with the key field Both and the grade value Points grade.",
        )
    items = {place: match for place, title in enumerate(sheet.header) if (match := _ITEM.fullmatch(title))}
    columns = {place: (sheet.header[place], match["title"]) for place, match in items.items()}
    column = pick_column(columns, job, "“Exercise 1 Points Grade”")
    maximum = number(items[column]["maximum"] or "")
    rows = [(row, line) for row, line in enumerate(sheet.lines) if row and not line.is_empty]
    places = tuple(Place(row, _label(line, kinds), _keys(line, kinds, titles), maximum) for row, line in rows)
    figures = [line.text(place) for _, line in rows for place in items]
    return fill(job, sheet, Layout(column, places, uses_decimal_comma(figures)))


def _keys(line: Line, kinds: Mapping[int, str], titles: list[str]) -> dict[str, str]:
    keys = {kind: line.text(place).strip().removeprefix("#") for place, kind in kinds.items()}
    if "first name" in titles and "last name" in titles:
        keys["name"] = f"{line.text(titles.index('first name'))} {line.text(titles.index('last name'))}"
    return keys


def _label(line: Line, kinds: Mapping[int, str]) -> str:
    return line.text(next(iter(kinds))).strip().removeprefix("#")
