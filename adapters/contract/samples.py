"""Entries to try a practice system with: official test persons only, and texts that go wrong where care is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation.events import DebtKind
from gateway.domain.consultation.queue_entry import Basis, EntryStatus, QueueEntry
from gateway.domain.identifiers import Cpr, Ydernummer
from gateway.domain.peers.delivery import delivery_key
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.people import Participant, ParticipantRole, Presence

_numbers = count(1)  # by this name a person finds the entry on a vendor's screen

TEST_CPR = "2512489996"
TEST_NAME = "Nancy Ann Test Berggren"
DANISH = "Sår på hælen, Ærø.\nMåling: 38,5 °C – «på åben gade»\n\tÆØÅ æøå é ü & <b> | ^ ~ \\ \" '"


def next_short_id() -> str:
    """TEST-1, TEST-2 …"""
    return f"TEST-{next(_numbers)}"


def citizen(**fields: Any) -> Citizen:
    basis = Citizen(Cpr.parse(TEST_CPR), TEST_NAME, date(1948, 12, 25), "female")
    return replace(basis, **fields)


def entry(ydernummer: str, now: datetime, **fields: Any) -> QueueEntry:
    basis = QueueEntry(
        id=uuid4(),
        ydernummer=Ydernummer.parse(ydernummer),
        practice_name="Lægerne Torvet",
        basis=Basis.OWN_GP,
        status=EntryStatus.REQUESTED,
        place=now,
        requested_at=now,
        expires_at=now + timedelta(hours=4),
        connections=("certified",),
    )
    return replace(basis, **fields)


def message(ydernummer: str, *, consultation: UUID | None = None, **fields: Any) -> EntryMessage:
    """A new entry of a new consultation, agreed for later, so that a peer may be told of it by any means; ``fields``
    replace what matters to the promise."""
    placed = fields.pop("entry", None) or entry(ydernummer, datetime.now(UTC))
    basis = EntryMessage(
        entry=placed,
        key=delivery_key(consultation or uuid4(), DebtKind.ENQUEUE, placed.id, 1),
        short_id=next_short_id() if consultation is None else "LB-4F7K-2",
        citizen=citizen(),
        employee="Mette Holm",
        role="Sygeplejerske",
        workplace="Hjemmesygeplejen Nord",
        organisation="Fjordby Kommune",
        organisation_cvr="99110007",
        phone="99000101",
        reason="Sår på venstre hæl, som ikke vil hele",
        reason_corrected_at=None,
        consent="Borgeren har selv givet samtykke. Erklæret på tro og love af Mette Holm.",
        form="assisted",
        participants=(
            Participant(UUID(int=1), ParticipantRole.CITIZEN),
            Participant(UUID(int=2), ParticipantRole.EMPLOYEE, "Mette Holm"),
            Participant(UUID(int=3), ParticipantRole.RELATIVE, "Bo Berggren", Presence.OWN_DEVICE),
        ),
        agreed_at=placed.requested_at + timedelta(hours=2),
        agreed_with="",
        entry_link=f"https://laegebro.example/klinik/kald/{placed.id}",
    )
    return replace(basis, **fields)


def moved(message: EntryMessage, status: EntryStatus, **fields: Any) -> EntryMessage:
    """Our row after one more change: its next revision."""
    entry = replace(message.entry, status=status, revision=message.entry.revision + 1, **fields)
    return replace(message, entry=entry)


def after(message: EntryMessage, **fields: Any) -> EntryMessage:
    """Our row after a change that the practice is not told of."""
    return replace(message, entry=replace(message.entry, **fields))
