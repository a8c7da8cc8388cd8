"""The care system's authorization server: SMART App Launch 2.x EHR launch, and Backend Services for systems."""

import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from simulators.directory import Organisation, User
from simulators.eoj.flaws import LaunchFlaws
from simulators.fhir.scopes import granted
from simulators.oauth.backend import system_token
from simulators.oauth.clients import ASSERTION_ALGORITHMS, Client, Clients
from simulators.oauth.endpoints import (
    back_to_client,
    checked_client,
    fault_in,
    refusal_answer,
    refusal_to_client,
    token_answer,
)
from simulators.oauth.grants import Grant, Grants
from simulators.oauth.refusal import OAuthRefused
from simulators.sessions import SessionStore
from simulators.signing import SigningKey, issued_now

Json = dict[str, Any]
LAUNCH_LIFETIME = 300
PERSON_TOKEN_LIFETIME = 3600


@dataclass(frozen=True)
class Launch:
    """What stands behind the opaque `launch` word: whose record was open, and who had it open."""

    record: str
    username: str
    expires: float


class Launches:
    """Launch words by page view: a double click on one page gives one word, a new page view a new one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_word: dict[str, Launch] = {}
        self._by_view: dict[str, str] = {}

    def word_for(self, view: str, record: str, username: str) -> str:
        with self._lock:
            word = self._by_view.setdefault(f"{username} {record} {view}", secrets.token_urlsafe(24))
            self._by_word.setdefault(word, Launch(record, username, time.time() + LAUNCH_LIFETIME))
            return word

    def find(self, word: str) -> Launch | None:
        with self._lock:
            launch = self._by_word.get(word)
        return launch if launch is not None and launch.expires > time.time() else None


def smart_configuration(base: str) -> Json:
    """`/fhir/.well-known/smart-configuration`."""
    return {
        "issuer": f"{base}/auth",
        "jwks_uri": f"{base}/.well-known/jwks.json",
        "authorization_endpoint": f"{base}/auth/authorize",
        "token_endpoint": f"{base}/auth/token",
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "scopes_supported": ["openid", "fhirUser", "launch", "patient/*.rs", "user/*.rs", "system/*.cruds"],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "capabilities": [
            "launch-ehr",
            "authorize-post",
            "client-public",
            "client-confidential-asymmetric",
            "sso-openid-connect",
            "context-banner",
            "context-ehr-patient",
            "permission-patient",
            "permission-user",
            "permission-v1",
            "permission-v2",
        ],
    }


@dataclass(frozen=True)
class AuthorizationServer:
    """Everything the two endpoints need."""

    base: str
    organisation: Organisation
    clients: Clients
    grants: Grants
    launches: Launches
    sessions: SessionStore
    key: SigningKey
    flaws: LaunchFlaws

    @property
    def fhir(self) -> str:
        return f"{self.base}/fhir"

    def authorize(self) -> AnyResponse:
        query = request.values
        client = checked_client(query, self.clients)
        fault = fault_in(query)
        if query.get("aud", "").rstrip("/") != self.fhir:
            fault = fault or OAuthRefused("invalid_request", "aud must be the FHIR endpoint")
        launch = self.launches.find(query.get("launch", ""))
        if launch is None:
            fault = fault or OAuthRefused("invalid_request", "launch is unknown or too old")
        if fault is not None or launch is None:
            return refusal_to_client(query, fault or OAuthRefused("server_error", "no launch"))
        session = self.sessions.current()
        if session is None:
            return redirect(f"/login?{_query_with_next()}", 303)
        if session.user.username != launch.username:
            return refusal_to_client(query, OAuthRefused("access_denied", "the launch is another user's"))
        return self._consent(client, launch, session.auth_time)

    def _consent(self, client: Client, launch: Launch, auth_time: int) -> AnyResponse:
        query = request.values
        context = {
            "patient": launch.record,
            "username": launch.username,
            "nonce": query.get("nonce", ""),
            "auth_time": auth_time,
        }
        scope = granted(query.get("scope", ""), {"patient", "user"})
        grant = Grant(client.client_id, query["redirect_uri"], query["code_challenge"], scope, context)
        return back_to_client(query, {"code": self.grants.code_for(grant)})

    def token(self) -> Response:
        form = request.form
        client, proved = self.clients.authenticate(
            form, request.headers.get("Authorization", ""), f"{self.base}/auth/token"
        )
        if form.get("grant_type") == "authorization_code":
            return self._person_token(client)
        if form.get("grant_type") == "client_credentials":
            return system_token(self.grants, client, proved)
        raise OAuthRefused("unsupported_grant_type", "authorization_code or client_credentials")

    def _person_token(self, client: Client) -> Response:
        form = request.form
        code = form.get("code", "")
        grant = self.grants.redeem(code, client.client_id, form.get("redirect_uri", ""), form.get("code_verifier", ""))
        context = grant.context
        user = self.organisation.user(context["username"])
        if user is None:
            raise OAuthRefused("invalid_grant", "the user no longer exists")
        body: dict[str, object] = {
            "access_token": self.grants.token_for(client.client_id, grant.scope, context, PERSON_TOKEN_LIFETIME, code),
            "token_type": "Bearer",
            "expires_in": PERSON_TOKEN_LIFETIME,
            "scope": grant.scope,
            "patient": context["patient"],
            "need_patient_banner": True,
        }
        if "openid" in grant.scope.split():
            body["id_token"] = self._id_token(user, client.client_id, context)
        return token_answer(body)

    def _id_token(self, user: User, client_id: str, context: Json) -> str:
        claims: Json = {
            "iss": f"{self.base}/auth",
            "aud": client_id,
            **issued_now(300),
            "sub": f"eoj-{user.employee_id}",
            "auth_time": context["auth_time"],
            "name": user.name,
            "employee_id": user.employee_id,
            "roles": list(user.roles),
            "organisation_cvr": self.organisation.cvr,
            "title": user.title,
            "workplace": user.workplace,
            "fhirUser": f"{self.fhir}/Practitioner/{user.username}",
        }
        if user.authorization_id:
            claims["authorization_id"] = user.authorization_id
        if context["nonce"]:
            claims["nonce"] = context["nonce"]
        return self.flaws.sign(claims)


def _query_with_next() -> str:
    return urlencode({"next": f"{request.path}?{urlencode(list(request.values.items()))}"})


def smart_blueprint(server: AuthorizationServer) -> Blueprint:
    """Mount at the root: discovery, keys, authorize, token."""
    blueprint = Blueprint("smart", __name__)
    blueprint.register_error_handler(OAuthRefused, refusal_answer)
    configuration = smart_configuration(server.base)
    openid = {
        **configuration,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }
    blueprint.add_url_rule("/fhir/.well-known/smart-configuration", "smart", lambda: jsonify(configuration))
    blueprint.add_url_rule("/auth/.well-known/openid-configuration", "openid", lambda: jsonify(openid))
    blueprint.add_url_rule("/.well-known/jwks.json", "jwks", lambda: jsonify(server.key.public_jwks()))
    blueprint.add_url_rule("/auth/authorize", view_func=server.authorize, methods=["GET", "POST"])
    blueprint.add_url_rule("/auth/token", view_func=server.token, methods=["POST"])
    return blueprint
