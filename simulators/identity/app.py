"""The identity provider's HTTP side: discovery, login page, token, userinfo and logout per realm."""

import time
from collections.abc import Mapping
from contextlib import suppress

import httpx
from flask import Flask, Response, abort, jsonify, redirect, render_template, request
from joserfc.errors import JoseError
from werkzeug.wrappers import Response as AnyResponse

from simulators import wire
from simulators.directory import Directory, User
from simulators.identity.realm import ACCESS_TOKEN_LIFETIME, Realm
from simulators.oauth.clients import Clients
from simulators.oauth.endpoints import (
    back_to_client,
    checked_client,
    fault_in,
    refusal_answer,
    refusal_to_client,
    token_answer,
)
from simulators.oauth.grants import Grant
from simulators.oauth.refusal import OAuthRefused
from simulators.pages import page_app
from simulators.sessions import Session, SessionStore

COOKIE = "idp_sim_session"


def identity_app(base: str, directory: Directory, clients: Clients, logout_uri: str = "") -> Flask:
    """All realms of the directory under one server, one SSO session per realm and browser. `logout_uri`: where a client
    is told that somebody has logged out here (Back-Channel Logout 1.0)."""
    app = page_app(__name__, "login", "Login")
    provider = _Provider(base, directory, clients, logout_uri)
    app.register_error_handler(OAuthRefused, refusal_answer)
    app.add_url_rule("/", view_func=provider.realms_page)
    root = "/realms/<realm>"
    app.add_url_rule(f"{root}/.well-known/openid-configuration", view_func=provider.discovery)
    app.add_url_rule(f"{root}/jwks", view_func=provider.jwks)
    app.add_url_rule(f"{root}/authorize", view_func=provider.authorize, methods=["GET", "POST"])
    app.add_url_rule(f"{root}/token", view_func=provider.token, methods=["POST"])
    app.add_url_rule(f"{root}/userinfo", view_func=provider.userinfo, methods=["GET", "POST"])
    app.add_url_rule(f"{root}/end_session", view_func=provider.end_session, methods=["GET", "POST"])
    return app


