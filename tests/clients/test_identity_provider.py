"""npm oidc-provider as it comes, in ten set-ups: each logs an employee in at the running product, through forms."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.x509 import load_pem_x509_certificate

from adapters.wire.oauth.client_key import public_jwks
from gateway.access import EMPLOYEE_COOKIE
from simulators.demo.processes import free_port
from tests.clients.world import Product, Talking
from tests.support.consultations import KOMMUNE_A
from tests.support.peers.adapter_peers import new_key_pem
from tests.support.peers.certificates import certificate_of, der_of, pem_of, rsa_pem

SECRET = "a secret: with % & + = and long enough for any algorithm"
KEY, BASIC, POST, NONE = "private_key_jwt", "client_secret_basic", "client_secret_post", "none"
METTE, KARIM, LONE = "FJ-1001", "FJ-1002", "FJ-1003"
# Name: who logs in, how we prove ourselves, how the token is signed, which of the two issuers, and what we ask beside.
SETUPS: dict[str, tuple[str, str, str, int, dict[str, Any]]] = {
    "key-es256": (METTE, KEY, "ES256", 0, {}),
    "basic-rs256": (METTE, BASIC, "RS256", 0, {}),
    "post-ps256": (METTE, POST, "PS256", 0, {}),
    "public-es384": (METTE, NONE, "ES384", 0, {}),
    "basic-ps384-no-name": (KARIM, BASIC, "PS384", 0, {}),
    "key-rs384-userinfo": (KARIM, KEY, "RS384", 1, {}),
    "basic-es384-signed-userinfo": (KARIM, BASIC, "ES384", 1, {}),
    "rsa-rs256": (METTE, KEY, "RS256", 0, {"client_key_algorithm": "RS256"}),
    "rsa-ps384-named-by-certificate": (METTE, KEY, "PS384", 0, {"client_key_algorithm": "PS384"}),
    "post-es256-max-age": (METTE, POST, "ES256", 1, {"longest_session_seconds": 3600}),
}
NAMES = {METTE: "Mette Holm", KARIM: "Karim Nazari"}


@pytest.fixture(scope="module", autouse=True)
def provider(running: Product) -> Iterator[None]:
    (running.folder / "client.pem").write_text(new_key_pem())
    (running.folder / "rsa.pem").write_text(rsa_pem())
    (running.folder / "rsa.crt").write_text(pem_of(certificate_of(rsa_pem())))
    (running.folder / "secret").write_text(SECRET, encoding="utf-8")
    ports = [free_port(), free_port()]
    clients = [connected(running, name, ports) for name in SETUPS]
    asked = {"ports": ports, "redirect_uri": f"{running.address}/login/callback", "clients": clients}
    process = Talking("oidc.mjs", json.dumps(asked))
    process.finish_saying()
    try:
        assert {process.hear()["port"], process.hear()["port"]} == set(ports)
        yield
    finally:
        process.end()


def connected(running: Product, name: str, ports: list[int]) -> dict[str, Any]:
    """A connection of ours, and the client that the provider knows us as."""
    _, method, algorithm, place, also = SETUPS[name]
    issuer = f"http://127.0.0.1:{ports[place]}"
    stanza: dict[str, Any] = {"issuer": issuer, "client_id": name, "right": "laegebro-start", **also}
    client: dict[str, Any] = {"client_id": name, "provider": place, "token_endpoint_auth_method": method}
    if method == KEY:
        stanza |= our_key(running, name)
        client["jwks"] = {"keys": [known_key(stanza)]}
        client["token_endpoint_auth_signing_alg"] = also.get("client_key_algorithm", "ES384")
    elif method != NONE:
        stanza |= {"client_secret": f"file:{running.folder / 'secret'}", "token_endpoint_auth_method": method}
        client["client_secret"] = SECRET
    if name.endswith("signed-userinfo"):
        client["userinfo_signed_response_alg"] = algorithm
    running.connect(name, "identity", "oidc", {**stanza, "tenant": str(KOMMUNE_A)})
    return {**client, "id_token_signed_response_alg": algorithm}


def our_key(running: Product, name: str) -> dict[str, str]:
    key = "rsa.pem" if name.startswith("rsa") else "client.pem"
    own = {"client_key": f"file:{running.folder / key}"}
    return own | ({"client_certificate": f"file:{running.folder / 'rsa.crt'}"} if "certificate" in name else {})


def known_key(stanza: dict[str, Any]) -> dict[str, Any]:
    """As the provider's operator enters it: by the key's own id, or as AD FS names a certificate's key."""
    pem = Path(stanza["client_key"].removeprefix("file:")).read_text()
    known: dict[str, Any] = public_jwks(pem)["keys"][0]
    if "client_certificate" not in stanza:
        return known
    der = der_of(load_pem_x509_certificate(Path(stanza["client_certificate"].removeprefix("file:")).read_bytes()))
    x5t = urlsafe_b64encode(hashlib.sha1(der, usedforsecurity=False).digest()).rstrip(b"=").decode()
    return known | {"kid": x5t, "x5t": x5t, "x5c": [b64encode(der).decode()]}


def log_in(running: Product, name: str, who: str) -> tuple[httpx.Client, httpx.Response]:
    """A person in a browser: to the provider, through its two forms, and back."""
    browser = httpx.Client(follow_redirects=True, timeout=60, trust_env=False)
    page = browser.get(f"{running.address}/login/{name}")
    for _ in range(3):
        form = re.search(r'action="([^"]*/interaction/[^"]+)"', page.text)
        if form is None:
            break
        hidden = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page.text))
        page = browser.post(page.url.join(form[1]), data={**hidden, "login": who, "password": "x"})
    return browser, page


@pytest.mark.parametrize("name", SETUPS)
def test_an_employee_logs_in(running: Product, name: str) -> None:
    who = SETUPS[name][0]
    browser, page = log_in(running, name, who)
    assert (page.status_code, page.url.host, page.url.port) == (200, "127.0.0.1", httpx.URL(running.address).port)
    assert EMPLOYEE_COOKIE in browser.cookies and NAMES[who] in browser.get(running.address).text
    browser.close()


def test_whoever_lacks_the_right_is_told_so(running: Product) -> None:
    browser, page = log_in(running, "basic-rs256", LONE)
    assert page.status_code == 403 and EMPLOYEE_COOKIE not in browser.cookies
    browser.close()
