"""A gateway whose care system announces launches by HL7 v2, and what stands on an employee's list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.wire.er7 import Er7Message, parsed
from gateway.certify.eoj.hl7v2 import CERTIFICATE, NAMES
from gateway.domain.consultation.aggregate import Consultation
from gateway.store.peers.connections import Stanza
from gateway.wiring import Gateway
from simulators.eoj import records
from simulators.hl7.speaking import Voice
from simulators.hl7record.announcing import Announce, announcement
from tests.support.clinic_world import TENANTS, settings_in
from tests.support.consultations import KOMMUNE_A
from workers.mllp import MountedDoor, line_door

CONNECTION = "hl7-fjordby"
STANZA = {
    **NAMES,
    "host": "127.0.0.1",
    "port": 2575,
    "tls": False,
    "tenant": str(KOMMUNE_A),
    "launches": True,
    "caller_certificate": CERTIFICATE,
}
_KEPT = records.load(None)


class AnnouncingWorld:
    """On SQLite; ``door`` is the line as its process mounts it."""

    def __init__(self, folder: Path, template: Path, **stanza: Any) -> None:
        database = folder / "laegebro.db"
        database.write_bytes(template.read_bytes())
        self.gateway = Gateway(settings_in(folder, f"sqlite:///{database}", "redis://127.0.0.1:9/0"))
        for tenant in TENANTS:
            self.gateway.organisations.apply_tenant(replace(tenant, synthetic=True))
        now = datetime.now(UTC)
        self.gateway.connections.apply(Stanza(CONNECTION, "eoj", "hl7v2", None, {**STANZA, **stanza}), "t", "t", now)
        self.door = MountedDoor(self.gateway, line_door(kind="eoj"))
        self._voice = Voice("UNICODE UTF-8", "T")

    def frame(self, record: str = "r-1002", **said: Any) -> bytes:
        return announcement(Announce(record=record, **said), _KEPT, self._voice)

    def answer(self, frame: bytes, certificate: str = CERTIFICATE) -> Er7Message:
        return parsed(self.door.answered(frame, certificate) or b"")

    def ack(self, frame: bytes, certificate: str = CERTIFICATE) -> tuple[str, str]:
        """MSA-1 and the code of ERR-3."""
        said = self.answer(frame, certificate)
        return said.first("MSA").text(1), said.first("ERR").text(3)

    def list_of(self, subject: str) -> Sequence[Consultation]:
        """What stands open on the list of the employee who logs in with that subject."""
        person = self.gateway.employees.id_of(KOMMUNE_A, subject)
        return self.gateway.store.open_of_employee(KOMMUNE_A, person)

    def close(self) -> None:
        self.gateway.engine.dispose()
