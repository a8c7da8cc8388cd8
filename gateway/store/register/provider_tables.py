"""The rows of what is not about citizens: the provider register, practices, connections and organisations.

Connections and imports are rows that are only ever added; what holds now is the newest one (requirements.md D15).
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
)

from gateway.store.ground.columns import code, count, moment
from gateway.store.ground.schema import metadata

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


# --- connections ----------------------------------------------------------------------------------------------------


# --- organisations and clinics --------------------------------------------------------------------------------------
