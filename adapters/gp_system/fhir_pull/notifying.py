"""One notification sent to a subscriber's endpoint (R4 Subscription, rest-hook); the relay decides when."""

from __future__ import annotations

from adapters.gp_system.fhir_pull.notification import notification
from adapters.wire.http import FHIR_JSON, PeerHttp
from adapters.wire.transport import Transport
from gateway.domain.peers.subscription import Notice

PATH = "/fhir/r4"


def notify(notice: Notice) -> None:
    """Only to an address that was agreed with the operator, and in production only to a public one. ``PeerError``."""
    subscription = notice.subscription
    body = notification(notice.public_url + PATH, subscription, notice.kind, notice.events, notice.at)
    http = PeerHttp(
        subscription.connection,
        subscription.endpoint,
        total_timeout=subscription.timeout,
        transport=Transport(public_only=notice.public_only),
    )
    headers = {**dict(_split(line) for line in subscription.headers), "Content-Type": FHIR_JSON}
    try:
        http.send("POST", subscription.endpoint, body, headers=headers)
    finally:
        http.close()


def _split(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()
