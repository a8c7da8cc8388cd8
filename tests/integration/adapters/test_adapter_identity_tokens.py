"""An identity provider (or somebody in its place) that answers with a false id token gets nobody in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.identity.oidc import OidcProvider, Settings
from gateway.domain.errors import LaunchRefused, PeerError
from gateway.domain.peers.messages import PendingLogin
from tests.support.peers.scripted_peer import Asked, Reply, ScriptedPeer, scripted_peer
from tests.support.spoiling.forged_tokens import SHAPES, SIGNATURES, Forger, Forgery, claims_forged

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
NONCE = "nonce-of-this-login"
PENDING = PendingLogin("idp", "state", "verifier", NONCE, "/")
OF_ITS_OWN: dict[str, Forgery] = {
    "nonce of another login": lambda f: f.good(nonce="another"),
    "nonce missing": lambda f: f.without("nonce"),
    "nonce a list": lambda f: f.good(nonce=[NONCE]),
    "nonce with other letters": lambda f: f.good(nonce="nøgle"),
    "subject missing": lambda f: f.without("sub"),
    "subject a number": lambda f: f.good(sub=7),
    "subject empty": lambda f: f.good(sub=""),
    "login too long ago": lambda f: f.good(auth_time=SECONDS - 90_000),
    "login time missing": lambda f: f.without("auth_time"),
    "login time true": lambda f: f.good(auth_time=True),
    "authorised party another": lambda f: f.good(aud=["laegebro", "other"], azp="other"),
}
REFUSED = {**SIGNATURES, **SHAPES, **claims_forged(SECONDS, None), **OF_ITS_OWN}


class FalseProvider:
    """Discovery and keys are in order; the token is whatever the test wants."""

    def __init__(self, peer: ScriptedPeer) -> None:
        self.forger = Forger(
            {
                "iss": peer.url,
                "aud": "laegebro",
                "sub": "FJ-1001",
                "name": "Mette Holm",
                "roles": ["laegebro-start"],
                "iat": SECONDS - 5,
                "exp": SECONDS + 295,
                "auth_time": SECONDS - 10,
                "nonce": NONCE,
            }
        )
        self.answer: dict[str, Any] = {}
        self.adapter = OidcProvider(
            "idp",
            Settings(issuer=peer.url, client_id="laegebro", right="laegebro-start", longest_session_seconds=3600),
        )
        self._url = peer.url
        peer.script = self._script

    def _script(self, asked: Asked) -> Reply:
        if asked.path.endswith("openid-configuration"):
            endpoints = ("token_endpoint", "authorization_endpoint", "jwks_uri")
            return Reply.json({"issuer": self._url, **{name: f"{self._url}/{name}" for name in endpoints}})
        if asked.path == "/jwks_uri":
            return Reply.json(self.forger.jwks())
        return Reply.json({"access_token": "a", "token_type": "Bearer", **self.answer})

    def finish(self, id_token: bytes) -> Any:
        self.answer = {"id_token": id_token.decode("utf-8", "replace")}
        return self.adapter.finish(PENDING, "code", "https://gateway.example/back", NOW)


@pytest.fixture(scope="module")
def false_provider() -> Iterator[FalseProvider]:
    with scripted_peer() as peer:
        yield FalseProvider(peer)


def test_the_true_token_gets_in(false_provider: FalseProvider) -> None:
    assert false_provider.finish(false_provider.forger.good()).subject == "FJ-1001"


def test_one_key_needs_no_name(false_provider: FalseProvider) -> None:
    unnamed = false_provider.forger.raw(b'{"alg":"ES256"}')
    assert false_provider.finish(unnamed).subject == "FJ-1001"


@pytest.mark.parametrize("name", REFUSED)
def test_a_false_token_gets_nobody_in(false_provider: FalseProvider, name: str) -> None:
    # An answer above the size limit is refused before anybody looks for a token in it.
    with pytest.raises((LaunchRefused, PeerError)) as refused:
        false_provider.finish(REFUSED[name](false_provider.forger))
    assert isinstance(refused.value, LaunchRefused) or "ten megabytes" in name
    assert all(len(str(word)) < 60 for word in refused.value.args), "nothing of the token is repeated"


@pytest.mark.parametrize("answer", [{}, {"id_token": None}, {"id_token": {"a": 1}}])
def test_no_token_is_no_login(false_provider: FalseProvider, answer: dict[str, Any]) -> None:
    false_provider.answer = answer
    with pytest.raises(LaunchRefused):
        false_provider.adapter.finish(PENDING, "code", "https://gateway.example/back", NOW)


def test_a_flood_of_unknown_keys_costs_the_provider_one_fetch() -> None:
    with scripted_peer() as peer:
        provider = FalseProvider(peer)
        provider.finish(provider.forger.good())
        for number in range(20):
            with pytest.raises(LaunchRefused):
                provider.finish(provider.forger.headed(kid=f"k{number + 2}"))
        assert peer.paths().count("/jwks_uri") == 2, "one at first use, one for the first unknown key"


def test_a_new_key_is_believed_at_once() -> None:
    with scripted_peer() as peer:
        provider = FalseProvider(peer)
        provider.finish(provider.forger.good())
        provider.forger.key, old = provider.forger.stranger, provider.forger.jwks()["keys"][0]
        new = {**provider.forger.key.as_dict(private=False), "kid": "k9", "use": "sig"}
        provider.forger.jwks = lambda: {"keys": [old, new]}  # type: ignore[method-assign]
        token = provider.forger.signed({"alg": "ES256", "kid": "k9"}, json.dumps(provider.forger.claims).encode())
        assert provider.finish(token).subject == "FJ-1001"
