"""Moodle: a zip with each student's report in the folder that Moodle knows as the student's.

Where a folder belongs is read off its name by ``mod/assign/feedback/file/importziplib.php``: parts between underscores,
the second the participant's number, the third and fourth the plugin's name. The first part is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from grader.export.filling import one_exercise, with_number
from grader.export.job import Export, Job, LeftOut
from grader.export.moodle import export_moodle
from grader.model.mark import Mark

FILE_NAME = "report.html"
_FOLDER = re.compile(r"[^_]+_(?P<participant>\d+)_assignsubmission_(?:file|onlinetext)_?")


def export_moodle_feedback(job: Job) -> Export:
    """The zip, of all students with a number; where a worksheet is given, of those who are surely in it.

    Raises:
        UnfitSheet: What was given is no worksheet, or one that takes no such marks.
    """
    one_exercise(job.marks)
    given, left_out = with_number(job.marks)
    if job.sheet is not None:
        worksheet = export_moodle(replace(job, scale=True))  # no points are written, so that any maximum will do
        given = [(mark, score) for mark, score in given if mark.student in worksheet.written]
        left_out = list(worksheet.left_out)
    files: dict[str, Callable[[], bytes]] = {}
    written = []
    for mark, _ in given:
        folder, feedback = _folder(mark), job.feedback(mark)
        if folder is None:
            left_out.append(LeftOut(mark.student, "the number of the participant in Moodle is not known"))
        elif f"{folder}/{FILE_NAME}" in files:
            left_out.append(LeftOut(mark.student, f"the folder {folder} belongs to another student, too"))
        elif feedback is None or feedback.page is None:
            left_out.append(LeftOut(mark.student, "there is no report"))
        else:
            files[f"{folder}/{FILE_NAME}"] = feedback.page
            written.append(mark.student)
    return Export(None, tuple(written), tuple(left_out), files=files, zipped=True)


def _folder(mark: Mark) -> str | None:
    """The folder the submission came in, or one with the participant's number."""
    last = mark.folder.rstrip("/").rpartition("/")[2]
    number = mark.identifiers.get("moodle_participant", "")
    match = _FOLDER.fullmatch(last)
    if match and number in ("", match["participant"]):
        return last
    if not number.isdecimal():
        return None
    name = re.sub(r"[^\w .-]|_", " ", mark.name).strip(" .~") or "Participant"
    return f"{name}_{number}_assignsubmission_file"
