"""What was refused is audited like what was done: who tried, where, and what of (D14).

Recorded: a session that asks for what is not its own, an administrator without the role, a launch that was not proved.
A request without a session is not recorded, only limited in rate (limits.py). Other systems' doors: gateway/doors.py.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import g, request

from gateway import access, attempts
from gateway.attempts import REFUSED
from gateway.domain import errors
from gateway.domain.people import Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.rate_limits import Per
from gateway.web.forms import DOORS
from gateway.web.guards import current_gateway

UNPROVED = Actor(ActorKind.PEER, attempts.UNPROVED)


def record(fault: Exception) -> None:
    """A row where the fault refuses somebody something; a database that is away does not change the answer."""
    row = _row(fault) if request.blueprint != DOORS else None  # doors record their own
    if row is not None:
        session = g.get("session")
        whose = {Per.SESSION: str(session.id)} if session else {Per.ADDRESS: request.remote_addr or ""}
        attempts.record(current_gateway(), row, whose)


def _row(fault: Exception) -> AuditRow | None:
    if isinstance(fault, errors.LaunchRefused):
        what = "launch" if request.blueprint == "launch" else request.endpoint or ""
        return AuditRow(_now(), UNPROVED, "", REFUSED, what, basis=fault.reason, channel="launch")
    if isinstance(fault, errors.AccessBarred):
        return _barred(fault)
    session = g.get("session")
    if session is None or not isinstance(fault, errors.AccessRefused | errors.NotFound):
        return None
    why = "access-refused" if isinstance(fault, errors.AccessRefused) else "not-hers"
    return AuditRow(
        _now(),
        access.actor(session),
        session.grant.organisation,
        REFUSED,
        request.endpoint or "",
        consultation=_asked_for(),
        basis=why,
        channel=str(session.kind),
        tenant=session.tenant,
    )


def _barred(fault: errors.AccessBarred) -> AuditRow:
    who = Actor(ActorKind.EMPLOYEE if fault.tenant else ActorKind.CLINIC, fault.person)
    tenant = UUID(fault.tenant) if fault.tenant else None
    return AuditRow(_now(), who, "", REFUSED, request.endpoint or "", basis="access-barred", tenant=tenant)


def _now() -> datetime:
    return current_gateway().clock.now()


def _asked_for() -> UUID | None:
    """The consultation that the address names, whosever it is."""
    id = (request.view_args or {}).get("id")
    return id if isinstance(id, UUID) else None
