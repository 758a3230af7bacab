"""``grade adjust STUDENT CHECK POINTS``: what a person decides about a grade, and the history of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.app import App
from grader.cli.options import gradebook_url
from grader.cli.screen import say
from grader.errors import InputError, UnknownName, printable

if TYPE_CHECKING:
    from grader.batch.gradebook import Gradebook
    from grader.batch.marks import Case
    from grader.batch.records import Entry

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

    Without POINTS it is a comment. What is set stays when the submission is graded again, and is shown as such. Several
    STUDENTS are named by their keys, in quotes: "moodle-1 moodle-7".
    """
    from grader.batch.exercise import chosen_exercise
    from grader.cli.opening import opened

    app: App = ctx.obj
    book = opened(folder, gradebook)
    try:
        desk = _Desk(book, folder, chosen_exercise(book, folder, exercise), app, who)
        found = desk.find(student)
        if history:
            say("\n".join(map(desk.history, found)))
            return
        desk.change(found, _Change(check, points, why, settle, withdraw))
        say("\n".join(desk.now_told(case.student.student) for case in found))
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


@dataclass(frozen=True)
class _Step:
    """One thing to do: keep these points for ``what``, a check or what stands in place of one, or withdraw them."""

    student: str
    what: str
    points: Decimal | None
    source: str | None
    withdraw: bool = False


class _Desk:
    """One gradebook, one exercise, and the person at work."""

    def __init__(self, book: Gradebook, folder: Path, exercise: str, app: App, who: str | None) -> None:
        self._book, self._folder, self._exercise, self._app = book, folder, exercise, app
        if who:
            book.sign(who)

    def find(self, given: str) -> list[Case]:
        """The student with this key; else the only one with this name or identifier; else several by their keys."""
        from grader.batch.marks import cases
        from grader.batch.plan import find_student

        known = {case.student.student: case for case in cases(self._book, self._exercise)}
        keys = dict.fromkeys(given.split())
        if given not in known and len(keys) > 1 and all(key in known for key in keys):
            return [known[key] for key in keys]
        return [known[find_student(given, [case.student for case in known.values()]).student]]

    def change(self, cases: Sequence[Case], change: _Change) -> None:
        """Do what was asked for, for all of them or, where something is wrong, for none."""
        for step in [step for case in cases for step in self._steps(case, change)]:
            if step.withdraw:
                self._book.withdraw(step.student, self._exercise, step.what, self._app.now())
            else:
                self._book.adjust(
                    step.student, self._exercise, step.what, step.points, change.why, self._app.now(), step.source
                )

    def _steps(self, case: Case, change: _Change) -> list[_Step]:
        """What has to be done for one student.

        Raises:
            InputError: It cannot be done.
        """
        entry = self._book.entry(case.student.student, self._exercise)
        checked = [_of_check(case, entry, change)] if change.check is not None else []
        return [*checked, *([_of_review(case, entry, change)] if change.settle else [])]

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
        from grader.batch.marks import mark_of
        from grader.batch.records import called
        from grader.batch.reports import renew_reports
        from grader.batch.wording import changes_in_words, mark_in_words

        (case,), entry = self.find(student), self._book.entry(student, self._exercise)
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


def _of_check(case: Case, entry: Entry | None, change: _Change) -> _Step:
    """To set or withdraw what one check gives, or the whole mark."""
    from grader.batch.wording import points as in_words
    from grader.model.mark import TOTAL

    student, check = case.student.student, change.check or ""
    if check == TOTAL_WORD:
        limit, what = _most(entry, case), TOTAL
        if change.points is None and not change.withdraw:
            raise InputError("The points of the whole mark are missing.", "For example: total 8.5")
    else:
        limit, what = _limit_of(check, student, entry), check
    if change.withdraw:
        return _withdrawn(case, what, check)
    if change.points is not None and limit is not None and change.points > limit:
        raise InputError(f"{check} gives at most {in_words(limit)}, not {change.points:f}.")
    points = change.points
    if points is None:  # a comment: what was set before stays
        points = next((each.points for each in case.adjustments if each.check_id == what), None)
    return _Step(student, what, points, entry.work.source_sha256 if entry else None)


def _of_review(case: Case, entry: Entry | None, change: _Change) -> _Step:
    """To let a grade count that needs review, or to withdraw that."""
    from grader.model.mark import SETTLED

    student = case.student.student
    if change.withdraw:
        return _withdrawn(case, SETTLED, "settled")
    if entry is None or entry.receipt is None:
        raise InputError(
            f"{student} has no grade that could be settled.", f"Set the mark: grade adjust {student} total POINTS"
        )
    if entry.outcome == "graded":
        raise InputError(f"The grade of {student} needs no review: it counts already.")
    return _Step(student, SETTLED, None, entry.work.source_sha256)


def _withdrawn(case: Case, what: str, words: str) -> _Step:
    if all(each.check_id != what for each in case.adjustments):
        raise InputError(
            f"Nothing was set by hand for {words} of {case.student.student}.", "See: grade adjust STUDENT --history"
        )
    return _Step(case.student.student, what, None, None, withdraw=True)


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
