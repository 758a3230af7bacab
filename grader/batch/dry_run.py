"""What a batch would do, in words: whom it would grade, what it refuses and why, and who is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.batch.gradebook import Student
from grader.batch.handin import HandIn, Intake
from grader.batch.intake.names import shown
from grader.report.quantity import counted
from grader.report.visible import cells

_WIDEST = 40


def in_words(intake: Intake) -> str:
    """The whole intake as lines of plain text: the same on a terminal and in a file, without an end of line."""
    return "\n".join(_lines(intake))


def summary(intake: Intake) -> str:
    """One line: how many there are of each."""
    counts = [f"{counted(len(intake.hand_ins), 'submission')} to grade"]
    if intake.refused:
        counts.append(f"{len(intake.refused):,} refused")
    if intake.missing:
        counts.append(f"{len(intake.missing):,} missing")
    layout = f" Layout: {intake.layout}." if intake.layout else ""
    return f"{', '.join(counts)}.{layout}"


def _lines(intake: Intake) -> Iterator[str]:
    yield summary(intake)
    if intake.hand_ins:
        yield from ("", "Would be graded:")
        yield from _table([_row(hand_in) for hand_in in intake.hand_ins])
    if intake.refused:
        yield from ("", "Refused:")
        for refusal in intake.refused:
            who = f" ({_called(refusal.student)})" if refusal.student is not None else ""
            yield f"  {shown(refusal.source)}{who}"
            yield f"    {shown(refusal.reason)}"
    if intake.missing:
        yield from ("", "Nothing from:")
        yield from _table([(shown(student.student), _named(student)) for student in intake.missing])
    if intake.notes:
        yield from ("", "Note:")
        yield from (f"  {shown(note)}" for note in intake.notes)


def _row(hand_in: HandIn) -> tuple[str, ...]:
    more = []
    if hand_in.submitted_at is not None:
        more.append(f"handed in {hand_in.submitted_at:%Y-%m-%d %H:%M %z}")
    if hand_in.late:
        more.append("late")
    if hand_in.earlier:
        more.append(f"{counted(len(hand_in.earlier), 'older file or attempt', 'older files or attempts')} not graded")
    told = f" ({'; '.join(more)})" if more else ""
    return shown(hand_in.student.student), _named(hand_in.student), shown(hand_in.source) + told


def _named(student: Student) -> str:
    """The name, and the address where there is one; nothing where the name is the key."""
    name = "" if student.name == student.student else student.name
    address = student.identifiers.get("email", "")
    return shown(f"{name} <{address}>" if address and address != student.student else name).strip()


def _called(student: Student) -> str:
    return shown(student.name or student.student)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as their widest cell, within bounds."""
    columns = max(map(len, rows))
    widths = [min(_WIDEST, max(cells(row[at]) for row in rows)) for at in range(columns - 1)]
    for row in rows:
        padded = [
            cell + " " * max(0, width - cells(cell)) for cell, width in zip(row[:-1], widths, strict=True) if width
        ]
        yield f"  {'  '.join([*padded, row[-1]])}".rstrip()
