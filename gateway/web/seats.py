"""A seat in a call as the page gets it: the signed ticket for the media process."""

from __future__ import annotations

from gateway.access import sign_ticket
from gateway.domain.room import JoinTicket
from gateway.web.guards import current_gateway


def signed_ticket(ticket: JoinTicket) -> dict[str, str]:
    """The ticket as the page passes it on, and where to."""
    gateway = current_gateway()
    signal = "ws" + gateway.settings.media_url.removeprefix("http") + "/signal"
    return {"ticket": sign_ticket(ticket, gateway.media_secret), "signal_url": signal}
