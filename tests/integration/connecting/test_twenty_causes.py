"""Each cause of AD05's table made at a real socket or simulator: it is named in its words, and no other is (AD05)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from adapters.wire import transport
from adapters.wire.oauth.client_key import new_client_key
from gateway.certify.benches.hl7v2 import NAMES, practice_system
from gateway.certify.eoj.nexus import Bench as NexusBench
from gateway.certify.eoj.nexus import nexus_system
from gateway.certify.fault_server import refusing_address
from gateway.cli.trial_words import told_in_words
from gateway.connecting.guarding import Allowed
from gateway.connecting.trying import BUDGET, Step, try_out
from gateway.domain.identifiers import CPR_SYSTEM
from gateway.domain.peers.trial import TEST_PERSON, Cause, TrialStep
from gateway.web.words.trials import explained
from tests.support.peers.adapter_peers import simulator
from tests.support.peers.national import national
from tests.support.peers.scripted_fhir import fhir, statement, unsearchable
from tests.support.peers.scripted_peer import Reply, scripted_peer
from tests.support.peers.tls_peers import DAY, Authority, black_hole, hangs, line

TENANT = "0192f000-0000-7000-8000-00000000c0de"
SECRET = "hush-hush-hush"
HTML = Reply(200, b"<html><title>Velkommen til Fjordby</title></html>", {"Content-Type": "text/html"})


class Bench:
    """What a test tries, in a folder that holds its secrets."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        (folder / "secret").write_text(SECRET)
        (folder / "key.pem").write_text(new_client_key())

    def record(self, issuer: str, **more: Any) -> list[Step]:
        basis = {"issuer": issuer, "tenant": TENANT, "client_id": "us", "note_as": "DocumentReference"}
        config = {**basis, **self._proof(more), **more}
        return try_out("eoj", "smart_fhir", "eoj", config)

    def _proof(self, more: Any) -> dict[str, str]:
        return {} if "client_key" in more else {"client_secret": f"file:{self.folder}/secret"}

    @property
    def by_key(self) -> dict[str, str]:
        return {"client_key": f"file:{self.folder}/key.pem", "client_key_id": "fjordby-2026"}

    def scripted(self, by_key: bool = False, **instead: Reply) -> list[Step]:
        peer = self.stack.enter_context(scripted_peer())
        base = f"{peer.url}/fhir"
        peer.script = fhir(base, **instead)
        return self.record(base, **(self.by_key if by_key else {}))

    def nexus(self, secret: str = "", **form: str) -> list[Step]:
        bench = NexusBench(*self.stack.enter_context(nexus_system(self.folder)))
        config = bench.stanza(self.folder) | ({"form": form} if form else {})
        if secret:
            (self.folder / "secret").write_text(secret)
        return try_out("eoj", "nexus", "nexus", config)

    def mllp(self, port: int, **more: Any) -> list[Step]:
        words = {"host": "127.0.0.1", "port": port, "tls": False, "tenant": TENANT, **NAMES, **more}
        return try_out("eoj", "hl7v2", "line", words)

    def trusted(self, monkeypatch: pytest.MonkeyPatch) -> Authority:
        authority = Authority(self.folder)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        transport.system_trust.cache_clear()
        return authority


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(tmp_path, stack)
    transport.system_trust.cache_clear()


def named(steps: list[Step], cause: Cause, step: TrialStep, danish: str) -> None:
    """That cause alone, at that step, which is the last; in words of both tables, with nothing left to fill in."""
    assert [(each.step, each.code) for each in steps if each.told] == [(step, cause)], steps
    told = steps[-1].told
    assert told is not None and told.cause is cause
    app = Flask(__name__)
    Babel(app, default_locale="da")
    with app.test_request_context(), force_locale("da"):
        words = explained(told)
    assert words.what == danish and words.do and words.then and words.who
    assert "–" not in words.do and "{" not in told_in_words(told)
    assert SECRET not in repr(steps) and SECRET not in steps[-1].answer


