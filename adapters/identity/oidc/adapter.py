"""Login at one identity provider: send the browser there, and believe only a verified answer."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from adapters.identity.oidc.logout import TYPES, logged_out
from adapters.identity.oidc.mapping import login_of, require_level
from adapters.identity.oidc.settings import Settings
from adapters.wire.claims import claim, name_of
from adapters.wire.discovery import OPENID, Discovery, FetchedKeys
from adapters.wire.http import PeerHttp
from adapters.wire.jose import Demands, Json, TokenRejected, read_answer, read_token
from adapters.wire.oauth.login import ask_token, authorization_address, code_form, tell_missing
from adapters.wire.oauth.scopes import missing_scopes
from adapters.wire.transport import within
from gateway.domain.errors import (
    AccessRefused,
    InvalidField,
    LaunchRefused,
    PeerForbids,
    PeerIll,
    PeerRefused,
    PeerUnclear,
)
from gateway.domain.peers.messages import LoginResult, PendingLogin
from gateway.domain.peers.trial import Probe, TrialStep
from gateway.domain.session import ProviderLogout

LOGIN_SECONDS = 5.0
LEEWAY = 30
JWT = "application/jwt"
USER_INFO = f"application/json, {JWT}"


class OidcProvider:
    """Implements ``ports.IdentityProvider``. ``secrets`` resolves the references in the stanza."""

    def __init__(self, name: str, settings: Settings, secrets: Callable[[str], str] | None = None) -> None:
        self.name = name
        self.settings = settings
        self._http = PeerHttp(name, settings.discovery or settings.issuer, total_timeout=LOGIN_SECONDS)
        self._discovery = Discovery(self._http, OPENID, settings.issuer)
        self._keys = FetchedKeys(self._http, lambda: self._discovery.endpoints().jwks)
        self._client = settings.client(secrets)
        self._demands = Demands(
            settings.issuer, settings.client_id, settings.algorithms, leeway=LEEWAY, needs_kid=False
        )

    def trial(self) -> Sequence[Probe]:
        """What the provider publishes of itself; whether it knows us shows at the first login."""
        return (Probe(TrialStep.METADATA, lambda: asdict(self._discovery.endpoints()), "OpenID Connect"),)

    def begin(
        self, redirect_uri: str, return_to: str, *, secret: Callable[[], str], force: bool = False
    ) -> tuple[str, PendingLogin]:
        """Where to send the browser, and what to keep until it returns; ``force`` asks for the password again."""
        endpoints = self._discovery.endpoints()
        pending = PendingLogin(self.name, secret(), secret(), secret(), return_to)
        words = {
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.settings.scopes),
            "state": pending.state,
            "nonce": pending.nonce,
        }
        if self.settings.acr_values:
            words["acr_values"] = " ".join(self.settings.acr_values)
        if force:
            words["prompt"] = "login"
        if self.settings.longest_session_seconds is not None:
            words["max_age"] = str(self.settings.longest_session_seconds)
        return authorization_address(endpoints.authorization, words, pending.verifier), pending

    def finish(self, pending: PendingLogin, code: str, redirect_uri: str, now: datetime) -> LoginResult:
        """Raises ``LaunchRefused`` for anything that is not genuine, ``AccessRefused`` for a known person without the
        right, ``PeerUnavailable`` while the provider is silent."""
        if pending.connection != self.name:
            raise LaunchRefused("connection")
        with within(LOGIN_SECONDS):
            answer, id_token = self._exchange(code, redirect_uri, pending.verifier)
            proved = self._genuine(id_token, pending.nonce, now)
            require_level(proved, self.settings)
            claims = self._complete(proved, str(answer["access_token"]), now)
        try:
            login = login_of(claims, self.settings, id_token)
        except InvalidField as fault:
            raise LaunchRefused(f"claim {fault.field}") from None
        if not login.claims["right"] and not login.claims["console"]:
            raise AccessRefused(self.settings.right, login.subject)
        return login

    def end_session(self, id_token: str, return_to: str) -> str:
        """RP-Initiated Logout 1.0 §2; "" where the provider offers none."""
        endpoint = self._discovery.endpoints().end_session
        if not endpoint:
            return ""
        words = {"client_id": self.settings.client_id, "post_logout_redirect_uri": return_to}
        if id_token:
            words["id_token_hint"] = id_token
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(words)}"

    def read_logout(self, token: str, now: datetime) -> ProviderLogout:
        """Back-Channel Logout 1.0: by the keys and names of this provider's id tokens."""
        try:
            with within(LOGIN_SECONDS):
                claims = read_token(token, self._keys, replace(self._demands, types=TYPES), now)
        except TokenRejected as fault:
            raise LaunchRefused(fault.reason) from None
        return logged_out(claims, self.settings.issuer, now)

    def _exchange(self, code: str, redirect_uri: str, verifier: str) -> tuple[Json, str]:
        """The token endpoint's answer, and the id token in it."""
        endpoint = self._discovery.endpoints().token
        proof = self._client.proof(endpoint, datetime.now(UTC))
        try:
            body = ask_token(self._http, endpoint, code_form(code, redirect_uri, verifier), proof)
        except PeerRefused as fault:
            raise LaunchRefused(f"code: {fault.code}") from None
        id_token = body.get("id_token")
        if not isinstance(id_token, str):
            raise LaunchRefused("no-id-token")
        tell_missing(self.name, missing_scopes(" ".join(self.settings.scopes), body))
        return body, id_token

    def _complete(self, claims: Json, access_token: str, now: datetime) -> Json:
        """With the UserInfo endpoint's claims where the id token lacks the name or the right: beside an access token a
        provider may leave them there (OpenID Connect Core §5.4). The id token's own claims stand."""
        settings, endpoint = self.settings, self._discovery.endpoints().userinfo
        if not endpoint or (name_of(claims, settings.name_claim) and claim(claims, settings.right_claim) is not None):
            return claims
        try:
            user_info = self._user_info(endpoint, access_token, now)
        except (PeerIll, PeerForbids, PeerUnclear) as fault:
            if fault.code.startswith("http-5"):
                raise
            return claims  # what the id token says decides alone
        # OpenID Connect Core §5.3.2: another subject's answer must not be used.
        if not isinstance(user_info, dict) or user_info.get("sub") != claims.get("sub"):
            raise LaunchRefused("userinfo")
        return {**user_info, **claims}

    def _user_info(self, endpoint: str, access_token: str, now: datetime) -> Any:
        """Plain, or signed by the keys that sign id tokens (§5.3.2); an encrypted one is refused."""
        answer = self._http.get(endpoint, headers={"Authorization": f"Bearer {access_token}"}, accept=USER_INFO)
        if answer.kind != JWT:
            return answer.json()
        try:
            return read_answer(answer.body.decode("ascii").strip(), self._keys, self._demands, now)
        except (TokenRejected, UnicodeDecodeError) as fault:
            raise LaunchRefused(f"userinfo: {getattr(fault, 'reason', 'encoding')}") from None

    def _genuine(self, id_token: str, nonce: str, now: datetime) -> Json:
        try:
            claims = read_token(id_token, self._keys, self._demands, now)
        except TokenRejected as fault:
            raise LaunchRefused(fault.reason) from None
        given = claims.get("nonce")
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
            raise LaunchRefused("nonce")
        self._check_age(claims, now)
        return claims

    def _check_age(self, claims: Json, now: datetime) -> None:
        """OpenID Connect Core §3.1.2.1: where ``max_age`` was asked, ``auth_time`` must be there and young enough."""
        limit = self.settings.longest_session_seconds
        if limit is None:
            return
        at = claims.get("auth_time")
        if isinstance(at, bool) or not isinstance(at, int | float) or now.timestamp() - at > limit + LEEWAY:
            raise LaunchRefused("auth-time")
