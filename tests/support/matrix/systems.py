"""Other systems at our doors: a practice's own, another practice's, and two that prove nothing, each by its door's own
proof. A door that is found and has nobody here who speaks to it is red."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.serialization import Encoding

from adapters.discovery import FoundDoor
from adapters.gp_system.fhir_r4.subscription import subscription
from adapters.wire.medcom.exchange.acknowledgement import Asked, acknowledgement
from adapters.wire.medcom.exchange.parties import Party
from gateway.certify.benches import medcom as gp_medcom
from gateway.certify.eoj import hl7v2 as eoj_hl7
from gateway.certify.eoj import medcom as eoj_medcom
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.peers.letter import Answer
from gateway.store.peers.connections import Stanza
from gateway.wiring import Gateway
from simulators.eoj import records
from simulators.hl7.speaking import Voice
from simulators.hl7record.announcing import Announce, announcement
from simulators.signing import SigningKey
from tests.support.doors import fhir_world, soap_world
from tests.support.doors.dgws_samples import signer
from tests.support.doors.mllp_process import STANZA, hl7, sch
from tests.unit.web.nurse_world import OWN, SECOND, TENANT

ITS_OWN, ANOTHER, PRETENDER, UNKNOWN = (
    "its own system", "another practice's system", "somebody under its name", "an unknown system",
)  # fmt: skip
SYSTEMS = (ITS_OWN, ANOTHER, PRETENDER, UNKNOWN)
CERTIFICATES = {ITS_OWN: "a" * 64, ANOTHER: "b" * 64, PRETENDER: "c" * 64, UNKNOWN: "d" * 64}
ENDPOINT = "https://practice.example/notify"
Json = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """One call. ``seen``: its own system is shown the citizen by it; ``acts``: it would take the entry; ``guarded``:
    nobody else's is taken at all."""

    path: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seen: bool = False
    acts: bool = False
    guarded: bool = False


class Speaker(Protocol):
    """Whoever speaks to one kind of door. ``own``: the connection the consultation is sent over."""

    own: str

    def says(self, method: str, path: str, who: str, about: Consultation) -> Iterator[Sent]:
        """What is said at that address; ``who`` "" proves nothing."""


def entry_of(consultation: Consultation) -> UUID:
    return consultation.entries[-1].id if consultation.entries else consultation.id


class FhirPull:
    """Backend Services: each with a token of its own; the pretender brings one that was never issued."""

    own = fhir_world.TORVET

    def __init__(self, gateway: Gateway, folder: Path) -> None:
        base = f"{gateway.settings.public_url}/fhir/r4"
        self._at = fhir_world.FhirCallers(gateway, base)
        torvet = {"client_id": "torvet-client", "jwks": fhir_world.public(fhir_world.ES), "endpoints": [ENDPOINT]}
        self._at.connect(self.own, OWN, torvet)
        havnen = {"client_id": "havnen-client", "jwks": fhir_world.public(fhir_world.RS)}
        self._at.connect(fhir_world.HAVNEN, SECOND, havnen)
        self.tokens: dict[str, str] = {PRETENDER: "nobody-issued-this", UNKNOWN: "nor-this"}
        self.subscription = ""
        self.tasks: dict[UUID, tuple[Json, str]] = {}

    def assertion(self, who: str) -> str:
        key = fhir_world.ES if who == ITS_OWN else fhir_world.RS
        names = {ANOTHER: "havnen-client", PRETENDER: "torvet-client", UNKNOWN: "nobody-client"}
        client = names.get(who, "torvet-client")
        return self._at.assertion(key, iss=client, sub=client) if who else "proves.nothing.at-all"

    def says(self, method: str, path: str, who: str, about: Consultation) -> Iterator[Sent]:
        headers = {"Content-Type": "application/fhir+json"}
        if who in self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        named = {"{id}": self.subscription if "Subscription" in path else str(entry_of(about)), "{rest}": "Patient/1"}
        for name, value in named.items():
            path = path.replace(name, value)
        yield self._sent(method, path, who, about, headers)

    def _sent(self, method: str, path: str, who: str, about: Consultation, headers: Json) -> Sent:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        if path.endswith("/token"):
            return Sent(path, urlencode(self._at.form(self.assertion(who))).encode(), form)
        if path.endswith("/_search"):
            return Sent(path, b"", {**headers, **form}, seen=True)
        if (method, "/Task/" in path) == ("PUT", True):
            task, version = self.tasks.get(entry_of(about), ({"resourceType": "Task"}, 'W/"1"'))
            body = json.dumps(fhir_world.accepted(task)).encode()
            return Sent(path, body, {**headers, "If-Match": version}, acts=True)
        asked = json.dumps(subscription(ENDPOINT, "s" * 30)).encode() if method in ("POST", "PUT") else b""
        return Sent(path, asked, {**headers, "If-Match": 'W/"1"'}, seen="/Task" in path)