def test_01_a_name_nobody_knows(bench: Bench) -> None:
    steps = bench.record("https://nexus-x.invalid/fhir")
    named(steps, Cause.NO_SUCH_NAME, TrialStep.NAME, "Navnet nexus-x.invalid findes ikke i DNS.")


def test_02_a_port_that_is_closed(bench: Bench) -> None:
    with refusing_address() as url:
        port = url.rpartition(":")[2]
        named(bench.record(f"{url}/fhir"), Cause.REFUSED, TrialStep.PORT, f"Serveren afviser port {port}.")


def test_03_a_port_that_is_silent(bench: Bench) -> None:
    with black_hole() as port:
        steps = bench.record(f"https://127.0.0.1:{port}/fhir")
    named(steps, Cause.SILENT, TrialStep.PORT, f"Ingen svarer på port {port} (5 s).")


def test_04_a_certificate_for_another_name(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = bench.trusted(monkeypatch).server("other.localhost")
    with line(hangs, tls) as port:
        steps = bench.record(f"https://record.localhost:{port}/fhir")
    named(steps, Cause.TLS_NAME, TrialStep.TLS, "Certifikatet gælder other.localhost, ikke record.localhost.")


@pytest.mark.parametrize(
    ("since", "until", "cause", "words"),
    [
        (-2 * DAY, -DAY, Cause.TLS_EXPIRED, "Certifikatet udløb {until}."),
        (DAY, 2 * DAY, Cause.TLS_NOT_YET, "Certifikatet gælder først fra {since}."),
    ],
)
def test_05_a_certificate_out_of_its_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, since: timedelta, until: timedelta, cause: Cause, words: str
) -> None:
    tls, now = bench.trusted(monkeypatch).server("record.localhost", since, until), datetime.now(UTC)
    with line(hangs, tls) as port:
        steps = bench.record(f"https://record.localhost:{port}/fhir")
    said = words.format(until=f"{now + until:%d.%m.%Y}", since=f"{now + since:%d.%m.%Y}")
    named(steps, cause, TrialStep.TLS, said)


def test_05_an_issuer_whom_nobody_trusts(bench: Bench) -> None:
    with line(hangs, Authority(bench.folder, "Ukendt CA").server("record.localhost")) as port:
        steps = bench.record(f"https://record.localhost:{port}/fhir")
    named(steps, Cause.TLS_ISSUER, TrialStep.TLS, "Udsteder Ukendt CA er ikke godkendt.")


def test_06_a_client_certificate_is_asked_for_and_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = bench.trusted(monkeypatch)
    stranger = Authority(bench.folder, "Fremmed CA")
    own = stranger.certificate("laegebro")
    with line(hangs, authority.server("localhost", clients=authority.file)) as port:
        here = {"host": "localhost", "tls": True, "tls_authority": str(authority.file)}
        asked = bench.mllp(port, **here)
        refused = bench.mllp(port, **here, tls_certificate=str(own[0]), tls_key=str(own[1]))
    named(asked, Cause.CERTIFICATE_ASKED, TrialStep.TLS, "Modparten kræver klientcertifikat.")
    fingerprint = refused[-1].told.facts["fingerprint"] if refused[-1].told else ""
    assert len(fingerprint) == 95
    said = f"Modparten kender ikke vores certifikat (fingeraftryk {fingerprint})."
    named(refused, Cause.CERTIFICATE_REFUSED, TrialStep.TLS, said)


def test_07_a_clock_that_is_ahead(bench: Bench) -> None:
    """What we sign holds the time: the login is refused, and the clock is why."""
    body = b'{"error":"invalid_client"}'
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=7, seconds=5), usegmt=True).encode()
    head = b"HTTP/1.1 401 No\r\nContent-Type: application/json\r\nConnection: close\r\n"
    head += b"Date: %s\r\nContent-Length: %d\r\n\r\n"
    steps = bench.scripted(by_key=True, token=Reply(raw=[head % (date, len(body)) + body]))
    named(steps, Cause.CLOCK, TrialStep.LOGIN, "Modpartens ur er 7 min. foran.")


