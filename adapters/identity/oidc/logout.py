"""What a provider's logout token says; pure (OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6).

Issuer, audience, signature and times are judged before, as an id token's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from gateway.domain.errors import LaunchRefused
from gateway.domain.launch import UsedToken
from gateway.domain.session import ProviderLogout

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TYPES = ("jwt", "logout+jwt")
YOUNG = 300  # seconds since it was issued; so long its id is remembered
LONGEST = 200


def logged_out(claims: Mapping[str, Any], issuer: str, now: datetime) -> ProviderLogout:
    """``LaunchRefused`` for a token that is none of this kind, is old, or names nobody."""
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise LaunchRefused("events")
    if "nonce" in claims:  # §2.4: so that an id token can never be taken for one
        raise LaunchRefused("nonce")
    if now.timestamp() - float(claims["iat"]) > YOUNG:
        raise LaunchRefused("too-old")
    subject, sid, jti = (_text(claims, name) for name in ("sub", "sid", "jti"))
    if not jti:
        raise LaunchRefused("jti")
    if not subject and not sid:
        raise LaunchRefused("nobody")
    return ProviderLogout(subject, sid, UsedToken(f"logout:{issuer}"[:255], jti, now + timedelta(seconds=2 * YOUNG)))


def _text(claims: Mapping[str, Any], name: str) -> str:
    """ "" where it is not there; one that is no text, half a surrogate pair included, or is longer than any, is
    refused."""
    value = claims.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        raise LaunchRefused(name)
    return value
