"""Tokens that must be refused: each a small change of one that is accepted (RFC 8725, OWASP ASVS 9.1–9.2)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

Json = dict[str, Any]
Forgery = Callable[["Forger"], bytes]
ALL = ["ES256", "ES384", "ES512", "RS256", "PS256", "EdDSA"]


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@dataclass
class Forger:
    """``header`` and ``claims`` are what a good token would hold; ``key`` is the trusted one."""

    claims: Json
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    stranger: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))

    @property
    def header(self) -> Json:
        return {"alg": "ES256", "typ": "JWT", "kid": "k1"}

    def jwks(self) -> Json:
        return {"keys": [{**self.key.as_dict(private=False), "kid": "k1", "use": "sig"}]}

    def good(self, **claims: Any) -> bytes:
        return self.signed(self.header, json.dumps({**self.claims, **claims}).encode())

    def without(self, *names: str) -> bytes:
        kept = {name: value for name, value in self.claims.items() if name not in names}
        return self.signed(self.header, json.dumps(kept).encode())

    def headed(self, **header: Any) -> bytes:
        return self.signed({**self.header, **header}, json.dumps(self.claims).encode())

    def signed(self, header: Json, payload: bytes, key: Any = None) -> bytes:
        """Signed by hand, so that no library refuses the header first."""
        signing_input = f"{encoded(json.dumps(header).encode())}.{encoded(payload)}"
        return f"{signing_input}.{self.signature(signing_input, key or self.key)}".encode()

    def signature(self, signing_input: str, key: Any) -> str:
        algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
        registry = jws.JWSRegistry(algorithms=[algorithm])
        return encoded(registry.get_alg(algorithm).sign(signing_input.encode(), key))

    def raw(self, header: bytes, payload: bytes | None = None) -> bytes:
        body = json.dumps(self.claims).encode() if payload is None else payload
        signing_input = f"{encoded(header)}.{encoded(body)}"
        return f"{signing_input}.{self.signature(signing_input, self.key)}".encode()

    def with_secret(self, algorithm: str, secret: bytes) -> bytes:
        """The public key used as a shared secret: the oldest trick there is."""
        header = {**self.header, "alg": algorithm}
        body = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(self.claims).encode())}"
        return f"{body}.{encoded(hmac.new(secret, body.encode(), hashlib.sha256).digest())}".encode()


def _embedded(forger: Forger, **header: Any) -> bytes:
    payload = json.dumps(forger.claims).encode()
    return forger.signed({**forger.header, **header}, payload, forger.stranger)


def _public(forger: Forger) -> Json:
    return dict(forger.stranger.as_dict(private=False))


def _pem(forger: Forger) -> bytes:
    return forger.key.as_pem(private=False)


def _tampered(forger: Forger) -> bytes:
    head, _, tail = forger.good().partition(b".")
    payload = encoded(json.dumps({**forger.claims, "name": "En Anden"}).encode()).encode()
    return b".".join((head, payload, tail.partition(b".")[2]))


def _rsa(forger: Forger) -> bytes:
    return forger.signed({**forger.header, "alg": "RS256"}, json.dumps(forger.claims).encode(), _RSA)


_RSA = RSAKey.generate_key(2048)

SIGNATURES: dict[str, Forgery] = {
    "alg none": lambda f: f.raw(json.dumps({**f.header, "alg": "none"}).encode()),
    "alg none unsigned": lambda f: f.raw(b'{"alg":"none"}').rpartition(b".")[0] + b".",
    "alg None in capitals": lambda f: f.headed(alg="NONE"),
    "alg missing": lambda f: f.raw(b'{"typ":"JWT","kid":"k1"}'),
    "alg null": lambda f: f.headed(alg=None),
    "alg a list": lambda f: f.headed(alg=["ES256"]),
    "alg ES384 on a P-256 key": lambda f: f.headed(alg="ES384"),
    "alg ES512": lambda f: f.headed(alg="ES512"),
    "alg PS256": lambda f: f.headed(alg="PS256"),
    "alg EdDSA": lambda f: f.headed(alg="EdDSA"),
    "HS256 with the public key in PEM": lambda f: f.with_secret("HS256", _pem(f)),
    "HS256 with the public key as JWK": lambda f: f.with_secret("HS256", json.dumps(f.jwks()["keys"][0]).encode()),
    "HS256 with an empty secret": lambda f: f.with_secret("HS256", b""),
    "an RSA key nobody knows": _rsa,
    "a stranger's key under our kid": lambda f: _embedded(f),
    "embedded jwk": lambda f: _embedded(f, jwk=_public(f)),
    "jku": lambda f: _embedded(f, jku="https://evil.example/jwks.json"),
    "x5u": lambda f: _embedded(f, x5u="https://evil.example/cert.pem"),
    "x5c of a stranger": lambda f: _embedded(f, x5c=["MIIB"]),
    "crit": lambda f: f.headed(crit=["exp"]),
    "crit empty": lambda f: f.headed(crit=[]),
    "crit null": lambda f: f.headed(crit=None),
    "crit about a header that is there": lambda f: f.headed(crit=["x5t"], x5t="dGh1bWI"),
    "crit about a header that is not": lambda f: f.headed(crit=["http://vendor.example/must"]),
    "b64 false": lambda f: f.headed(b64=False, crit=["b64"]),
    "kid unknown": lambda f: f.headed(kid="k2"),
    "kid a path": lambda f: f.headed(kid="../../../../dev/null"),
    "kid SQL": lambda f: f.headed(kid="k1' OR '1'='1"),
    "kid an address": lambda f: f.headed(kid="https://evil.example/k1"),
    "kid with a zero byte": lambda f: f.headed(kid="k1\u0000"),
    "kid a number": lambda f: f.headed(kid=1),
    "kid a list": lambda f: f.headed(kid=["k1"]),
    "kid very long": lambda f: f.headed(kid="k" * 5000),
    "typ another kind": lambda f: f.headed(typ="dpop+jwt"),
    "typ of an access token": lambda f: f.headed(typ="at+JWT"),
    "typ of a logout, in full": lambda f: f.headed(typ="application/logout+jwt"),
    "typ a number": lambda f: f.headed(typ=1),
    "payload changed afterwards": _tampered,
    "signature of zeros": lambda f: f.good().rpartition(b".")[0] + b"." + encoded(bytes(64)).encode(),
    "signature cut": lambda f: f.good()[:-8],
    "signature missing": lambda f: f.good().rpartition(b".")[0] + b".",
}

# Headers real systems add to a token that is genuine: ignored (RFC 7515 §4). The key is still our own.
IGNORED: dict[str, Forgery] = {
    "x5t": lambda f: f.headed(x5t="NGTFvdK-fythEuLwjpwAJOM9n-A"),
    "x5t#S256": lambda f: f.headed(**{"x5t#S256": encoded(bytes(32))}),
    "x5c": lambda f: f.headed(x5c=["MIIB"]),
    "x5c of 3,000 letters": lambda f: f.headed(x5c=["MIIB" * 750]),
    "x5u": lambda f: f.headed(x5u="https://idp.example/cert.pem"),
    "jku": lambda f: f.headed(jku="https://idp.example/jwks.json"),
    "jwk": lambda f: f.headed(jwk=_public(f)),
    "zip, which only encryption knows": lambda f: f.headed(zip="DEF"),
    "b64 without crit": lambda f: f.headed(b64=True),
    "a supplier's own": lambda f: f.headed(**{"http://vendor.example/tenant": {"id": [1, None]}}),
    "nonce": lambda f: f.headed(nonce="AQABAAAAAAD"),
    "typ JOSE": lambda f: f.headed(typ="JOSE"),
    "typ of a supplier": lambda f: f.headed(typ="ID"),
    "typ absent": lambda f: f.raw(b'{"alg":"ES256","kid":"k1"}'),
    "cty": lambda f: f.headed(cty="JWT"),
}

SHAPES: dict[str, Forgery] = {
    "empty": lambda f: b"",
    "one word": lambda f: b"token",
    "two parts": lambda f: f.good().rpartition(b".")[0],
    "four parts": lambda f: f.good() + b".e30",
    "five parts, encrypted": lambda f: b"e30.e30.e30.e30.e30",
    "JSON serialization": lambda f: json.dumps({"payload": "e30", "signatures": []}).encode(),
    "ten megabytes": lambda f: b"a" * 10_000_000,
    "ten megabytes with dots": lambda f: b"e30." + b"e" * 10_000_000 + b".e30",
    "header no base64": lambda f: b"!!!." + f.good().partition(b".")[2],
    "header with padding": lambda f: f.good().replace(b".", b"=.", 1),
    "header no JSON": lambda f: f.raw(b"alg=ES256"),
    "header a list": lambda f: f.raw(b'["ES256"]'),
    "header with a repeated key": lambda f: f.raw(b'{"alg":"none","alg":"ES256","kid":"k1"}'),
    "header nested a thousand deep": lambda f: f.raw(b'{"alg":' + b"[" * 5000 + b"]" * 5000 + b"}"),
    "payload no JSON": lambda f: f.raw(json.dumps(f.header).encode(), b"hello"),
    "payload a list": lambda f: f.raw(json.dumps(f.header).encode(), b"[]"),
    "payload null": lambda f: f.raw(json.dumps(f.header).encode(), b"null"),
    "payload with NaN": lambda f: f.raw(json.dumps(f.header).encode(), b'{"exp":NaN}'),
    "payload with a repeated key": lambda f: f.raw(
        json.dumps(f.header).encode(), json.dumps(f.claims).encode()[:-1] + b',"sub":"another"}'
    ),
    "payload not UTF-8": lambda f: f.raw(json.dumps(f.header).encode(), b'{"sub":"\xff\xfe"}'),
    "not ASCII": lambda f: "æøå.æøå.æøå".encode(),
    "line ends between the parts": lambda f: f.good().replace(b".", b"\n.\n"),
}


def claims_forged(now: int, longest: int | None) -> dict[str, Forgery]:
    """Wrong parties and times; ``longest``: the life the receiver allows, None where it allows any."""
    table: dict[str, Forgery] = {
        "iss another": lambda f: f.good(iss="https://evil.example"),
        "iss with a slash more": lambda f: f.good(iss=f.claims["iss"] + "/"),
        "iss a list": lambda f: f.good(iss=[f.claims["iss"]]),
        "iss missing": lambda f: f.without("iss"),
        "aud another": lambda f: f.good(aud="https://evil.example"),
        "aud a list of others": lambda f: f.good(aud=["a", "b"]),
        "aud us and others": lambda f: f.good(aud=[f.claims["aud"], "https://evil.example"]),
        "aud empty": lambda f: f.good(aud=[]),
        "aud missing": lambda f: f.without("aud"),
        "expired": lambda f: f.good(iat=now - 90, exp=now - 40),
        "expired long ago": lambda f: f.good(iat=1, exp=50),
        "exp missing": lambda f: f.without("exp"),
        "exp text": lambda f: f.good(exp="tomorrow"),
        "exp true": lambda f: f.good(exp=True),
        "exp negative": lambda f: f.good(exp=-1),
        "exp infinite": lambda f: f.good(exp=10**30),
        "exp before iat": lambda f: f.good(exp=f.claims["iat"] - 1),
        "iat missing": lambda f: f.without("iat"),
        "iat text": lambda f: f.good(iat="now"),
        "iat in the future": lambda f: f.good(iat=f.claims["iat"] + 300, exp=f.claims["iat"] + 350),
        "nbf in the future": lambda f: f.good(nbf=f.claims["iat"] + 300),
        "nbf true": lambda f: f.good(nbf=True),
        "nbf text": lambda f: f.good(nbf="later"),
    }
    if longest is not None:
        table["exp too far"] = lambda f: f.good(exp=f.claims["iat"] + longest + 1)
        table["exp a year away"] = lambda f: f.good(exp=now + 31_536_000)
    return table
