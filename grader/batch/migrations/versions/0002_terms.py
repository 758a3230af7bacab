"""What holds for a whole class, who handed in what, and of which submission an adjustment speaks."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables and a column."""
    moment = sa.DateTime(timezone=True)
    name = sa.String(200)
    op.create_table(
        "terms",
        sa.Column("exercise", name, primary_key=True),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("max_score", sa.Numeric(9, 3), nullable=False),
        sa.Column("due", moment),
        sa.Column("late", sa.JSON),
    )
    op.create_table(
        "hand_ins",
        sa.Column("student", name, primary_key=True),
        sa.Column("exercise", name, primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("marked_late", sa.Boolean, nullable=False),
        sa.Column("earlier", sa.JSON, nullable=False),
    )
    op.add_column("adjustments", sa.Column("source_sha256", sa.String(64)))
