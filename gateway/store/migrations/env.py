"""Alembic's entry: runs the steps on the connection that ``gateway.store.migrations`` hands over."""

from __future__ import annotations

from alembic import context

from gateway.store.ground.schema import metadata
from gateway.store.migrations.steps import import_tables

import_tables()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # on SQLite too: engine.py begins the transaction, not the driver
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
