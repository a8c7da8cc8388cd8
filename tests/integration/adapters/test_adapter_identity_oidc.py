"""Login at the identity provider simulator, over real sockets."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.identity.oidc import OidcProvider, Settings
from adapters.identity.oidc.mapping import require_level
from gateway.domain.errors import AccessRefused, LaunchRefused, PeerIll, PeerUnavailable
from gateway.domain.peers.messages import LoginResult
from tests.support.peers.adapter_peers import GATEWAY, Browser, key_files, simulator, words_of

BACK = f"{GATEWAY}/login/callback"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return key_files(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def url(keys: tuple[str, Path]) -> Iterator[str]:
    with simulator("identity", "--gateway-url", GATEWAY, "--client-jwks", str(keys[1])) as address:
        yield address


def provider(url: str, realm: str = "fjordby", pem: str = "", **changes: object) -> OidcProvider:
    stanza: dict[str, object] = {
        "issuer": f"{url}/realms/{realm}",
        "client_id": "laegebro",
        "right": "laegebro-start",
        "subject_claim": "employee_id",
        **changes,
    }
    if pem:
        stanza["client_key"] = "file:gateway.pem"
    return OidcProvider(f"idp-{realm}", Settings.model_validate(stanza), lambda _: pem)


def secret() -> str:
    return secrets.token_urlsafe(32)


def log_in(idp: OidcProvider, username: str, browser: Browser | None = None, force: bool = False) -> LoginResult:
    browser = browser or Browser()
    address, pending = idp.begin(BACK, "/venter", secret=secret, force=force)
    page = browser.visit(address)
    if not page.is_redirect:
        page = browser.visit(browser.address, {"username": username, "password": "videodemo"})
    words = words_of(page.headers["location"])
    assert words["state"] == pending.state
    return idp.finish(pending, words["code"], BACK, datetime.now(UTC))


def test_a_nurse_logs_in_and_is_the_same_as_in_her_record_system(url: str) -> None:
    login = log_in(provider(url), "mette")
    assert (login.subject, login.name) == ("FJ-1001", "Mette Holm")
    assert login.claims["role"] == "Sygeplejerske"


def test_we_prove_ourselves_by_our_own_key(url: str, keys: tuple[str, Path]) -> None:
    assert log_in(provider(url, pem=keys[0]), "mette").subject == "FJ-1001"


def test_a_doctor_brings_the_numbers_of_the_clinic(url: str) -> None:
    login = log_in(provider(url, "laegerne-torvet", right="laegebro-clinic"), "lise")
    assert login.claims["ydernumre"] == ("034835", "047155")
    assert login.claims["clinic_role"] == "laege"


def test_without_the_right_nobody_gets_in(url: str) -> None:
    with pytest.raises(AccessRefused):
        log_in(provider(url), "lone")


def test_a_login_weaker_than_the_organisation_demands_is_refused_by_name(url: str) -> None:
    demand = {"acr_values": ("urn:example:two-factors",)}
    with pytest.raises(LaunchRefused) as fault:
        log_in(provider(url, **demand), "mette")
    assert fault.value.public == "identity-level"
    address, _ = provider(url, **demand).begin(BACK, "/", secret=secret)
    assert words_of(address)["acr_values"] == "urn:example:two-factors"


LOA = "https://data.gov.dk/concept/core/nsis/loa"


@pytest.mark.parametrize(
    ("demand", "claims", "enough"),
    [
        ({}, {}, True),
        ({"acr_values": ("a", "b")}, {"acr": "b"}, True),
        ({"acr_values": ("a",)}, {"acr": ["a"]}, False),
        ({"acr_values": ("a",)}, {"acr": "A"}, False),
        ({"amr": ("mfa", "hwk")}, {"amr": ["pwd", "hwk"]}, True),
        ({"amr": ("mfa",)}, {"amr": ["pwd"]}, False),
        ({"amr": ("mfa",)}, {}, False),
        ({"nsis_level": "Substantial"}, {LOA: "High"}, True),
        ({"nsis_level": "Substantial"}, {LOA: "Substantial"}, True),
        ({"nsis_level": "Substantial"}, {LOA: "Low"}, False),
        ({"nsis_level": "Low"}, {LOA: "Ukendt"}, False),
        ({"nsis_level": "Low"}, {LOA: 3}, False),
        ({"nsis_level": "High", "nsis_claim": "loa"}, {"loa": "High"}, True),
        ({"nsis_level": "Low", "acr_values": ("a",)}, {LOA: "High"}, False),
    ],
)
def test_how_strongly_she_proved_herself(demand: dict[str, object], claims: dict[str, object], enough: bool) -> None:
    stanza = {"issuer": "https://idp.example", "client_id": "us", "right": "x", **demand}
    with nullcontext() if enough else pytest.raises(LaunchRefused):
        require_level(claims, Settings.model_validate(stanza))


def test_forcing_asks_for_the_password_again(url: str) -> None:
    idp, browser = provider(url), Browser()
    log_in(idp, "mette", browser)
    address, _ = idp.begin(BACK, "/", secret=secret)
    assert browser.visit(address).is_redirect, "logged in already"
    address, _ = idp.begin(BACK, "/", secret=secret, force=True)
    assert not browser.visit(address).is_redirect


def test_logging_out_ends_the_providers_session(url: str) -> None:
    idp, browser = provider(url), Browser()
    login = log_in(idp, "mette", browser)
    gone = browser.visit(idp.end_session(login.id_token, f"{GATEWAY}/farvel"))
    assert gone.headers["location"].startswith(f"{GATEWAY}/farvel")
    address, _ = idp.begin(BACK, "/", secret=secret)
    assert not browser.visit(address).is_redirect, "the password is asked for again"


@pytest.mark.parametrize("spoilt", ["verifier", "nonce", "connection"])
def test_a_return_that_is_not_ours_is_refused(url: str, spoilt: str) -> None:
    idp, browser = provider(url), Browser()
    address, pending = idp.begin(BACK, "/", secret=secret)
    browser.visit(address)
    page = browser.visit(browser.address, {"username": "mette", "password": "videodemo"})
    code = words_of(page.headers["location"])["code"]
    with pytest.raises(LaunchRefused):
        idp.finish(replace(pending, **{spoilt: secret()}), code, BACK, datetime.now(UTC))


def test_a_code_from_another_realm_is_refused(url: str) -> None:
    other, browser = provider(url, "skovby"), Browser()
    address, _ = other.begin(BACK, "/", secret=secret)
    browser.visit(address)
    page = browser.visit(browser.address, {"username": "anne", "password": "videodemo"})
    ours = provider(url)
    _, pending = ours.begin(BACK, "/", secret=secret)
    with pytest.raises(LaunchRefused):
        ours.finish(pending, words_of(page.headers["location"])["code"], BACK, datetime.now(UTC))


def test_an_issuer_must_call_itself_as_configured(url: str) -> None:
    with pytest.raises(PeerIll):
        provider(url, "fjordby", issuer=f"{url.replace('idp.localhost', 'localhost')}/realms/fjordby").begin(
            BACK, "/", secret=secret
        )


def test_a_silent_provider_is_told_apart(url: str) -> None:
    with pytest.raises(PeerUnavailable):
        provider("http://idp.localhost:9").begin(BACK, "/", secret=secret)
