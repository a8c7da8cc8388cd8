"""Tokens, keys and discovery documents in the shapes that identity systems in use give them.

The header and claim names are each supplier's own; values are made up. ``FJ-1001`` is Mette Holm, a nurse of the
simulators' directory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

Json = dict[str, Any]
AUDIENCE = "laegebro"
TENANT = "2f3b1c9e-7d55-4a0a-9a3c-2f0d4f1e6a77"
THUMB = "NGTFvdK-fythEuLwjpwAJOM9n-A"
PERSON = {"sub": "FJ-1001", "roles": ["laegebro-start"]}


@cache
def rsa_key() -> RSAKey:
    return RSAKey.generate_key(2048)


@cache
def ec_key() -> ECKey:
    return ECKey.generate_key("P-256")


@dataclass(frozen=True)
class Shape:
    """``claims`` are laid over who, for whom and when; ``settings`` is what an operator must say for this supplier
    beyond issuer and client; ``member`` what its published key holds beside the key itself."""

    algorithm: str
    header: Json
    claims: Json
    member: Json = field(default_factory=dict)
    settings: Json = field(default_factory=dict)
    userinfo: Json | None = None

    @property
    def key(self) -> RSAKey | ECKey:
        return ec_key() if self.algorithm.startswith("ES") else rsa_key()

    def jwks(self) -> Json:
        """As published, with the encryption key that several suppliers put beside it."""
        signing = {**self.key.as_dict(private=False), **self.member}
        if "kid" in self.header:
            signing["kid"] = self.header["kid"]
        other = {**rsa_key().as_dict(private=False), "kid": "enc-1", "use": "enc", "alg": "RSA-OAEP"}
        return {"keys": [signing, other]}

    def signed(self, claims: Json) -> str:
        header = {"alg": self.algorithm, **self.header}
        registry = jws.JWSRegistry(algorithms=[self.algorithm], strict_check_header=False)
        return jws.serialize_compact(header, json.dumps(claims).encode(), self.key, registry=registry)


SHAPES: dict[str, Shape] = {
    "AD FS 2019": Shape(
        "RS256",
        {"typ": "JWT", "x5t": THUMB, "kid": THUMB},
        {
            **PERSON,
            "given_name": "Mette",
            "family_name": "Holm",
            "unique_name": "FJORDBY\\meho",
            "upn": "meho@fjordby.example",
            "pwd_url": "https://adfs.fjordby.example/adfs/portal/updatepassword/",
            "sid": "S-1-5-21-1234567890-1234567890-1234567890-1001",
            "authmethod": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
            "apptype": "Confidential",
            "appid": AUDIENCE,
            "ver": "1.0",
            "scp": "openid",
        },
        {"use": "sig", "alg": "RS256", "x5t": THUMB, "x5c": ["MIIC" * 300]},
    ),
    "AD FS with claims by their SAML names": Shape(
        "RS256",
        {"typ": "JWT", "x5t": THUMB, "kid": THUMB},
        {
            "sub": "x7a",
            "http://schemas.microsoft.com/ws/2008/06/identity/claims/role": "laegebro-start",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname": "Mette",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname": "Holm",
            "employeeid": "FJ-1001",
        },
        {"use": "sig", "alg": "RS256", "x5t": THUMB},
        {
            "subject_claim": "employeeid",
            "employee_claim": "employeeid",
            "right_claim": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
        },
    ),
    "Entra v2.0": Shape(
        "RS256",
        {"typ": "JWT", "kid": THUMB},
        {
            **PERSON,
            "aio": "AWQAm/8XAAAA",
            "name": "Mette Holm",
            "oid": "5f1c7c4e-0000-4444-8888-1234567890ab",
            "preferred_username": "meho@fjordby.example",
            "rh": "0.AAAA",
            "tid": TENANT,
            "uti": "abc",
            "ver": "2.0",
        },
        {"use": "sig", "x5t": THUMB, "x5c": ["MIIC" * 300], "issuer": f"https://login.example/{TENANT}/v2.0"},
    ),
    "Entra v1.0": Shape(
        "RS256",
        {"typ": "JWT", "alg": "RS256", "x5t": THUMB, "kid": THUMB},
        {
            **PERSON,
            "amr": ["pwd", "mfa"],
            "family_name": "Holm",
            "given_name": "Mette",
            "ipaddr": "192.0.2.7",
            "tid": TENANT,
            "unique_name": "meho@fjordby.example",
            "ver": "1.0",
        },
        {"use": "sig", "x5t": THUMB, "x5c": ["MIIC" * 300]},
    ),
    "Keycloak 26": Shape(
        "RS256",
        {"typ": "JWT", "kid": "Zk2TgY8nAqQ0m1-lBZ5Qn7r4oXwq9m3B1t2s4u5v6w8"},
        {
            "sub": "0d9c8f7e-1111-4222-8333-944455566677",
            "typ": "ID",
            "azp": AUDIENCE,
            "auth_time": 1,
            "jti": "onrtac:9f0c",
            "acr": "1",
            "at_hash": "q1w2e3",
            "session_state": "b5b7",
            "sid": "b5b7",
            "email_verified": False,
            "realm_access": {"roles": ["offline_access", "laegebro-start"]},
            "employee_id": "FJ-1001",
            "name": "Mette Holm",
            "given_name": "Mette",
            "family_name": "Holm",
            "preferred_username": "meho",
        },
        {"use": "sig", "alg": "RS256", "x5t#S256": "aa", "x5c": ["MIIC" * 300]},
        {
            "right_claim": "realm_access.roles",
            "subject_claim": "employee_id",
            "employee_claim": "employee_id",
        },
    ),
    "Keycloak set to PS256, no name": Shape(
        "PS256",
        {"typ": "JWT", "kid": "ps-1"},
        {**PERSON, "typ": "ID", "azp": AUDIENCE, "given_name": "Mette", "family_name": "Holm"},
        {"use": "sig", "alg": "PS256"},
    ),
    "oidc-provider": Shape("ES256", {"kid": "keystore-CHANGE-ME"}, {**PERSON, "name": "Mette Holm", "at_hash": "x"}),
    "a JOSE library with a path as key id": Shape(
        "PS384", {"typ": "JOSE", "kid": "https://idp.example/keys/2026/1"}, {**PERSON, "name": "Mette Holm"}
    ),
}