def test_08_a_wrong_secret(bench: Bench) -> None:
    steps = bench.nexus(secret="yesterdays")
    named(steps, Cause.LOGIN, TrialStep.LOGIN, "Klient-id eller hemmelighed er forkert.")


def test_09_nobody_has_registered_us(bench: Bench) -> None:
    with national(bench.folder) as service:
        service.plan("cpr", "fault", code="not_authorized")
        steps = try_out("register", "dgcpr", "dgcpr", service.stanza())
    named(steps, Cause.NOT_REGISTERED, TrialStep.READ, "Vi er ikke oprettet som anvender (whitelisting).")


def test_10_the_token_service_refuses_under_http_200(bench: Bench) -> None:
    with national(bench.folder) as service:
        service.plan("sts", "fault-200", code="FailedAuthentication")
        steps = try_out("register", "dgcpr", "dgcpr", service.stanza())
    assert steps[-1].told is not None
    code = steps[-1].told.facts.get("code", "")
    named(steps, Cause.TOKEN_SERVICE, TrialStep.LOGIN, f"STS afviste: {code}.")


def test_11_a_right_is_missing(bench: Bench) -> None:
    granted = {"access_token": "opens", "token_type": "Bearer", "expires_in": 300}
    scope = "system/Patient.rs system/Organization.rs system/Encounter.crus system/DocumentReference.rs"
    steps = bench.scripted(token=Reply.json({**granted, "scope": scope}))
    named(steps, Cause.SCOPE, TrialStep.LOGIN, "Mangler rettigheden system/DocumentReference.crus.")
    challenge = 'Bearer error="insufficient_scope", scope="system/Patient.rs"'
    told = Reply(403, b"{}", {"Content-Type": "application/json", "WWW-Authenticate": challenge})
    named(bench.scripted(_search=told), Cause.SCOPE, TrialStep.READ, "Mangler rettigheden system/Patient.rs.")


def test_12_another_service_answers(bench: Bench) -> None:
    said = "Adressen svarer, men er ikke FHIR R4: HTML «Velkommen til Fjordby»."
    named(bench.scripted(smart_configuration=HTML), Cause.WRONG_SERVICE, TrialStep.LOGIN, said)
    named(bench.scripted(metadata=HTML), Cause.WRONG_SERVICE, TrialStep.METADATA, said)


def test_13_another_version_is_spoken(bench: Bench) -> None:
    steps = bench.scripted(metadata=Reply.json(statement(fhirVersion="5.0.0")))
    named(steps, Cause.VERSION, TrialStep.METADATA, "Modparten taler 5.0.0, vi forventer 4.0.1.")


def test_14_an_ability_is_missing(bench: Bench) -> None:
    steps = bench.scripted(metadata=Reply.json(unsearchable()))
    named(steps, Cause.CAPABILITY, TrialStep.METADATA, "Modparten kan ikke søge på vores id.")


def test_15_a_form_that_does_not_exist(bench: Bench) -> None:
    steps = bench.nexus(name="Videobesøg")
    named(steps, Cause.NO_FORM, TrialStep.FORM, "Nexus-skema Videobesøg findes ikke i fjordby.")


def test_16_a_record_we_may_not_look_into(bench: Bench) -> None:
    with simulator("nexus", "--client-secret", SECRET, "--hidden", "1012") as url:
        made = NexusBench(url, SECRET)
        steps = try_out("eoj", "nexus", "nexus", made.stanza(bench.folder))
    named(steps, Cause.NO_ACCESS, TrialStep.READ, "Borgeren findes, men vores bruger har ikke adgang.")


