"""Sakai: the tree of "Download all", with ``grades.csv`` filled in and a report among each student's feedback.

The zip is uploaded again as it came. In ``grades.csv`` the first line is the title and the kind of grade, the second is
empty, the third says ``Display ID,ID,Last Name,First Name,grade``; a student's folder is called ``Last, First(id)``.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from grader.errors import UnfitSheet
from grader.export.filling import Layout, Place, fill, sheet_of
from grader.export.job import Export, Job
from grader.export.sheet import Line, uses_decimal_comma

GRADES = "grades.csv"
LONGEST_BYTES = 16 << 20
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError),
)
"""What reading a broken zip raises."""
_FOLDER = re.compile(r"(?:[^/]+/)*?[^/,]+, [^/]+\((?P<id>[^()/]+)\)/")


def export_sakai(job: Job) -> Export:
    """The filled ``grades.csv`` alone where that was given; where the zip was given, a zip with the feedback, too.

    Raises:
        UnfitSheet: It is no download of Sakai.
    """
    if job.sheet is None or not job.sheet.startswith(b"PK"):
        return _graded(job)
    try:
        with zipfile.ZipFile(io.BytesIO(job.sheet)) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
            place, grades = _grades_in(archive, job)
    except _BROKEN as error:
        raise UnfitSheet(f"{job.sheet_name} cannot be read as a zip: {error}") from error
    graded = _graded(replace(job, sheet=grades, sheet_name=f"{GRADES} in {job.sheet_name}"))
    content = graded.content or b""
    files: dict[str, Callable[[], bytes]] = {place: lambda: content}
    return replace(graded, content=None, files=files | _feedback(job, graded, sizes), zipped=True)


def _grades_in(archive: zipfile.ZipFile, job: Job) -> tuple[str, bytes]:
    found = [info for info in archive.infolist() if info.filename.rpartition("/")[2] == GRADES]
    if len(found) != 1 or found[0].file_size > LONGEST_BYTES:
        raise UnfitSheet(
            f"{job.sheet_name} is no download of Sakai: it holds no {GRADES}, or more than one.",
            "In Sakai: the assignment, Download all, with the grade file as CSV.",
        )
    with archive.open(found[0]) as file:
        return found[0].filename, file.read(LONGEST_BYTES)


def _graded(job: Job) -> Export:
    sheet = sheet_of(job, ",;")
    head = next((row for row, line in enumerate(sheet.lines) if line.text(0).strip().lower() == "display id"), None)
    titles = [cell.text.strip().lower() for cell in sheet.lines[head].cells] if head is not None else []
    if head is None or "id" not in titles or "grade" not in titles:
        raise UnfitSheet(
            f"{job.sheet_name} is no {GRADES} of Sakai: it needs a row Display ID, ID, Last Name, First Name, grade.",
            "In Sakai: the assignment, Download all, with the grade file as CSV.",
        )
    column = titles.index("grade")
    rows = [(row, line) for row, line in enumerate(sheet.lines) if row > head and not line.is_empty]
    places = tuple(Place(row, line.text(0), _keys(line, titles)) for row, line in rows)
    return fill(job, sheet, Layout(column, places, uses_decimal_comma([line.text(column) for _, line in rows])))


def _keys(line: Line, titles: list[str]) -> dict[str, str]:
    keys = {"login": line.text(0), "sakai_id": line.text(titles.index("id"))}
    if "first name" in titles and "last name" in titles:
        keys["name"] = f"{line.text(titles.index('first name'))} {line.text(titles.index('last name'))}"
    return keys


def _feedback(job: Job, graded: Export, sizes: Mapping[str, int]) -> dict[str, Callable[[], bytes]]:
    """A report in the folder of each student who got a number and has one in the zip; a comment where none is yet."""
    folders = {match["id"].casefold(): match[0] for name in sizes if (match := _FOLDER.match(name))}
    files: dict[str, Callable[[], bytes]] = {}
    for mark in job.marks:
        keys = (mark.identifiers.get("login"), mark.identifiers.get("sakai_id"), mark.student)
        folder = next((folders[key.casefold()] for key in keys if key and key.casefold() in folders), None)
        feedback = job.feedback(mark) if mark.student in graded.written and folder else None
        if feedback is not None:
            if feedback.page is not None:
                files[f"{folder}Feedback Attachment(s)/report.html"] = feedback.page
            if not sizes.get(f"{folder}comments.txt"):
                files[f"{folder}comments.txt"] = feedback.comment.encode
    return files
