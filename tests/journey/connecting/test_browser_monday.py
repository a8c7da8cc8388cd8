"""An administrator's Monday in the browser: a vendor has changed its secret and its address, and nobody else notices
(AD03, AD05, users of the other connections)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gateway import settings
from gateway.certify.simulated import simulator
from gateway.domain.identifiers import CPR_SYSTEM, Ydernummer
from gateway.domain.scope import SystemScope
from gateway.store.peers.connections import Stanza
from gateway.wiring import Gateway
from simulators.demo.setup import USERS
from simulators.demo.stack import Stack
from simulators.signing import SigningKey, issued_now
from tests.support.consultations import draft, placed
from tests.support.pages.administering import logged_in, press
from tests.support.pages.journeys import usable

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

EVERY = 0.2  # seconds: five a second
TORVET = Ydernummer("034835")
OTHERS = ("gp-torvet", "venteværelse", "eoj-load")
INSTANCE = "fjordby"
IDENTIFIER = {"system": CPR_SYSTEM, "value": "2512489996"}
NANCY = {"name": "Nancy Ann Berggren", "birthDate": "1948-12-25", "gender": "female"}


@pytest.fixture(scope="module")
def monday(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The demo with a second administrator, and a folder for the organisation's secrets."""
    folder = tmp_path_factory.mktemp("monday")
    users = folder / "users.toml"
    users.write_text(USERS.read_text(encoding="utf-8").replace('"laegebro-support"', '"laegebro-integration"'))
    allowed = {"LAEGEBRO_CONSOLE_NETWORKS": "127.0.0.0/8", "LAEGEBRO_CONSOLE_SECRETS": str(folder / "secrets")}
    arguments = {"identity": ("--users", str(users))}
    with Stack(environment=allowed, simulator_arguments=arguments) as running:
        yield running


