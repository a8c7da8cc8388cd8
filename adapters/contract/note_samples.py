"""Notes as they are owed to a care system, with invented people: what the promises are tried with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Protocol
from uuid import UUID, uuid4, uuid5

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation.events import DebtKind
from gateway.domain.identifiers import Cpr
from gateway.domain.note.note import Modality, NoteFacts, NoteStatus, NoteVersion
from gateway.domain.peers.delivery import delivery_key
from gateway.domain.peers.messages import NoteMessage, Picture

FACTS = NoteFacts(
    practice="Lægerne Torvet",
    ydernummer="034835",
    clinician="Lise Hansen",
    started_at=datetime(2026, 11, 24, 8, 15, tzinfo=UTC),
    ended_at=datetime(2026, 11, 24, 8, 27, tzinfo=UTC),
    participants=(("citizen", "Karla Testmose"), ("employee", "Mette Holm"), ("clinician", "Lise Hansen")),
    consent="given",
    consent_detail="",
    consent_declared_by="Mette Holm",
    consent_declared_at=datetime(2026, 11, 24, 8, 5, tzinfo=UTC),
    consent_wording="1",
    reason="Sår på venstre skinneben væsker mere end i går.",
    modality=Modality.VIDEO,
    outcome="held-on-video",
    employee="Mette Holm",
    employee_role="Sygeplejerske",
    workplace="Hjemmesygeplejen Nord",
    organisation="Fjordby Kommune",
)
APPROVED = NoteVersion(
    version=1,
    status=NoteStatus.APPROVED,
    created_at=datetime(2026, 11, 24, 8, 27, tzinfo=UTC),
    employee_text="Podning i dag. Ny kontakt torsdag.\nRing 1813 ved feber.",
    facts=FACTS,
    approved_by="Mette Holm",
    approved_at=datetime(2026, 11, 24, 8, 31, tzinfo=UTC),
)


# 16 × 16 grey pixels, as a canvas writes them.
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300" + "01" * 64 + "ffc0000b080010001001011100"
    "ffc4001400" + "01" + "00" * 15 + "00" + "ffc4001410" + "01" + "00" * 15 + "00" + "ffda0008010100003f00" + "00ffd9"
)


def pictured(message: NoteMessage, count: int = 2) -> NoteMessage:
    """The same note with pictures."""
    at = datetime(2026, 11, 24, 8, 20, tzinfo=UTC)
    said = "Borgeren har sagt ja til billeder, oplyst af Mette Holm 24.11.2026 kl. 09.19."
    made = (
        Picture(uuid5(message.consultation, f"still:{n}"), UUID(int=n), at, "Mette Holm", said, JPEG)
        for n in range(count)
    )
    return replace(message, pictures=tuple(made))


class Whose(Protocol):
    """Whose record a note is about: a bench, or anything else that knows."""

    @property
    def record(self) -> str: ...

    @property
    def citizen(self) -> Citizen: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """A record and its citizen, official test persons only."""

    record: str
    citizen: Citizen


KARLA = Subject("Patient/r-1002", Citizen(Cpr("0201609996"), "Karla Testmose", date(1960, 1, 2), "female"))


def message(
    whose: Whose = KARLA,
    note: NoteVersion = APPROVED,
    consultation: UUID | None = None,
    case: UUID | None = None,
) -> NoteMessage:
    """Version 1 by default; a later version of the same case supersedes the one before."""
    of, about = consultation or uuid4(), case or uuid4()
    former = delivery_key(of, DebtKind.NOTE, about, note.version - 1) if note.version > 1 else None
    return NoteMessage(
        key=delivery_key(of, DebtKind.NOTE, about, note.version),
        consultation=of,
        case=about,
        record_ref=whose.record,
        note=note,
        supersedes=former,
        synthetic=True,
        citizen=whose.citizen,
        organisation_cvr="99110007",
        phone="99000101",
    )


def later(first: NoteMessage, text: str) -> NoteMessage:
    """The next version, with the clinic's text."""
    note = replace(first.note, version=first.note.version + 1, clinic_text=text)
    assert first.citizen is not None
    return message(Subject(first.record_ref, first.citizen), note, first.consultation, first.case)
