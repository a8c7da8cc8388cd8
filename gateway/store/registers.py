"""The rows of what is not about citizens: the provider register, practices, connections and organisations.

Connections and imports are rows that are only ever added; what holds now is the newest one (users.md D15).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
)

from gateway.store.columns import code, count, flag, moment, sealed, uuid
from gateway.store.schema import metadata

YDERNUMMER = 6
PHASE = 64


def _ydernummer(name: str = "ydernummer") -> Column[str]:
    return Column(name, String(YDERNUMMER), primary_key=True)


# --- the Yderregister -----------------------------------------------------------------------------------------------

provider_import = Table(
    "provider_import",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("opgdato", Date, nullable=False),
    code("timestamp", length=20),
    count("total"),
    count("persons"),
    count("added"),
    count("changed"),
    count("closed"),
    moment("imported_at", required=True),
    code("imported_by", length=255),
    sqlite_autoincrement=True,
)

provider_version = Table(
    "provider_version",
    metadata,
    Column("import_id", ForeignKey("provider_import.id"), primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False),
    code("ydernummer", length=YDERNUMMER),
    code("name", length=255),
    code("phone", length=255),
    code("address", length=255),
    code("postcode", length=255),
    code("district", length=255),
    code("speciality", length=255),
    code("speciality_text", length=255),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    code("folded", length=4096),  # what a search compares: SQLite's own lower() knows no æ, ø and å
    Index("ix_provider_version_number", "import_id", "ydernummer"),
)

# One row: which import holds now, and which one can be gone back to. Taking it for update is the import's lock.
provider_register = Table(
    "provider_register",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("active", ForeignKey("provider_import.id")),
    Column("previous", ForeignKey("provider_import.id")),
    CheckConstraint("id = 1", name="only_one"),
)

provider_activation = Table(
    "provider_activation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("import_id", ForeignKey("provider_import.id"), nullable=False),
    code("kind"),  # import | rollback
    moment("at", required=True),
    code("by", length=255),
    sqlite_autoincrement=True,
)

# --- practices ------------------------------------------------------------------------------------------------------

practice_profile = Table(
    "practice_profile",
    metadata,
    _ydernummer(),
    Column("hours", JSON, nullable=False),
    code("agreement"),
    code("direct_phone", length=255),
    flag("synthetic"),
    moment("changed_at", required=True),
    code("changed_by", length=255),
)

# What a practice has said about itself on its own page: only ever added, and it outlives a new stanza of the set-up.
practice_change = Table(
    "practice_change",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("ydernummer", String(6), nullable=False),
    moment("at", required=True),
    code("what"),
    code("value", length=255),
    code("changed_by", length=255),
    Index("ix_practice_change_ydernummer", "ydernummer", "seq"),
    sqlite_autoincrement=True,
)

practice_connection = Table(
    "practice_connection",
    metadata,
    _ydernummer(),
    Column("connection", ForeignKey("connection.name"), primary_key=True),
    count("position"),
)

practice_attendance = Table(
    "practice_attendance",
    metadata,
    uuid("clinic", key=True),
    _ydernummer(),
    moment("seen_at", required=True),
    Index("ix_practice_attendance_number", "ydernummer", "seen_at"),
)

substitution = Table(
    "substitution",
    metadata,
    _ydernummer(),
    _ydernummer("substitute"),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
    code("set_by", length=255),
    moment("set_at", required=True),
)

# --- connections ----------------------------------------------------------------------------------------------------

connection = Table(
    "connection",
    metadata,
    Column("name", String(255), primary_key=True),
    code("kind"),
    uuid("owner_tenant", required=False),  # NULL: the operator's own
    moment("created_at", required=True),
)

connection_revision = Table(
    "connection_revision",
    metadata,
    Column("connection", ForeignKey("connection.name"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    code("state"),
    code("adapter"),
    Column("config", JSON, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    code("by", length=255),
    moment("at", required=True),
    code("why", length=1024),
)

connection_health = Table(
    "connection_health",
    metadata,
    Column("connection", String(255), primary_key=True),
    moment("last_success_at"),
    moment("last_failure_at"),
    moment("failing_since"),
    code("phase", length=PHASE),
)

# --- organisations and clinics --------------------------------------------------------------------------------------

tenant = Table(
    "tenant",
    metadata,
    uuid("id", key=True),
    code("cvr", length=8, unique=True),
    code("name", length=255),
    code("type"),
    code("kommunekode", length=4),
    flag("synthetic"),
    Column("settings", JSON, nullable=False),
)

workplace = Table(
    "workplace",
    metadata,
    uuid("tenant", key=True),
    uuid("id", key=True),
    code("name", length=255),
    code("sor", length=18),
    code("phone", length=255),
    Column("listed", Boolean, nullable=False, default=True),  # one taken off the list still owns what is undone there
)

clinic = Table(
    "clinic",
    metadata,
    uuid("id", key=True),
    code("name", length=255),
    flag("synthetic"),
)

clinic_practice = Table(
    "clinic_practice",
    metadata,
    _ydernummer(),  # alone in the key: a ydernummer is one clinic's
    Column("clinic", ForeignKey("clinic.id"), nullable=False, index=True),
)

# ``id`` is made of connection and subject under the index key (identity.py).
clinic_user = Table(
    "clinic_user",
    metadata,
    uuid("id", key=True),
    code("connection", length=255),
    sealed("name"),
    code("role", length=255),
)

clinic_membership = Table(
    "clinic_membership",
    metadata,
    Column("clinic_user", ForeignKey("clinic_user.id"), primary_key=True),
    Column("clinic", ForeignKey("clinic.id"), primary_key=True),
)
