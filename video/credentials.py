"""Who may come in, and with what they may pass a closed network: join tickets and TURN credentials."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import struct
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from gateway.domain.room import JoinTicket, TicketRefused
from gateway.logs import log
from video.settings import MediaSettings

_LONGEST_TICKET: Final = 4096
_LONGEST_NAME: Final = 64
_TICKETS_BEFORE_SWEEP: Final = 1000
_USED: Final = struct.Struct("=32sd")  # SHA-256 of a ticket, and when it expires
USED_AT_ONCE: Final = 100 * _USED.size  # octets to read from the pipe of used tickets


class UsedTickets:
    """Tickets that have let somebody in, each remembered until it would expire anyway.

    ``tell``: the writing end of a pipe to whoever starts the successor of this process, which must know them too.
    """

    def __init__(self) -> None:
        self.tell: int | None = None
        self._until: dict[bytes, float] = {}

    def use(self, text: str, ticket: JoinTicket, now: float) -> bool:
        """False when this ticket has been used before, or when the pipe does not take it just now."""
        mark = hashlib.sha256(text.encode()).digest()
        if mark in self._until or not self._told(_USED.pack(mark, ticket.expires_at)):
            return False
        self._remember(mark, ticket.expires_at, now)
        return True

    def heard(self, told: bytes, now: float) -> None:
        """Remember what another process told by its pipe: whole records, as they are never written or read in parts."""
        for mark, until in _USED.iter_unpack(told):
            self._remember(mark, until, now)

    def _remember(self, mark: bytes, until: float, now: float) -> None:
        if len(self._until) >= _TICKETS_BEFORE_SWEEP:
            self._until = {mark: until for mark, until in self._until.items() if until > now}
        self._until[mark] = until

    def _told(self, record: bytes) -> bool:
        try:
            return self.tell is None or os.write(self.tell, record) == len(record)
        except OSError as fault:  # full: its reader is held up
            log("video.credentials").warning("ticket-not-told", errno=fault.errno)
            return False


def read_ticket(text: str, secret: bytes, now: float) -> JoinTicket:
    """Verify a join ticket (JWT, HS256 only: RFC 8725 §3.1). Raises ``TicketRefused`` naming what is wrong.

    No leeway on ``exp``: the gateway gives a ticket two minutes and the page fetches one when it needs it.
    """
    if len(text) > _LONGEST_TICKET:
        raise TicketRefused("length")
    try:
        token = jwt.decode(text, OctKey.import_key(secret), algorithms=["HS256"])
    except (JoseError, ValueError):
        raise TicketRefused("signature") from None
    if not isinstance(token.claims, dict):
        raise TicketRefused("claims")
    ticket = JoinTicket.from_claims(token.claims)
    if ticket.expires_at <= now:
        raise TicketRefused("exp")
    for name, value in (("room", ticket.room), ("seat", ticket.seat)):
        if not 0 < len(value) <= _LONGEST_NAME:
            raise TicketRefused(name)
    return ticket


def ice_servers(settings: MediaSettings, now: float) -> list[dict[str, Any]]:
    """The servers a browser may use, relays with a name and password that expire (coturn's REST scheme)."""
    return [_with_credential(server, settings, now) for server in settings.ice_servers]


def _with_credential(server: dict[str, Any], settings: MediaSettings, now: float) -> dict[str, Any]:
    urls = server["urls"] if isinstance(server["urls"], list) else [server["urls"]]
    relays = any(str(url).startswith(("turn:", "turns:")) for url in urls)
    if not relays or "credential" in server or settings.turn_secret is None:
        return server
    # The name says when it expires and nothing about who: it is seen by the relay's log.
    name = f"{int(now) + settings.turn_lifetime}:{secrets.token_hex(4)}"
    # RFC 5389 long-term credentials as coturn's use-auth-secret computes them: SHA-1 is part of that interface.
    mac = hmac.new(settings.turn_secret, name.encode(), hashlib.sha1).digest()
    return {**server, "username": name, "credential": base64.b64encode(mac).decode()}
