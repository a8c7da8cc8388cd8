"""The store of consultations, calling out after each commit that something may be due."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.events import Debt
from gateway.domain.launch import UsedToken
from gateway.domain.peers.delivery import delivery_id
from gateway.domain.records import AuditRow, StoredAnswer
from gateway.ports.rows import Write
from gateway.store.consultation.store import SqlConsultationStore
from gateway.wake import Wake


class WakingStore(SqlConsultationStore):
    """``ports.ConsultationStore``; the wake is a hint, and nothing is lost with it."""

    wake: Wake

    def commit(
        self,
        consultation: Consultation,
        *,
        audit: Sequence[AuditRow] = (),
        used: Sequence[UsedToken] = (),
        answer: StoredAnswer | None = None,
        beside: Sequence[Write] = (),
    ) -> Consultation:
        committed = super().commit(consultation, audit=audit, used=used, answer=answer, beside=beside)
        self.wake([(debt.connection, _row_of(consultation, debt)) for debt in consultation.debts])
        return committed


def _row_of(consultation: Consultation, debt: Debt) -> UUID:
    return delivery_id(consultation.id, debt.kind, debt.subject, debt.version, debt.connection)
