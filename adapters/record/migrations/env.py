"""What Alembic runs: the revisions over the connection that ``migrating.py`` hands it."""

from __future__ import annotations

from alembic import context

from adapters.record.schema import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
