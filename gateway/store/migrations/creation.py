"""Creates the schema in an empty database, and brings an older one to the present schema."""

from __future__ import annotations

from sqlalchemy import Engine

from gateway.store import migrations
from gateway.store.ground.guards import statements
from gateway.store.ground.schema import metadata
from gateway.store.migrations import steps


def create_schema(engine: Engine) -> None:
    """Bring a database to the present schema: an empty one at once, an older one by the steps it misses."""
    steps.import_tables()
    with engine.connect() as connection, connection.begin():
        migrations.prepare(connection)
        if not migrations.is_empty(connection):
            steps.upgrade_on(connection)
            return
        metadata.create_all(connection)
        for statement in statements(connection.dialect.name, metadata):
            connection.exec_driver_sql(statement)
        steps.stamp(connection)
