"""Our own key towards a peer, and what we sign with it (RFC 7515, 7518, 7523)."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from adapters.wire.jose import Algorithm, Json, Key

LONGEST_SECONDS = 300  # SMART Backend Services, and Entra: at most five minutes
RSA_BITS = 2048  # RFC 7518 §3.3
_OF_CURVE: Final[dict[str | None, Algorithm]] = {"P-256": "ES256", "P-384": "ES384"}
_OF_RSA: Final[tuple[Algorithm, ...]] = ("RS384", "RS256", "PS256", "PS384")  # the first where nothing is chosen


@dataclass(frozen=True, slots=True)
class ClientKey:
    """An EC key (P-256, P-384) or an RSA key of 2048 bits or more.

    ``chosen``: which of its kind's algorithms, where several fit. ``named``: the ``kid`` the peer knows it by.
    ``certificate``: of this key, for peers that know clients by certificates (AD FS, Entra).
    """

    key: Key = field(repr=False)
    chosen: Algorithm | None = None
    named: str = ""
    certificate: x509.Certificate | None = field(default=None, repr=False)

    @classmethod
    def from_pem(cls, pem: str) -> ClientKey:
        """Raises ``ValueError`` where it is no private key of a kind we sign with."""
        try:
            private = load_pem_private_key(pem.encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            private = None
        if isinstance(private, RSAPrivateKey) and private.key_size >= RSA_BITS:
            return cls(RSAKey.import_key(pem))
        if isinstance(private, EllipticCurvePrivateKey) and private.curve.name in ("secp256r1", "secp384r1"):
            return cls(ECKey.import_key(pem))
        raise ValueError("must be a private key in PEM without a password: EC on P-256 or P-384, or RSA of 2048 bits")

    @property
    def algorithms(self) -> tuple[Algorithm, ...]:
        """What this key can sign with; the first where nothing is chosen."""
        return (_OF_CURVE[self.key.curve_name],) if isinstance(self.key, ECKey) else _OF_RSA

    @property
    def algorithm(self) -> Algorithm:
        return self.chosen or self.algorithms[0]

    @property
    def kid(self) -> str:
        """As the peer named it; else the certificate's ``x5t``, as AD FS and Entra name keys; else RFC 7638's."""
        return self.named or self.thumbprints().get("x5t", "") or str(self.key.thumbprint())

    def thumbprints(self) -> dict[str, str]:
        """RFC 7515 §4.1.7–8; none without a certificate."""
        if self.certificate is None:
            return {}
        # SHA-1 names the certificate here and protects nothing: the clause prescribes it.
        kinds = {"x5t": hashes.SHA1(), "x5t#S256": hashes.SHA256()}  # noqa: S303
        return {name: _base64url(self.certificate.fingerprint(kind)) for name, kind in kinds.items()}

    def is_of(self, certificate: x509.Certificate) -> bool:
        return bool(certificate.public_key() == self.key.public_key)

    def public_jwk(self) -> Json:
        """For ``/.well-known/jwks.json``. An RSA key serves several algorithms, so it names none (RFC 7517 §4.4)."""
        public: Json = {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig"}
        return public | ({"alg": self.algorithm} if len(self.algorithms) == 1 else {})

    def assertion(self, client_id: str, audience: str, now: datetime, seconds: int = 120) -> str:
        """``private_key_jwt`` (RFC 7523 §3), used once."""
        issued = int(now.timestamp())
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "iat": issued,
            "exp": issued + min(seconds, LONGEST_SECONDS),
            "jti": secrets.token_urlsafe(24),
        }
        header = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT", **self.thumbprints()}
        return jws.serialize_compact(header, json.dumps(claims).encode(), self.key, algorithms=[self.algorithm])


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def new_client_key() -> str:
    """A new P-384 private key, in PEM."""
    return ECKey.generate_key("P-384").as_pem(private=True).decode()


def public_jwks(*pems: str) -> Json:
    """The key set the gateway publishes: one entry per private key in use, so that keys can be changed in overlap."""
    return {"keys": [ClientKey.from_pem(pem).public_jwk() for pem in pems]}
