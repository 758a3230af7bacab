"""The gradebook of a batch: grades with their receipts, adjustments, and who did what when, in one database.

SQLite in the output folder, or PostgreSQL by its URL. Each change is one transaction, so that a process killed at
any moment leaves every grade either whole or absent. Only one process writes at a time; others may read.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    RowMapping,
    create_engine,
    delete,
    event,
    insert,
    make_url,
    select,
    union,
    update,
)
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from grader.batch.tables import ADJUSTMENTS, BATCHES, EVENTS, GRADES, HAND_INS, STUDENTS, TERMS
from grader.errors import GradebookError, printable
from grader.model.exercise import LateSpec
from grader.model.mark import SETTLED, TOTAL

FILE_NAME = "gradebook.sqlite"
MIGRATIONS = "grader.batch:migrations"
BUSY_S = 30.0
"""How long a reader waits for a writer, and the other way round."""
_DAMAGED = (ValueError, TypeError, AttributeError, ArithmeticError, LookupError)
"""What reading a row raises that no gradebook has written."""

Row = TypeVar("Row")

_WORDS = {SETTLED: "settled", TOTAL: "total"}


@dataclass(frozen=True)
class Work:
    """What was, or would be, graded. Equal digests and versions mean an equal grade."""

    student: str
    exercise: str
    source: str
    """Where the submission was found, for people."""
    source_sha256: str
    exercise_sha256: str
    grader_version: str
    submitted_at: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """One grade as it is kept. ``outcome`` is a grade's status, or ``errored`` with the reason in ``failure``."""

    work: Work
    outcome: str
    score: Decimal | None
    max_score: Decimal | None
    receipt: str | None
    graded_at: datetime
    seconds: float
    failure: str = ""


@dataclass(frozen=True)
class Adjustment:
    """Points of one check set by a person; ``points`` None is a comment without points."""

    id: int
    student: str
    exercise: str
    check_id: str
    points: Decimal | None
    why: str
    who: str
    at: datetime
    source_sha256: str | None = None
    """The digest of the submission that it was made for."""


@dataclass(frozen=True)
class Terms:
    """What holds for all submissions of one exercise. The ``seed`` is secret until all have handed in."""

    exercise: str
    seed: int
    max_score: Decimal
    due: datetime | None = None
    late: LateSpec | None = None


@dataclass(frozen=True)
class Found:
    """What was found of one student when the submissions were last looked through."""

    student: str
    exercise: str
    state: Literal["handed_in", "refused", "missing"]
    source: str = ""
    reason: str = ""
    """Why it was refused."""
    folder: str = ""
    """The student's own folder in the layout."""
    marked_late: bool = False
    earlier: tuple[str, ...] = ()
    """Other attempts, which are not graded."""


@dataclass(frozen=True)
class Event:
    """Something that happened to a student's grade."""

    at: datetime
    who: str
    student: str
    exercise: str
    what: str
    detail: str


