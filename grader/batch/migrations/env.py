"""Run by the migration library: bring the database of a gradebook to the newest form."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=None)
with context.begin_transaction():
    context.run_migrations()
