"""The registers and their imports, as the baseline made them: frozen, whatever the tables become later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.baseline.columns import (
    code,
    day,
    index,
    moment,
    number,
    octets,
    primary_key,
    references,
    serial32,
)


def create() -> None:
    _insured_slot("insured_a")
    _insured_slot("insured_b")
    _provider_import()
    _register_import()
    _provider_activation()
    _provider_register()
    _provider_version()
    _register_activation()
    _register_state()
    _sor_unit()


def _insured_slot(name: str) -> None:
    op.create_table(
        name,
        octets("citizen"),
        code("own", 6),
        number("own_from"),
        code("grp", 1),
        number("grp_from"),
        code("future", 6),
        number("future_from"),
        code("future_grp", 1),
        number("future_grp_from"),
        primary_key(name, "citizen"),
        sqlite_with_rowid=False,
    )


def _provider_import() -> None:
    op.create_table(
        "provider_import",
        serial32("id"),
        day("opgdato"),
        code("timestamp", 20),
        number("total"),
        number("persons"),
        number("added"),
        number("changed"),
        number("closed"),
        moment("imported_at"),
        code("imported_by", 255),
        primary_key("provider_import", "id"),
        sqlite_autoincrement=True,
    )


def _register_import() -> None:
    op.create_table(
        "register_import",
        serial32("id"),
        code("register", 16),
        code("layout", 32),
        code("slot", 1),
        day("as_of"),
        code("stamp", 40),
        number("total"),
        number("added"),
        number("changed"),
        number("closed"),
        moment("imported_at"),
        code("imported_by", 255),
        primary_key("register_import", "id"),
        sqlite_autoincrement=True,
    )


def _provider_activation() -> None:
    op.create_table(
        "provider_activation",
        serial32("id"),
        number("import_id"),
        code("kind"),
        moment("at"),
        code("by", 255),
        primary_key("provider_activation", "id"),
        references("provider_activation", "provider_import", import_id="id"),
        sqlite_autoincrement=True,
    )


def _provider_register() -> None:
    op.create_table(
        "provider_register",
        number("id"),
        number("active", null=True),
        number("previous", null=True),
        primary_key("provider_register", "id"),
        sa.CheckConstraint("id = 1", name="ck_provider_register_only_one"),
        references("provider_register", "provider_import", active="id"),
        references("provider_register", "provider_import", previous="id"),
    )


def _provider_version() -> None:
    op.create_table(
        "provider_version",
        number("import_id"),
        number("row"),
        code("ydernummer", 6),
        code("name", 255),
        code("phone", 255),
        code("address", 255),
        code("postcode", 255),
        code("district", 255),
        code("speciality", 255),
        code("speciality_text", 255),
        day("valid_from"),
        day("valid_to", null=True),
        code("folded", 4096),
        primary_key("provider_version", "import_id", "row"),
        references("provider_version", "provider_import", import_id="id"),
    )
    index("ix_provider_version_number", "provider_version", "import_id", "ydernummer")


def _register_activation() -> None:
    op.create_table(
        "register_activation",
        serial32("id"),
        number("import_id"),
        code("kind"),
        moment("at"),
        code("by", 255),
        primary_key("register_activation", "id"),
        references("register_activation", "register_import", import_id="id"),
        sqlite_autoincrement=True,
    )


def _register_state() -> None:
    op.create_table(
        "register_state",
        code("register", 16),
        number("active", null=True),
        number("previous", null=True),
        number("filling", null=True),
        primary_key("register_state", "register"),
        references("register_state", "register_import", active="id"),
        references("register_state", "register_import", previous="id"),
    )


def _sor_unit() -> None:
    op.create_table(
        "sor_unit",
        number("import_id"),
        number("row"),
        code("sor_id", 18),
        code("parent", 18),
        code("kind", 16),
        code("name", 255),
        code("ydernummer", 6, null=True),
        code("gln", 13),
        code("gln_flaw", 16),
        code("gln_from", 18),
        code("supplier", 32),
        code("system_type", 32),
        code("communication", 32),
        code("institution_type", 32),
        code("specialities", 255),
        day("valid_from"),
        day("valid_to", null=True),
        primary_key("sor_unit", "import_id", "row"),
        references("sor_unit", "register_import", import_id="id"),
    )
    index("ix_sor_unit_id", "sor_unit", "import_id", "sor_id")
    index("ix_sor_unit_ydernummer", "sor_unit", "import_id", "ydernummer")
