"""The identity providers keep OpenID Connect's promises to a stranger who only reads their discovery document."""

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators import directory
from simulators.identity.app import identity_app
from simulators.oauth.clients import Client, ClientKeys, Clients
from tests.support.doors.vendor import ASSERTION_TYPE, Vendor, browser, pkce, running, verified_claims, words_of

CALLBACK = "http://gateway.localhost:9/login/callback"


@pytest.fixture
def vendor(tmp_path: Path) -> Vendor:
    return Vendor(tmp_path)


@pytest.fixture
def base(vendor: Vendor) -> Iterator[str]:
    clients = Clients(
        Client("laegebro", (CALLBACK, "http://gateway.localhost:9/"), ClientKeys(str(vendor.jwks_file))),
        Client("secretive", (CALLBACK,), secret="a secret of the test"),
    )
    with running("idp.localhost", lambda url: identity_app(url, directory.load(), clients)) as url:
        yield url


def metadata(base: str, realm: str = "fjordby") -> dict[str, Any]:
    with browser() as http:
        found: dict[str, Any] = http.get(f"{base}/realms/{realm}/.well-known/openid-configuration").json()
    return found


def ask(http: httpx.Client, found: dict[str, Any], challenge: str, **changes: str) -> httpx.Response:
    query = {
        "response_type": "code",
        "client_id": "laegebro",
        "redirect_uri": CALLBACK,
        "scope": "openid profile",
        "state": "the state",
        "nonce": "the nonce",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        **changes,
    }
    return http.get(found["authorization_endpoint"], params=query)


def log_in(http: httpx.Client, page: httpx.Response, username: str = "mette") -> httpx.Response:
    return http.post(page.url, data={"username": username, "password": "videodemo"})


def redeem(found: dict[str, Any], code: str, verifier: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": verifier,
        "client_id": "laegebro",
        **changes,
    }
    with browser() as http:
        return http.post(found["token_endpoint"], data=form)


def test_a_login_gives_verifiable_claims(base: str, vendor: Vendor) -> None:
    found, (verifier, challenge) = metadata(base), pkce()
    with browser() as http:
        page = ask(http, found, challenge)
        assert 'id="username"' in page.text and 'id="login"' in page.text
        words = words_of(log_in(http, page).headers["location"])
        keys = http.get(found["jwks_uri"]).json()
    assert words["state"] == "the state"
    assertion = vendor.assertion(found["token_endpoint"])
    answer = redeem(found, words["code"], verifier, client_assertion=assertion, client_assertion_type=ASSERTION_TYPE)
    claims = verified_claims(answer.json()["id_token"], keys)
    assert claims["iss"] == found["issuer"] == f"{base}/realms/fjordby"
    assert (claims["aud"], claims["nonce"]) == ("laegebro", "the nonce")
    assert (claims["name"], claims["employee_id"]) == ("Mette Holm", "FJ-1001")
    assert claims["roles"] == ["laegebro-start"] and claims["organisation_cvr"] == "99110007"
    assert abs(claims["auth_time"] - time.time()) < 120
    with browser() as http:
        info = http.get(
            found["userinfo_endpoint"], headers={"Authorization": f"Bearer {answer.json()['access_token']}"}
        ).json()
    assert info["sub"] == claims["sub"]


def test_clinic_claims_say_role_and_authorisation(base: str) -> None:
    found, (verifier, challenge) = metadata(base, "laegerne-torvet"), pkce()
    with browser() as http:
        words = words_of(log_in(http, ask(http, found, challenge), "lise").headers["location"])
        keys = http.get(found["jwks_uri"]).json()
    claims = verified_claims(redeem(found, words["code"], verifier).json()["id_token"], keys)
    assert (claims["clinic_role"], claims["authorization_id"]) == ("laege", "TLA01")
    assert claims["ydernumre"] == ["034835", "047155"]


