"""What a batch shows: how far it is on the standard error, and in the end who has what on the standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from grader.batch.dry_run import lateness, planned, summary
from grader.batch.grading import Audience, Class
from grader.batch.marks import NOT_YET, marks
from grader.batch.places import STUDENTS
from grader.batch.plan import Plan
from grader.batch.records import called
from grader.batch.task import ERRORED, Outcome
from grader.batch.wording import number
from grader.cli.batch_status import pace
from grader.cli.screen import console_on, is_fancy, say, tell
from grader.errors import printable
from grader.model.grade import Status
from grader.report.quantity import counted

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from grader.batch.handin import Intake
    from grader.batch.records import Terms
    from grader.model.mark import Mark

_NAMED = 8
"""So many students of a kind are named; of the others only the number is told."""
_WIDTH_OF_NAMES = 76
_TOLD = 20
"""So many refusals are told one by one."""
_WORDS = {
    "graded": "graded",
    "needs_review": "needs review",
    "errored": "errored",
    "not_graded": "not graded",
    "missing": "missing",
}
GRADED_EXIT, OPEN_EXIT = 0, 3


class Shown(Audience, Protocol):
    """An audience that can also be told that the batch was stopped."""

    def stopped(self) -> None:
        """It was interrupted."""
        ...


@contextmanager
def audience(exercise: str) -> Iterator[Shown]:
    """A bar on a terminal, a line for each submission elsewhere."""
    if not is_fancy(sys.stderr):
        yield Lines(exercise)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}", markup=False),
    )
    progress = Progress(*columns, console=console_on(sys.stderr), refresh_per_second=4)
    try:
        yield Bar(exercise, progress)
    finally:
        progress.stop()


class _Counting:
    """What both kinds count."""

    def __init__(self, exercise: str) -> None:
        self.exercise = exercise
        self.total = self.finished = self.failed = self.review = 0
        self._names: dict[str, str] = {}

    def planned(self, plan: Plan) -> None:
        """How much there is to do."""
        self.total = len(plan.todo)
        self._names = {each.student.student: each.student.name for each in plan.todo}
        tell(f"grade: {planned(self.exercise, plan)}")

    def count(self, outcome: Outcome) -> None:
        self.finished += 1
        self.failed += outcome.entry.outcome == ERRORED
        self.review += outcome.entry.outcome == Status.NEEDS_REVIEW

    def told(self, outcome: Outcome) -> str:
        """A line about one that is ready."""
        entry = outcome.entry
        student = printable(called(entry.work.student, self._names.get(entry.work.student, "")))
        match entry.outcome:
            case "graded":
                return f"{student}: {number(entry.score)} of {number(entry.max_score)} ({entry.seconds:.1f} s)"
            case "errored":
                return f"{student}: errored: {printable(entry.failure[:300])}"
            case other:
                return f"{student}: {other.replace('_', ' ')} ({entry.seconds:.1f} s)"

    def stopped(self) -> None:
        """Say that nothing is lost."""
        tell(f"grade: stopped: {self.finished} of {self.total} are graded and kept; the same command goes on.")


class Lines(_Counting):
    """Plain lines, for a pipe or a log."""

    def begun(self, student: str) -> None:
        """Nothing: a line at the end of each is enough."""

    def done(self, outcome: Outcome) -> None:
        """A line for each submission."""
        self.count(outcome)
        tell(f"grade: {self.finished} of {self.total}  {self.told(outcome)}")


class Bar(_Counting):
    """A bar that moves, and a line only for what a person has to look at."""

    def __init__(self, exercise: str, progress: Progress) -> None:
        super().__init__(exercise)
        self._progress = progress
        self._task: TaskID = progress.add_task(exercise, total=None, told="")
        self._running: list[str] = []

    def planned(self, plan: Plan) -> None:
        """How much there is to do. The bar starts after that is told: nobody else may write below one that moves."""
        super().planned(plan)
        if self.total:
            self._progress.reset(self._task, total=self.total)
            self._progress.start()

    def begun(self, student: str) -> None:
        """Another one is running."""
        if student not in self._running:
            self._running.append(student)
        self._show()

    def done(self, outcome: Outcome) -> None:
        """One is ready."""
        self.count(outcome)
        student = outcome.entry.work.student
        if student in self._running:
            self._running.remove(student)
        if outcome.entry.outcome != Status.GRADED:
            self._progress.console.print(self.told(outcome), markup=False, highlight=False)
        self._progress.update(self._task, completed=self.finished)
        self._show()

    def stopped(self) -> None:
        """The same, below the bar."""
        self._progress.stop()
        super().stopped()

    def _show(self) -> None:
        counts = ((len(self._running), "running"), (self.review, "to review"), (self.failed, "errored"))
        told = [f"{number} {words}" for number, words in counts if number]
        told += pace(self.finished, self.total, self._progress.tasks[0].elapsed or 0.0)
        self._progress.update(self._task, told=", ".join(told))


# --- the end ------------------------------------------------------------------------------------------


def say_result(of: Class, gradebook: str | None) -> int:
    """The table at the end; the exit code."""
    found = marks(of.book, of.setup.exercise)
    by_outcome: dict[str, list[Mark]] = {}
    for mark in found:
        by_outcome.setdefault(mark.outcome, []).append(mark)
    nameless = [each for each in of.intake.refused if each.student is None]
    lines = [f"{of.setup.exercise}: {len(found)} students"]
    for outcome, words in _WORDS.items():
        if outcome in by_outcome:
            names = [called(mark.student, mark.name) for mark in by_outcome[outcome]]
            lines.append(_row(words, names, named=outcome != "graded"))
    if late := [called(mark.student, mark.name) for mark in found if mark.late_days]:
        lines.append(_row("of these late", late))
    if nameless:
        lines.append(_row("refused", [each.source for each in nameless]))
    lines += ["", f"Reports:   {of.out / STUDENTS}", f"Gradebook: {'at --gradebook' if gradebook else of.out}"]
    lines += [f"Next:      {step}" for step in _next_steps(by_outcome, of)]
    say("\n".join(lines))
    is_open = nameless or {"needs_review", "errored", "not_graded"} & by_outcome.keys()
    return OPEN_EXIT if is_open else GRADED_EXIT


def _row(words: str, names: Sequence[str], named: bool = True) -> str:
    from textwrap import wrap

    shown = ", ".join(printable(name) for name in names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    first, *others = wrap(f"{shown}{more}", _WIDTH_OF_NAMES) if named else [""]
    lines = [f"  {words:<13}{len(names):>6}  {first}".rstrip(), *(f"{'':<23}{line}" for line in others)]
    return "\n".join(lines)


def _next_steps(by_outcome: dict[str, list[Mark]], of: Class) -> Iterator[str]:
    folder = _quoted(of.out)
    if "needs_review" in by_outcome:
        first = by_outcome["needs_review"][0]
        yield f"look at {of.out / first.report}, then: " + _quoted_command(
            "grade adjust", first.student, f"--settle --why TEXT --in {folder}"
        )
    if "errored" in by_outcome:
        yield "the same command again tries those that errored once more"
    waiting, refused = _not_graded(by_outcome)
    if waiting:
        yield f"the same command without --only grades what was not graded yet ({waiting})"
    if refused:
        yield (
            f"{counted(refused, 'student')} handed in what was refused, see above; a mark by hand: "
            + _quoted_command("grade adjust", "STUDENT", f"total POINTS --why TEXT --in {folder}")
        )


def _not_graded(by_outcome: dict[str, list[Mark]]) -> tuple[int, int]:
    """How many wait for their turn, and of how many everything was refused."""
    reasons = [mark.reason for mark in by_outcome.get("not_graded", ()) if not mark.report]
    waiting = reasons.count(NOT_YET)
    return waiting, len(reasons) - waiting


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))


def _quoted_command(command: str, student: str, rest: str) -> str:
    import shlex

    return f"{command} {shlex.quote(printable(student))} {rest}"


def tell_found(intake: Intake, terms: Terms) -> None:
    """What was found, and what of it is not graded, before the others are."""
    tell(f"grade: {summary(intake)}")
    for each in intake.refused[:_TOLD]:
        tell(f"grade: refused: {printable(each.source)}: {printable(each.reason)}", style="yellow")
    if len(intake.refused) > _TOLD:
        tell(f"grade: and {len(intake.refused) - _TOLD} more were refused; see them all with --dry-run")
    for note in intake.notes[:_TOLD]:
        tell(f"grade: note: {printable(note)}")
    for words in lateness(intake, terms):
        tell(f"grade: {printable(words)}")
