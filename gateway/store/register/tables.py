"""Rows of the registers that are not the Yderregister: SOR and Sikrede, and what was found about a case's own doctor.

The Sikrede copy holds no CPR and no name, only a keyed hash (docs/adr/0005-sikrede-index.md). It lies in two slots:
one answers, the other is being filled or kept to go back to.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, LargeBinary, String, Table

from gateway.store.ground.columns import code, count, moment
from gateway.store.ground.schema import metadata

KEY_BYTES = 16  # of the HMAC: among six million citizens two share one with a probability of 5e-26
DAY = Integer  # yyyymmdd, 0 where there is none: four bytes on both databases

register_import = Table(
    "register_import",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    code("register", length=16),  # sor | sikrede
    code("layout", length=32),
    code("slot", length=1),
    Column("as_of", Date, nullable=False),
    code("stamp", length=40),
    count("total"),
    count("added"),
    count("changed"),
    count("closed"),
    moment("imported_at", required=True),
    code("imported_by", length=255),
    sqlite_autoincrement=True,
)

# One row for each register: what holds now, what can be gone back to, and what is being filled in meanwhile.
register_state = Table(
    "register_state",
    metadata,
    Column("register", String(16), primary_key=True),
    Column("active", ForeignKey("register_import.id")),
    Column("previous", ForeignKey("register_import.id")),
    Column("filling", Integer),
)

register_activation = Table(
    "register_activation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("import_id", ForeignKey("register_import.id"), nullable=False),
    code("kind"),  # import | rollback
    moment("at", required=True),
    code("by", length=255),
    sqlite_autoincrement=True,
)


def _slot(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("citizen", LargeBinary(KEY_BYTES), primary_key=True),
        Column("own", String(6), nullable=False),
        Column("own_from", DAY, nullable=False),
        Column("grp", String(1), nullable=False),
        Column("grp_from", DAY, nullable=False),
        Column("future", String(6), nullable=False),
        Column("future_from", DAY, nullable=False),
        Column("future_grp", String(1), nullable=False),
        Column("future_grp_from", DAY, nullable=False),
        sqlite_with_rowid=False,
    )


INSURED_SLOTS = {"a": _slot("insured_a"), "b": _slot("insured_b")}

sor_unit = Table(
    "sor_unit",
    metadata,
    Column("import_id", ForeignKey("register_import.id"), primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False),
    code("sor_id", length=18),
    code("parent", length=18),
    code("kind", length=16),
    code("name", length=255),
    Column("ydernummer", String(6)),
    code("gln", length=13),
    code("gln_flaw", length=16),  # inactive | internal-only | not-a-gln: then ``gln`` is empty
    code("gln_from", length=18),  # the unit the location number was inherited from
    code("supplier", length=32),
    code("system_type", length=32),
    code("communication", length=32),
    code("institution_type", length=32),
    code("specialities", length=255),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Index("ix_sor_unit_ydernummer", "import_id", "ydernummer"),
    Index("ix_sor_unit_id", "import_id", "sor_id"),
)
