"""A Jupyter notebook as bytes to one program: its code cells in order, with a map back to the cells."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from grader.loading.magics import CellCode, WrittenFile, read_cell
from grader.loading.modules import hides_standard_module, overlaps
from grader.loading.script import declared_encoding
from grader.loading.text import (
    Program,
    UnusableError,
    exercise_comment,
    too_large,
    universal_newlines,
    unusable_character,
)
from grader.model.submission import Fault, SourceLine, SubmissionKind

_FORMAT = 4
_MAX_CODE_BYTES = 5_000_000
_MAX_CONTAINERS = 1_000_000  # objects and arrays: each costs some hundred bytes of our memory
_MAX_NOTES = 20
_MAX_FILES = 200
_EXERCISE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")

Json = dict[str, Any]


def read_notebook(data: bytes) -> Program:
    """The code cells as one program; their line magics replaced, the files they write beside it.

    Raises:
        UnusableError: It is no notebook, not in Python, or has no code to run.
    """
    notebook = _parse(data)
    found = _code_cells(notebook)
    _refuse_other_languages(notebook, found)
    cells = _texts(notebook["nbformat"], found)
    if not cells:
        raise UnusableError(_NO_CODE_CELLS)
    joined = _Joined()
    for number, source in enumerate(cells, 1):
        joined.add(number, read_cell(source.split("\n")))
    if not joined.has_code:
        raise UnusableError(_EMPTY)
    joined.drop_encoding_comments()
    source = joined.text()
    return Program(
        program=source.encode(),
        source=source,
        files={name: bytes(content) for name, content in joined.files.items()},
        origin=tuple(joined.origin),
        notes=_capped(joined.notes),
        exercise_hint=_metadata_exercise(notebook) or _comment_exercise(cells),
    )


@dataclass
class _Joined:
    """The program while cells are added to it."""

    lines: list[str] = field(default_factory=list)
    origin: list[SourceLine] = field(default_factory=list)
    files: dict[str, bytearray] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    has_code: bool = False

    def add(self, number: int, cell: CellCode) -> None:
        """Append a cell behind a blank line, which counts as the end of the cell before."""
        self.notes.extend(f"Cell {number}: {note}" for note in cell.notes)
        self.has_code = self.has_code or cell.has_code
        if cell.written is not None:
            self._write(number, cell.written)
        length = _without_trailing_blanks(cell.lines)
        if not length:
            return
        if self.lines:
            self.lines.append("")
            self.origin.append(self.origin[-1])
        self.lines.extend(cell.lines[:length])
        self.origin.extend(SourceLine(number, line) for line in range(1, length + 1))

    def _write(self, number: int, file: WrittenFile) -> None:
        problem = self._conflict(file.name)
        if problem:
            self.notes.append(f"Cell {number}: the file `{file.name}` was not written: {problem}.")
            return
        if not file.appends:
            self.files.pop(file.name, None)
        self.files.setdefault(file.name, bytearray()).extend(file.content.encode())

    def _conflict(self, name: str) -> str:
        if hides_standard_module(name):
            return "its name would hide a module of Python itself"
        if any(overlaps(name, other) for other in self.files):
            return "a file and a folder cannot have the same name"
        if name not in self.files and len(self.files) >= _MAX_FILES:
            return f"a notebook may write {_MAX_FILES} files"
        return ""

    def drop_encoding_comments(self) -> None:
        """A comment that names an encoding means nothing in a notebook, but would in the program."""
        for index in range(min(2, len(self.lines))):
            if declared_encoding(self.lines[index].encode()) is not None:
                self.lines[index] = "#"
                self.notes.append(f"Cell {self.origin[index].cell}: the encoding comment was left out.")

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def _without_trailing_blanks(lines: tuple[str, ...]) -> int:
    """The number of lines up to the last one that is not blank."""
    return next((length for length in range(len(lines), 0, -1) if lines[length - 1].strip()), 0)


def _parse(data: bytes) -> Json:
    """The notebook's JSON object, with a format number this grader knows."""
    if not data.strip():
        raise UnusableError(_EMPTY_FILE)
    if data.count(b"{") + data.count(b"[") > _MAX_CONTAINERS:
        raise UnusableError(_broken("It holds more than a million JSON values.", _CLEAR_OUTPUTS))
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnusableError(_undecodable(error)) from error
    except RecursionError as error:
        raise UnusableError(_broken("Its JSON is nested too deeply.", _CLEAR_OUTPUTS)) from error
    except ValueError as error:
        raise UnusableError(_not_json(data, error)) from error
    if not isinstance(notebook, dict):
        raise UnusableError(_broken("It is JSON, but a notebook is a JSON object with cells."))
    _refuse_unknown_format(notebook)
    return notebook


