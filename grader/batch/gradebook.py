"""The gradebook of a batch: grades with their receipts, adjustments, and who did what when, in one database.

SQLite in the output folder, or PostgreSQL by its URL. Each change is one transaction, so that a process killed at
any moment leaves every grade either whole or absent. Only one process writes at a time; others may read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, union, update
from sqlalchemy.exc import SQLAlchemyError

from grader.batch.database import file_of, open_engine, unusable
from grader.batch.records import Adjustment, Entry, Event, Found, Progress, Student, Terms, in_order
from grader.batch.rows import (
    DAMAGED,
    adjustment_in,
    as_text,
    entry_in,
    event_in,
    found_in,
    found_values,
    grade_values,
    progress_in,
    student_in,
    terms_in,
)
from grader.batch.tables import ADJUSTMENTS, BATCHES, EVENTS, GRADES, HAND_INS, STUDENTS, TERMS
from grader.batch.wording import number
from grader.batch.wording import points as in_points
from grader.errors import GradebookError, printable
from grader.model.mark import SETTLED, TOTAL

Row = TypeVar("Row")

_WORDS = {SETTLED: "settled", TOTAL: "total"}


class Gradebook:
    """One open database. ``who`` is written beside every change."""

    def __init__(self, engine: Engine, who: str) -> None:
        self._engine = engine
        self._who = who
        self._file = file_of(engine)

    def sign(self, who: str) -> None:
        """Write this name beside all further changes."""
        self._who = who

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _change(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise unusable(str(self._engine.url), error) from error
        if file_of(self._engine) != self._file:
            raise GradebookError(
                f"The gradebook {self._engine.url.database} was removed or replaced while it was in use.",
                "Put it back, or give the same command again: what is not in the gradebook is graded again.",
            )

    def _read(self, statement: Any, made: Callable[[RowMapping], Row]) -> tuple[Row, ...]:
        try:
            with self._engine.connect() as connection:
                return tuple(map(made, connection.execute(statement).mappings()))
        except SQLAlchemyError as error:
            raise unusable(str(self._engine.url), error) from error
        except DAMAGED as error:
            raise GradebookError(
                f"The gradebook {self._engine.url.render_as_string()} is damaged: {printable(str(error))[:200]}.",
                "Put back a copy of it, or grade the class into a new folder.",
            ) from error

    # -- students and grades -------------------------------------------------------------------------

    def know(self, students: Sequence[Student]) -> None:
        """Note who there is; what was known of a student before is replaced."""
        with self._change() as connection:
            known = set(connection.execute(select(STUDENTS.c.student)).scalars())
            for person in {each.student: each for each in students}.values():
                values = {
                    "name": as_text(person.name),
                    "identifiers": {system: as_text(called) for system, called in person.identifiers.items()},
                }
                if person.student in known:
                    connection.execute(update(STUDENTS).where(STUDENTS.c.student == person.student).values(values))
                else:
                    connection.execute(insert(STUDENTS).values(student=person.student, **values))

    def students(self) -> tuple[Student, ...]:
        """All that are known, by key."""
        return self._read(select(STUDENTS).order_by(STUDENTS.c.student), student_in)

    def record(self, entry: Entry, how: str = "") -> None:
        """Keep a grade in place of the one before, which stays in the history. ``how`` it came about, if not usual."""
        work = entry.work
        with self._change() as connection:
            connection.execute(
                update(GRADES)
                .where(GRADES.c.student == work.student, GRADES.c.exercise == work.exercise, GRADES.c.current)
                .values(current=False)
            )
            connection.execute(insert(GRADES).values(grade_values(entry)))
            score = _score_in_words(entry)
            told = f"{score}, {how}" if how else score
            self._note(connection, entry.graded_at, work.student, work.exercise, entry.outcome, told)

    def entries(self, exercise: str | None = None, receipts: bool = True) -> tuple[Entry, ...]:
        """The current grades, by student; without their ``receipts`` those of thousands take little memory."""
        columns = [column for column in GRADES.c if receipts or column is not GRADES.c.receipt]
        statement = select(*columns).where(GRADES.c.current).order_by(GRADES.c.student, GRADES.c.exercise)
        if exercise is not None:
            statement = statement.where(GRADES.c.exercise == exercise)
        return tuple(sorted(self._read(statement, entry_in), key=lambda one: in_order(one.work.student)))

    def entry(self, student: str, exercise: str) -> Entry | None:
        """The current grade of one student."""
        statement = select(GRADES).where(GRADES.c.current, GRADES.c.student == student, GRADES.c.exercise == exercise)
        return next(iter(self._read(statement, entry_in)), None)

    def each_entry(self, exercise: str) -> Iterator[Entry]:
        """The current grades of an exercise with their receipts, one at a time, by student."""
        for head in self.entries(exercise, receipts=False):
            entry = self.entry(head.work.student, exercise)
            if entry is not None:
                yield entry

    def past(self, student: str, exercise: str) -> tuple[Entry, ...]:
        """All grades a student ever had, the oldest first."""
        statement = (
            select(GRADES).where(GRADES.c.student == student, GRADES.c.exercise == exercise).order_by(GRADES.c.id)
        )
        return self._read(statement, entry_in)

    # -- the terms and the submissions -----------------------------------------------------------------

    def terms(self, exercise: str) -> Terms | None:
        """What holds for this exercise, once a batch of it was begun."""
        return next(iter(self._read(select(TERMS).where(TERMS.c.exercise == exercise), terms_in)), None)

    def agree(self, terms: Terms) -> None:
        """Set what holds for an exercise from now on."""
        late = None if terms.late is None else terms.late.model_dump(mode="json")
        values = {"seed": terms.seed, "max_score": terms.max_score, "due": terms.due, "late": late}
        with self._change() as connection:
            if connection.execute(update(TERMS).where(TERMS.c.exercise == terms.exercise).values(values)).rowcount:
                return
            connection.execute(insert(TERMS).values(exercise=terms.exercise, **values))

    def exercises(self) -> tuple[str, ...]:
        """The exercises that there are grades or terms of."""
        known = self._read(union(select(TERMS.c.exercise), select(GRADES.c.exercise)), lambda row: str(row["exercise"]))
        return tuple(sorted(known))

    def note_found(self, found: Sequence[Found]) -> None:
        """Keep what was found of these students, in place of what was found before."""
        with self._change() as connection:
            for each in {(one.student, one.exercise): one for one in found}.values():
                connection.execute(
                    delete(HAND_INS).where(HAND_INS.c.student == each.student, HAND_INS.c.exercise == each.exercise)
                )
                connection.execute(insert(HAND_INS).values(found_values(each)))

    def forget_missing(self, exercise: str) -> None:
        """Nobody is missing, until told anew: a key of yesterday's roster may be a student with a hand-in today."""
        with self._change() as connection:
            missing = (HAND_INS.c.exercise == exercise) & (HAND_INS.c.state == "missing")
            connection.execute(delete(HAND_INS).where(missing))

    def found(self, exercise: str) -> tuple[Found, ...]:
        """What was last found of each student, by student."""
        statement = select(HAND_INS).where(HAND_INS.c.exercise == exercise).order_by(HAND_INS.c.student)
        return self._read(statement, found_in)

    # -- adjustments ---------------------------------------------------------------------------------

    def adjust(
        self,
        student: str,
        exercise: str,
        check_id: str,
        points: Decimal | None,
        why: str,
        at: datetime,
        source_sha256: str | None = None,
    ) -> None:
        """Set the points of one check by hand, in place of an adjustment made before; kept on regrading."""
        with self._change() as connection:
            connection.execute(_withdraw(student, exercise, check_id))
            connection.execute(
                insert(ADJUSTMENTS).values(
                    student=student,
                    exercise=exercise,
                    check_id=check_id,
                    points=points,
                    why=as_text(why),
                    who=as_text(self._who),
                    at=at,
                    withdrawn=False,
                    source_sha256=source_sha256,
                )
            )
            given = "" if points is None else f"{in_points(points)}, "
            told = f"{_WORDS.get(check_id, check_id)}: {given}{as_text(why)}"
            self._note(connection, at, student, exercise, "adjusted", told)

    def withdraw(self, student: str, exercise: str, check_id: str, at: datetime) -> bool:
        """Take an adjustment back; False when there is none."""
        with self._change() as connection:
            done = connection.execute(_withdraw(student, exercise, check_id)).rowcount > 0
            if done:
                self._note(connection, at, student, exercise, "withdrawn", _WORDS.get(check_id, check_id))
        return done

    def adjustments(self, exercise: str | None = None) -> tuple[Adjustment, ...]:
        """Those that hold, the oldest first."""
        statement = select(ADJUSTMENTS).where(~ADJUSTMENTS.c.withdrawn).order_by(ADJUSTMENTS.c.id)
        if exercise is not None:
            statement = statement.where(ADJUSTMENTS.c.exercise == exercise)
        return self._read(statement, adjustment_in)

    def events(self, student: str | None = None) -> tuple[Event, ...]:
        """What happened, the oldest first."""
        statement = select(EVENTS).order_by(EVENTS.c.id)
        if student is not None:
            statement = statement.where(EVENTS.c.student == student)
        return self._read(statement, event_in)

    # -- a running batch -----------------------------------------------------------------------------

    def begin_batch(self, total: int, host: str, pid: int, at: datetime) -> int:
        """Note that a batch runs; the number returned names it."""
        with self._change() as connection:
            result = connection.execute(
                insert(BATCHES).values(
                    started_at=at, updated_at=at, host=host, pid=pid, total=total, done=0, failed=0, running=[]
                )
            )
            return int(result.inserted_primary_key[0])  # type: ignore[index]

    def report_batch(self, batch: int, done: int, failed: int, running: Sequence[str], at: datetime) -> None:
        """How far it is."""
        values = {"updated_at": at, "done": done, "failed": failed, "running": list(running)}
        with self._change() as connection:
            connection.execute(update(BATCHES).where(BATCHES.c.id == batch).values(values))

    def end_batch(self, batch: int, at: datetime) -> None:
        """It came to its end."""
        with self._change() as connection:
            connection.execute(
                update(BATCHES).where(BATCHES.c.id == batch).values(ended_at=at, updated_at=at, running=[])
            )

    def last_batch(self) -> Progress | None:
        """The newest one."""
        return next(iter(self._read(select(BATCHES).order_by(BATCHES.c.id.desc()).limit(1), progress_in)), None)

    def _note(self, connection: Connection, at: datetime, student: str, exercise: str, what: str, detail: str) -> None:
        values = {
            "at": at,
            "who": as_text(self._who),
            "student": student,
            "exercise": exercise,
            "what": what,
            "detail": detail,
        }
        connection.execute(insert(EVENTS).values(values))


def open_gradebook(place: Path | str, who: str) -> Gradebook:
    """Open the gradebook in a folder, made if need be, or at a database URL; an older one is brought up to date.

    Raises:
        GradebookError: It cannot be opened, is no gradebook, or is newer than this grader.
    """
    return Gradebook(open_engine(place), who)


def _withdraw(student: str, exercise: str, check_id: str) -> Any:
    table = ADJUSTMENTS
    return (
        update(table)
        .where(
            table.c.student == student, table.c.exercise == exercise, table.c.check_id == check_id, ~table.c.withdrawn
        )
        .values(withdrawn=True)
    )


def _score_in_words(entry: Entry) -> str:
    """With all digits: a history tells what was kept."""
    if entry.score is None or entry.max_score is None:
        return "no score"
    return f"{number(entry.score)} of {number(entry.max_score)}"
