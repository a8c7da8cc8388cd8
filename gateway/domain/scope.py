"""Whose eyes a query has: a tenant's, a clinic's, or the system's own (D13).

A row is visible to its tenant, or to the clinic that holds an entry on it, each with its own columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from gateway.domain.identifiers import Ydernummer


@dataclass(frozen=True, slots=True)
class TenantScope:
    tenant: UUID


@dataclass(frozen=True, slots=True)
class ClinicScope:
    """A clinic may hold several ydernumre and sees their entries from all tenants."""

    clinic: UUID
    ydernumre: tuple[Ydernummer, ...]


@dataclass(frozen=True, slots=True)
class SystemScope:
    """Workers, relay and clocks: they act with the tenant of the row they hold."""


Scope = TenantScope | ClinicScope | SystemScope