def _refuse_unknown_format(notebook: Json) -> None:
    version = notebook.get("nbformat")
    if type(version) is not int or version < 1:
        raise UnusableError(_broken("It is JSON, but has no valid `nbformat`, which every notebook has."))
    if version > _FORMAT:
        raise UnusableError(
            _broken(
                f"It is in notebook format {version}; this grader reads up to {_FORMAT}.",
                "Export it from Jupyter as a notebook of format 4, or as an executable script.",
            )
        )


def _code_cells(notebook: Json) -> list[Json]:
    """The code cells in order, as they are stored."""
    if notebook["nbformat"] in (1, _FORMAT):
        cells = _objects(notebook, "cells")
    else:
        cells = [cell for sheet in _objects(notebook, "worksheets") for cell in _objects(sheet, "cells")]
    return [cell for cell in cells if cell.get("cell_type") == "code"]


def _texts(version: int, cells: list[Json]) -> list[str]:
    """What stands in the code cells, as text a Python program can hold."""
    key = {1: "code", _FORMAT: "source"}.get(version, "input")
    sources = [_checked_source(number, cell.get(key)) for number, cell in enumerate(cells, 1)]
    if version == _FORMAT:
        texts = ["".join(source) for source in sources]
    else:
        texts = _upgraded(version, [{**_OLD_CELL, key: source} for source in sources])
    checked = [_checked_text(number, universal_newlines(text)) for number, text in enumerate(texts, 1)]
    size = sum(len(text.encode()) for text in checked)
    if size > _MAX_CODE_BYTES:
        raise UnusableError(too_large(size, _MAX_CODE_BYTES, SubmissionKind.SCRIPT))
    return checked


def _objects(parent: Json, key: str) -> list[Json]:
    found = parent.get(key)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise UnusableError(_broken(f"Its `{key}` is not a list of JSON objects."))
    return found


def _checked_source(number: int, source: object) -> str | list[str]:
    if isinstance(source, str):
        return source
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return source
    raise UnusableError(_broken(f"Code cell {number} has no text as its source."))


def _checked_text(number: int, text: str) -> str:
    found = unusable_character(text)
    if found is not None:
        line, what = found
        raise UnusableError(
            Fault(
                "undecodable",
                f"Code cell {number}, line {line} holds {what}, which no Python program may hold.",
                "Python cannot read the program, so nothing in it was run.",
                "Type that line again in the notebook, and save it.",
            )
        )
    return text


_OLD_CELL: Json = {
    "cell_type": "code",
    "language": "python",
    "outputs": [],
    "metadata": {},
    "collapsed": False,
}
"""A code cell of an old format without whatever could trip an upgrade."""


def _upgraded(version: int, cells: list[Json]) -> list[str]:
    """The sources of code cells of an old format, made new step by step by nbformat."""
    import nbformat
    from nbformat.warnings import DuplicateCellId

    old: Json = {"nbformat": version, "nbformat_minor": 0, "metadata": {"name": ""}}
    old |= {"cells": cells} if version == 1 else {"worksheets": [{"cells": cells, "metadata": {}}]}
    with warnings.catch_warnings():
        # New cells get short random ids, and nbformat warns when two of many happen to be equal.
        warnings.simplefilter("ignore", DuplicateCellId)
        read = nbformat.reader.reads(json.dumps(old))  # type: ignore[no-untyped-call]  # not typed there
        new = nbformat.convert(read, _FORMAT)  # type: ignore[no-untyped-call]  # not typed there
    return [cell["source"] for cell in new["cells"]]


