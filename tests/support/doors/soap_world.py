"""A gateway whose practice fetches its queue over SOAP, and the practice's side: a key, cards, requests."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.serialization import Encoding
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from adapters.gp_system.soap.door import PATH
from adapters.gp_system.soap.words import NAMESPACE
from adapters.wire.dgws.header import MEDCOM, Flow, header
from adapters.wire.dgws.idcard import SystemIdentity, own_card
from adapters.wire.dgws.sts import security
from adapters.wire.soap import ENVELOPE, envelope
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.identifiers import Ydernummer
from gateway.domain.scope import SystemScope
from gateway.store.migrations.creation import create_schema
from gateway.store.peers.connections import Stanza
from gateway.web.app import create_app
from gateway.wiring import Gateway
from tests.support.clinic_world import TENANTS, settings_in
from tests.support.consultations import ELSEWHERE, PRACTICE, draft, placed
from tests.support.doors.dgws_samples import signer

NAME, NEIGHBOUR = "torvet-soap", "havnen-soap"
ISSUER, CVR, OTHER_CVR = "GPSYS", "99440007", "99550007"
START = datetime.now(UTC) - timedelta(days=1)
LB = f"{{{NAMESPACE}}}"
BY = "<lb:By><lb:Id>lha</lb:Id><lb:Name>Lise Hansen</lb:Name></lb:By>"


class SoapWorld:
    """Two practices that fetch, one gateway on SQLite; nobody listens where a wake would go."""

    def __init__(self, folder: Path) -> None:
        self.gateway = Gateway(settings_in(folder, f"sqlite:///{folder / 'soap.db'}", "redis://127.0.0.1:9/0"))
        create_schema(self.gateway.engine)
        for tenant in TENANTS:
            self.gateway.organisations.apply_tenant(tenant)
        (folder / "callers.pem").write_bytes(signer("GPSYS", START).certificate.public_bytes(Encoding.PEM))
        self._certificates = f"file:{folder / 'callers.pem'}"
        self.connect(NAME, CVR, PRACTICE)
        self.connect(NEIGHBOUR, OTHER_CVR, ELSEWHERE)
        self.app = create_app(self.gateway)

    def connect(self, name: str, cvr: str, practice: Ydernummer) -> None:
        stanza = {"caller_issuer": ISSUER, "caller_certificates": self._certificates, "caller_id": cvr}
        self.gateway.connections.apply(Stanza(name, "gp_system", "soap", None, stanza), "t", "t", datetime.now(UTC))
        self.gateway.practices.set_routes(practice, [name])

    def entry(self, practice: Ydernummer = PRACTICE, connections: tuple[str, ...] = (NAME,)) -> UUID:
        """A new entry that waits at the practice."""
        now = datetime.now(UTC)
        entry = self.gateway.store.commit(placed(draft(at=now), practice, at=now, connections=connections)).entry
        assert entry is not None
        return entry.id

    def row(self, entry_id: UUID) -> QueueEntry:
        consultation = self.gateway.store.load_by_entry(SystemScope(), entry_id)
        return next(e for e in consultation.entries if e.id == entry_id)

    def history(self, entry_id: UUID) -> list[str]:
        consultation = self.gateway.store.load_by_entry(SystemScope(), entry_id)
        return [row.kind for row in self.gateway.store.timeline(SystemScope(), consultation.id)]


def card(cvr: str = CVR, issuer: str = ISSUER, by: str = "GPSYS", at: datetime | None = None) -> bytes:
    identity = SystemIdentity(issuer, cvr, "Lægerne Torvet")
    return own_card(identity, signer(by, START), at or datetime.now(UTC), os.urandom)


def request(content: str, *, message: UUID | None = None, own: bytes | None = None) -> bytes:
    """``content``: the body's element with the prefix ``lb``."""
    said = security(card() if own is None else own, datetime.now(UTC)) + header(Flow(uuid4(), message or uuid4()))
    return envelope(said, content.replace(">", f' xmlns:lb="{NAMESPACE}">', 1).encode())


@dataclass(frozen=True)
class Said:
    """An answer as the practice reads it."""

    status: int
    content: bytes

    @property
    def root(self) -> etree._Element:
        return etree.fromstring(self.content)

    @property
    def body(self) -> etree._Element:
        return self.root.find(f"{{{ENVELOPE}}}Body")[0]  # type: ignore[index]

    @property
    def side(self) -> str:
        """Whose fault it is, by faultcode; "" for an answer."""
        return (self.root.findtext(".//faultcode") or "").rpartition(":")[2]

    @property
    def fault(self) -> str:
        """The code, DGWS's or the contract's own."""
        found = self.root.findtext(f".//{{{MEDCOM}}}FaultCode") or self.root.findtext(f".//{LB}QueueFault/{LB}Code")
        return found or ""

    def text(self, path: str) -> str:
        return self.body.findtext("/".join(LB + name for name in path.split("/"))) or ""

    def all(self, path: str) -> list[str]:
        return [each.text or "" for each in self.body.findall("/".join(LB + name for name in path.split("/")))]


class Practice:
    """The practice's system at our door."""

    def __init__(self, world: SoapWorld) -> None:
        self._client: FlaskClient = world.app.test_client()

    def post(self, content: bytes) -> TestResponse:
        return self._client.post(PATH, data=content, content_type="text/xml; charset=utf-8")

    def says(self, content: str, **more: Any) -> Said:
        answer = self.post(request(content, **more))
        return Said(answer.status_code, answer.data)

    def fetches(self, cursor: str = "", **more: Any) -> Said:
        inner = f"<lb:Cursor>{cursor}</lb:Cursor>" if cursor else ""
        return self.says(f"<lb:GetQueueRequest>{inner}</lb:GetQueueRequest>", **more)

    def acts(self, operation: str, entry: UUID, inner: str = BY, **more: Any) -> Said:
        return self.says(
            f"<lb:{operation}Request><lb:EntryId>{entry}</lb:EntryId>{inner}</lb:{operation}Request>", **more
        )


def as_counted(answer: TestResponse) -> int:
    """SOAP 1.1 puts every fault under 500: one that says that the sender was wrong counts as 400."""
    if answer.status_code != 500 or b"faultcode" not in answer.data:
        return answer.status_code
    return 500 if Said(500, answer.data).side == "Server" else 400
