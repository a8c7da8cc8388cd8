"""Starting from the record over the real wire: browser, authorization server, first reads."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from adapters.eoj.signed_launch import Settings as SignedSettings
from adapters.eoj.signed_launch import SignedLaunch
from adapters.eoj.smart_fhir import Adapter, Settings
from gateway.domain.errors import AccessRefused, LaunchRefused, PeerUnavailable
from gateway.domain.identifiers import Cpr
from gateway.domain.launch import Launch
from gateway.domain.peers.messages import Envelope
from simulators import directory
from simulators.eoj import records
from simulators.eoj.signed_launch import Agreement, SignedLaunches
from simulators.signing import SigningKey
from tests.support.peers.adapter_peers import CALLBACK, GATEWAY, Browser, key_files, new_key_pem, simulator, words_of
from tests.support.peers.scripted_peer import Reply, scripted_peer

TENANT = UUID("0192f0c0-0000-7000-8000-000000000001")
RIGHT = "laegebro-start"


@pytest.fixture(scope="module")
def eoj(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Adapter]]:
    pem, jwks = key_files(tmp_path_factory.mktemp("keys"))
    with simulator("eoj", "--gateway-url", GATEWAY, "--client-jwks", str(jwks)) as url:
        settings = Settings(
            issuer=f"{url}/fhir",
            client_id="laegebro",
            client_key="file:gateway.pem",
            tenant=TENANT,
            employee_claim="employee_id",
        )
        yield url, Adapter("eoj-fjordby", settings, lambda _: pem)


def secret() -> str:
    return secrets.token_urlsafe(32)


def start(url: str, record: str, username: str = "mette", browser: Browser | None = None) -> dict[str, str]:
    """Log in, open the record, press the button: `iss` and `launch` as the gateway's door gets them."""
    browser = browser or Browser()
    browser.visit(f"{url}/login", {"username": username, "password": "videodemo"})
    redirect = browser.visit(f"{url}/records/{record}/launch/smart", {"view": secret()})
    return words_of(redirect.headers["location"])


def launch(url: str, adapter: Adapter, record: str, username: str = "mette") -> Launch:
    browser = Browser()
    words = start(url, record, username, browser)
    address, pending = adapter.begin(words["iss"], words["launch"], CALLBACK, secret=secret)
    back = words_of(browser.visit(address).headers["location"])
    assert back["state"] == pending.state
    return adapter.finish(pending, back["code"], CALLBACK, datetime.now(UTC))


def test_a_launch_carries_citizen_practice_employee_and_hints(eoj: tuple[str, Adapter]) -> None:
    found = launch(*eoj, "r-1002")
    assert found.citizen is not None and found.citizen.identifier == Cpr("0201609996")
    assert (found.citizen.name, found.record_ref) == ("Karla Testmose", "Patient/r-1002")
    assert found.practice is not None and found.practice.ydernummer.digits == "034835"
    assert (found.employee.subject, found.employee.name) == ("FJ-1001", "Mette Holm")
    assert (found.employee.role_hint, found.employee.workplaces) == ("Sygeplejerske", ("Hjemmesygeplejen Nord",))
    assert (found.tenant, found.connection) == (TENANT, "eoj-fjordby")


def test_launching_the_same_thing_again_has_the_same_key(eoj: tuple[str, Adapter]) -> None:
    first, again = launch(*eoj, "r-1002"), launch(*eoj, "r-1002")
    other_record, other_nurse = launch(*eoj, "r-1003"), launch(*eoj, "r-1002", "karim")
    assert first.key == again.key
    assert len({first.key, other_record.key, other_nurse.key}) == 3


def test_a_record_without_a_number_keeps_its_reference(eoj: tuple[str, Adapter]) -> None:
    found = launch(*eoj, "r-1008")
    assert found.citizen is not None and found.citizen.identifier is None
    assert found.record_ref == "Patient/r-1008"


def test_protection_comes_along(eoj: tuple[str, Adapter]) -> None:
    found = launch(*eoj, "r-1006")
    assert found.citizen is not None and found.citizen.protected


def test_an_employee_without_the_right_is_not_let_in(eoj: tuple[str, Adapter]) -> None:
    with pytest.raises(AccessRefused):
        launch(*eoj, "r-1002", "lone")


def test_an_unknown_issuer_is_refused_before_anybody_is_asked(eoj: tuple[str, Adapter]) -> None:
    url, adapter = eoj
    for issuer in (f"{url}/fhir/", url, "http://eoj.localhost:9/fhir", f"{url}/fhir@evil.example", ""):
        with pytest.raises(LaunchRefused):
            adapter.begin(issuer, "word", CALLBACK, secret=secret)


