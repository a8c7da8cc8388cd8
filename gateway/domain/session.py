"""Sessions on the server: who sits at the browser, and with which rights (D5, D16)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from gateway.domain.launch import UsedToken

GUEST_STAY = timedelta(hours=3)  # a guest's session is worth nothing after the call, and ends after so long


class SessionKind(StrEnum):
    EMPLOYEE = "employee"
    CLINIC = "clinic"
    CITIZEN = "citizen"  # a seat without an employee session
    GUEST = "guest"  # a seat in one call, by a link; ``person`` is "<consultation>/<guest>"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Grant:
    """A person as a login or launch proved her. ``subject`` is the provider's stable id, ``organisation`` the tenant's
    or clinic's name for display, ``right`` whether the named role claim was there, ``console`` what she may
    administer."""

    subject: str
    name: str = field(repr=False)
    role: str
    organisation: str
    right: bool
    connection: str
    authorisation: str = field(default="", repr=False)
    console: tuple[str, ...] = ()  # codes of ConsoleRole
    workplaces: tuple[str, ...] | None = None  # where she works, in the organisation's words; None: not told this time


@dataclass(frozen=True, slots=True)
class Session:
    """One logged-in browser. Exactly one of ``tenant`` and ``clinic`` is set for people; neither for the operator's.

    ``citizen_consultation`` is the citizen's context: "Log borger ud" empties it and the session lives on.
    ``id_token`` is kept (encrypted) for logging out at the provider.
    """

    id: UUID
    kind: SessionKind
    person: str  # employee id or clinic user id
    grant: Grant
    tenant: UUID | None
    clinic: UUID | None
    created_at: datetime
    expires_at: datetime
    idle_minutes: int = 30
    citizen_consultation: UUID | None = None
    csrf: str = field(default="", repr=False)
    id_token: str = field(default="", repr=False)
    suspended: bool = False


def guests_session(tenant: UUID, consultation: UUID, guest: UUID, now: datetime, csrf: str) -> Session:
    """Whoever followed a link into a call: one seat, no name and no right."""
    return Session(
        id=guest,
        kind=SessionKind.GUEST,
        person=f"{consultation}/{guest}",
        grant=Grant("", "", "guest", "", False, ""),
        tenant=tenant,
        clinic=None,
        created_at=now,
        expires_at=now + GUEST_STAY,
        idle_minutes=int(GUEST_STAY.total_seconds() // 60),
        csrf=csrf,
    )


@dataclass(frozen=True, slots=True)
class ProviderLogout:
    """A login that has ended at its provider: whose, by the provider's own ``sub``, and which of hers (``sid``); one of
    the two may be "". ``used`` is burnt with what it ends: it is said once."""

    subject: str
    sid: str
    used: UsedToken


@dataclass(frozen=True, slots=True)
class OneTimeSecret:
    """A one-time launch address or a pending login. ``payload`` is JSON, encrypted at rest; ``binding`` ties it to
    the browser that redeemed or began it."""

    kind: str
    expires_at: datetime
    payload: str = field(repr=False)
    binding: str = field(default="", repr=False)
