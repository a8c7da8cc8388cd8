"""UserInfo as a signed token (OpenID Connect Core §5.3.2): the genuine one is read, a false one lets nobody in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from gateway.domain.errors import AccessRefused, LaunchRefused
from tests.integration.adapters.test_login_at_peers import SHAPE, Server, log_in
from tests.integration.arrival.test_tokens_of_identity_systems import NOW
from tests.support.peers.scripted_peer import Reply, scripted_peer
from tests.support.spoiling.forged_tokens import encoded
from tests.support.spoiling.token_shapes import AUDIENCE, SHAPES

JWT = {"Content-Type": "application/jwt"}
TOLD = {"sub": "FJ-1001", "name": "Mette Holm", "roles": ["laegebro-start"]}
SECONDS = int(NOW.timestamp())
OTHER_KEY = replace(SHAPES["Keycloak 26"], header=SHAPE.header)


@pytest.fixture
def server() -> Iterator[Server]:
    with scripted_peer() as peer:
        made = Server(peer)
        made.id_token(name=None, roles=None)
        yield made


def tell(server: Server, token: str, kind: str = "application/jwt") -> None:
    server.others["/userinfo"] = Reply(200, token.encode(), {"Content-Type": kind})


def whole(server: Server) -> dict[str, Any]:
    return {**TOLD, "iss": server.url, "aud": AUDIENCE, "iat": SECONDS, "exp": SECONDS + 60}


@pytest.mark.parametrize("left_out", [(), ("exp",), ("exp", "iat"), ("iss", "aud"), ("iss", "aud", "exp", "iat")])
def test_a_signed_answer_is_read(server: Server, left_out: tuple[str, ...]) -> None:
    said = {name: value for name, value in whole(server).items() if name not in left_out}
    tell(server, SHAPE.signed(said), "application/jwt; charset=utf-8")
    assert log_in(server).name == "Mette Holm"
    assert "application/jwt" in server.asked[-1].headers["accept"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://other.example"},
        {"aud": "another-client"},
        {"aud": ["another-client", "third"]},
        {"aud": [AUDIENCE, "another-client"], "azp": "another-client"},
        {"exp": SECONDS - 120},
        {"nbf": SECONDS + 600},
        {"exp": "soon"},
        {"sub": "FJ-1002"},
        {"sub": None},
    ],
    ids=str,
)
def test_what_it_says_of_itself_must_be_right(server: Server, wrong: dict[str, Any]) -> None:
    tell(server, SHAPE.signed({**whole(server), **wrong}))
    with pytest.raises(LaunchRefused, match="userinfo"):
        log_in(server)


def test_a_false_signature_lets_nobody_in(server: Server) -> None:
    said = json.dumps(whole(server)).encode()
    public = json.dumps(SHAPE.jwks()["keys"][0]).encode()
    shared = OctKey.import_key(public)
    by_public_key = jws.serialize_compact({"alg": "HS256", **SHAPE.header}, said, shared, algorithms=["HS256"])
    good = SHAPE.signed(whole(server))
    bare = encoded(b'{"alg":"none"}') + "." + encoded(said)
    head, _, rest = good.partition(".")
    for token in (
        by_public_key,
        f"{bare}.",
        f"{bare}.AAAA",
        good[:-8] + "AAAAAAAA",
        f"{head}.{encoded(said.replace(b'FJ-1001', b'FJ-1003'))}.{rest.rpartition('.')[2]}",
        OTHER_KEY.signed(whole(server)),
        f"{good}.AAAA.AAAA",  # an encrypted one has five parts
        json.dumps(TOLD),
        "",
        "æ",
    ):
        tell(server, token)
        with pytest.raises(LaunchRefused, match="userinfo"):
            log_in(server)


def test_a_refusing_endpoint_still_leaves_the_id_token_to_decide(server: Server) -> None:
    for reply in (Reply(401, b"", JWT), Reply(200, b"<html>", {"Content-Type": "text/html"})):
        server.others["/userinfo"] = reply
        with pytest.raises(AccessRefused):
            log_in(server)
