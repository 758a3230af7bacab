"""From what stands on the command line to hand-ins: sources are listed, recognised, and each program read once."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from grader.batch.handin import HandIn, Intake, Refused
from grader.batch.intake.archive import MAX_NESTED_BYTES, Archive, NestedArchive, nested_listing, nested_reader
from grader.batch.intake.folder import Folder
from grader.batch.intake.layouts import LAYOUTS, PLAIN
from grader.batch.intake.layouts.base import Asked
from grader.batch.intake.names import OTHER_ARCHIVES, danger, is_ignored, is_program, is_zip, shown
from grader.batch.intake.program import choose
from grader.batch.intake.recognising import Attempt, Hand, Recognised, recognise
from grader.batch.intake.source import Listing, Reader, Source, Unreadable
from grader.errors import InputError
from grader.loading.reading import display_path, safe_name

MAX_PROGRAM_BYTES = 20_000_000
MAX_BESIDE_BYTES = 1_000_000
MAX_BESIDE_FILES = 200
_MAX_TEXT_BYTES = 64_000_000
_MAX_REFUSED = 50
"""Of the useless entries of one source; the others are only counted."""


def collect(paths: Iterable[Path], *, script_name: str = "", assignment: str = "") -> Intake:
    """Find all that was handed in below ``paths``: folders, zip archives and single files.

    ``script_name`` is the exercise's name for the program and ``assignment`` its own name; they tell which of several
    files or assignments is meant. Each program is read once, for its digest; nothing is kept or unpacked.

    Raises:
        InputError: Nothing is there that could be graded or refused, or a path does not exist.
    """
    given = list(dict.fromkeys(map(_absolute, paths)))
    _refuse_missing(given)
    found = [_Found(source, *_take(source, asked)) for source, asked in _sources(given, script_name, assignment)]
    hand_ins, twice = _one_each(hand_in for one in found for hand_in in one.hand_ins)
    refused = [refusal for one in found for refusal in one.refused]
    if not hand_ins and not twice and all(one.unreadable for one in found):
        raise InputError(*_nothing(given, refused))
    if not hand_ins and not twice and not refused:
        raise InputError(*_nothing(given, refused))
    layouts = sorted({layout for one in found for layout in one.layouts})
    return Intake(", ".join(layouts), hand_ins, (*refused, *twice))


@dataclass(frozen=True)
class Submitted:
    """Reads a submission again, and says so when it is no longer what it was."""

    source: Source
    files: Mapping[str, str]
    """The names in the submission, and those in the source."""
    sha256: str

    def __call__(self) -> Mapping[str, bytes]:
        """The files by their names. Raises InputError when they are gone or changed."""
        try:
            with self.source.opened() as read:
                content = {name: read(path, MAX_PROGRAM_BYTES) for name, path in self.files.items()}
        except Unreadable as error:
            raise InputError(f"{self.source.title} can no longer be read: {error.reason}.", _AGAIN) from error
        if digest_of(content) != self.sha256:
            raise InputError(f"{self.source.title} was changed after the grading began.", _AGAIN)
        return content


_AGAIN = "Start the grading again: what is unchanged is not graded twice."


def digest_of(files: Mapping[str, bytes]) -> str:
    """SHA-256 over names and contents, each with its length before it, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode("utf-8", "surrogateescape"), files[name]):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


@dataclass(frozen=True)
class _Found:
    source: Source
    layouts: tuple[str, ...]
    hand_ins: tuple[HandIn, ...]
    refused: tuple[Refused, ...]
    unreadable: bool = False


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


def _take(source: Source, asked: Asked) -> tuple[tuple[str, ...], tuple[HandIn, ...], tuple[Refused, ...], bool]:
    try:
        listing = source.listing()
        with source.opened() as read:
            recognised = _recognised(source, listing, read, asked)
            taker = _Taker(source, read, asked, listing.refused)
            for hand in recognised.hands:
                taker.take(hand)
    except Unreadable as error:
        return (), (), (Refused(source.title, error.reason),), True
    useless = {**recognised.refused, **listing.refused}
    nobodys = {name: reason for name, reason in useless.items() if name not in taker.known}
    return recognised.layouts, tuple(taker.hand_ins), (*_refusals(source, nobodys), *taker.refused), False


