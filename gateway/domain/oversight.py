"""Who administrates what: the roles of the console and whose matters an administrator sees (requirements.md AD01)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from gateway.domain.scope import Scope, SystemScope, TenantScope


class ConsoleRole(StrEnum):
    """What an administrator may do. Whoever holds none has no way in."""

    INTEGRATION = "integration"  # the organisation's own connections, and what is owed over them
    SUPPORT = "support"  # sees the same, changes nothing
    WORKPLACE = "workplace"  # the notes that did not come through
    SETUP = "setup"  # wording, roles, retention, contacts
    LOG_REVIEW = "log-review"  # the audit trail and its samples
    OPERATOR = "operator"  # the shared connections and every state; no text, no search by citizen


class Purpose(StrEnum):
    """Why an administrator looks for a citizen."""

    SUPPORT = "support"
    ACCESS = "access"
    INCIDENT = "incident"
    LOG_REVIEW = "log-review"


OVERVIEW_READERS = frozenset({ConsoleRole.INTEGRATION, ConsoleRole.SUPPORT, ConsoleRole.OPERATOR})
TENANT_ROLES = frozenset(ConsoleRole) - {ConsoleRole.OPERATOR}


def roles_here(roles: frozenset[ConsoleRole], tenant: UUID | None) -> frozenset[ConsoleRole]:
    """Of the roles a login claims, those it can give: an organisation's login cannot make anybody the operator, and the
    operator's gives no right inside an organisation."""
    return roles & (TENANT_ROLES if tenant is not None else frozenset({ConsoleRole.OPERATOR}))


@dataclass(frozen=True, slots=True)
class Oversight:
    """Whose matters are seen: one organisation's, or (``tenant`` None) the operator's."""

    tenant: UUID | None

    @property
    def scope(self) -> Scope:
        return SystemScope() if self.tenant is None else TenantScope(self.tenant)

    def sees_connection(self, owner: UUID | None) -> bool:
        """An organisation sees its own connections and how the shared ones fare."""
        return self.tenant is None or owner in (None, self.tenant)

    def keeps(self, owner: UUID | None) -> bool:
        """Whether the connection is this administrator's to look into and to change."""
        return owner == self.tenant

    def mends(self, tenant: UUID, owner: UUID | None) -> bool:
        """Whether a delivery of that organisation over a connection of that owner is hers to see to: an organisation
        mends its own, the operator what goes over the shared connections."""
        return tenant == self.tenant if self.tenant is not None else owner is None
