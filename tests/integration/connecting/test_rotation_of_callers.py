"""Those who call us, log our people in or answer our look-ups change their keys, and we ours, while the calls go on: no
call is refused, and the old key opens nothing once it is withdrawn (AD14)."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.jwk import ECKey

from adapters.gp_system.soap.door import PATH
from adapters.identity.oidc import OidcProvider, Settings
from gateway.connecting import drafting, rotating
from gateway.connecting.rotating import Replacing
from gateway.domain.identifiers import Cpr
from gateway.peers.in_use import READ_AGAIN
from gateway.store.peers.connections import Stanza
from gateway.web.app import create_app
from gateway.wiring import Gateway
from simulators.signing import SigningKey
from tests.support.doors import mllp_process, soap_world
from tests.support.doors.dgws_samples import signer
from tests.support.doors.fhir_world import ES, TORVET, FhirWorld, public
from tests.support.doors.mllp_process import Hl7World, hl7, sch
from tests.support.doors.soap_world import SoapWorld, card, request
from tests.support.peers.adapter_peers import GATEWAY, Browser, words_of
from tests.support.peers.national import CVR, national
from tests.support.peers.provider import Provider
from tests.unit.web.nurse_world import TENANT, NurseWorld
from workers.mllp import MountedDoor, line_door

BOERGE = Cpr("0201609995")


@dataclass
class Calls:
    """One after the other; ``call`` says what was wrong with its answer, "" where nothing was."""

    call: Callable[[], str]
    done: int = 0
    refused: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.over.is_set():
            try:
                fault = self.call()
            except Exception as broken:
                fault = repr(broken)
            self.done += 1
            self.refused += [fault] if fault else []

    def some_more(self) -> None:
        self.over.wait(READ_AGAIN)
        enough = self.done + 3
        while self.done < enough and not self.refused:
            self.over.wait(0.02)


@contextmanager
def calling(call: Callable[[], str]) -> Iterator[Calls]:
    calls = Calls(call)
    thread = threading.Thread(target=calls.run)
    thread.start()
    try:
        yield calls
    finally:
        calls.over.set()
        thread.join()
    assert calls.refused == [] and calls.done >= 9


def laid(gateway: Gateway, folder: Path, name: str, content: bytes) -> str:
    """As operations lay it, for a connection of the operator's."""
    gateway.settings = gateway.settings.model_copy(update={"console_secrets": str(folder)})
    place = folder / "operator" / name
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(content)
    return f"file:{place}"


def in_force(gateway: Gateway, name: str, replacing: Replacing) -> None:
    """By the service behind page and command, tried, and then in force."""
    gateway.settings = gateway.settings.model_copy(update={"console_networks": "127.0.0.0/8 ::1/128"})
    rotating.replace(gateway, name, rotating.basis(gateway, name).revision.number, replacing, "Ida Krag")
    steps = drafting.try_draft(gateway, drafting.require(gateway, name), "Ida Krag")
    tested = drafting.require(gateway, name)
    assert tested.is_tested, steps
    gateway.drafts.activate(name, tested.revision.number, "Ida Krag", "udløber", gateway.clock.now())


def test_the_pinned_keys_of_a_practice_that_fetches(tmp_path: Path, sqlite_template: Path) -> None:
    world = FhirWorld(tmp_path, sqlite_template)
    world.gateway.settings = world.gateway.settings.model_copy(update={"rate_factor": 1000.0})
    new, used = ECKey.generate_key("P-384", {"kid": "ny"}), [ES]
    client = create_app(world.gateway).test_client()

    def token() -> str:
        claims = {name: "torvet-client" for name in ("iss", "sub")}
        answer = client.post("/fhir/r4/token", data=world.form(world.assertion(used[0], **claims)))
        return "" if answer.status_code == 200 else answer.get_data(as_text=True)

    with calling(token) as calls:
        calls.some_more()
        in_force(world.gateway, TORVET, Replacing({"jwks": json.dumps(public(new))}))
        calls.some_more()
        used[0] = new
        calls.some_more()
        in_force(world.gateway, TORVET, Replacing(withdrawn={"jwks": [ES.kid or ""]}))
        calls.some_more()
    used[0] = ES
    assert token() != "", "the old key opens nothing any more"


