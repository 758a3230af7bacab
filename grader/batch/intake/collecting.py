"""From what stands on the command line to hand-ins: which sources there are, and what is in all of them together."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from grader.batch.handin import HandIn, Intake, Refused
from grader.batch.intake.archive import Archive
from grader.batch.intake.folder import Folder
from grader.batch.intake.layouts import LAYOUTS, PLAIN
from grader.batch.intake.layouts.base import Asked
from grader.batch.intake.names import is_zip
from grader.batch.intake.recognising import recognise
from grader.batch.intake.source import Source, Unreadable
from grader.batch.intake.taking import take
from grader.errors import InputError
from grader.loading.reading import display_path


def collect(paths: Iterable[Path], *, script_name: str = "", assignment: str = "") -> Intake:
    """Find all that was handed in below ``paths``: folders, zip archives and single files.

    ``script_name`` is the exercise's name for the program and ``assignment`` its own name; they tell which of several
    files or assignments is meant. Each program is read once, for its digest; nothing is kept or unpacked.

    Raises:
        InputError: Nothing is there that could be graded or refused, or a path does not exist.
    """
    given = list(dict.fromkeys(map(_absolute, paths)))
    _refuse_missing(given)
    found = [take(source, asked) for source, asked in _sources(given, script_name, assignment)]
    hand_ins, twice = _one_each(hand_in for one in found for hand_in in one.hand_ins)
    refused = [refusal for one in found for refusal in one.refused]
    if not hand_ins and not twice and (not refused or not any(one.readable for one in found)):
        raise InputError(*_nothing(given, refused))
    layouts = sorted({layout for one in found for layout in one.layouts})
    return Intake(", ".join(layouts), hand_ins, (*refused, *twice))


def _absolute(path: Path) -> Path:
    """The path from the root, without following links as ``resolve`` would."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def _called(path: Path) -> Path:
    """The path from the current folder, where it lies below that."""
    with suppress(OSError, ValueError):
        return path.relative_to(Path.cwd())
    return path


def _refuse_missing(given: Sequence[Path]) -> None:
    if not given:
        raise InputError("Nothing was named to be graded.", _LAYOUTS_KNOWN)
    for path in given:
        if not os.path.lexists(path):
            raise InputError(f"There is no file or folder {display_path(path)}.", "Check the name.")


def _sources(given: Sequence[Path], script_name: str, assignment: str) -> Iterator[tuple[Source, Asked]]:
    """An archive of a class by itself; all else together, since a shell may have listed the folder of a class."""
    asked = Asked(script_name, assignment)
    classes = [path for path in given if _is_archive(path) and (len(given) == 1 or _holds_a_class(path, asked))]
    loose = [path for path in given if path not in set(classes)]
    for path in classes:
        yield Archive(path, _called(path)), asked
    if len(loose) == 1 and loose[0].is_dir():
        yield Folder(loose[0], _called(loose[0])), asked
    elif loose:
        parent = Path(os.path.commonpath([path.parent for path in loose]))
        only = tuple(path.relative_to(parent).as_posix() for path in loose)
        yield Folder(parent, _called(parent), only), replace(asked, given=only)


def _is_archive(path: Path) -> bool:
    return is_zip(path.name) and not path.is_dir()


def _holds_a_class(path: Path, asked: Asked) -> bool:
    """Whether an archive is a system's, or cannot be told from one; among others it else is one student's."""
    if recognise([f"files/{path.name}"], lambda _: None, asked).layouts != (PLAIN.title,):
        return False
    try:
        names = Archive(path, path).listing().files
    except Unreadable:
        return True
    layouts = recognise([f"{path.stem}/{name}" for name in names], lambda _: None, asked).layouts
    return layouts not in ((), (PLAIN.title,))


def _one_each(hand_ins: Iterable[HandIn]) -> tuple[tuple[HandIn, ...], tuple[Refused, ...]]:
    """Students who are in several of the sources: the newest where times tell it, one of several equal ones."""
    by_student: dict[str, list[HandIn]] = defaultdict(list)
    for hand_in in hand_ins:
        by_student[hand_in.student.student.casefold()].append(hand_in)
    kept: list[HandIn] = []
    refused: list[Refused] = []
    for own in by_student.values():
        best = _newest(own)
        if best is None:
            places = ", ".join(hand_in.source for hand_in in own)
            reason = f"this student is in several places, and nothing tells which one is newer: {places}"
            refused.extend(Refused(hand_in.source, reason, hand_in.student) for hand_in in own)
        else:
            others = tuple(hand_in.source for hand_in in own if hand_in is not best)
            kept.append(replace(best, earlier=(*best.earlier, *others)) if others else best)
    return tuple(kept), tuple(refused)


def _newest(own: Sequence[HandIn]) -> HandIn | None:
    if len({(hand_in.student.student, hand_in.student.name) for hand_in in own}) > 1:
        return None
    if len({hand_in.sha256 for hand_in in own}) == 1:
        return own[0]
    times = [hand_in.submitted_at for hand_in in own if hand_in.submitted_at is not None]
    if len(times) == len(own) and times.count(max(times)) == 1:
        return own[times.index(max(times))]
    return None


_LAYOUTS_KNOWN = "Known layouts:" + "".join(f"\n  {layout.title + ':':<19}{layout.shape}" for layout in LAYOUTS)


def _nothing(given: Sequence[Path], refused: Sequence[Refused]) -> tuple[str, str]:
    if refused:
        message = "; ".join(f"{refusal.source}: {refusal.reason}" for refusal in refused[:3])
        return f"Nothing can be graded. {message}.", _LAYOUTS_KNOWN
    places = ", ".join(display_path(path) for path in given[:3])
    return f"There is no Python script or notebook in {places}.", _LAYOUTS_KNOWN
