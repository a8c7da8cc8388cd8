"""Signed tokens: whose key, which algorithm, which claims (RFC 7515, 7517, 7519, 8725). Nothing here calls anybody.

A token chooses neither its algorithm nor its key: both come from what the connection was set up with. What else its
header holds (``x5t``, ``jku``, ``jwk``, a supplier's own words) is ignored, unless ``crit`` demands that it is
understood (RFC 7515 §4).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal, Protocol

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from adapters.wire.answer import parse_json

Json = dict[str, Any]
Key = ECKey | RSAKey
LONGEST_TOKEN = 32_000
# RFC 7518 §3.1: each algorithm has its own kind of key; a public key can never be used as a shared secret.
_CURVES = {"ES256": "P-256", "ES384": "P-384"}
_KINDS = {"ES": "EC", "RS": "RSA", "PS": "RSA"}
Algorithm = Literal["ES256", "ES384", "PS256", "PS384", "RS256", "RS384"]
ALGORITHMS: Final[tuple[Algorithm, ...]] = ("ES256", "ES384", "PS256", "PS384", "RS256", "RS384")
# What a client signs to prove itself: plain, or typed as drafts of RFC 7523's successor ask.
ASSERTION_TYPES = ("jwt", "client-authentication+jwt")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_KID = re.compile(r"[\x21-\x7e]{1,256}")


class TokenRejected(Exception):
    """``reason`` is a code for our own log; it never quotes the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeySource(Protocol):
    """Where public keys come from."""

    def find(self, kid: str) -> Json | None:
        """The key of that id (``""``: the only key there is), or None."""


