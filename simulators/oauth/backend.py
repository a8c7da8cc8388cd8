"""SMART Backend Services: a token for a program that signs its request (client_credentials, private_key_jwt)."""

from flask import Response, request

from simulators.fhir.scopes import granted
from simulators.oauth.clients import Client
from simulators.oauth.endpoints import token_answer
from simulators.oauth.grants import Grants
from simulators.oauth.refusal import OAuthRefused

SYSTEM_TOKEN_LIFETIME = 300  # SMART Backend Services §token response: at most five minutes is recommended


def system_token(grants: Grants, client: Client, proved: bool) -> Response:
    """Only `system/` scopes, and only for a client that proved itself with a registered key."""
    if not proved or client.keys is None:
        raise OAuthRefused("invalid_client", "client_credentials needs a signed assertion", 401)
    scope = granted(request.form.get("scope", ""), {"system"})
    if not scope:
        raise OAuthRefused("invalid_scope", "no system/ scope asked for")
    return token_answer(
        {
            "access_token": grants.token_for(client.client_id, scope, {}, SYSTEM_TOKEN_LIFETIME),
            "token_type": "bearer",
            "expires_in": SYSTEM_TOKEN_LIFETIME,
            "scope": scope,
        }
    )
