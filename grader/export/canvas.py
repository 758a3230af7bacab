"""Canvas: the gradebook as it is exported there, with the grades of one assignment put in.

What Canvas accepts stands in its ``lib/gradebook_importer.rb``: the first columns are Student, ID, ... and Section; a
column of an assignment is called ``Title (number)``. An unknown title would make a new assignment, so that only a
column which is there is ever filled. A row ``Points Possible`` changes the assignment and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.errors import UnfitSheet
from grader.export.filling import Layout, Place, fill, pick_column, sheet_of
from grader.export.job import Export, Job
from grader.export.sheet import Line, Sheet, number, uses_decimal_comma

_KINDS = {"id": "canvas_id", "sis user id": "student_id", "sis login id": "login"}
_ASSIGNMENT = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)")
_EXCUSED = {"ex", "excused"}


def export_canvas(job: Job) -> Export:
    """The gradebook with the marks.

    Raises:
        UnfitSheet: It is no gradebook of Canvas, or no column is surely the assignment's.
    """
    sheet = sheet_of(job, ",;")
    section = _identity(sheet, job)
    columns = {
        place: (title, match["title"], match["id"])
        for place, title in enumerate(sheet.header)
        if place > section and (match := _ASSIGNMENT.fullmatch(title))
    }
    column = pick_column(columns, job, "“Exercise 1 (4711)”")
    possible = next((line for line in sheet.lines[1:] if "points possible" in line.text(0).lower()), None)
    if possible is not None and "(read only)" in possible.text(column).lower():
        raise UnfitSheet(f"Canvas takes no grades in the column {sheet.header[column]}: it is read-only.")
    maximum = number(possible.text(column)) if possible else None
    kinds = {
        place: _KINDS[title.lower()] for place, title in enumerate(sheet.header[:section]) if title.lower() in _KINDS
    }
    places = tuple(
        Place(row, line.text(0), _keys(line, kinds), maximum, _blocked(line.text(column)))
        for row, line in enumerate(sheet.lines)
        if row and line is not possible and (line.text(0).strip() or any(_keys(line, kinds).values()))
    )
    figures = [line.text(place) for line in sheet.lines[1:] for place in range(section + 1, len(line.cells))]
    return fill(job, sheet, Layout(column, places, uses_decimal_comma(figures)))


def _identity(sheet: Sheet, job: Job) -> int:
    """The place of the column Section, the last of those that say who a row is about."""
    header = sheet.header
    by_parts = header[:2] == ["LastName", "FirstName"]
    section = next((place for place, title in enumerate(header) if "Section" in title), None)
    student = "Student" in header[0] or by_parts
    if len(header) <= 3 or not student or "ID" not in header[2 if by_parts else 1] or section is None:
        raise UnfitSheet(
            f"{job.sheet_name} is no gradebook of Canvas: its first row has to begin with Student, ID and Section.",
            "In Canvas: Grades, Export, Export Entire Gradebook.",
        )
    return section


def _keys(line: Line, kinds: Mapping[int, str]) -> dict[str, str]:
    keys = {kind: line.text(place).strip() for place, kind in kinds.items()}
    if "@" in keys.get("login", ""):
        keys["email"] = keys["login"]
    return keys | {"name": f"{line.text(1)} {line.text(0)}" if 2 in kinds and 1 not in kinds else line.text(0)}


def _blocked(cell: str) -> str:
    return "Canvas says that the student is excused" if cell.strip().lower() in _EXCUSED else ""
