"""One realm: an organisation with its own issuer, key, codes and claims (OpenID Connect Core 1.0)."""

import uuid
from typing import Any

from simulators.directory import Organisation, User
from simulators.oauth.clients import ASSERTION_ALGORITHMS
from simulators.oauth.grants import Grants
from simulators.signing import SigningKey, issued_now

ID_TOKEN_LIFETIME = 300
ACCESS_TOKEN_LIFETIME = 600
LOGOUT_TOKEN_LIFETIME = 120
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
Json = dict[str, Any]


class Realm:
    """The identity provider of one organisation."""

    def __init__(self, base: str, organisation: Organisation) -> None:
        self.organisation = organisation
        self.issuer = f"{base}/realms/{organisation.realm}"
        self.key = SigningKey.generated()
        self.beside: list[SigningKey] = []  # published too, while the key is changed
        self.grants = Grants()

    def address(self, endpoint: str) -> str:
        return f"{self.issuer}/{endpoint}"

    def jwks(self) -> Json:
        return {"keys": [each.public_jwks()["keys"][0] for each in (self.key, *self.beside)]}

    def metadata(self) -> Json:
        """OpenID Connect Discovery 1.0 §3, with RP-initiated logout."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": self.address("authorize"),
            "token_endpoint": self.address("token"),
            "userinfo_endpoint": self.address("userinfo"),
            "jwks_uri": self.address("jwks"),
            "end_session_endpoint": self.address("end_session"),
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "scopes_supported": ["openid", "profile"],
            "prompt_values_supported": ["none", "login"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_basic", "none"],
            "token_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "claims_supported": ["sub", "name", "roles", "employee_id", "organisation_cvr", "auth_time", "nonce"],
        }

    def subject_of(self, user: User) -> str:
        """Stable and opaque: the same after a restart, different from the care system's word for the same person."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:simulators:{self.organisation.realm}:{user.username}"))

    def person_claims(self, user: User) -> Json:
        claims: Json = {
            "sub": self.subject_of(user),
            "name": user.name,
            "roles": list(user.roles),
            "employee_id": user.employee_id,
            "organisation_cvr": self.organisation.cvr,
            "organisation_name": self.organisation.name,
            "job_title": user.title,
            # The same words as in the care system's tokens, so one setting fits every channel.
            "title": user.title,
        }
        optional = {
            "workplace": user.workplace,
            "clinic_role": user.clinic_role,
            "authorization_id": user.authorization_id,
        }
        claims.update({name: value for name, value in optional.items() if value})
        if self.organisation.ydernumre:
            claims["ydernumre"] = list(self.organisation.ydernumre)
        return claims

    def id_token(self, user: User, client_id: str, context: Json) -> str:
        claims = {
            "iss": self.issuer,
            "aud": client_id,
            **issued_now(ID_TOKEN_LIFETIME),
            "auth_time": context["auth_time"],
            **self.person_claims(user),
        }
        if context.get("sid"):
            claims["sid"] = context["sid"]
        if context.get("nonce"):
            claims["nonce"] = context["nonce"]
        return self.key.sign(claims)

    def logout_token(self, user: User, client_id: str, sid: str, **changes: object) -> str:
        """Back-Channel Logout 1.0 §2.4. `changes` replace claims; None takes one away."""
        claims: Json = {
            "iss": self.issuer,
            "aud": client_id,
            **issued_now(LOGOUT_TOKEN_LIFETIME),
            "jti": str(uuid.uuid4()),
            "sub": self.subject_of(user),
            "sid": sid,
            "events": {LOGOUT_EVENT: {}},
            **changes,
        }
        return self.key.sign({name: value for name, value in claims.items() if value is not None})
