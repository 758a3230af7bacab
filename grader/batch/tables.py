"""The tables of the gradebook, as they are now. How older ones become these is told in ``migrations``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)


class Moment(TypeDecorator[datetime]):
    """A time with its zone, kept in UTC: SQLite keeps the digits of a time and nothing of its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


POINTS = Numeric(9, 3)
METADATA = MetaData()

STUDENTS = Table(
    "students",
    METADATA,
    Column("student", String(200), primary_key=True),
    Column("name", Text, nullable=False),
    Column("identifiers", JSON, nullable=False),
)

GRADES = Table(
    "grades",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("student", String(200), nullable=False),
    Column("exercise", String(200), nullable=False),
    Column("current", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("source_sha256", String(64), nullable=False),
    Column("exercise_sha256", String(64), nullable=False),
    Column("grader_version", String(50), nullable=False),
    Column("submitted_at", Moment),
    Column("graded_at", Moment, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("score", POINTS),
    Column("max_score", POINTS),
    Column("receipt", Text),
    Column("failure", Text, nullable=False),
    Index(
        "one_current_grade",
        "student",
        "exercise",
        unique=True,
        sqlite_where=text("current"),
        postgresql_where=text("current"),
    ),
)

ADJUSTMENTS = Table(
    "adjustments",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("student", String(200), nullable=False),
    Column("exercise", String(200), nullable=False),
    Column("check_id", String(200), nullable=False),
    Column("points", POINTS),
    Column("why", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("source_sha256", String(64)),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("student", String(200), nullable=False),
    Column("exercise", String(200), nullable=False),
    Column("what", String(40), nullable=False),
    Column("detail", Text, nullable=False),
)

BATCHES = Table(
    "batches",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("running", JSON, nullable=False),
)

TERMS = Table(
    "terms",
    METADATA,
    Column("exercise", String(200), primary_key=True),
    Column("seed", BigInteger, nullable=False),
    Column("max_score", POINTS, nullable=False),
    Column("due", Moment),
    Column("late", JSON(none_as_null=True)),
)

HAND_INS = Table(
    "hand_ins",
    METADATA,
    Column("student", String(200), primary_key=True),
    Column("exercise", String(200), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("source", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("marked_late", Boolean, nullable=False),
    Column("earlier", JSON, nullable=False),
)
