"""No system at all: a file per student, or a folder per student."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from grader.batch.intake.layouts.base import Asked, Layout, Piece, Texts
from grader.batch.intake.names import is_program, is_zip, key_of, may_be_work
from grader.batch.intake.program import is_called
from grader.batch.records import Student


def pieces(names: Sequence[str], _: Texts, asked: Asked) -> Iterable[Piece]:
    """A student for each file or each folder, by these rules.

    Of several files and folders on the command line each one is a student's. A single folder or archive that holds
    the exercise's script is one student's. Else each program in it is a student's, and so is each folder with a
    program somewhere in it; a folder that holds nothing but one such folder of a class is passed through.
    """
    if not any(map(may_be_work, names)):
        return
    tree = _Tree(names)
    root = names[0].split("/")[0] if names else ""
    labels = dict(_labels(_given(tree, root, asked) if asked.given else _units(tree, root, asked)))
    for path in names:
        unit = next((above for above in _upwards(path) if above in labels), None)
        if unit is not None:
            label = labels[unit]
            name = path.rsplit("/", 1)[-1] if path == unit else path.removeprefix(f"{unit}/")
            folder = "" if path == unit else unit.rsplit("/", 1)[-1]
            yield Piece(path, name, Student(key_of(label), label, {"login": label}), folder=folder)


def _upwards(path: str) -> Iterator[str]:
    """The path, its folder, the folder of that, and so on."""
    while path:
        yield path
        path = path.rpartition("/")[0]


class _Tree:
    """Which folders there are, and which files that may be a program or hold one lie in them."""

    def __init__(self, names: Sequence[str]) -> None:
        self.files: dict[str, list[str]] = {}
        self.folders: dict[str, dict[str, None]] = {}
        for path in names:
            parts = path.split("/")
            if may_be_work(path):
                self.files.setdefault("/".join(parts[:-1]), []).append(path)
            for depth in range(1, len(parts) - 1):
                self.folders.setdefault("/".join(parts[:depth]), {})["/".join(parts[: depth + 1])] = None

    def holds_script(self, folder: str, asked: Asked) -> bool:
        return any(is_called(path.rsplit("/", 1)[-1], asked.script_name) for path in self.files.get(folder, ()))


def _units(tree: _Tree, folder: str, asked: Asked) -> Iterator[str]:
    """The files and folders that are one student's each."""
    files, folders = tree.files.get(folder, []), list(tree.folders.get(folder, ()))
    if tree.holds_script(folder, asked):
        yield folder
    elif not files and len(folders) == 1 and _is_a_class(tree, folders[0], asked):
        yield from _units(tree, folders[0], asked)
    else:
        yield from files
        yield from folders


def _is_a_class(tree: _Tree, folder: str, asked: Asked) -> bool:
    size = len(tree.files.get(folder, ())) + len(tree.folders.get(folder, ()))
    return not tree.holds_script(folder, asked) and size > 1


def _given(tree: _Tree, root: str, asked: Asked) -> Iterator[str]:
    known = {path for paths in tree.files.values() for path in paths} | set(tree.files)
    known |= {folder for folders in tree.folders.values() for folder in folders} | set(tree.folders)
    for name in asked.given:
        unit = f"{root}/{name}" if name else root
        if unit in known:
            is_file = is_program(unit) and unit not in tree.files
            # dora/countwords.py: the file is called as all are, so the folder tells who it is.
            yield unit.rsplit("/", 1)[0] if is_file and is_called(unit.rsplit("/", 1)[-1], asked.script_name) else unit


def _labels(units: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each unit with what its student is called: its own name, or the whole path where that is not unique."""
    unique = list(dict.fromkeys(units))
    short = {unit: _stem(unit.rsplit("/", 1)[-1]) for unit in unique}
    count = Counter(_folded(label) for label in short.values())
    for unit in unique:
        yield unit, short[unit] if count[_folded(short[unit])] == 1 else _stem(unit.split("/", 1)[-1])


def _folded(label: str) -> str:
    return unicodedata.normalize("NFC", label).casefold()


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0] if is_program(name) or is_zip(name) else name


LAYOUT = Layout("plain files", "alovelace.py, or a folder alovelace/ with the program in it", pieces)