def _recognised(source: Source, listing: Listing, read: Reader, asked: Asked) -> Recognised:
    """Whose each file is, and whose those are that cannot be used.

    Layouts see each name below that of the source itself, which may be what tells whose it is.
    """
    prefix = f"{source.root}/"

    def text(name: str) -> bytes | None:
        inner = name.removeprefix(prefix)
        try:
            return None if inner in listing.refused else read(inner, _MAX_TEXT_BYTES)
        except Unreadable:
            return None

    harmless = [name for name in listing.refused if name and not danger(name) and not is_ignored(name)]
    found = recognise([prefix + name for name in (*listing.files, *harmless)], text, asked)
    hands = tuple(replace(hand, attempts=tuple(_inside(a, prefix) for a in hand.attempts)) for hand in found.hands)
    return Recognised(
        found.layouts, hands, {name.removeprefix(prefix): reason for name, reason in found.refused.items()}
    )


def _inside(attempt: Attempt, prefix: str) -> Attempt:
    pieces = tuple(replace(piece, path=piece.path.removeprefix(prefix)) for piece in attempt.pieces)
    return replace(attempt, pieces=pieces)


def _refusals(source: Source, reasons: Mapping[str, str]) -> Iterator[Refused]:
    for name, reason in list(reasons.items())[:_MAX_REFUSED]:
        yield Refused(source.place(name), reason)
    if len(reasons) > _MAX_REFUSED:
        yield Refused(source.title, f"{len(reasons) - _MAX_REFUSED:,} more of its entries cannot be used")


class _Taker:
    """Makes hand-ins of one source while it is open. ``bad`` are its entries that cannot be used."""

    def __init__(self, source: Source, read: Reader, asked: Asked, bad: Mapping[str, str]) -> None:
        self._source = source
        self._read = read
        self._asked = asked
        self._bad = bad
        self.known: set[str] = set()
        """The bad entries that have an owner."""
        self.hand_ins: list[HandIn] = []
        self.refused: list[Refused] = []

    def take(self, hand: Hand) -> None:
        """The newest attempt becomes a hand-in or is refused; an older one never takes its place unseen."""
        newest, *older = hand.attempts
        earlier = tuple(self._place(attempt) for attempt in older)
        bad = {piece.path: self._bad[piece.path] for piece in newest.pieces if piece.path in self._bad}
        self.known |= {piece.path for attempt in hand.attempts for piece in attempt.pieces} & self._bad.keys()
        try:
            if newest.unusable:
                raise Unreadable(newest.unusable)
            hand_in = self._hand_in(newest)
        except _BadProgram as error:
            reason = bad.pop(error.path) + _also(earlier)
            self.refused.append(Refused(self._source.place(error.path), reason, hand.student))
        except Unreadable as error:
            self.refused.append(Refused(self._place(newest), error.reason + _also(earlier), hand.student))
        else:
            self.hand_ins.append(replace(hand_in, earlier=(*hand_in.earlier, *earlier)))
        self.refused.extend(replace(one, student=hand.student) for one in _refusals(self._source, bad))

    def _place(self, attempt: Attempt) -> str:
        paths = [piece.path for piece in attempt.pieces]
        return self._source.place(paths[0] if len(paths) == 1 else _common_folder(paths))

    def _hand_in(self, attempt: Attempt) -> HandIn:
        files, order = _newest_by_name(attempt)
        programs = [name for name in files if is_program(name)]
        zips = [name for name in files if is_zip(name)]
        if not programs and len(zips) == 1:
            self._refuse_bad(files[zips[0]])
            return self._unpacked(attempt, files[zips[0]])
        # Entries that cannot be used are among those to choose from: else another file would be taken for the program.
        choice = choose(order, self._asked.script_name, attempt.versioned)
        if choice.reason:
            other = next((name for name in files if name.lower().endswith(OTHER_ARCHIVES)), "")
            advice = f"; archives such as {shown(other)} are not opened, only .zip" if other and not programs else ""
            raise Unreadable(choice.reason + advice)
        self._refuse_bad(files[choice.name])
        doubles = [piece.path for piece in attempt.pieces if is_program(piece.name) and files[piece.name] != piece.path]
        if doubles and not attempt.versioned:
            raise Unreadable(f"several files of this student have one name: {', '.join(map(shown, doubles))}")
        older = {files[name] for name in choice.older} | set(doubles)
        usable = {n: path for n, path in files.items() if n not in choice.older and path not in self._bad}
        names = _restored(usable, choice.name) if attempt.versioned else usable
        program = next(name for name, path in names.items() if path == files[choice.name])
        made = self._made(attempt, self._source, self._read, names, program)
        return replace(made, earlier=tuple(self._source.place(path) for path in sorted(older)))

    def _refuse_bad(self, path: str) -> None:
        if path in self._bad:
            raise _BadProgram(path)

    def _unpacked(self, attempt: Attempt, path: str) -> HandIn:
        data = self._read(path, MAX_NESTED_BYTES)
        listing = nested_listing(data)
        nested = NestedArchive(self._source, path)
        self.refused.extend(replace(one, student=attempt.student) for one in _refusals(nested, listing.refused))
        choice = choose(dict.fromkeys((*listing.files, *listing.refused), ()), self._asked.script_name)
        if choice.reason:
            raise Unreadable(f"in the archive, {choice.reason}")
        if choice.name in listing.refused:
            raise Unreadable(f"in the archive, {shown(choice.name)} cannot be used: {listing.refused[choice.name]}")
        with nested_reader(data) as read:
            return self._made(attempt, nested, read, {name: name for name in listing.files}, choice.name)

    def _made(self, attempt: Attempt, source: Source, read: Reader, files: Mapping[str, str], program: str) -> HandIn:
        chosen = _program_and_beside(files, program)
        content = _content(chosen, program.rsplit("/", 1)[-1], read)
        digest = digest_of(content)
        return HandIn(
            attempt.student,
            safe_name(program.rsplit("/", 1)[-1]),
            source.place(files[program]),
            digest,
            Submitted(source, {safe_name(name): path for name, path in chosen.items()}, digest),
            attempt.submitted_at,
            attempt.late,
            safe_name(attempt.folder),
            (),
        )


