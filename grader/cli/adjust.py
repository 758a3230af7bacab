"""``grade adjust STUDENT CHECK POINTS``: what a person decides about a grade, and the history of it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.app import App
from grader.cli.options import gradebook_url
from grader.cli.screen import say
from grader.errors import InputError, UnknownName, printable

if TYPE_CHECKING:
    from grader.batch.gradebook import Entry, Gradebook
    from grader.batch.marks import Case

TOTAL_WORD = "total"
_MOST_POINTS, _THOUSANDTH = 100_000, Decimal("0.001")
"""What a gradebook keeps exactly."""


@click.command("adjust", short_help="Change a grade by hand, or see its history.")
@click.argument("student")
@click.argument("check", required=False)
@click.argument("points", required=False)
@click.option(
    "--in",
    "folder",
    metavar="DIR",
    required=True,
    type=click.Path(readable=False, path_type=Path),
    help="The output folder of the batch.",
)
@click.option("--why", metavar="TEXT", help="The reason; the student may read it.")
@click.option("--settle", is_flag=True, help="You looked at a grade that needs review: it counts as it stands.")
@click.option("--withdraw", is_flag=True, help="Take back what was set for the check, or with --settle.")
@click.option("--history", is_flag=True, help="Only show what happened to the student's grade.")
@click.option("--who", metavar="NAME", help="Your name in the gradebook, in place of that of your account.")
@click.option("--exercise", metavar="ID", help="The exercise, where the gradebook has several.")
@gradebook_url
@click.pass_context
def adjust(
    ctx: click.Context,
    student: str,
    check: str | None,
    points: str | None,
    folder: Path,
    why: str | None,
    settle: bool,
    withdraw: bool,
    history: bool,
    who: str | None,
    exercise: str | None,
    gradebook: str | None,
) -> None:
    """Set the POINTS of one CHECK of a STUDENT by hand, or of the whole mark: CHECK is then "total".

    Without POINTS it is a comment. What is set stays when the submission is graded again, and is shown as such.
    """
    from grader.batch.exercise import chosen_exercise
    from grader.cli.batch_status import opened

    app: App = ctx.obj
    book = opened(folder, gradebook)
    try:
        desk = _Desk(book, folder, chosen_exercise(book, folder, exercise), app, who)
        case = desk.find(student)
        if history:
            say(desk.history(case))
            return
        desk.change(case, _Change(check, points, why, settle, withdraw))
        say(desk.now_told(case.student.student))
        desk.renew_class()
    finally:
        book.close()


class _Change:
    """What was asked for, seen to be whole."""

    def __init__(self, check: str | None, points: str | None, why: str | None, settle: bool, withdraw: bool) -> None:
        if check is None and not settle:
            raise InputError(
                "What shall be changed is missing.",
                "Name a check and its points, or --settle, or --history to see what happened.",
            )
        if withdraw and points is not None:
            raise InputError("--withdraw takes back what was set; it needs no points.", "Leave out the points.")
        if not withdraw and not (why and why.strip()):
            raise InputError("The reason is missing: students and colleagues will ask.", "Give it with --why TEXT.")
        self.check, self.settle, self.withdraw = check, settle, withdraw
        self.why = (why or "").strip()
        self.points = None if points is None else _points(points)


def _points(given: str) -> Decimal:
    try:
        points = Decimal(given.replace(",", "."))
    except InvalidOperation:
        points = Decimal("nan")
    if not points.is_finite() or not 0 <= points <= _MOST_POINTS or points != points.quantize(_THOUSANDTH):
        raise InputError(f"{given!r} is no number of points.", "Write it as 2 or 1.5.")
    return points


class _Desk:
    """One gradebook, one exercise, and the person at work."""

    def __init__(self, book: Gradebook, folder: Path, exercise: str, app: App, who: str | None) -> None:
        self._book, self._folder, self._exercise, self._app = book, folder, exercise, app
        if who:
            book.sign(who)

    def find(self, given: str) -> Case:
        """The student with this key; else the only one with this name or identifier."""
        from grader.batch.marks import cases
        from grader.batch.plan import find_student

        known = {case.student.student: case for case in cases(self._book, self._exercise)}
        return known[find_student(given, [case.student for case in known.values()]).student]

    def change(self, case: Case, change: _Change) -> None:
        """Do what was asked for."""
        from grader.model.mark import SETTLED

        student = case.student.student
        entry = self._book.entry(student, self._exercise)
        if change.check is not None:
            self._set(student, entry, case, change)
        if change.settle and change.withdraw:
            self._withdraw(student, SETTLED, "settled")
        elif change.settle:
            if entry is None or entry.receipt is None:
                raise InputError(
                    f"{student} has no grade that could be settled.",
                    f"Set the mark: grade adjust {student} total POINTS",
                )
            if entry.outcome == "graded":
                raise InputError(f"The grade of {student} needs no review: it counts already.")
            self._keep(student, entry, SETTLED, None, change.why)

    def history(self, case: Case) -> str:
        """What happened, a line each."""
        events = self._book.events(case.student.student)
        lines = [
            f"{event.at.astimezone():%Y-%m-%d %H:%M}  {printable(event.who)}  {event.what}: {printable(event.detail)}"
            for event in events
            if event.exercise == self._exercise
        ]
        return "\n".join([*lines, self.now_told(case.student.student)])

    def now_told(self, student: str) -> str:
        """The mark as it is now, with what changed it; the reports say the same from now on."""
        from grader.batch.gradebook import called
        from grader.batch.marks import mark_of
        from grader.batch.reports import renew_reports
        from grader.batch.wording import changes_in_words, mark_in_words

        case, entry = self.find(student), self._book.entry(student, self._exercise)
        if entry is not None:
            renew_reports(self._folder, entry, case)
        mark = mark_of(entry, case)
        lines = [f"{called(student, mark.name)}: {mark_in_words(mark)}", *changes_in_words(mark)]
        if mark.outcome == "needs_review":
            lines.append("It still needs review; to let it count, add --settle.")
        return "\n  ".join(map(printable, lines))

    def renew_class(self) -> None:
        """Where the page of the class was made, let it show the mark as it is now."""
        from grader.batch.class_page import PAGE
        from grader.batch.places import is_held

        if (self._folder / PAGE).exists() and not is_held(self._folder):  # a batch at work makes it at its end
            self._app.renew_class(self._book, self._folder, self._exercise)

    def _set(self, student: str, entry: Entry | None, case: Case, change: _Change) -> None:
        from grader.batch.wording import points as in_words
        from grader.model.mark import TOTAL

        check = change.check or ""
        if check == TOTAL_WORD:
            limit, kept_as = _most(entry, case), TOTAL
            if change.points is None and not change.withdraw:
                raise InputError("The points of the whole mark are missing.", "For example: total 8.5")
        else:
            limit, kept_as = _limit_of(check, student, entry), check
        if change.withdraw:
            self._withdraw(student, kept_as, check)
            return
        if change.points is not None and limit is not None and change.points > limit:
            raise InputError(f"{check} gives at most {in_words(limit)}, not {change.points:f}.")
        points = change.points
        if points is None:  # a comment: what was set before stays
            points = next((each.points for each in case.adjustments if each.check_id == kept_as), None)
        self._keep(student, entry, kept_as, points, change.why)

    def _keep(self, student: str, entry: Entry | None, check: str, points: Decimal | None, why: str) -> None:
        source = entry.work.source_sha256 if entry else None
        self._book.adjust(student, self._exercise, check, points, why, self._app.now(), source)

    def _withdraw(self, student: str, kept_as: str, words: str) -> None:
        if not self._book.withdraw(student, self._exercise, kept_as, self._app.now()):
            raise InputError(
                f"Nothing was set by hand for {words} of {student}.", "See: grade adjust STUDENT --history"
            )


def _most(entry: Entry | None, case: Case) -> Decimal | None:
    if entry is not None and entry.max_score is not None:
        return entry.max_score
    return case.terms.max_score if case.terms else None


def _limit_of(check: str, student: str, entry: Entry | None) -> Decimal:
    """The most that the check gives, by the student's receipt."""
    from grader.report.json import parse

    if entry is None or entry.receipt is None:
        raise InputError(
            f"{student} has no grade whose checks could be changed.",
            f"Set the mark: grade adjust {student} total POINTS",
        )
    limits = {result.id: result.max_points for result in parse(entry.receipt, f"the receipt of {student}").checks}
    if check not in limits:
        raise _unknown_check(check, list(limits))
    return limits[check]


def _unknown_check(given: str, known: Sequence[str]) -> UnknownName:
    from grader.registry import near_names

    return UnknownName(f"There is no check {given!r} in this exercise. {near_names(given, [*known, TOTAL_WORD])}")
