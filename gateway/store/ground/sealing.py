"""Where a sealed value stands (table, tenant, row, column), and the keyed hashes rows are looked up by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gateway.domain.identifiers import CitizenId
from gateway.store.ground.crypto import Vault

Row = Mapping[Any, Any]


Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where sealed values lie: one row of one table of one tenant."""

    vault: Vault
    table: str
    row: str
    tenant: UUID | None

    def seal(self, **texts: str) -> dict[str, bytes]:
        return {
            column: self.vault.seal(text, table=self.table, column=column, row=self.row, tenant=self.tenant)
            for column, text in texts.items()
        }

    def seal_bytes(self, column: str, plain: bytes) -> bytes:
        return self.vault.seal_bytes(plain, table=self.table, column=column, row=self.row, tenant=self.tenant)

    def open_bytes(self, row: Row, column: str) -> bytes:
        return self.vault.unseal_bytes(row[column], table=self.table, column=column, row=self.row, tenant=self.tenant)

    def open(self, row: Row, column: str) -> str:
        return self.vault.unseal(row[column], table=self.table, column=column, row=self.row, tenant=self.tenant)


def identifier_index(vault: Vault, identifier: CitizenId) -> bytes:
    """The same citizen gives the same hash in every tenant: what the citizen's own access list is found by."""
    return vault.index("citizen", f"{identifier.system}|{identifier.value}")


def record_index(vault: Vault, connection: str, record_ref: str) -> bytes:
    return vault.index("record", f"{connection}|{record_ref}")