class Soap:
    """A signed system card in each call; the pretender's is signed with a key that nobody pinned."""

    own = soap_world.NAME

    def __init__(self, gateway: Gateway, folder: Path) -> None:
        (folder / "callers.pem").write_bytes(signer("GPSYS", soap_world.START).certificate.public_bytes(Encoding.PEM))
        pinned = {"caller_issuer": soap_world.ISSUER, "caller_certificates": f"file:{folder / 'callers.pem'}"}
        for name, cvr in ((self.own, soap_world.CVR), (soap_world.NEIGHBOUR, soap_world.OTHER_CVR)):
            connect(gateway, name, "soap", {**pinned, "caller_id": cvr})

    def says(self, method: str, path: str, who: str, about: Consultation) -> Iterator[Sent]:
        if method == "GET":
            yield Sent(f"{path}?wsdl")
            return
        entry = f"<lb:EntryId>{entry_of(about)}</lb:EntryId>"
        yield self._call(path, who, "<lb:GetQueueRequest></lb:GetQueueRequest>", seen=True)
        yield self._call(path, who, f"<lb:GetConsultationRequest>{entry}</lb:GetConsultationRequest>", seen=True)
        accept = f"<lb:AcceptConsultationRequest>{entry}{soap_world.BY}</lb:AcceptConsultationRequest>"
        yield self._call(path, who, accept, acts=True)

    def _call(self, path: str, who: str, content: str, **marks: bool) -> Sent:
        cards = {
            ITS_OWN: soap_world.card(),
            ANOTHER: soap_world.card(soap_world.OTHER_CVR),
            PRETENDER: soap_world.card(by="Somebody"),
            UNKNOWN: soap_world.card("99660007", issuer="NOBODY", by="Somebody"),
        }
        body = soap_world.request(content, own=cards.get(who, b"<nothing/>"))
        return Sent(path, body, {"Content-Type": "text/xml; charset=utf-8"}, **marks)


class Hl7:
    """MSH-3 and MSH-4 with the certificate of the line."""

    own = "torvet-line"

    def __init__(self, gateway: Gateway, folder: Path) -> None:
        for name, facility, who in ((self.own, "TORVET", ITS_OWN), ("havnen-line", "HAVNEN", ANOTHER)):
            stanza = {**STANZA, "peer_facility": facility, "caller_certificate": CERTIFICATES[who]}
            connect(gateway, name, "hl7v2", stanza)

    def says(self, method: str, path: str, who: str, about: Consultation) -> Iterator[Sent]:
        facility = {ANOTHER: "HAVNEN", UNKNOWN: "NOWHERE"}.get(who, "TORVET")
        frame = hl7(sch(entry_of(about)), control=uuid4().hex[:20], facility=facility)
        yield Sent("", frame, {"certificate": CERTIFICATES.get(who, "")}, acts=True)


class Announcing:
    """A care system that announces launches: by its names, and the certificate of the line."""

    own = "fjordby-eoj-line"

    def __init__(self, gateway: Gateway, folder: Path) -> None:
        line = {**eoj_hl7.NAMES, "host": "127.0.0.1", "port": 2575, "tls": False, "tenant": str(TENANT)}
        stanza = {**line, "launches": True, "caller_certificate": CERTIFICATES[ITS_OWN]}
        connect(gateway, self.own, "hl7v2", stanza, "eoj", TENANT)
        self._voice, self._kept = Voice("UNICODE UTF-8", "T"), records.load(None)

    def says(self, method: str, path: str, who: str, about: Consultation) -> Iterator[Sent]:
        frame = announcement(Announce(record="r-1002"), self._kept, self._voice)
        yield Sent("", frame, {"certificate": CERTIFICATES.get(who, "")}, guarded=True)