class _BadProgram(Exception):
    """The file that would be graded is one of those that cannot be used."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def _also(earlier: Sequence[str]) -> str:
    return f"; there are other attempts: {', '.join(earlier)}" if earlier else ""


def _newest_by_name(attempt: Attempt) -> tuple[dict[str, str], dict[str, tuple[int | str, ...]]]:
    """Each name's newest file, and what orders it."""
    files: dict[str, str] = {}
    order: dict[str, tuple[int | str, ...]] = {}
    for piece in sorted(attempt.pieces, key=lambda piece: piece.newer):
        files[piece.name] = piece.path
        order[piece.name] = piece.newer
    return files, order


def _restored(files: Mapping[str, str], program: str) -> dict[str, str]:
    """Names without the ``-1`` of a new attempt, where that name is free: so that imports find their modules."""
    restored: dict[str, str] = {}
    for name in sorted(files, key=lambda name: name != program):
        stem, dot, ending = name.rpartition(".")
        base, dash, number = stem.rpartition("-")
        plain = f"{base}{dot}{ending}"
        free = dash and number.isdigit() and base.isidentifier() and plain not in files and plain not in restored
        restored[plain if free and is_program(name) else name] = files[name]
    return restored


def _program_and_beside(files: Mapping[str, str], program: str) -> dict[str, str]:
    """The program and the Python files in its folder and below, by the names they have there."""
    folder = program.rpartition("/")[0]
    start = f"{folder}/" if folder else ""
    beside = {name.removeprefix(start): path for name, path in files.items() if name.startswith(start)}
    own = program.removeprefix(start)
    return {name: path for name, path in beside.items() if name == own or name.lower().endswith(".py")}


def _content(files: Mapping[str, str], program: str, read: Reader) -> dict[str, bytes]:
    """Read all. Raises Unreadable when one of them cannot be read, or they are too much."""
    if len(files) > MAX_BESIDE_FILES:
        raise Unreadable(f"there are {len(files):,} Python files in its folder; at most {MAX_BESIDE_FILES} are taken")
    content: dict[str, bytes] = {}
    room = MAX_BESIDE_BYTES
    for name, path in files.items():
        usable = safe_name(name)
        reason = danger(usable)
        if reason:
            raise Unreadable(f"{shown(name)}: {reason}")
        try:
            content[usable] = read(path, MAX_PROGRAM_BYTES if name == program else room)
        except Unreadable as error:
            whose = "" if name == program else f"its file {shown(name)}: "
            raise Unreadable(f"{whose}{error.reason}") from error
        room -= 0 if name == program else len(content[usable])
    if len(content) < len(files):
        raise Unreadable("several of its files have names that cannot be told apart")
    return content


def _common_folder(paths: Sequence[str]) -> str:
    return os.path.commonpath(paths) or paths[0]


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
