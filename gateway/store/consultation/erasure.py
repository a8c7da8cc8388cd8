"""Erasing what is no longer needed: the last station of a citizen's text (GDPR art. 5(1)(e); requirements.md AD18).

A closed consultation keeps its texts until ``erase_after``, and longer while a note of it is still to be filed. What
remains is the course without anybody in it: states, times, codes, practice, and the audit with its keyed hashes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Row, bindparam, delete, exists, select, tuple_

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import CitizenCase, Consent, ConsentAnswer
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.errors import LaegebroError
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope, TenantScope
from gateway.store.consultation import reading, undone, writing
from gateway.store.consultation.letters import erase_letters
from gateway.store.consultation.tables import consultation as root
from gateway.store.consultation.tables import still
from gateway.store.consultation.tables_deliveries import delivery, delivery_attempt
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.tables_once import stored_answer, used_token

ERASED = "–"  # stands where a consent must name somebody or something to be a valid one
KEEP_ANSWERS = timedelta(hours=24)
_NOBODY: dict[str, Any] = {"employee_author": None, "clinic_author": None}
_BEHIND = tuple_(root.c.erase_after, root.c.id) > tuple_(
    bindparam("reached", type_=root.c.erase_after.type), bindparam("last", type_=root.c.id.type)
)
_DUE = (
    select(root.c.tenant, root.c.id, root.c.erase_after, undone.has_unfiled_note().label("unfiled"))
    .where(root.c.erase_after <= bindparam("now"), root.c.erase_after >= bindparam("reached"), _BEHIND)
    .order_by(root.c.erase_after, root.c.id)
    .limit(bindparam("limit"))
)
_IS_DONE = exists().where(delivery.c.id == delivery_attempt.c.delivery, delivery.c.status == str(DeliveryStatus.DONE))
_START = (datetime.min.replace(tzinfo=UTC), UUID(int=0))


class SqlErasure:
    """Upkeep: call both now and then; each call does a limited amount of work."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault
        self._reached = _START

    def erase_texts(self, limit: int = 50) -> int:
        """Look at the next ``limit`` consultations whose time is up and erase those whose notes are filed; how many.

        Each call goes on where the last one stopped, and from the start after the last of them: one that waits for
        its note, or cannot be read, holds up no other. Its error is raised when the rest have gone."""
        due = self._due(limit)
        self._reached = (due[-1].erase_after, due[-1].id) if len(due) == limit else _START
        gone, faults = 0, list[Exception]()
        for row in due:
            try:
                gone += 0 if row.unfiled else self._erase(row.tenant, row.id)
            except (LaegebroError, ValueError) as fault:  # a document nobody can open, or read
                faults.append(fault)
        if faults:
            raise faults[0]
        return gone

    def forget_spent(self) -> int:
        """Drop burnt tokens that have expired anyway and answers nobody will ask for again."""
        with transaction(self._engine, SystemScope()) as connection:
            now = db_now(connection)
            old = stored_answer.c.answered_at < now - KEEP_ANSWERS
            tokens = delete_some(connection, used_token, used_token.c.expires_at < now - timedelta(hours=1))
            return tokens + delete_some(connection, stored_answer, old, stored_answer.c.tenant.is_not(None))

    def forget_attempts(self, kept: Mapping[UUID, timedelta]) -> int:
        """Attempts at deliveries that are done, older than their organisation keeps them; a limited number of each."""
        return sum(self._forget_attempts(tenant, span) for tenant, span in kept.items())

    def _forget_attempts(self, tenant: UUID, span: timedelta) -> int:
        with transaction(self._engine, SystemScope()) as connection:
            old = delivery_attempt.c.ended_at < db_now(connection) - span
            return delete_some(connection, delivery_attempt, delivery_attempt.c.tenant == tenant, old, _IS_DONE)

    def _due(self, limit: int) -> Sequence[Row[Any]]:
        reached, last = self._reached
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            values = {"now": db_now(connection), "reached": reached, "last": last, "limit": limit}
            return connection.execute(_DUE, values).all()

    def _erase(self, tenant: UUID, id: UUID) -> int:
        scope = TenantScope(tenant)
        with transaction(self._engine, scope) as connection:
            now = db_now(connection)
            found = reading.BY_ID.ask(connection, self._vault, scope, {"id": id})
            if not found:
                return 0
            stored = found[0]
            bare = _with_omissions(erased(stored), stored, now).noting("texts-erased", now, SYSTEM)
            writing.write_state(connection, self._vault, bare.committed(), stored, erase=None, erased_at=now)
            writing.write_events(connection, self._vault, bare)
            erase_letters(connection, id)
            connection.execute(delete(still).where(still.c.tenant == tenant, still.c.consultation == id))
            return 1


def _with_omissions(bare: Consultation, stored: Consultation, now: datetime) -> Consultation:
    """A note nobody ever put into the record: that it is missing there stays on the timeline (N19)."""
    for case in stored.cases:
        note = case.current_note
        if not case.can_be_filed and note is not None and note.is_owed and note.facts is not None:
            bare = bare.noting("note-omitted", now, SYSTEM, case=str(case.id))
    return bare


def erased(consultation: Consultation) -> Consultation:
    """The consultation with nobody in it any more."""
    return replace(
        consultation,
        launch_key="",
        responsible_name="",
        reason="",
        agreed_with="",
        workstation=replace(consultation.workstation, phone="") if consultation.workstation else None,
        participants=tuple(replace(person, name="") for person in consultation.participants),
        entries=tuple(_entry(entry) for entry in consultation.entries),
        cases=tuple(_case(case) for case in consultation.cases),
        remarks=tuple(replace(remark, name="", text="") for remark in consultation.remarks),
    )


def _entry(entry: QueueEntry) -> QueueEntry:
    return replace(entry, addressed_to="", accepted_name="", clinician="", ended_text="")


def _case(case: CitizenCase) -> CitizenCase:
    notes = (replace(n, employee_text="", clinic_text="", facts=None, approved_by="", **_NOBODY) for n in case.notes)
    return replace(
        case,
        citizen=Citizen(None, "", protected=case.citizen.protected),
        record_ref="",
        reason="",
        finding=None,
        consents=tuple(_consent(consent) for consent in case.consents),
        notes=tuple(notes),
        reply_at=None,
        stills_consent=None,
        stills=(),
    )


def _consent(consent: Consent) -> Consent:
    return replace(
        consent,
        declared_by="",
        representative_name=ERASED if consent.representative is not None else "",
        reason=ERASED if consent.answer is ConsentAnswer.URGENT else "",
    )
