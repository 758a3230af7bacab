"""What a batch would do, in words: whom it would grade, what it refuses and why, and who is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.batch.handin import HandIn, Intake
from grader.batch.intake.names import shown
from grader.batch.late import days_late
from grader.batch.plan import Plan
from grader.batch.records import Student, Terms
from grader.report.quantity import counted
from grader.report.visible import cells

_WIDEST = 40
_NAMED = 8
_IN = ": "
"""Between an archive and what is in it, in the words of where something was found."""


@dataclass(frozen=True)
class Outlook:
    """What is known of the grading itself: the exercise with its terms, and what is left to do."""

    title: str
    terms: Terms
    plan: Plan


def in_words(intake: Intake, outlook: Outlook | None = None) -> str:
    """The whole intake as lines of plain text: the same on a terminal and in a file, without an end of line."""
    return "\n".join(_lines(intake, outlook))


def planned(exercise: str, plan: Plan) -> str:
    """One line: how many are graded now, and how many are not."""
    left = [f"{plan.done} {'is' if plan.done == 1 else 'are'} graded already"] if plan.done else []
    if plan.passed_over:
        left.append(
            "1 other is left as it is" if plan.passed_over == 1 else f"{plan.passed_over} others are left as they are"
        )
    if plan.changed:
        left.append(
            f"{plan.changed} of them again: the exercise or the grader has changed"
            " (grade rescore judges without running anything)"
        )
    return f"{exercise}: {len(plan.todo)} to grade{''.join(f', {words}' for words in left)}"


def lateness(intake: Intake, terms: Terms) -> Iterator[str]:
    """What is known of who was late: the deadline, how many, and of whom nothing is known."""
    if terms.due is None:
        if terms.late is not None:
            yield "Lateness costs points, but there is no deadline: give one with --due."
        return
    known = [each.submitted_at for each in intake.hand_ins if each.submitted_at is not None]
    late = sum(days_late(moment, terms.due, terms.late) > 0 for moment in known)
    came = f": {late} of {len(known)} came later" if known else ""
    yield f"Due {terms.due.astimezone():%Y-%m-%d %H:%M %z}{came}."
    unknown = [each for each in intake.hand_ins if each.submitted_at is None]
    if not unknown:
        return
    yield (
        f"When {len(unknown)} of {len(intake.hand_ins)} came in is not known; they count as in time."
        " The roster can tell it in a column 'submitted'; a grading worksheet of Moodle does."
    )
    marked = [_called(each.student) for each in unknown if each.late]
    if marked:
        more = f" and {len(marked) - _NAMED} more" if len(marked) > _NAMED else ""
        yield f"{intake.layout} marks as late, without saying by how much: {', '.join(marked[:_NAMED])}{more}."


def summary(intake: Intake) -> str:
    """One line: how many there are of each."""
    counts = [f"{counted(len(intake.hand_ins), 'submission')} to grade"]
    if intake.refused:
        counts.append(f"{len(intake.refused):,} refused")
    if intake.missing:
        counts.append(f"{len(intake.missing):,} missing")
    layout = f" Layout: {intake.layout}." if intake.layout else ""
    return f"{', '.join(counts)}.{layout}"


def _lines(intake: Intake, outlook: Outlook | None) -> Iterator[str]:
    yield summary(intake)
    todo = outlook.plan.todo if outlook else intake.hand_ins
    terms = outlook.terms if outlook else None
    if outlook is not None:
        yield f"Exercise: {outlook.title}"
        yield from lateness(intake, outlook.terms)
        yield planned(outlook.terms.exercise, outlook.plan)
    if todo:
        container = _common_container(todo)
        yield from ("", f"Would be graded{f', from {shown(container)}' if container else ''}:")
        yield from _table([_row(hand_in, container, terms) for hand_in in todo])
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


def _common_container(hand_ins: Sequence[HandIn]) -> str:
    """The archive that all are in; nothing where they are in several or in none."""
    containers = {each.source.rpartition(_IN)[0] for each in hand_ins}
    return containers.pop() if len(containers) == 1 else ""


def _row(hand_in: HandIn, container: str, terms: Terms | None) -> tuple[str, ...]:
    more = []
    if hand_in.submitted_at is not None:
        more.append(f"handed in {hand_in.submitted_at:%Y-%m-%d %H:%M %z}")
    days = days_late(hand_in.submitted_at, terms.due, terms.late) if terms else 0
    if days:
        more.append(counted(days, "day late", "days late"))
    elif hand_in.late:
        more.append("late")
    if hand_in.earlier:
        more.append(f"{counted(len(hand_in.earlier), 'older file or attempt', 'older files or attempts')} not graded")
    told = f" ({'; '.join(more)})" if more else ""
    source = hand_in.source.removeprefix(f"{container}{_IN}") if container else hand_in.source
    return shown(hand_in.student.student), _name(hand_in.student), shown(source) + told


def _name(student: Student) -> str:
    """The name; nothing where it is the key."""
    return "" if student.name == student.student else shown(student.name)


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
