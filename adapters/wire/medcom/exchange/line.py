"""The line to the access point (MSH) that carries our messages over EHMI or VANS, and how both sides prove themselves.

Each call carries a token signed with the caller's own key, used for that call only (RFC 7523's claims, in a bearer
header); who is called is its audience. The access point puts the message into its network envelope.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from adapters.wire.http import FHIR_HEADERS, PeerHttp
from adapters.wire.jose import ASSERTION_TYPES, Demands, PinnedKeys, TokenRejected, read_token
from adapters.wire.medcom.exchange.parties import AccessPointSettings
from adapters.wire.oauth.client_key import ClientKey

MESSAGES = "messages"
SPEAKS = "MedCom FHIR-meddelelser"
NO_MESSAGE = (400, 406, 415, 422)


class _Signed:
    """``adapters.wire.http.Auth``: a new token for every call."""

    def __init__(self, client_id: str, key: ClientKey, audience: str, clock: Callable[[], datetime]) -> None:
        self._client_id = client_id
        self._key = key
        self._audience = audience
        self._clock = clock

    def header(self) -> str:
        return f"Bearer {self._key.assertion(self._client_id, self._audience, self._clock())}"

    def renew(self, refused: str) -> None:
        """The next one is new anyway."""


class Line:
    """Messages out."""

    def __init__(self, http: PeerHttp) -> None:
        self._http = http

    def post(self, bundle: dict[str, Any]) -> None:
        """2xx: the access point has it. Whether the receiver has it is said by the acknowledgement only."""
        self._http.send("POST", MESSAGES, bundle, headers=FHIR_HEADERS)

    def try_out(self) -> None:
        """Nothing that could be a message: whoever is let in is told so (400, 415, 422), and nothing is taken."""
        self._http.send("POST", MESSAGES, {}, headers=FHIR_HEADERS, expect=NO_MESSAGE, is_read=True)

    def close(self) -> None:
        self._http.close()


def line_of(
    name: str, settings: AccessPointSettings, secrets: Callable[[str], str], clock: Callable[[], datetime]
) -> Line:
    key = settings.signing_key(secrets)
    auth = _Signed(settings.client_id, key, settings.audience or f"{settings.base_url}/{MESSAGES}", clock)
    http = PeerHttp(
        name,
        settings.base_url,
        connect_timeout=settings.connect_timeout,
        total_timeout=settings.total_timeout,
        auth=auth,
    )
    return Line(http)


def is_genuine(token: str, settings: AccessPointSettings, audience: str, now: datetime) -> bool:
    """A token of the access point's own key, at most five minutes long, meant for this address."""
    demands = Demands(
        settings.caller_id, audience, types=ASSERTION_TYPES, longest=300, needs_kid=False, needs_issued=False
    )
    try:
        read_token(token, PinnedKeys(settings.caller_keys), demands, now)
    except TokenRejected:
        return False
    return True