def test_the_certificates_of_a_practice_whose_cards_open_our_door(tmp_path: Path) -> None:
    world = SoapWorld(tmp_path)
    world.gateway.settings = world.gateway.settings.model_copy(update={"rate_factor": 1000.0})
    used = ["GPSYS"]
    pem = {name: signer(name, soap_world.START).certificate.public_bytes(Encoding.PEM) for name in ("GPSYS", "NYT")}
    client = world.app.test_client()

    def fetched() -> str:
        own = card(by=used[0])
        answer = client.post(PATH, data=request("<lb:GetQueueRequest></lb:GetQueueRequest>", own=own))
        return "" if answer.status_code == 200 else answer.get_data(as_text=True)

    with calling(fetched) as calls:
        calls.some_more()
        both = laid(world.gateway, tmp_path, "begge.pem", pem["GPSYS"] + pem["NYT"])
        in_force(world.gateway, soap_world.NAME, Replacing({"caller_certificates": both}))
        calls.some_more()
        used[0] = "NYT"
        calls.some_more()
        alone = laid(world.gateway, tmp_path, "ny.pem", pem["NYT"])
        in_force(world.gateway, soap_world.NAME, Replacing({"caller_certificates": alone}))
        calls.some_more()
    used[0] = "GPSYS"
    assert fetched() != "", "the old certificate opens nothing any more"


def test_the_certificate_of_a_practice_that_calls_our_line(tmp_path: Path, sqlite_template: Path) -> None:
    old, new = "aa" * 32, "bb" * 32
    world, used = Hl7World(tmp_path, sqlite_template, caller_certificate=old), [old]
    entry, door = world.entry(), MountedDoor(world.gateway, line_door("hl7v2"))

    def brought() -> str:
        frame = hl7(sch(entry), control=secrets.token_hex(8), kind="SIU^S14^SIU_S12")
        answer = door.answered(frame, used[0]) or b""
        return "" if b"MSA|AA" in answer else answer.decode("latin-1")

    def changed(replacing: Replacing) -> None:
        g, name = world.gateway, mllp_process.CONNECTION
        number = rotating.replace(g, name, rotating.basis(g, name).revision.number, replacing, "Ida")
        tested = g.drafts.passed(name, number, "Ida", g.clock.now())  # nobody listens at the practice here
        g.drafts.activate(name, tested, "Ida", "udløber", g.clock.now())

    with calling(brought) as calls:
        calls.some_more()
        changed(Replacing({"caller_certificate": ":".join(new[i : i + 2] for i in range(0, 64, 2)).upper()}))
        calls.some_more()
        used[0] = new
        calls.some_more()
        changed(Replacing(withdrawn={"caller_certificate": [old]}))
        calls.some_more()
    used[0] = old
    assert brought() != "", "the old certificate opens nothing any more"


def test_people_log_in_while_the_provider_changes_the_key_it_publishes() -> None:
    provider = Provider("http://127.0.0.1:9/logout")
    idp = OidcProvider("idp", Settings.model_validate({**provider.stanza}), lambda reference: reference)
    back = f"{GATEWAY}/login/callback"

    def log_in() -> str:
        address, pending = idp.begin(back, "/venter", secret=lambda: secrets.token_urlsafe(32))
        browser = Browser()
        browser.visit(address)
        page = browser.visit(browser.address, {"username": "mette", "password": "videodemo"})
        words = words_of(page.headers["location"])
        return "" if idp.finish(pending, words["code"], back, datetime.now(UTC)).subject == "FJ-1001" else "stranger"

    realm, new = provider.realm, SigningKey.generated()
    with calling(log_in) as calls:
        calls.some_more()
        realm.beside = [new]
        calls.some_more()
        realm.key, realm.beside = new, [realm.key]
        calls.some_more()
        realm.beside = []
        calls.some_more()
    provider.close()


def test_the_certificate_under_which_we_look_citizens_up(tmp_path: Path) -> None:
    folder = tmp_path / "nsp"
    folder.mkdir()
    with national(folder, "--whitelist", CVR) as nsp:
        gateway = NurseWorld(tmp_path).gateway
        stanza = Stanza("nsp", "register", "dgcpr", None, nsp.stanza(), synthetic=True)
        gateway.connections.apply(stanza, "t", "t", datetime.now(UTC))

        def looked_up() -> str:
            found = gateway.peers.national_lookup(TENANT, True)
            assert found is not None
            return "" if found._lookup.find(BOERGE, datetime.now(UTC)).known else "nobody"

        issued: dict[str, Any] = nsp.certificate(CVR, "Lægebro 2027")
        sts = (folder / "sts.pem").read_bytes()
        other = signer("STS-NY", soap_world.START).certificate.public_bytes(Encoding.PEM)
        with calling(looked_up) as calls:
            calls.some_more()
            new = {name: laid(gateway, tmp_path, f"ny.{name}", text.encode()) for name, text in issued.items()}
            both = laid(gateway, tmp_path, "sts-begge.pem", sts + other)
            in_force(gateway, "nsp", Replacing({**new, "sts_certificates": both}))
            calls.some_more()
            calls.some_more()
