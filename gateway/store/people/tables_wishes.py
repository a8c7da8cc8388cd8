"""What people report from a page, with the answer. Texts lie sealed: nobody can promise that they name no one."""

from __future__ import annotations

from sqlalchemy import Index, Table, text

from gateway.store.ground.columns import code, moment, sealed, uuid
from gateway.store.ground.schema import metadata

IS_NEW = text("status = 'new'")

wish = Table(
    "wish",
    metadata,
    uuid("id", key=True),
    uuid("tenant", required=False),  # NULL: sent from a clinic
    code("person", length=255),  # our id of an employee or a clinic's user
    code("kind"),
    code("page"),
    code("reference"),
    code("version"),
    sealed("text"),
    sealed("answer"),
    code("status"),
    moment("sent_at", required=True),
    moment("answered_at"),
    Index("ix_wish_person", "person", "sent_at"),
    Index("ix_wish_tenant", "tenant", "sent_at"),
    Index("ix_wish_sent_at", "sent_at"),
)
Index("ix_wish_new", wish.c.tenant, sqlite_where=IS_NEW, postgresql_where=IS_NEW)
