"""Moodle's "Download all submissions": a folder or a file per student, with the participant's number in its name.

Written after ``mod/assign/classes/downloader.php`` of Moodle 4.3 to 5.1; up to 4.0 folders end with one more ``_``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from grader.batch.intake.layouts.base import Asked, Layout, Piece, Texts
from grader.batch.intake.names import key_of
from grader.batch.records import Student

_OWNER = r"^(?:(?P<name>.+?)_(?P<participant>\d+)|(?P<team>.+?))_assignsubmission_(?P<plugin>file|onlinetext)"
_FOLDER = re.compile(_OWNER + r"_?$")
_FLAT = re.compile(_OWNER + r"_(?P<file>.+)$")
_TYPED = "it is text that was typed into the browser; no file was handed in"


def pieces(names: Sequence[str], _: Texts, __: Asked) -> Iterable[Piece]:
    """Files in folders, or flat; with names, blind (``Participant_17``), or of teams."""
    for path in names:
        piece = _piece(path)
        if piece is not None:
            yield piece


def _piece(path: str) -> Piece | None:
    parts = path.split("/")
    for index, part in enumerate(parts):
        inner = parts[index + 1 :]
        if inner and (found := _FOLDER.match(part)):
            return _made(path, found, "/".join(inner), part, "/".join(parts[:index]))
        found = _FLAT.match(part)
        if found and not _FLAT.match(found["file"]):  # else a name of a student or of a file is in this form, too
            name, folder = "/".join([found["file"], *inner]), part.removesuffix(found["file"])
            return _made(path, found, name, folder, "/".join(parts[:index]))
    return None


def _made(path: str, found: re.Match[str], name: str, folder: str, above: str) -> Piece:
    unusable = _TYPED if found["plugin"] == "onlinetext" else ""
    return Piece(path, name, _student(found), attempt=above, folder=folder, unusable=unusable)


def _student(found: re.Match[str]) -> Student:
    number = found["participant"]
    if number is None:
        return Student(key_of(f"moodle-{found['team']}"), found["team"])
    name = f"Participant {number}" if found["name"] == "Participant" else found["name"]
    return Student(f"moodle-{number}", name, {"moodle_participant": number})


LAYOUT = Layout("Moodle", "Ada Lovelace_17_assignsubmission_file/my_script.py", pieces)