def test_17_no_acknowledgement_and_one_that_says_no(bench: Bench) -> None:
    with line(hangs) as port:
        steps = bench.mllp(port, total_timeout=1.0)
    named(steps, Cause.NO_ACKNOWLEDGEMENT, TrialStep.LINE, "Ingen kvittering i 1 s.")
    with practice_system() as peer:
        fault = {"route": "NMQ^N01", "mode": "effect-then-500"}
        plan(peer.control, fault)
        steps = bench.mllp(peer.mllp[1])
        named(steps, Cause.ACKNOWLEDGED_NO, TrialStep.LINE, "Modparten kvitterede med fejl: AE-207.")
        assert not any(each.told for each in bench.mllp(peer.mllp[1])), (
            "a system that does not know NMQ answers as well"
        )


def test_18_an_address_in_an_internal_net(bench: Bench) -> None:
    config = {"issuer": "https://10.1.2.3/fhir", "tenant": TENANT, "client_id": "us", **bench.by_key}
    steps = try_out("eoj", "smart_fhir", "eoj", config, Allowed((), None))
    named(steps, Cause.INTERNAL_ADDRESS, TrialStep.ADDRESS, "Adressen peger på et internt net (10.1.2.3).")


def test_19_we_are_asked_to_wait(bench: Bench) -> None:
    told = Reply(429, b"{}", {"Content-Type": "application/json", "Retry-After": "60"})
    named(bench.scripted(metadata=told), Cause.RATE, TrialStep.METADATA, "Modparten bad os vente 60 s.")


def test_20_a_key_the_peer_does_not_know(bench: Bench) -> None:
    said = {"error": "invalid_client", "error_description": "no key with that kid in the client's JWKS"}
    steps = bench.scripted(by_key=True, token=Reply.json(said, 401))
    named(steps, Cause.KEY_ID, TrialStep.LOGIN, "Modparten kender ikke vores nøgle fjordby-2026.")


def test_a_peer_that_is_well_passes_every_step(bench: Bench) -> None:
    wanted = [TrialStep.SETTINGS, TrialStep.NAME, TrialStep.PORT, TrialStep.LOGIN, TrialStep.METADATA, TrialStep.READ]
    for steps in (bench.scripted(), bench.scripted(by_key=True)):
        assert [(each.step, each.code) for each in steps] == [(step, "") for step in (*wanted, TrialStep.CLOCK)]
    nexus = bench.nexus()
    assert [each.step for each in nexus if each.code] == [] and TrialStep.FORM in [each.step for each in nexus]


def test_the_test_persons_own_record_says_nothing_of_the_connection(bench: Bench) -> None:
    record = {"resourceType": "Patient", "identifier": [{"system": CPR_SYSTEM, "value": TEST_PERSON.digits}]}
    entries = [{"resource": {**record, "id": name}} for name in ("one", "two")]
    twice = Reply.json({"resourceType": "Bundle", "type": "searchset", "entry": entries})
    assert [each.code for each in bench.scripted(_search=twice) if each.told] == []


def test_a_peer_that_hangs_is_given_up_at_the_budget(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """However patient the connection itself is, and whichever protocol it speaks."""
    monkeypatch.setattr("gateway.connecting.trying.BUDGET", 2.0)
    assert BUDGET == 20.0
    with line(hangs) as port:
        for steps in (
            bench.mllp(port, total_timeout=60.0),
            bench.record(f"http://peer.localhost:{port}/fhir", total_timeout=60.0),
        ):
            assert steps[-1].code in (Cause.NO_ACKNOWLEDGEMENT, Cause.NO_ANSWER)
            assert sum(each.milliseconds for each in steps) < 2 * 2000


def plan(control: str, fault: dict[str, Any]) -> None:
    with httpx.Client(base_url=control, trust_env=False) as http:
        assert http.post("/_sim/faults", json=fault).status_code == 201
