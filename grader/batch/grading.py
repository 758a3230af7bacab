"""Grades a class: what was handed in, into a gradebook and an output folder. Killed at any moment, it goes on later."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from grader.batch.gradebook import Gradebook
from grader.batch.handin import HandIn, Intake
from grader.batch.marks import Case, cases
from grader.batch.places import put_reports
from grader.batch.plan import WHICH, Plan, plan, retimed, work_of
from grader.batch.records import Found, Terms
from grader.batch.reports import renew_reports
from grader.batch.running import Watcher, run_all
from grader.batch.task import ERRORED, Outcome, Setup, Task, errored
from grader.batch.workers import Workers
from grader.errors import PargradeError

_REPORT_EVERY_S = 1.0


class Audience(Protocol):
    """Is told how far a batch is."""

    def planned(self, plan: Plan) -> None:
        """What is about to be graded."""
        ...

    def begun(self, student: str) -> None:
        """A submission is being graded."""
        ...

    def done(self, outcome: Outcome) -> None:
        """It was graded, and the grade is kept."""
        ...


@dataclass(frozen=True)
class Class:
    """A class whose submissions were found, and where their grades go."""

    intake: Intake
    book: Gradebook
    out: Path
    setup: Setup
    terms: Terms


def grade_class(
    of: Class,
    workers: Callable[[], Workers],
    audience: Audience,
    only: str | None = None,
    force: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Plan:
    """Grade what has no grade yet, or what is asked for. The workers are started when there is something to do.

    The caller holds the output folder. Each grade is kept as soon as it is there: first its reports, then the row in
    the gradebook that makes it one. Reports that say something else than the gradebook are made again.

    Raises:
        UnknownName: ``only`` names a student who is not there.
        GradebookError: The gradebook cannot be written.
        OutputNotWritable: The reports cannot be written.
    """
    _note(of)
    _renew_times(of)
    exercise = of.setup.exercise
    entries = of.book.each_entry(exercise) if only in WHICH else of.book.entries(exercise, receipts=False)
    todo = plan(of.intake.hand_ins, entries, of.setup, only, force)
    renew_all(of.book, of.out, exercise)
    audience.planned(todo)
    if todo.todo:
        started = workers()
        try:
            _Run(of, audience, now, len(todo.todo)).through(todo.todo, started)
        finally:
            started.close()
        renew_all(of.book, of.out, exercise)  # for adjustments made meanwhile
    return todo


def renew_all(book: Gradebook, out: Path, exercise: str) -> int:
    """Make those reports again that do not say what the gradebook says; how many there were."""
    by_student = {case.student.student: case for case in cases(book, exercise)}
    return sum(renew_reports(out, entry, by_student[entry.work.student]) for entry in book.each_entry(exercise))


def _note(of: Class) -> None:
    """Keep who there is and what was found of them, so that marks and exports need no look at the submissions."""
    intake, exercise = of.intake, of.setup.exercise
    refused = [(each.student, each) for each in intake.refused if each.student is not None]
    of.book.know([*(each.student for each in intake.hand_ins), *(student for student, _ in refused), *intake.missing])
    of.book.agree(of.terms)
    if intake.has_roster:
        of.book.forget_missing(exercise)
    of.book.note_found(
        [
            *(Found(each.student, exercise, "missing") for each in intake.missing),
            *(Found(student.student, exercise, "refused", each.source, each.reason) for student, each in refused),
            *(
                Found(
                    each.student.student,
                    exercise,
                    "handed_in",
                    each.source,
                    "",
                    each.folder,
                    each.late,
                    each.earlier,
                )
                for each in intake.hand_ins
            ),
        ]
    )


def _renew_times(of: Class) -> None:
    """Keep when hand-ins came in that are graded already: it changes what lateness costs and no grade."""
    book, exercise = of.book, of.setup.exercise
    for head, at in list(retimed(of.intake.hand_ins, book.entries(exercise, receipts=False))):
        entry = book.entry(head.work.student, exercise)
        if entry is not None:
            renewed = replace(entry, work=replace(entry.work, submitted_at=at))
            book.record(renewed, f"handed in {at.astimezone():%Y-%m-%d %H:%M}")


@dataclass
class _Run:
    """One going through the submissions, from its beginning to its end."""

    of: Class
    audience: Audience
    now: Callable[[], datetime]
    total: int
    done: int = 0
    failed: int = 0
    running: list[str] = field(default_factory=list)
    batch: int = 0
    told_at: float = 0.0

    def through(self, todo: Sequence[HandIn], workers: Workers) -> None:
        book = self.of.book
        self.batch = book.begin_batch(self.total, socket.gethostname(), os.getpid(), self.now())
        run_all(self._tasks(todo), workers, Watcher(self._done, self._begun, self._ticked))
        self._tell()
        book.end_batch(self.batch, self.now())

    def _tasks(self, todo: Sequence[HandIn]) -> Iterator[Task]:
        """The tasks, each read when a worker is free; what cannot be read any more is kept as such at once."""
        by_student = {case.student.student: case for case in cases(self.of.book, self.of.setup.exercise)}
        for hand_in in todo:
            case = by_student.get(hand_in.student.student, Case(hand_in.student, self.of.setup.exercise))
            task = Task(work_of(hand_in, self.of.setup), hand_in.file, {}, self.of.setup, case)
            try:
                files = dict(hand_in.read())
            except (OSError, PargradeError) as error:
                self._done(task, errored(task, f"{hand_in.source} cannot be read any more: {error}", 0.0))
                continue
            yield Task(task.work, task.file, files, task.setup, task.case)

    def _begun(self, task: Task) -> None:
        if task.key not in self.running:  # else its worker died, and it is tried again
            self.running.append(task.key)
        self.audience.begun(task.key)
        self._ticked()

    def _done(self, task: Task, outcome: Outcome) -> None:
        put_reports(self.of.out, task.key, outcome.reports)
        self.of.book.record(outcome.entry)
        self.done += 1
        self.failed += outcome.entry.outcome == ERRORED
        if task.key in self.running:
            self.running.remove(task.key)
        self.audience.done(outcome)
        self._ticked()

    def _ticked(self) -> None:
        if time.monotonic() - self.told_at >= _REPORT_EVERY_S:
            self._tell()

    def _tell(self) -> None:
        self.told_at = time.monotonic()
        self.of.book.report_batch(self.batch, self.done, self.failed, self.running, self.now())