def _refuse_other_languages(notebook: Json, cells: list[Json]) -> None:
    language = _language(notebook, cells)
    if language and not language.lower().startswith(("python", "ipython")):
        raise UnusableError(
            Fault(
                "not-python",
                "The notebook is not a Python notebook.",
                f"It says that its language is `{_plain(language)}`.",
                "Choose a Python kernel (Kernel > Change Kernel), save the notebook and hand it in again.",
            )
        )


def _language(notebook: Json, cells: list[Json]) -> str:
    """The language the notebook names: of its kernel, or in the old formats of its first cell."""
    metadata = _mapping(notebook.get("metadata"))
    for key, name in (("kernelspec", "language"), ("language_info", "name")):
        language = _mapping(metadata.get(key)).get(name)
        if isinstance(language, str) and language:
            return language
    old = cells[0].get("language") if cells and notebook["nbformat"] < _FORMAT else ""
    return old if isinstance(old, str) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _metadata_exercise(notebook: Json) -> str | None:
    metadata = _mapping(notebook.get("metadata"))
    for value in (_mapping(metadata.get("pargrade")).get("exercise"), metadata.get("exercise")):
        if isinstance(value, str) and _EXERCISE_ID.fullmatch(value):
            return value
    return None


def _comment_exercise(cells: Iterable[str]) -> str | None:
    return next((found for found in map(exercise_comment, cells) if found), None)


def _capped(notes: list[str]) -> tuple[str, ...]:
    shown = tuple(islice(notes, _MAX_NOTES))
    more = len(notes) - len(shown)
    return (*shown, f"And {more} more of this kind.") if more else shown


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:40])


_CLEAR_OUTPUTS = "Clear the outputs of the notebook (Kernel > Restart and Clear Output) and save it again."
_OPEN_AND_SAVE = "Open it in Jupyter, see that it shows your cells, save it and hand it in again."

_EMPTY_FILE = Fault(
    "empty-file",
    "The file is empty: there is no notebook in it.",
    "Nothing was run.",
    "Did you save it in Jupyter, and is it the right file?",
)

_NO_CODE_CELLS = Fault(
    "no-code-cells",
    "The notebook has no code cells: there is no program to run.",
    "Only cells of the type Code are run; text in Markdown or Raw cells is not.",
    "If your program is in a cell of another type, change its type to Code.",
)

_EMPTY = Fault(
    "empty-file",
    "The code cells of the notebook hold no program to run.",
    "They are empty, or hold only comments and commands for the notebook itself.",
    "Did you save the notebook, and is it the right file?",
)


def _broken(detail: str, hint: str = _OPEN_AND_SAVE) -> Fault:
    return Fault("broken-notebook", "The file cannot be read as a Jupyter notebook.", detail, hint)


def _undecodable(error: UnicodeDecodeError) -> Fault:
    line = error.object.count(b"\n", 0, error.start) + 1
    byte = error.object[error.start]
    return Fault(
        "undecodable",
        f"Line {line} of the file holds the byte 0x{byte:02X}, which is not valid UTF-8.",
        "A notebook is always UTF-8; the file was damaged or is something else under this name.",
        _OPEN_AND_SAVE,
    )


def _not_json(data: bytes, error: ValueError) -> Fault:
    where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
    if b"<<<<<<<" in data:
        return _broken(
            f"Its JSON is damaged{where}: it holds marks of a merge in git that was not finished.",
            "Resolve the merge, or take the notebook from before it.",
        )
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _broken(
            "A notebook is a JSON file; this is not.",
            "If it is a plain Python script, let its name end in .py.",
        )
    return _broken(f"Its JSON is damaged or cut off{where}.")