class _Provider:
    def __init__(self, base: str, directory: Directory, clients: Clients, logout_uri: str) -> None:
        self._logout_uri = logout_uri
        self._directory = directory
        self._clients = clients
        self._realms = {each.realm: Realm(base, each) for each in directory.organisations}
        self._sessions = {name: SessionStore(f"{COOKIE}_{name}") for name in self._realms}

    def _realm(self, name: str) -> Realm:
        return self._realms.get(name) or abort(404)

    def realms_page(self) -> str:
        return render_template("realms.html", organisations=self._directory.organisations)

    def discovery(self, realm: str) -> Response:
        return jsonify(self._realm(realm).metadata())

    def jwks(self, realm: str) -> Response:
        return jsonify(self._realm(realm).jwks())

    def authorize(self, realm: str) -> AnyResponse | str:
        """The request stays in the address while the person logs in, so POST of the form lands here again."""
        there, query = self._realm(realm), request.args
        client = checked_client(query, self._clients)
        fault = fault_in(query)
        if "openid" not in query.get("scope", "").split():
            fault = fault or OAuthRefused("invalid_scope", "openid is required")
        if fault is not None:
            return refusal_to_client(query, fault)
        if request.method == "POST":
            return self._log_in(there, client.client_id)
        session = self._sessions[realm].current()
        prompts = query.get("prompt", "").split()
        if "none" in prompts and session is None:
            return refusal_to_client(query, OAuthRefused("login_required", "nobody is logged in"))
        if session is None or "login" in prompts or _too_old(session):
            return self._login_page(there, failed=False)
        return self._answer(there, client.client_id, session)

    def _log_in(self, there: Realm, client_id: str) -> AnyResponse | str:
        user = there.organisation.log_in(request.form.get("username", ""), request.form.get("password", ""))
        if user is None:
            return self._login_page(there, failed=True)
        cookie_holder = Response()
        session = self._sessions[there.organisation.realm].begin(cookie_holder, there.organisation, user)
        answer = self._answer(there, client_id, session)
        answer.headers.extend([("Set-Cookie", line) for line in cookie_holder.headers.getlist("Set-Cookie")])
        return answer

    def _login_page(self, there: Realm, failed: bool) -> str:
        organisation = there.organisation
        return render_template(
            "login.html", organisation_name=organisation.name, users=organisation.users, failed=failed
        )

    def _answer(self, there: Realm, client_id: str, session: Session) -> AnyResponse:
        query = request.args
        context = {
            "username": session.user.username,
            "auth_time": session.auth_time,
            "nonce": query.get("nonce", ""),
            "sid": session.sid,
        }
        grant = Grant(client_id, query["redirect_uri"], query["code_challenge"], query.get("scope", ""), context)
        return back_to_client(query, {"code": there.grants.code_for(grant), "iss": there.issuer})

    def token(self, realm: str) -> Response:
        there, form = self._realm(realm), request.form
        client, _ = self._clients.authenticate(form, request.headers.get("Authorization", ""), there.address("token"))
        if form.get("grant_type") != "authorization_code":
            raise OAuthRefused("unsupported_grant_type", "only authorization_code")
        code = form.get("code", "")
        grant = there.grants.redeem(code, client.client_id, form.get("redirect_uri", ""), form.get("code_verifier", ""))
        user = self._user(there, grant.context["username"])
        access = there.grants.token_for(client.client_id, grant.scope, grant.context, ACCESS_TOKEN_LIFETIME, code)
        return token_answer(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": ACCESS_TOKEN_LIFETIME,
                "scope": grant.scope,
                "id_token": there.id_token(user, client.client_id, grant.context),
            }
        )

    def _user(self, there: Realm, username: str) -> User:
        user = there.organisation.user(username)
        if user is None:
            raise OAuthRefused("invalid_grant", "the user no longer exists")
        return user

    def userinfo(self, realm: str) -> Response:
        there = self._realm(realm)
        token = there.grants.bearer(request.headers.get("Authorization", ""))
        if token is None:
            refused = refusal_answer(OAuthRefused("invalid_token", "unknown or expired token", 401))
            refused.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
            return refused
        return token_answer(there.person_claims(self._user(there, token.context["username"])))

    def end_session(self, realm: str) -> AnyResponse:
        """RP-Initiated Logout 1.0: the address to return to must be registered to be followed."""
        words = request.values
        target = words.get("post_logout_redirect_uri", "")
        response: AnyResponse
        if target and self._clients.known(_client_of(words, self._realm(realm))).may_redirect_to(target):
            response = redirect(target + (f"?state={words['state']}" if words.get("state") else ""), 303)
        else:
            response = Response(
                render_template("message.html", heading="Du er logget af", lines=["Luk vinduet."], back=None)
            )
        self._tell(self._realm(realm), words)
        self._sessions[realm].end(response)
        return response

    def _tell(self, there: Realm, words: Mapping[str, str]) -> None:
        """The client by itself, not through the browser; one that does not answer is told no more."""
        session = self._sessions[there.organisation.realm].current()
        if session is None or not self._logout_uri:
            return
        token = there.logout_token(session.user, _client_of(words, there), session.sid)
        with wire.client() as http, suppress(httpx.HTTPError):
            http.post(self._logout_uri, data={"logout_token": token})


def _client_of(words: Mapping[str, str], there: Realm) -> str:
    """`client_id`, or the audience of the ID token in the hint, which may have expired long ago."""
    if "id_token_hint" not in words:
        return words.get("client_id", "")
    try:
        return str(there.key.verify(words["id_token_hint"]).get("aud", ""))
    except (JoseError, ValueError) as error:
        raise OAuthRefused("invalid_request", "id_token_hint is not from this issuer") from error


def _too_old(session: Session) -> bool:
    """`max_age` (OpenID Connect Core §3.1.2.1): the login itself must not be older than this."""
    limit = request.args.get("max_age", "")
    return limit.isdigit() and time.time() - session.auth_time > int(limit)