@dataclass
class Load:
    """Five a second on the other connections: starts by a signed launch, entries to two practices. ``failures``: what
    was not answered as it should be."""

    gateway: Gateway
    url: str
    tenant: UUID
    key: SigningKey
    started: int = 0
    owed: list[UUID] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def run(self, over: threading.Event, stack: Stack) -> None:
        with stack.client() as http:
            for number in range(10_000):
                if over.is_set():
                    return
                began = time.monotonic()
                self._launched(http) if number % 2 else self._owed(OTHERS[number // 2 % 2])
                time.sleep(max(0.0, EVERY - (time.monotonic() - began)))

    def _launched(self, http: Any) -> None:
        token = self.key.sign(
            {
                "iss": "http://load.localhost:1",
                "aud": self.url,
                **issued_now(60),
                "jti": str(uuid4()),
                "sub": "LOAD-1",
                "name": "Lis Last",
                "roles": ["laegebro-start"],
                "title": "Sygeplejerske",
                "workplace": "Digitalisering",
                "patient": {"reference": f"Patient/r-{self.started}", "identifiers": [IDENTIFIER], **NANCY},
                "general_practitioner": {
                    "ydernummer": str(TORVET),
                    "source": "eoj",
                    "as_of": str(datetime.now(UTC).date()),
                },
                "launch_key": str(uuid4()),
            }
        )
        headers = {"Content-Type": "application/jwt", "Accept": "application/json"}
        answer = http.post(f"{self.url}/api/v1/launches", content=token, headers=headers)
        self.started += 1
        if answer.status_code != 201:
            self.failures.append(f"launch {answer.status_code} {answer.text[:200]}")

    def _owed(self, connection: str) -> None:
        now = self.gateway.clock.now()
        invented = replace(draft(self.tenant, at=now), synthetic=True)
        made = placed(invented, TORVET, at=now, connections=(connection,))
        self.owed.append(self.gateway.store.commit(made).id)


@contextmanager
def loaded(stack: Stack, gateway: Gateway, tenant: UUID) -> Iterator[Load]:
    key = SigningKey.generated()
    config = {"issuer": "http://load.localhost:1", "audience": stack.gateway_url, "tenant": str(tenant)}
    config |= {"write_back": "eoj-fjordby"}
    signed = Stanza("eoj-load", "eoj", "signed_launch", tenant, {**config, "jwks": key.public_jwks()}, synthetic=True)
    gateway.connections.apply(signed, "test", "load", gateway.clock.now())
    load, over = Load(gateway, stack.gateway_url, tenant, key), threading.Event()
    thread = threading.Thread(target=load.run, args=(over, stack))
    thread.start()
    try:
        yield load
    finally:
        over.set()
        thread.join(60)


def test_monday(
    chromium: Browser, monday: Stack, contexts: list[BrowserContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in monday.environment.items():
        monkeypatch.setenv(name, value)
    gateway = Gateway(settings.load(environ=monday.environment))
    tenant = next(each.id for each in gateway.organisations.tenants() if each.name == "Fjordby Kommune")
    secrets = Path(monday.environment["LAEGEBRO_CONSOLE_SECRETS"]) / str(tenant)
    secrets.mkdir(parents=True)
    for name in ("nexus-2025", "nexus-2026"):
        (secrets / name).write_text(f"secret-of-{name}", encoding="utf-8")
    with simulator("nexus", "--client-secret", "secret-of-nexus-2026") as moved:
        _in_force_since_last_year(gateway, tenant, secrets)
        with loaded(monday, gateway, tenant) as load:
            ida = logged_in(chromium, monday, contexts, "ida")
            _the_trial_names_the_secret(ida, moved)
            _mended_and_asked_for(ida, secrets)
            bo = logged_in(chromium, monday, contexts, "bo")
            _approved(bo)
            assert gateway.connections.present("nexus-fjordby").config["base_url"].startswith(moved)  # type: ignore[union-attr]
            _rolled_back(ida)
        _nobody_else_noticed(gateway, load)
    gateway.engine.dispose()


def _words(address: str, secret: Path) -> dict[str, str]:
    return {
        "base_url": f"{address}/api/core/mobile/{INSTANCE}/v2/",
        "token_url": f"{address}/authx/realms/{INSTANCE}/protocol/openid-connect/token",
        "client_id": "laegebro",
        "client_secret": f"file:{secret}",
        "token_endpoint_auth_method": "client_secret_post",
    }


def _in_force_since_last_year(gateway: Gateway, tenant: UUID, secrets: Path) -> None:
    """A real connection, at an address where nobody answers any more."""
    config = {**_words("http://nexus.localhost:1", secrets / "nexus-2025"), "tenant": str(tenant), "label": "Nexus"}
    stanza = Stanza("nexus-fjordby", "eoj", "nexus", tenant, config, synthetic=False)
    gateway.connections.apply(stanza, "test", "last year", gateway.clock.now())


def _the_trial_names_the_secret(ida: Page, moved: str) -> None:
    press(ida.locator('[data-connection="nexus-fjordby"] a'))
    press(ida.get_by_test_id("try"))
    expect(ida.get_by_test_id("cause")).to_have_text("Serveren afviser port 1.")
    usable(ida, "console-cause")
    press(ida.get_by_test_id("take-up"))
    for name in ("base_url", "token_url"):
        ida.locator(f"#field-{name}").fill(_words(moved, Path("unused"))[name])
    press(ida.get_by_test_id("save-draft"))
    press(ida.get_by_test_id("try-draft"))
    expect(ida.get_by_test_id("cause")).to_have_text("Klient-id eller hemmelighed er forkert.")
    expect(ida.get_by_test_id("call-whom")).to_have_text("Dig selv")
    assert "secret-of" not in ida.content()
    usable(ida, "console-draft-tried")


def _mended_and_asked_for(ida: Page, secrets: Path) -> None:
    ida.locator("#field-client_secret").fill(f"file:{secrets}/nexus-2026")
    press(ida.get_by_test_id("save-draft"))
    press(ida.get_by_test_id("try-draft"))
    expect(ida.get_by_test_id("draft-state")).to_contain_text("Afprøvet")
    expect(ida.get_by_test_id("cause")).to_have_count(0)
    ida.get_by_test_id("reason").fill("KMD har skiftet adresse og hemmelighed")
    press(ida.get_by_test_id("activate"))
    expect(ida.get_by_test_id("waiting")).to_be_visible()


def _approved(bo: Page) -> None:
    bo.goto(bo.url.partition("/konsol")[0] + "/konsol/godkendelser")
    expect(bo.get_by_test_id("request")).to_contain_text("nexus-fjordby")
    press(bo.get_by_test_id("grant"))
    expect(bo.get_by_test_id("decided")).to_contain_text("nexus-fjordby")
    usable(bo, "console-approved")


def _rolled_back(ida: Page) -> None:
    ida.goto(ida.url.partition("/konsol")[0] + "/konsol/forbindelser/nexus-fjordby")
    press(ida.locator('[data-testid^="back-to-"]').last)
    reason = ida.get_by_test_id("back-reason").last
    reason.fill("Leverandøren har rullet tilbage")
    press(ida.get_by_test_id("roll-back").last)
    expect(ida.locator('[data-setting="base_url"]')).to_contain_text("nexus.localhost:1/")


def _nobody_else_noticed(gateway: Gateway, load: Load) -> None:
    assert load.failures == [] and load.started > 10 and len(load.owed) > 10
    rows = []
    for _ in range(300):
        rows = [row for each in load.owed for row in _rows(gateway, each)]
        if all(row.status == "done" for row in rows):
            break
        time.sleep(0.2)
    attempts = [each for row in rows for each in gateway.owed.attempts(row.id)]
    assert {(row.status, row.fault) for row in rows} == {("done", "")}
    assert {each.outcome for each in attempts} == {"done"}
    print(f"{load.started} launches, {len(load.owed)} entries, {len(attempts)} attempts, 0 failures")


def _rows(gateway: Gateway, consultation: UUID) -> list[Any]:
    return list(gateway.store.deliveries_of(SystemScope(), consultation))