class PinnedKeys:
    """A key set that stands in the connection's own stanza."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        self._keys = usable_keys(jwks)

    def find(self, kid: str) -> Json | None:
        return chosen(self._keys, kid)


def usable_keys(jwks: Any) -> list[Json]:
    """The public signature keys of a JWKS (RFC 7517 §5): unknown kinds are skipped, as the clause demands.

    Raises ``ValueError`` where it is no key set at all.
    """
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(keys, list):
        raise ValueError("no key set")
    return [key for key in keys if isinstance(key, dict) and _is_public_signature_key(key)]


def _is_public_signature_key(key: Json) -> bool:
    return key.get("kty") in ("EC", "RSA") and key.get("use", "sig") == "sig" and "d" not in key


def chosen(keys: list[Json], kid: str) -> Json | None:
    if not kid:
        return keys[0] if len(keys) == 1 else None
    return next((key for key in keys if key.get("kid") == kid), None)


@dataclass(frozen=True, slots=True)
class Demands:
    """What a token must be. ``longest``: the most seconds between ``iat`` and ``exp``; ``leeway``: clock slack.
    ``needs_issued`` is false for client assertions, whose ``iat`` is optional (RFC 7523 §3): their life is then counted
    from now."""

    issuer: str
    audience: str
    algorithms: Collection[str] = ALGORITHMS
    types: Collection[str] = ("jwt",)
    leeway: int = 10
    longest: int | None = None
    needs_kid: bool = True
    needs_issued: bool = True


def read_token(token: str, keys: KeySource, demands: Demands, now: datetime) -> Json:
    """The claims of a token that meets every demand; raises ``TokenRejected``."""
    claims = _signed_claims(token, keys, demands)
    _check_parties(claims, demands)
    _check_times(claims, demands, now)
    return claims


def read_answer(token: str, keys: KeySource, demands: Demands, now: datetime) -> Json:
    """The claims of a signed answer to a call of ours (OpenID Connect Core §5.3.2). Parties and times may be left out,
    since we know whom we asked and when; what stands there must be right. Raises ``TokenRejected``."""
    claims = _signed_claims(token, keys, demands)
    unsaid = {"iss": demands.issuer, "aud": demands.audience, "exp": now.timestamp() + demands.leeway + 1}
    _check_parties(unsaid | claims, demands)
    _check_times(unsaid | claims, replace(demands, needs_issued=False), now)
    return claims


def _signed_claims(token: str, keys: KeySource, demands: Demands) -> Json:
    header_part, payload_part = _parts(token)
    header = _object(header_part, "header")
    _check_header(header, demands)
    _check_signature(token, header, keys)
    return _object(payload_part, "payload")


def claimed_issuer(token: str) -> str:
    """Whose token it says it is, believed only as far as choosing whose keys to try; "" where that cannot be read."""
    try:
        issuer = _object(_parts(token)[1], "payload").get("iss")
    except TokenRejected:
        return ""
    return issuer if isinstance(issuer, str) else ""


def _parts(token: str) -> tuple[str, str]:
    if len(token) > LONGEST_TOKEN:
        raise TokenRejected("too-long")
    parts = token.split(".")
    if len(parts) != 3 or not all(parts):
        raise TokenRejected("not-compact")
    return parts[0], parts[1]


def _object(part: str, what: str) -> Json:
    if not _BASE64URL.fullmatch(part):
        raise TokenRejected(f"{what}-encoding")
    try:
        value = parse_json(_bytes(part))
    except ValueError:
        raise TokenRejected(f"{what}-json") from None
    if not isinstance(value, dict):
        raise TokenRejected(f"{what}-json")
    return value


def _bytes(part: str) -> bytes:
    """base64url without padding (RFC 7515 §2); anything else is a ``ValueError``."""
    if not _BASE64URL.fullmatch(part):
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _check_header(header: Json, demands: Demands) -> None:
    # RFC 7515 §4.1.11: we understand no extension, so one that must be understood is refused. RFC 8725 §3.10: a key, or
    # the address of a key, is never taken from the token itself.
    if "crit" in header:
        raise TokenRejected("critical-header")
    if header.get("alg") not in demands.algorithms:
        raise TokenRejected("algorithm")
    _check_type(header.get("typ", ""), demands)
    kid = header.get("kid", "")
    if not isinstance(kid, str) or (kid and not _KID.fullmatch(kid)) or (demands.needs_kid and not kid):
        raise TokenRejected("key-id")


def _check_type(kind: Any, demands: Demands) -> None:
    """Any ``typ`` goes (RFC 7515 §4.1.9), except one that names another kind of token (RFC 8725 §3.11: ``…+jwt``)."""
    if not isinstance(kind, str):
        raise TokenRejected("type")
    named = kind.lower().removeprefix("application/")
    if named.endswith("+jwt") and named not in demands.types:
        raise TokenRejected("type")


def _check_signature(token: str, header: Json, keys: KeySource) -> None:
    found = keys.find(header.get("kid", ""))
    if found is None:
        raise TokenRejected("unknown-key")
    algorithm = header["alg"]
    if found.get("alg", algorithm) != algorithm or not _fits(found, algorithm):
        raise TokenRejected("key-algorithm")
    signed, _, signature = token.rpartition(".")
    try:
        genuine = (
            jws.JWSRegistry(algorithms=[algorithm])
            .get_alg(algorithm)
            .verify(signed.encode(), _bytes(signature), imported(found))
        )
    except (JoseError, ValueError, TypeError, KeyError):
        genuine = False
    if not genuine:
        raise TokenRejected("signature")


def _fits(key: Json, algorithm: str) -> bool:
    """RFC 7518 §3.1: each algorithm has its own kind of key, and ES256 and ES384 their own curve."""
    return key.get("kty") == _KINDS.get(algorithm[:2]) and key.get("crv") == _CURVES.get(algorithm)


def imported(jwk: Json) -> Key:
    """Raises ``ValueError`` for a key too weak to be one (RFC 7518 §3.3: 2048 bits)."""
    return _imported(json.dumps(jwk, sort_keys=True))


@lru_cache(maxsize=256)
def _imported(text: str) -> Key:
    """A peer signs with the same key for months, and reading one costs as much as the check of a signature."""
    key = JWKRegistry.import_key(json.loads(text))
    if isinstance(key, RSAKey) and key.public_key.key_size < 2048:
        raise ValueError("weak key")
    if not isinstance(key, (ECKey, RSAKey)):
        raise ValueError("not a signature key")
    return key


def _check_parties(claims: Json, demands: Demands) -> None:
    if claims.get("iss") != demands.issuer:
        raise TokenRejected("issuer")
    audience = claims.get("aud")
    if demands.audience not in (audience if isinstance(audience, list) else [audience]):
        raise TokenRejected("audience")
    # OpenID Connect Core §3.1.3.7 (3–5): several audiences only together with an authorised party, and that is us.
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != demands.audience:
        raise TokenRejected("audience")


def _check_times(claims: Json, demands: Demands, now: datetime) -> None:
    moment = now.timestamp()
    expires = _seconds(claims, "exp")
    unsaid = not demands.needs_issued and "iat" not in claims
    issued = min(moment + demands.leeway, expires) - 1 if unsaid else _seconds(claims, "iat")
    starts = _seconds(claims, "nbf") if "nbf" in claims else issued
    if expires + demands.leeway <= moment:
        raise TokenRejected("expired")
    if max(issued, starts) - demands.leeway > moment:
        raise TokenRejected("not-yet-valid")
    if expires <= issued or (demands.longest is not None and expires - issued > demands.longest):
        raise TokenRejected("lifetime")


def _seconds(claims: Json, name: str) -> float:
    value = claims.get(name)
    # bool is an int in Python, and a date written as text is no NumericDate (RFC 7519 §2).
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise TokenRejected(name)
    return float(value)
