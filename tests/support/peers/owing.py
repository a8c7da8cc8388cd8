"""Entries and notes that are owed to peers through a gateway on a database of its own, and attempts without the wait
between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select, update

from gateway.domain.consultation import queueing, ringing, talking
from gateway.domain.note import review
from gateway.domain.people import SYSTEM
from gateway.domain.records import DeliveryRow
from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.engine import db_now, transaction
from gateway.store.migrations.creation import create_schema
from gateway.store.peers.connections import Stanza
from gateway.store.peers.tables import connection_health
from gateway.wiring import Gateway
from simulators.demo.processes import free_port
from tests.support.clinic_world import TENANTS, settings_in
from tests.support.consultations import DOCTOR, KOMMUNE_A, NURSE, PRACTICE, case, draft, placed

GP, EOJ = "gp-small", "eoj-small"


class Owing:
    """``gp`` and ``eoj``: where the two peers' FHIR endpoints stand."""

    def __init__(self, folder: Path, database_url: str, gp: str, eoj: str, quiet: float) -> None:
        nobody = f"redis://127.0.0.1:{free_port()}/0"
        self.gateway = Gateway(settings_in(folder, database_url, nobody))
        create_schema(self.gateway.engine)
        for tenant in TENANTS:
            self.gateway.organisations.apply_tenant(tenant)
        login = {"client_id": "laegebro", "client_key": f"file:{folder / 'client_key'}", "quiet_period": quiet}
        self._connect(GP, "gp_system", "fhir_r4", {**login, "base_url": gp, "subscribe": False})
        self._connect(EOJ, "eoj", "smart_fhir", {**login, "issuer": eoj, "tenant": str(KOMMUNE_A)})

    def _connect(self, name: str, kind: str, adapter: str, config: dict[str, object]) -> None:
        owner = KOMMUNE_A if kind == "eoj" else None
        stanza = Stanza(name, kind, adapter, owner, config)
        self.gateway.connections.apply(stanza, "test", "test", datetime.now(UTC))

    def owe_entry(self) -> UUID:
        """The consultation whose entry is owed to the practice."""
        now = datetime.now(UTC)
        return self.gateway.store.commit(placed(draft(at=now), PRACTICE, at=now, connections=(GP,))).id

    def owe_note(self, versions: int = 1, approved_at: datetime | None = None) -> UUID:
        """The consultation whose note, with its contact, is owed to the care system: nothing else of it is."""
        approved_at = approved_at or datetime.now(UTC)
        now = approved_at - timedelta(minutes=20)
        citizen = replace(case(), eoj_connection=EOJ)
        talk = placed(draft(at=now, cases=[citizen]), PRACTICE, at=now, connections=())
        talk = queueing.receive(talk, talk.entries[-1].id, now, DOCTOR)
        talk = ringing.answer(ringing.accept(talk, now, DOCTOR, DOCTOR.name), now, NURSE)
        talk = talking.hang_up(ringing.start_talk(talk, now, SYSTEM), now + timedelta(minutes=9), NURSE)
        talk = review.approve(talk, citizen.id, "Aftalt", "Fjordby Kommune", approved_at, NURSE)
        for number in range(1, versions):
            talk = review.add_clinic_text(talk, citizen.id, f"Recept {number} sendt", datetime.now(UTC), DOCTOR)
        return self.gateway.store.commit(talk).id

    def rows(self, consultation: UUID) -> Sequence[DeliveryRow]:
        return self.gateway.store.deliveries_of(SystemScope(), consultation)

    def undone(self) -> int:
        """How many rows are not done."""
        with transaction(self.gateway.engine, SystemScope(), read_only=True) as connection:
            return int(connection.execute(select(func.count()).where(delivery.c.status != "done")).scalar_one())

    def make_due(self) -> None:
        """The rests between attempts are over, and every connection is called again."""
        with transaction(self.gateway.engine, SystemScope()) as connection:
            due = update(delivery).where(delivery.c.status == "due", delivery.c.lease.is_(None))
            connection.execute(due.values(due_at=db_now(connection)))
            connection.execute(update(connection_health).values(breaker="closed", failures=0, openings=0))