def test_a_code_serves_once_and_only_with_its_own_verifier_and_nonce(eoj: tuple[str, Adapter]) -> None:
    url, adapter = eoj
    for spoil in ("connection", "verifier", "nonce"):
        browser = Browser()
        words = start(url, "r-1002", browser=browser)
        address, pending = adapter.begin(words["iss"], words["launch"], CALLBACK, secret=secret)
        code = words_of(browser.visit(address).headers["location"])["code"]
        with pytest.raises(LaunchRefused):
            adapter.finish(replace(pending, **{spoil: secret()}), code, CALLBACK, datetime.now(UTC))
    with pytest.raises(LaunchRefused):
        adapter.finish(pending, code, CALLBACK, datetime.now(UTC))


def test_a_silent_care_system_is_told_apart_from_a_false_launch(eoj: tuple[str, Adapter]) -> None:
    settings = eoj[1].settings.model_copy(update={"issuer": "http://eoj.localhost:9/fhir"})
    away = Adapter("eoj-away", settings, lambda _: new_key_pem())
    with pytest.raises(PeerUnavailable):
        away.begin(settings.issuer, "word", CALLBACK, secret=secret)


# --- the signed door, with tokens made by the care system itself --------------------------------------------------


def signed(record: str, agreement: Agreement | None = None) -> tuple[bytes, SigningKey]:
    organisation = directory.load().organisation("fjordby")
    assert organisation is not None
    user, found = organisation.user("mette"), records.load().find(record)
    assert user is not None and found is not None
    key = SigningKey.generated()
    launches = SignedLaunches("http://eoj.localhost", GATEWAY, organisation, key)
    return key.sign(launches.claims(user, found, "view", agreement)).encode(), key


def door(**keys: object) -> SignedLaunch:
    settings = SignedSettings.model_validate(
        {
            "issuer": "http://eoj.localhost",
            "audience": GATEWAY,
            "tenant": TENANT,
            "write_back": "eoj-fjordby",
            "organisation_cvr": "99110007",
            "right": RIGHT,
            **keys,
        }
    )
    return SignedLaunch("eoj-fjordby-signed", settings)


def envelope(body: bytes) -> Envelope:
    return Envelope({"content-type": "application/jwt"}, {}, body)


def test_the_care_systems_own_token_is_accepted(eoj: tuple[str, Adapter]) -> None:
    body, key = signed("r-1002")
    found, used = door(jwks=json.loads(json.dumps(key.public_jwks()))).verify(envelope(body), datetime.now(UTC))
    assert found.citizen is not None and found.citizen.identifier == Cpr("0201609996")
    assert found.practice is not None and found.practice.ydernummer.digits == "034835"
    assert (found.connection, found.record_ref, found.employee.subject) == ("eoj-fjordby", "Patient/r-1002", "FJ-1001")
    assert used.jti and used.expires_at > datetime.now(UTC)


def test_keys_are_read_from_the_care_system_where_none_are_pinned(eoj: tuple[str, Adapter]) -> None:
    """A token of a stranger's key is refused by the published key set."""
    body, _ = signed("r-1002")
    with pytest.raises(LaunchRefused):
        door(jwks_url=f"{eoj[0]}/.well-known/jwks.json").verify(envelope(body), datetime.now(UTC))


def test_a_published_key_opens_the_door_and_is_fetched_once() -> None:
    body, key = signed("r-1002")
    with scripted_peer() as peer:
        peer.script = lambda _: Reply.json(key.public_jwks())
        entrance = door(jwks_url=f"{peer.url}/jwks.json")
        for _ in range(3):
            assert entrance.verify(envelope(body), datetime.now(UTC))[0].record_ref == "Patient/r-1002"
        assert peer.paths() == ["/jwks.json"]


def test_without_a_number_the_reference_and_the_agreement_come_along() -> None:
    body, key = signed("r-1008", Agreement("Lise Hansen", "2026-11-24T11:15:00+01:00"))
    found, _ = door(jwks=key.public_jwks()).verify(envelope(body), datetime.now(UTC))
    assert found.citizen is not None and found.citizen.identifier is None and not found.citizen.name
    assert found.record_ref == "Patient/r-1008"
    assert found.agreement is not None and found.agreement.with_whom == "Lise Hansen"
    assert found.agreement.at == datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