def test_a_second_login_is_silent_unless_prompted(base: str) -> None:
    found, (_, challenge) = metadata(base), pkce()
    with browser() as http:
        nobody = words_of(ask(http, found, challenge, prompt="none").headers["location"])
        assert nobody["error"] == "login_required"
        log_in(http, ask(http, found, challenge))
        assert "code" in words_of(ask(http, found, challenge).headers["location"])
        assert "code" in words_of(ask(http, found, challenge, prompt="none").headers["location"])
        assert 'id="password"' in ask(http, found, challenge, prompt="login").text
        assert 'id="password"' in ask(http, metadata(base, "skovby"), challenge).text


def test_logging_out_ends_the_session(base: str) -> None:
    found, (_, challenge) = metadata(base), pkce()
    with browser() as http:
        log_in(http, ask(http, found, challenge))
        target = "http://gateway.localhost:9/"
        gone = http.get(
            found["end_session_endpoint"],
            params={"client_id": "laegebro", "post_logout_redirect_uri": target, "state": "s"},
        )
        assert gone.headers["location"] == f"{target}?state=s"
        assert 'id="password"' in ask(http, found, challenge).text


def test_a_wrong_password_stays_on_the_page(base: str) -> None:
    found, (_, challenge) = metadata(base), pkce()
    with browser() as http:
        page = ask(http, found, challenge)
        again = http.post(page.url, data={"username": "mette", "password": "gæt"})
    assert again.status_code == 200 and 'id="login-failed"' in again.text


def test_a_code_works_once_and_its_replay_kills_the_token(base: str) -> None:
    found, (verifier, challenge) = metadata(base), pkce()
    with browser() as http:
        code = words_of(log_in(http, ask(http, found, challenge)).headers["location"])["code"]
        token = redeem(found, code, verifier).json()["access_token"]
        replay = redeem(found, code, verifier)
        info = http.get(found["userinfo_endpoint"], headers={"Authorization": f"Bearer {token}"})
    assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
    assert info.status_code == 401


@pytest.mark.parametrize(
    "changes",
    [{"code_verifier": "x" * 50}, {"redirect_uri": CALLBACK + "/other"}, {"code": "made up"}],
    ids=["wrong verifier", "other address", "unknown code"],
)
def test_a_code_that_does_not_fit_gives_nothing(base: str, changes: dict[str, str]) -> None:
    found, (verifier, challenge) = metadata(base), pkce()
    with browser() as http:
        code = words_of(log_in(http, ask(http, found, challenge)).headers["location"])["code"]
    refused = redeem(found, changes.pop("code", code), changes.pop("code_verifier", verifier), **changes)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def test_an_unknown_address_is_never_redirected_to(base: str) -> None:
    found, (_, challenge) = metadata(base), pkce()
    with browser() as http:
        answer = ask(http, found, challenge, redirect_uri="http://evil.localhost/")
        stranger = ask(http, found, challenge, client_id="stranger")
    assert answer.status_code == 400 and "location" not in answer.headers
    assert stranger.json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
    ],
)
def test_faulty_requests_are_told_to_the_client(base: str, changes: dict[str, str], error: str) -> None:
    with browser() as http:
        answer = ask(http, metadata(base), pkce()[1], **changes)
    assert words_of(answer.headers["location"])["error"] == error


@pytest.mark.parametrize(("secret", "status"), [("a secret of the test", 200), ("a guess", 401)])
def test_a_client_with_a_secret_must_show_it(base: str, secret: str, status: int) -> None:
    found, (verifier, challenge) = metadata(base), pkce()
    with browser() as http:
        page = ask(http, found, challenge, client_id="secretive")
        code = words_of(log_in(http, page).headers["location"])["code"]
        word = base64.b64encode(f"secretive:{secret}".encode()).decode()
        answer = http.post(
            found["token_endpoint"],
            headers={"Authorization": f"Basic {word}"},
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": CALLBACK,
                "code_verifier": verifier,
            },
        )
    assert answer.status_code == status