@dataclass(frozen=True)
class Student:
    """Who: the key used in all tables, a name for people, and what other systems call them."""

    student: str
    name: str = ""
    identifiers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How far a batch is. ``ended_at`` is None while it runs, and for ever when it was killed."""

    id: int
    started_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    host: str
    pid: int
    total: int
    done: int
    failed: int
    running: tuple[str, ...]


class Gradebook:
    """One open database. ``who`` is written beside every change."""

    def __init__(self, engine: Engine, who: str) -> None:
        self._engine = engine
        self._who = who
        self._file = _file_of(engine)

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
            raise _unusable(str(self._engine.url), error) from error
        if _file_of(self._engine) != self._file:
            raise GradebookError(
                f"The gradebook {self._engine.url.database} was removed or replaced while it was in use.",
                "Put it back, or give the same command again: what is not in the gradebook is graded again.",
            )

    def _read(self, statement: Any, made: Callable[[RowMapping], Row]) -> tuple[Row, ...]:
        try:
            with self._engine.connect() as connection:
                return tuple(map(made, connection.execute(statement).mappings()))
        except SQLAlchemyError as error:
            raise _unusable(str(self._engine.url), error) from error
        except _DAMAGED as error:
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
        return self._read(select(STUDENTS).order_by(STUDENTS.c.student), _student)

    def record(self, entry: Entry, how: str = "") -> None:
        """Keep a grade in place of the one before, which stays in the history. ``how`` it came about, if not usual."""
        work = entry.work
        with self._change() as connection:
            connection.execute(
                update(GRADES)
                .where(GRADES.c.student == work.student, GRADES.c.exercise == work.exercise, GRADES.c.current)
                .values(current=False)
            )
            connection.execute(insert(GRADES).values(_grade_values(entry)))
            score = _score_in_words(entry)
            told = f"{score}, {how}" if how else score
            self._note(connection, entry.graded_at, work.student, work.exercise, entry.outcome, told)

    def entries(self, exercise: str | None = None, receipts: bool = True) -> tuple[Entry, ...]:
        """The current grades, by student; without their ``receipts`` those of thousands take little memory."""
        columns = [column for column in GRADES.c if receipts or column is not GRADES.c.receipt]
        statement = select(*columns).where(GRADES.c.current).order_by(GRADES.c.student, GRADES.c.exercise)
        if exercise is not None:
            statement = statement.where(GRADES.c.exercise == exercise)
        return tuple(sorted(self._read(statement, _entry), key=lambda one: in_order(one.work.student)))

    def entry(self, student: str, exercise: str) -> Entry | None:
        """The current grade of one student."""
        statement = select(GRADES).where(GRADES.c.current, GRADES.c.student == student, GRADES.c.exercise == exercise)
        return next(iter(self._read(statement, _entry)), None)

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
        return self._read(statement, _entry)

    # -- the terms and the submissions -----------------------------------------------------------------

    def terms(self, exercise: str) -> Terms | None:
        """What holds for this exercise, once a batch of it was begun."""
        return next(iter(self._read(select(TERMS).where(TERMS.c.exercise == exercise), _terms)), None)

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
                connection.execute(insert(HAND_INS).values(_found_values(each)))

    def forget_missing(self, exercise: str) -> None:
        """Nobody is missing, until told anew: a key of yesterday's roster may be a student with a hand-in today."""
        with self._change() as connection:
            missing = (HAND_INS.c.exercise == exercise) & (HAND_INS.c.state == "missing")
            connection.execute(delete(HAND_INS).where(missing))

    def found(self, exercise: str) -> tuple[Found, ...]:
        """What was last found of each student, by student."""
        statement = select(HAND_INS).where(HAND_INS.c.exercise == exercise).order_by(HAND_INS.c.student)
        return self._read(statement, lambda row: Found(**{**row, "earlier": tuple(row["earlier"])}))

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
            told = f"{_WORDS.get(check_id, check_id)}: {_points_in_words(points)}{as_text(why)}"
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
        return self._read(statement, _adjustment)

    def events(self, student: str | None = None) -> tuple[Event, ...]:
        """What happened, the oldest first."""
        statement = select(EVENTS).order_by(EVENTS.c.id)
        if student is not None:
            statement = statement.where(EVENTS.c.student == student)
        return self._read(statement, _event)

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
        return next(iter(self._read(select(BATCHES).order_by(BATCHES.c.id.desc()).limit(1), _progress)), None)

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
    try:
        if isinstance(place, Path):
            place.mkdir(parents=True, exist_ok=True)
            url = URL.create("sqlite", database=str(place / FILE_NAME))
        else:
            url = make_url(place)
        engine = create_engine(url, connect_args={"timeout": BUSY_S} if url.get_backend_name() == "sqlite" else {})
        if url.get_backend_name() == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        _bring_up_to_date(engine)
    except (SQLAlchemyError, ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
        raise _unusable(_without_password(place), error) from error
    return Gradebook(engine, who)


def _file_of(engine: Engine) -> tuple[int, int] | None:
    """Which file an SQLite database is. SQLite writes on into one that was removed, where nobody finds it again."""
    database = engine.url.database
    if engine.url.get_backend_name() != "sqlite" or not database:
        return None
    try:
        info = os.stat(database)  # noqa: PTH116
    except OSError:
        return None
    return info.st_dev, info.st_ino


def _bring_up_to_date(engine: Engine) -> None:
    """Leave no connection open where that fails."""
    try:
        with engine.begin() as connection:
            _migrate(connection)
    except BaseException:
        engine.dispose()
        raise


def _without_password(place: Path | str) -> str:
    if isinstance(place, Path):
        return str(place)
    try:
        return make_url(place).render_as_string(hide_password=True)
    except ArgumentError:
        return "at the given URL"


def has_gradebook(folder: Path) -> bool:
    """Whether a folder holds one.

    Raises:
        GradebookError: There is no telling, since nobody may look into the folder.
    """
    try:
        return stat.S_ISREG((folder / FILE_NAME).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise GradebookError(
            f"The folder {folder} cannot be looked into: {reason}.", "Check the name, and whose folder it is."
        ) from error


def _prepare_sqlite(connection: Any, _: object) -> None:
    """A journal that lets others read meanwhile, and every commit on the disk before it returns."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise GradebookError(
            f"The gradebook was made by a newer version of the grader: {error}", "Use that version, or another folder."
        ) from error


def _unusable(place: str, error: Exception) -> GradebookError:
    reason = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
    return GradebookError(
        f"The gradebook {place} cannot be used: {reason}",
        "Name a folder that you may write to, or a database URL such as postgresql+psycopg://user@host/name.",
    )


def _withdraw(student: str, exercise: str, check_id: str) -> Any:
    table = ADJUSTMENTS
    return (
        update(table)
        .where(
            table.c.student == student, table.c.exercise == exercise, table.c.check_id == check_id, ~table.c.withdrawn
        )
        .values(withdrawn=True)
    )


def _grade_values(entry: Entry) -> dict[str, Any]:
    work = entry.work
    return {
        "student": work.student,
        "exercise": work.exercise,
        "current": True,
        "source": as_text(work.source),
        "source_sha256": work.source_sha256,
        "exercise_sha256": work.exercise_sha256,
        "grader_version": work.grader_version,
        "submitted_at": work.submitted_at,
        "graded_at": entry.graded_at,
        "seconds": entry.seconds,
        "outcome": entry.outcome,
        "score": entry.score,
        "max_score": entry.max_score,
        "receipt": entry.receipt,
        "failure": as_text(entry.failure),
    }


def _student(row: RowMapping) -> Student:
    identifiers = {_text(kind): _text(value) for kind, value in row["identifiers"].items()}
    return Student(row["student"], _text(row["name"]), identifiers)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _adjustment(row: RowMapping) -> Adjustment:
    return Adjustment(
        row["id"],
        row["student"],
        row["exercise"],
        row["check_id"],
        row["points"],
        row["why"],
        row["who"],
        row["at"],
        row["source_sha256"],
    )


def _event(row: RowMapping) -> Event:
    return Event(row["at"], row["who"], row["student"], row["exercise"], row["what"], row["detail"])


def _entry(row: RowMapping) -> Entry:
    work = Work(
        row["student"],
        row["exercise"],
        row["source"],
        row["source_sha256"],
        row["exercise_sha256"],
        row["grader_version"],
        row["submitted_at"],
    )
    return Entry(
        work,
        row["outcome"],
        _points(row["score"]),
        _points(row["max_score"]),
        row.get("receipt"),
        row["graded_at"],
        row["seconds"],
        row["failure"],
    )


def _points(value: Decimal | None) -> Decimal | None:
    if value is not None and not value.is_finite():
        raise ValueError(f"{value} is no number of points")
    return value


def called(student: str, name: str) -> str:
    """``Ada Lovelace (moodle-1)``; the key alone where there is no other name."""
    return f"{name} ({student})" if name and name != student else student


def in_order(student: str) -> tuple[tuple[str | int, ...], str]:
    """What keys of students are sorted by, as people count: ``moodle-2`` comes before ``moodle-10``."""
    parts = re.split(r"([0-9]+)", student)
    return tuple(int(part) if at % 2 else part for at, part in enumerate(parts)), student


def _points_in_words(given: Decimal | None) -> str:
    if given is None:
        return ""
    return f"{_exact(given)} point{'' if given == 1 else 's'}, "


def _score_in_words(entry: Entry) -> str:
    if entry.score is None or entry.max_score is None:
        return "no score"
    return f"{_exact(entry.score)} of {_exact(entry.max_score)}"


def _exact(points: Decimal) -> str:
    """All digits, and no zeros at the end: a history tells what was kept."""
    return f"{points.normalize():f}"


def _found_values(found: Found) -> dict[str, Any]:
    told = {name: as_text(getattr(found, name)) for name in ("source", "reason", "folder")}
    return asdict(found) | told | {"earlier": [as_text(other) for other in found.earlier]}


def as_text(text: str) -> str:
    """Text as any database takes it: bytes of a name that are no UTF-8, and zeros, are written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _terms(row: RowMapping) -> Terms:
    late = row["late"]
    return Terms(
        row["exercise"],
        row["seed"],
        row["max_score"],
        row["due"],
        None if late is None else LateSpec.model_validate(late),
    )


def _progress(row: RowMapping) -> Progress:
    running = row["running"]
    return Progress(
        row["id"],
        row["started_at"],
        row["updated_at"],
        row["ended_at"],
        row["host"],
        row["pid"],
        row["total"],
        row["done"],
        row["failed"],
        tuple(json.loads(running) if isinstance(running, str) else running),
    )
