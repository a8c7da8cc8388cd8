"""A token endpoint's error codes (RFC 6749 §5.2), and what else a login server may say.

Nothing was sent to the peer itself, whatever happens here. A grant that is refused is the grant's own fault (a code
that was used or is too old); everything else that the server names is about who we are there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.wire.meaning.lines import Line, Means, meaning, table

ERRORS: Final[Mapping[str, Line]] = table(
    (Means.ILL, "invalid_client", "RFC 6749 §5.2: client authentication failed"),
    (Means.ILL, "unauthorized_client", "RFC 6749 §5.2: this client may not use this grant"),
    (Means.ILL, "invalid_scope", "RFC 6749 §5.2: the scope is unknown or more than was granted"),
    (Means.ILL, "unsupported_grant_type", "RFC 6749 §5.2: the server does not offer it"),
    (Means.ILL, "invalid_request", "RFC 6749 §5.2: something of our set-up is missing or wrong"),
    (Means.ILL, "access_denied", "RFC 6749 §4.1.2.1: the owner or the server said no"),
    (Means.REFUSED, "invalid_grant", "RFC 6749 §5.2: the grant is invalid, expired or another client's"),
    (Means.BUSY, "temporarily_unavailable", "RFC 6749 §4.1.2.1: overloaded or under maintenance"),
    (Means.AGAIN, "server_error", "RFC 6749 §4.1.2.1: an unexpected condition"),
)
# Without a code of the table: an address or a client nobody there knows, else nothing is settled.
UNCODED: Final[Mapping[str, Line]] = table(
    (Means.ILL, "401", "RFC 6749 §5.2: 401 answers a client that could not prove itself"),
    (Means.ILL, "403", "RFC 9110 §15.5.4"),
)


def means_of(status: int, error: str) -> Means:
    return meaning(ERRORS, [error]) or meaning(UNCODED, [str(status)]) or Means.AGAIN
