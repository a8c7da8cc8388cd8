"""The rows of those who log in: employees, sessions and one-time secrets. No name, token or subject in clear."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, String, Table, text

from gateway.store.ground.columns import code, count, flag, moment, sealed, uuid
from gateway.store.ground.schema import metadata

# ``id`` is made of the subject under the index key (identity.py): the key itself keeps one row per person.
employee = Table(
    "employee",
    metadata,
    uuid("tenant", key=True),
    uuid("id", key=True),
    sealed("name"),
    sealed("authorisation"),
    code("role", length=255),
    sealed("workstation"),
    moment("first_seen_at", required=True),
    moment("last_seen_at", required=True),
    Index("ix_employee_first_seen", "tenant", "first_seen_at", "id"),
)

_BY_HAND = text("source = '*'")
# Which workplaces an employee may act for, and who says so.
workplace_grant = Table(
    "workplace_grant",
    metadata,
    uuid("tenant", key=True),
    uuid("employee", key=True),
    uuid("workplace", key=True),
    Column("source", String(255), primary_key=True),  # "*" (an administrator), or the connection of a login or launch
    moment("granted_at", required=True),
    Index("ix_workplace_grant_workplace", "tenant", "workplace", "employee"),
    Index("ix_workplace_grant_by_hand", "tenant", "employee", sqlite_where=_BY_HAND, postgresql_where=_BY_HAND),
)

# Whose access is closed. ``person`` is what sessions call her: an employee's id, a clinic user's, an administrator's.
barring = Table(
    "barring",
    metadata,
    Column("person", String(255), primary_key=True),
    uuid("tenant", required=False),  # NULL: a clinic's user, or the operator's
    moment("barred_at", required=True),
)

# ``token_hash`` is SHA-256 of a token of 256 random bits: whoever reads the table cannot become anybody.
session = Table(
    "session",
    metadata,
    uuid("id", key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    code("kind"),
    code("person", length=255),
    Column("subject_index", LargeBinary, nullable=False),
    sealed("credentials"),
    sealed("id_token"),
    uuid("tenant", required=False),
    uuid("clinic", required=False),
    moment("created_at", required=True),
    moment("expires_at", required=True),
    moment("seen_at", required=True),
    count("idle_minutes"),
    uuid("citizen_consultation", required=False),
    flag("suspended"),
    Column("login_index", LargeBinary),  # keyed hashes of connection and the provider's sub, and of its sid
    Column("sid_index", LargeBinary),
    Index("ix_session_login", "login_index"),
    Index("ix_session_sid", "sid_index"),
    Index("ix_session_tenant_subject", "tenant", "subject_index"),
    Index("ix_session_expires_at", "expires_at"),
    Index("ix_session_citizen_consultation", "citizen_consultation", "tenant"),
)

# What brings the employee back to a device that lies with the citizen: a keyed hash of six digits and how often they
# were tried. Kept apart from the session, so that a try is counted before it is judged.
return_code = Table(
    "return_code",
    metadata,
    uuid("session", key=True),  # the citizen's
    uuid("employee_session"),
    Column("code_hash", LargeBinary, nullable=False),
    count("tries"),
    moment("expires_at", required=True),
    Index("ix_return_code_expires_at", "expires_at"),
)

onetime = Table(
    "onetime",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    code("kind"),
    moment("expires_at", required=True),
    sealed("payload"),
    Column("binding_hash", LargeBinary),  # NULL: bound to no browser yet
    moment("used_at"),
    Index("ix_onetime_expires_at", "expires_at"),
)
