"""Who administrates what: the roles of the console, whose matters an administrator sees, and what she may not do alone
(requirements.md AD01).

Whoever wants one of the risky acts says why; somebody else with the same right grants it within a day, or it runs out.
In an emergency one may act alone, with a reason, and it is marked as that. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from gateway.domain.errors import TransitionRefused
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
HISTORY_READERS = OVERVIEW_READERS | {ConsoleRole.LOG_REVIEW}  # who changed what, and how it fares: nobody in it
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


LASTS = timedelta(hours=24)  # a request for a second person


class RiskyAct(StrEnum):
    """What needs a second person. Keys are not changed from the console."""

    ACTIVATE = "activate"  # a draft of a connection that is not invented into force
    REPLAY_MANY = "replay-many"  # more rows than one may send again alone
    GIVE_UP = "give-up"  # a delivery that is never sent
    LIST_AFFECTED = "list-affected"  # the citizens whom a fault touched, by name
    RETENTION = "retention"  # a set-up that keeps texts or rows for another time than before


class Decision(StrEnum):
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    ALONE = "alone"  # an emergency: nobody was asked


@dataclass(frozen=True, slots=True)
class Approval:
    """``subject``: a connection's name or a delivery's id; ``detail``: what of it (a revision's number, a choice of
    rows). ``asked_by``, ``decided_by``: person ids; the names are shown beside. No citizen in any of it."""

    id: UUID
    tenant: UUID | None
    act: RiskyAct
    subject: str
    detail: str
    reason: str
    asked_by: str
    asked_name: str
    asked_at: datetime
    decision: Decision = Decision.ASKED
    decided_by: str = ""
    decided_name: str = ""
    decided_at: datetime | None = None

    @property
    def expires_at(self) -> datetime:
        return self.asked_at + LASTS

    def is_open(self, now: datetime) -> bool:
        return self.decision is Decision.ASKED and now < self.expires_at


def decide(asked: Approval, decision: Decision, by: str, name: str, now: datetime) -> Approval:
    """``TransitionRefused`` for whoever asked granting it herself, for one decided already, and for one run out."""
    if asked.decision is not Decision.ASKED:
        raise TransitionRefused("decide", str(asked.decision), "already-decided", asked.decided_name)
    if now >= asked.expires_at:
        raise TransitionRefused("decide", "expired", "run-out")
    if decision is Decision.GRANTED and by == asked.asked_by:
        raise TransitionRefused("decide", str(asked.decision), "second-person")
    return replace(asked, decision=decision, decided_by=by, decided_name=name, decided_at=now)
