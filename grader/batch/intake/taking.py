"""From one source to the hand-ins in it, and what of it is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.batch.handin import HandIn, Refused
from grader.batch.intake.archive import MAX_NESTED_BYTES, NestedArchive, nested_listing, nested_reader
from grader.batch.intake.layouts.base import Asked
from grader.batch.intake.names import OTHER_ARCHIVES, danger, is_ignored, is_program, is_zip, shown
from grader.batch.intake.program import choose
from grader.batch.intake.recognising import Attempt, Hand, Recognised, recognise
from grader.batch.intake.source import Listing, Reader, Source, Unreadable
from grader.batch.intake.submitted import Submitted, content_of, digest_of, program_and_beside
from grader.loading.reading import safe_name

_MAX_TEXT_BYTES = 64_000_000
_MAX_REFUSED = 50
"""Of the useless entries of one source; the others are only counted."""


@dataclass(frozen=True)
class Taken:
    """What is in one source. ``readable`` is False where it could not be listed at all."""

    layouts: tuple[str, ...] = ()
    hand_ins: tuple[HandIn, ...] = ()
    refused: tuple[Refused, ...] = ()
    readable: bool = True


def take(source: Source, asked: Asked) -> Taken:
    """List a source, tell whose its files are, and read each program once."""
    try:
        listing = source.listing()
        with source.opened() as read:
            recognised = _recognised(source, listing, read, asked)
            taker = _Taker(source, read, asked, listing.refused)
            for hand in recognised.hands:
                taker.take(hand)
    except Unreadable as error:
        return Taken(refused=(Refused(source.title, error.reason),), readable=False)
    useless = {**recognised.refused, **listing.refused}
    nobodys = {name: reason for name, reason in useless.items() if name not in taker.known}
    return Taken(recognised.layouts, tuple(taker.hand_ins), (*_refusals(source, nobodys), *taker.refused))


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
        chosen = program_and_beside(files, program)
        content = content_of(chosen, program.rsplit("/", 1)[-1], read)
        digest, place = digest_of(content), source.place(files[program])
        return HandIn(
            student=attempt.student,
            file=safe_name(program.rsplit("/", 1)[-1]),
            source=place,
            sha256=digest,
            read=Submitted(source, place, {safe_name(name): path for name, path in chosen.items()}, digest),
            submitted_at=attempt.submitted_at,
            late=attempt.late,
            folder=safe_name(attempt.folder),
        )


class _BadProgram(Exception):
    """The file that would be graded is one of those that cannot be used."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def _also(earlier: Sequence[str]) -> str:
    return f"; there are other attempts: {', '.join(earlier)}" if earlier else ""


def _newest_by_name(attempt: Attempt) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Each name's newest file, and what orders it."""
    files: dict[str, str] = {}
    order: dict[str, tuple[str, ...]] = {}
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


def _common_folder(paths: Sequence[str]) -> str:
    return os.path.commonpath(paths) or paths[0]
