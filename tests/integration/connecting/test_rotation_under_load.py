"""What ends one day is replaced while deliveries go on: real simulators, worker and relay as processes. Nothing is
lost, nothing arrives twice, and no attempt meets a fault (AD14)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.wire.oauth.client_key import ClientKey, new_client_key
from gateway.certify.benches import fhir_r4, hl7v2, soap
from gateway.certify.eoj import nexus
from gateway.certify.running import running_gateway
from gateway.connecting.trying import passed
from gateway.domain.errors import TransitionRefused
from tests.support.peers.rotating import Load, RotatedGateway, RotatedRecordGateway, Terminator, under_load
from tests.support.peers.tls_peers import Authority


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def laid(running: Any, name: str, content: str) -> str:
    folder = Path(running.laid_in)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content, encoding="utf-8")
    return f"file:{folder / name}"


def at_a_practice(stack: ExitStack, bench: Any, folder: Path, **settings: Any) -> Any:
    stanza = {**bench.stanza(folder), **settings}
    running = stack.enter_context(running_gateway(bench.adapter, bench.system.name, stanza, RotatedGateway))
    running.start_relay()
    return running


def entries(running: Any, bench: Any) -> Any:
    return under_load(lambda: running.place("034835"), lambda each: bench.copies(each) > 0)


def each_once(load: Load, bench: Any, faults: Any) -> None:
    """Of everything that was owed."""
    assert load.all_arrived(), "lost or stuck"
    met = [faults(each) for each in load.owed]
    assert len(load.owed) > 20 and not any(met), met
    assert {bench.copies(each) for each in load.owed} == {1}, "doubled"


def test_the_secret_of_a_client_at_a_care_system(stack: ExitStack, tmp_path: Path) -> None:
    bench = stack.enter_context(nexus.bench(tmp_path))
    stanza = bench.stanza(tmp_path)
    old = (tmp_path / "secret").read_text()
    running: Any = stack.enter_context(running_gateway("nexus", bench.system.name, stanza, RotatedRecordGateway))
    running.start_relay()

    def accepted(*secrets: str) -> None:
        assert bench.hand.post("/_sim/secrets", json=list(secrets)).status_code == 204

    with under_load(lambda: running.owe_note(bench.record, bench.citizen), running.is_done) as load:
        load.some_more()
        running.replaced(client_secret=laid(running, "ny", "the-new-secret"))
        refused = running.tried()
        assert not passed(refused) and refused[-1].code == "login-refused", "said before it is in force"
        with pytest.raises(TransitionRefused):
            number = running.gateway.drafts.of(bench.system.name).revision.number
            running.gateway.drafts.activate(bench.system.name, number, "ida", "", running.gateway.clock.now())
        accepted(old, "the-new-secret")
        running.in_force()
        load.some_more()
        accepted("the-new-secret")
        load.some_more()
    each_once(load, bench, lambda note: running.attempts_in_trouble(note))


def test_our_own_key_which_the_peer_reads_at_our_address_before_it_is_used(stack: ExitStack, tmp_path: Path) -> None:
    bench = stack.enter_context(fhir_r4.bench(tmp_path))
    running = at_a_practice(stack, bench, tmp_path)
    running.start_web()
    old, new = (tmp_path / "key.pem").read_text(), new_client_key()

    def read_by_the_peer() -> set[str]:
        """What it fetches from us is all that it knows."""
        with httpx.Client(transport=httpx.HTTPTransport(retries=20), trust_env=False, timeout=60) as client:
            port = running.address.rpartition(":")[2]
            host = {"Host": f"gateway.localhost:{port}"}
            keys = client.get(f"http://127.0.0.1:{port}/.well-known/jwks.json", headers=host)
        (tmp_path / "jwks.json").write_text(keys.text)
        return {each["kid"] for each in keys.json()["keys"]}

    with entries(running, bench) as load:
        load.some_more()
        assert {ClientKey.from_pem(old).kid} <= read_by_the_peer()
        running.replaced(client_key=laid(running, "ny.pem", new))
        assert not passed(running.tried()), "the peer does not know it yet"
        load.over.wait(2)
        both = read_by_the_peer()
        assert both >= {ClientKey.from_pem(old).kid, ClientKey.from_pem(new).kid}, "shown before it is used"
        running.in_force()
        load.some_more()
        assert both == read_by_the_peer(), "the old one is shown until its last assertion is dead"
        (tmp_path / "jwks.json").write_text(json.dumps({"keys": [ClientKey.from_pem(new).public_jwk()]}))
        load.some_more()
    each_once(load, bench, lambda entry: running.faults_met(entry.entry.id))


def test_certificate_and_key_with_which_messages_are_signed(stack: ExitStack, tmp_path: Path) -> None:
    bench = stack.enter_context(soap.bench(tmp_path))
    running = at_a_practice(stack, bench, tmp_path)
    pair = {name: (bench.keys / f"next.{name}").read_text() for name in ("pem", "key")}
    with entries(running, bench) as load:
        load.some_more()
        running.replaced(certificate=laid(running, "ny.pem", pair["pem"]), key=laid(running, "ny.key", pair["key"]))
        running.in_force()
        load.some_more()
        assert bench.hand.post("/_sim/revoke", content=(bench.keys / "caller.pem").read_bytes()).status_code == 204
        load.some_more()
    each_once(load, bench, lambda entry: running.faults_met(entry.entry.id))


@contextmanager
def behind_tls(stack: ExitStack, folder: Path) -> Iterator[tuple[Any, Terminator, Authority]]:
    """An HL7 practice whose line asks for our certificate."""
    plain = stack.enter_context(hl7v2.practice_system())
    authority = Authority(folder, "Old CA")
    line = Terminator(plain.mllp[1], authority.server("localhost", clients=authority.file))
    certificate, key = authority.certificate("laegebro")
    tls = {"tls": True, "host": "localhost", "port": line.port, "tls_authority": str(authority.file)}
    bench = hl7v2.Bench(plain)
    bench.settings = {**tls, "tls_certificate": str(certificate), "tls_key": str(key), "quiet_period": 3.0}
    stack.callback(line.close)
    yield bench, line, authority


def test_the_certificate_that_we_show_and_the_authority_of_the_peers_own(stack: ExitStack, tmp_path: Path) -> None:
    bench, line, old = stack.enter_context(behind_tls(stack, tmp_path))
    stanza = {**bench.stanza(tmp_path), **bench.settings}
    running = stack.enter_context(running_gateway("hl7v2", bench.system.name, stanza, RotatedGateway))
    running.start_relay()
    new = Authority(tmp_path, "New CA")
    certificate, key = new.certificate("laegebro-ny")
    both = tmp_path / "both.pem"
    both.write_bytes(old.file.read_bytes() + new.file.read_bytes())

    def names(file: Path) -> str:
        return laid(running, file.name, file.read_text()).removeprefix("file:")

    with entries(running, bench) as load:
        load.some_more()
        shown = {"tls_certificate": names(certificate), "tls_key": names(key)}
        running.replaced(**shown, tls_authority=names(both))
        assert not passed(running.tried()), "the peer does not know it yet"
        line.context = old.server("localhost", clients=both)
        running.in_force()
        load.some_more()
        line.context = new.server("localhost", clients=new.file)
        load.some_more()
        running.replaced(tls_authority=names(new.file))
        running.in_force()
        load.some_more()
    each_once(load, bench, lambda entry: running.faults_met(entry.entry.id))
