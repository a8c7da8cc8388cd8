"""Logged out at the organisation's login, by the identity simulator's own tokens: once, genuine, and of nobody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.serving import make_server

from adapters.identity.oidc.logout import logged_out
from gateway.domain.errors import LaunchRefused
from gateway.domain.session import Grant
from gateway.store.peers.connections import Stanza
from simulators import wire
from simulators.identity.realm import LOGOUT_EVENT
from simulators.signing import SigningKey
from tests.support.peers.provider import Provider
from tests.unit.web.nurse_world import TENANT, NurseWorld

IDP, OTHER = "idp-fjordby", "idp-elsewhere"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NurseWorld]:
    made = NurseWorld(tmp_path_factory.mktemp("logout"), rate_factor="1000000")
    yield made
    made.gateway.engine.dispose()


@pytest.fixture(scope="module")
def provider(world: NurseWorld) -> Iterator[Provider]:
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = Provider(f"http://127.0.0.1:{server.server_port}/login/{IDP}/logout")
    for name in (IDP, OTHER):
        config = {**made.stanza, "tenant": str(TENANT)}
        world.gateway.connections.apply(
            Stanza(name, "identity", "oidc", TENANT, config, synthetic=True), "t", "t", now(world)
        )
    yield made
    made.close()
    server.shutdown()
    server.server_close()


def now(world: NurseWorld) -> Any:
    return world.gateway.clock.now()


def logged_in(world: NurseWorld, provider: Provider, sid: str, who: str = "mette", at: str = IDP) -> str:
    """The token of a session that began with this provider's id token."""
    user, g = provider.realm.organisation.user(who), world.gateway
    assert user is not None
    id_token = provider.realm.id_token(user, "laegebro", {"auth_time": 1, "sid": sid})
    grant = Grant(f"subject-{who}", user.name, "Sygeplejerske", "Fjordby Kommune", True, at)
    return g.access.open_employee(TENANT, grant, now(world), id=g.ids.new(), id_token=id_token)[0]


def stands(world: NurseWorld, token: str) -> bool:
    return world.gateway.access.read(token, now(world)) is not None


def told(world: NurseWorld, token: str, at: str = IDP) -> int:
    return world.app.test_client().post(f"/login/{at}/logout", data={"logout_token": token}).status_code


def test_whoever_logs_out_at_the_provider_is_out_here(world: NurseWorld, provider: Provider) -> None:
    """The whole way: the simulator's own logout page tells our door, in the language of the standard."""
    with wire.client(30) as browser:
        asked = {"response_type": "code", "client_id": "laegebro", "redirect_uri": f"{provider.address}/back"}
        pkce = {
            "code_challenge": "x" * 43,
            "code_challenge_method": "S256",
            "scope": "openid",
            "state": "s",
            "nonce": "n",
        }
        address = f"{provider.realm.issuer}/authorize"
        browser.post(address, params={**asked, **pkce}, data={"username": "mette", "password": "videodemo"})
        held = provider.logins()
        mine, other = logged_in(world, provider, held[-1].sid), logged_in(world, provider, "another-device")
        browser.get(f"{provider.realm.issuer}/end_session", params={"client_id": "laegebro"})
    assert not stands(world, mine) and stands(world, other)


def test_by_subject_all_of_hers_at_that_login_end_and_nobody_elses(world: NurseWorld, provider: Provider) -> None:
    hers = [logged_in(world, provider, f"d-{number}") for number in range(3)]
    others = [logged_in(world, provider, "k-1", "karim"), logged_in(world, provider, "d-1", at=OTHER)]
    assert told(world, provider.said(sid=None)) == 200  # type: ignore[arg-type]
    assert not any(stands(world, each) for each in hers) and all(stands(world, each) for each in others)
    amended = logged_in(world, provider, "d-9")
    session = world.gateway.access.read(amended, now(world))
    assert session is not None
    world.gateway.access.see_citizen(session, None)
    assert told(world, provider.said("d-9", sub=None)) == 200
    assert not stands(world, amended), "what is written of a session later keeps whose login it is"


@pytest.mark.parametrize("name", ["sub", "sid", "jti"])
def test_half_a_surrogate_pair_is_no_name(world: NurseWorld, name: str) -> None:
    """No library signs it, but JSON may hold it (RFC 8259 §8.2)."""
    at = now(world)
    claims = {"events": {LOGOUT_EVENT: {}}, "iat": at.timestamp(), "sub": "a", "sid": "b", "jti": "c", name: "\ud800"}
    with pytest.raises(LaunchRefused, match=name):
        logged_out(claims, "https://idp.example", at)


FORGED: dict[str, dict[str, Any]] = {
    "no events": {"events": None},
    "events of another kind": {"events": {"http://schemas.openid.net/event/other": {}}},
    "an event that is no object": {"events": {LOGOUT_EVENT: True}},
    "events as a list": {"events": [LOGOUT_EVENT]},
    "a nonce": {"nonce": "n"},
    "another issuer": {"iss": "https://elsewhere.example"},
    "another audience": {"aud": "somebody"},
    "several audiences": {"aud": ["laegebro", "somebody"]},
    "over": {"exp": 1},
    "issued long ago": {"iat": 1_000_000_000, "exp": 4_000_000_000},
    "issued tomorrow": {"iat": 3_900_000_000, "exp": 4_000_000_000},
    "without a time": {"iat": None},
    "without an end": {"exp": None},
    "without a name": {"jti": None},
    "a name that is no text": {"jti": 7},
    "nobody": {"sub": None, "sid": None},
    "a subject that is no text": {"sub": ["a"]},
}


@pytest.mark.parametrize("what", FORGED)
def test_what_is_no_genuine_logout_ends_nothing(world: NurseWorld, provider: Provider, what: str) -> None:
    mine = logged_in(world, provider, "s-1")
    assert told(world, provider.said(**FORGED[what])) == 400
    assert stands(world, mine)


def test_what_nobody_or_somebody_else_signed_ends_nothing(world: NurseWorld, provider: Provider) -> None:
    mine, genuine = logged_in(world, provider, "s-1"), provider.said()
    head, body, mark = genuine.split(".")
    own, provider.realm.key = provider.realm.key, SigningKey.generated()
    foreign, provider.realm.key = provider.said(), own
    user = provider.realm.organisation.user("mette")
    assert user is not None
    id_token = provider.realm.id_token(user, "laegebro", {"auth_time": 1, "sid": "s-1"})
    for token in ("", "a.b.c", f"{head}.{body}.", f"{head}.{body}.{mark[::-1]}", foreign, id_token, genuine * 20):
        assert told(world, token) == 400, token[:40]
    assert told(world, genuine, "idp-nobody") == 404
    assert stands(world, mine)


def test_a_token_is_taken_once_of_64_at_the_same_moment(world: NurseWorld, provider: Provider) -> None:
    mine, token = logged_in(world, provider, "s-64"), provider.said("s-64")
    with ThreadPoolExecutor(16) as hands:
        answers = list(hands.map(lambda _: told(world, token), range(64)))
    assert answers.count(200) == 1 and answers.count(400) == 63
    assert not stands(world, mine)
    again = logged_in(world, provider, "s-64")
    assert told(world, token) == 400 and stands(world, again), "an old one does not end a new login"
