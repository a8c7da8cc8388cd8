"""Verify a posted launch token; what it says becomes a ``Launch`` in ``mapping``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from adapters.eoj.signed_launch.mapping import employing, launch_of
from adapters.eoj.signed_launch.settings import Settings
from adapters.wire.claims import require_right
from adapters.wire.discovery import FetchedKeys
from adapters.wire.http import PeerHttp
from adapters.wire.jose import Demands, Json, KeySource, PinnedKeys, TokenRejected, read_token
from gateway.domain.errors import InvalidField, LaunchRefused
from gateway.domain.launch import Launch, UsedToken
from gateway.domain.peers.messages import Envelope
from gateway.domain.peers.trial import Probe, TrialStep
from gateway.ports.registers import UnitDirectory

CONTENT_TYPE = "application/jwt"  # RFC 7519 §10.3.1
LONGEST_BODY = 16_000
LONGEST_LIFE = 60
LEEWAY = 10


class SignedLaunch:
    """Implements ``ports.SignedLaunch``. ``secrets`` is not used: nothing of ours is secret here."""

    def __init__(self, name: str, settings: Settings, secrets: Callable[[str], str] | None = None) -> None:
        self.name = name
        self.settings = settings
        self._units: UnitDirectory | None = None
        self._keys = _key_source(name, settings)
        self._demands = Demands(
            settings.issuer, settings.audience, settings.algorithms, leeway=LEEWAY, longest=LONGEST_LIFE
        )

    def look_units_up_in(self, units: UnitDirectory) -> None:
        self._units = units

    def trial(self) -> Sequence[Probe]:
        """Its published keys, where they are not written in the settings."""
        published = self.settings.jwks_url is not None
        return (Probe(TrialStep.METADATA, self._read_keys, "JWKS"),) if published else ()

    def _read_keys(self) -> None:
        self._keys.find("")

    def verify(self, envelope: Envelope, now: datetime) -> tuple[Launch, UsedToken]:
        """Raises ``InvalidField`` (what is wrong, never the value), ``LaunchRefused`` (not genuine; the reason is for
        our log), ``AccessRefused`` (a known employee without the right), ``PeerError`` (keys out of reach)."""
        claims = self._genuine(_token_in(envelope), now)
        used = self._used_token(claims)
        require_right(claims, self.settings.right_claim, self.settings.right, employing(claims, self.settings))
        return launch_of(claims, self.settings, now, self._units), used

    def _genuine(self, token: str, now: datetime) -> Json:
        try:
            claims = read_token(token, self._keys, self._demands, now)
        except TokenRejected as fault:
            raise LaunchRefused(fault.reason) from None
        employing(claims, self.settings)
        return claims

    def _used_token(self, claims: Json) -> UsedToken:
        """Burnt for as long as the token could be accepted."""
        jti = claims.get("jti")
        if not isinstance(jti, str) or not 1 <= len(jti) <= 128 or not jti.isprintable():
            raise LaunchRefused("jti")
        until = datetime.fromtimestamp(float(claims["exp"]), UTC) + timedelta(seconds=LEEWAY)
        return UsedToken(self.settings.issuer, jti, until)


def _token_in(envelope: Envelope) -> str:
    kind = envelope.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != CONTENT_TYPE:
        raise InvalidField("content-type", "not-application-jwt")
    if len(envelope.body) > LONGEST_BODY:
        raise InvalidField("body", "too-long")
    try:
        return envelope.body.decode("ascii").strip()
    except UnicodeDecodeError:
        raise LaunchRefused("not-compact") from None


def _key_source(name: str, settings: Settings) -> KeySource:
    if settings.jwks is not None:
        return PinnedKeys(settings.jwks)
    url = settings.jwks_url or ""
    http = PeerHttp(name, url, total_timeout=5.0)
    return FetchedKeys(http, lambda: url)
