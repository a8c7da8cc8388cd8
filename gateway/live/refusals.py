"""A stream that was refused to somebody who is logged in leaves a row of the audit, as a page does (D14)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from uuid import UUID

from aiohttp import web

from gateway import access, attempts
from gateway.domain.records import AuditRow
from gateway.domain.session import Session
from gateway.rate_limits import Per
from gateway.store.ground.faults import DatabaseFault
from gateway.wiring import Gateway

WHY = {401: "not-hers", 403: "other-origin", 404: "not-hers"}


def noting(gateway: Gateway):  # type: ignore[no-untyped-def]
    """Whoever has no session is not recorded, only limited in rate."""

    @web.middleware
    async def note(request: web.Request, handler):  # type: ignore[no-untyped-def]
        try:
            return await handler(request)
        except web.HTTPException as refused:
            if refused.status in WHY and request.match_info.route.resource is not None:
                await asyncio.to_thread(_record, gateway, request, WHY[refused.status])
            raise

    return note


def _record(gateway: Gateway, request: web.Request, why: str) -> None:
    with suppress(DatabaseFault):
        session = _known(gateway, request)
        if session is not None:
            attempts.record(gateway, _row(gateway, request, session, why), {Per.SESSION: str(session.id)})


def _known(gateway: Gateway, request: web.Request) -> Session | None:
    """Whose cookies came along; asleep or of the wrong kind, she is somebody who tried."""
    now = gateway.clock.now()
    for name in dict.fromkeys(access.COOKIES.values()):
        found = gateway.access.read(request.cookies.get(gateway.settings.cookie(name)), now)
        if found is not None:
            return found
    return None


def _row(gateway: Gateway, request: web.Request, session: Session, why: str) -> AuditRow:
    resource = request.match_info.route.resource
    return AuditRow(
        gateway.clock.now(),
        access.actor(session),
        session.grant.organisation,
        attempts.REFUSED,
        resource.canonical if resource else "",
        consultation=_asked_for(request),
        basis=why,
        channel=str(session.kind),
        tenant=session.tenant,
    )


def _asked_for(request: web.Request) -> UUID | None:
    try:
        return UUID(request.match_info.get("id", ""))
    except ValueError:
        return None
