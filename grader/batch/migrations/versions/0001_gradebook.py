"""The first form: students, grades, adjustments, events and batches."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    moment = sa.DateTime(timezone=True)
    points = sa.Numeric(9, 3)
    name = sa.String(200)
    op.create_table(
        "students",
        sa.Column("student", name, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("identifiers", sa.JSON, nullable=False),
    )
    op.create_table(
        "grades",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("student", name, nullable=False),
        sa.Column("exercise", name, nullable=False),
        sa.Column("current", sa.Boolean, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("source_sha256", sa.String(64), nullable=False),
        sa.Column("exercise_sha256", sa.String(64), nullable=False),
        sa.Column("grader_version", sa.String(50), nullable=False),
        sa.Column("submitted_at", moment),
        sa.Column("graded_at", moment, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("score", points),
        sa.Column("max_score", points),
        sa.Column("receipt", sa.Text),
        sa.Column("failure", sa.Text, nullable=False),
    )
    op.create_index(
        "one_current_grade",
        "grades",
        ["student", "exercise"],
        unique=True,
        sqlite_where=sa.text("current"),
        postgresql_where=sa.text("current"),
    )
    op.create_table(
        "adjustments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("student", name, nullable=False),
        sa.Column("exercise", name, nullable=False),
        sa.Column("check_id", name, nullable=False),
        sa.Column("points", points),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("student", name, nullable=False),
        sa.Column("exercise", name, nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_table(
        "batches",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("ended_at", moment),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("running", sa.JSON, nullable=False),
    )