class Notified:
    """The header that we asked for comes back."""

    own = "torvet-fhir"

    def __init__(self, gateway: Gateway, folder: Path) -> None:
        self._gateway = gateway
        for name in (self.own, "havnen-fhir"):
            client = {"client_id": "laegebro", "client_key": gateway.settings.client_key}
            connect(gateway, name, "fhir_r4", {"base_url": "http://127.0.0.1:1/fhir", **client})

    def says(self, method: str, path: str, who: str, about: Consultation) -> Iterator[Sent]:
        names = {ITS_OWN: self.own, ANOTHER: "havnen-fhir"}
        token = self._gateway.peers.door_token(names[who]) if who in names else f"{who} guesses".encode().hex()
        headers = {"Authorization": f"Bearer {token}"} if who else {}
        yield Sent(path.replace("{connection}", self.own), b"{}", headers, guarded=True)


class Medcom:
    """A token of the access point's own key, meant for that connection's address."""

    def __init__(self, gateway: Gateway, folder: Path, kind: str = "gp_system") -> None:
        self._gateway, bench = gateway, gp_medcom if kind == "gp_system" else eoj_medcom
        self.own, other = f"torvet-{kind}-medcom", f"havnen-{kind}-medcom"
        self._keys = {who: SigningKey.generated() for who in SYSTEMS}
        for name, who in ((self.own, ITS_OWN), (other, ANOTHER)):
            stanza = bench.stanza("http://127.0.0.1:1", self._keys[who].public_jwks(), gateway.settings.client_key)
            tenant = TENANT if kind == "eoj" else None
            config = {**stanza, **({"tenant": str(TENANT)} if kind == "eoj" else {})}
            connect(gateway, name, "medcom", config, kind, tenant)
        parties = (gp_medcom.SENDER, gp_medcom.PRACTICE if kind == "gp_system" else eoj_medcom.MUNICIPALITY)
        self._body = json.dumps(_acknowledged(*map(Party.model_validate, parties))).encode()

    def says(self, method: str, path: str, who: str, about: Consultation) -> Iterator[Sent]:
        headers = {"Content-Type": "application/fhir+json"}
        if who:
            now = datetime.now(UTC)
            times = {"iat": int(now.timestamp()), "exp": int((now + timedelta(seconds=60)).timestamp())}
            claims = {"iss": "access-point", "sub": "access-point", "aud": self._gateway.peers.door_address(self.own)}
            headers["Authorization"] = f"Bearer {self._keys[who].sign({**claims, **times})}"
        yield Sent(path.replace("{connection}", self.own), self._body, headers, guarded=True)


def _acknowledged(ours: Party, theirs: Party) -> Json:
    """An acknowledgement of a message that nobody sent: taken, and of no consequence."""
    now = datetime.now(UTC)
    return acknowledgement(Asked(str(uuid4()), now - timedelta(seconds=1), ours, theirs), Answer.OK, "", now)


def connect(
    gateway: Gateway, name: str, adapter: str, config: Json, kind: str = "gp_system", tenant: UUID | None = None
) -> None:
    now = datetime.now(UTC)
    gateway.connections.apply(Stanza(name, kind, adapter, tenant, config, synthetic=True), "t", "t", now)


def speaker_for(found: FoundDoor, gateway: Gateway, folder: Path) -> Speaker:
    """``KeyError`` for a door that nobody here can speak to."""
    return SPEAKERS[f"{found.kind}/{found.name}"](gateway, folder)


SPEAKERS: Mapping[str, Any] = {
    "gp_system/fhir_pull": FhirPull,
    "gp_system/soap": Soap,
    "gp_system/hl7v2": Hl7,
    "gp_system/fhir_r4": Notified,
    "gp_system/medcom": Medcom,
    "eoj/medcom": partial(Medcom, kind="eoj"),
    "eoj/hl7v2": Announcing,
}
