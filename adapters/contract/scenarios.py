"""Consultations to try a connection with, each with one thing that goes wrong where care is missing; the people are
official test persons and the same as in the promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import uuid4

from adapters.contract import note_samples, samples
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.identifiers import D_ECPR_SYSTEM, CitizenId, Cpr, ECpr
from gateway.domain.note.note import Modality, NoteStatus
from gateway.domain.peers.messages import EntryMessage, NoteMessage
from gateway.domain.peers.trial import TEST_PERSON
from gateway.domain.people import Participant, ParticipantRole, Presence

LONG: Final = ("Såret på venstre hæl er 3 × 2 cm, væsker, og kanten er rød. " * 40)[:2000]
HOSTILE: Final = "A|B^C~D\\E&F <b>fed</b> &amp; \"citat\" 'x' ]]> %s {0} ; -- \\.br\\"
OUTSIDE: Final = "Smerte 7/10 → 3/10 ✓ «bedre» – 38,5 ℃ 🙂 Łódź Šķirne"


def _citizen(identifier: CitizenId | None = TEST_PERSON, **fields: Any) -> Citizen:
    return samples.citizen(identifier=identifier, **fields)


NANCY: Final = _citizen()


@dataclass(frozen=True, slots=True)
class Scenario:
    """``entry`` and ``note``: fields that differ from the samples'; ``facts`` those of the note's facts. No ``entry``:
    the practice hears nothing of it."""

    name: str
    citizen: Citizen | None = NANCY
    entry: Mapping[str, Any] | None = field(default_factory=dict)
    note: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def entry_message(self, ydernummer: str) -> EntryMessage | None:
        if self.entry is None:
            return None
        made = samples.message(ydernummer, citizen=self.citizen, **self.entry)
        return replace(made, may_be_there=False)

    def note_message(self, record: str) -> NoteMessage:
        facts = replace(note_samples.FACTS, **self.facts)
        note = replace(note_samples.APPROVED, facts=facts, **self.note)
        of = note_samples.Subject(record, self.citizen or _citizen(None))
        return replace(note_samples.message(of, note), citizen=self.citizen, may_be_there=False)


def said(text: str) -> dict[str, Any]:
    """The same words as reason and as note."""
    return {"entry": {"reason": text}, "note": {"employee_text": text}, "facts": {"reason": text}}


def not_held(outcome: str, **more: Any) -> dict[str, Any]:
    nobody = {"started_at": None, "ended_at": None, "clinician": "", "modality": Modality.NONE}
    return {"facts": {"outcome": outcome, **nobody, **more}}


def _beside(role: ParticipantRole, name: str) -> dict[str, Any]:
    present = (Participant(uuid4(), role, name, Presence.IN_ROOM),)
    return {"entry": {"participants": present}, "facts": {"participants": ((str(role), name),)}}


_REFUSAL: Final[dict[str, Any]] = {**not_held("citizen-refused", consent="refused"), "entry": None}
SCENARIOS: Final[Sequence[Scenario]] = (
    Scenario("cpr"),
    Scenario("cpr-man", _citizen(Cpr.parse("0201609995"), name="Bruno Test Elmer", gender="male")),
    Scenario("cpr-child", _citizen(Cpr.parse("0505159995"), name="Elev Test Madsen", gender="male")),
    Scenario("x-ecpr", _citizen(ECpr.parse("0703921VJ4"), name="Oksana Test Koval")),
    Scenario("d-ecpr", _citizen(ECpr.parse("0703920VJ4", f"{D_ECPR_SYSTEM}.1"), name="Oksana Test Koval")),
    Scenario("without-number", _citizen(None, name="Ukendt Test Person")),
    Scenario("nobody", None),
    Scenario("protected", _citizen(protected=True)),
    Scenario("one-name", _citizen(name="Nancy")),
    Scenario(
        "long-name", _citizen(name="Nancy Ann Marie Elisabeth Charlotte Test von Berggren-Østergård af Rosenlund")
    ),
    Scenario("danish-name", _citizen(name="Åse Ærø Test Sørensen-Øst d'Été")),
    Scenario("unknown-age", _citizen(birth_date=None, gender="")),
    Scenario("refusal", **_REFUSAL),
    Scenario("withdrawn-consent", facts={"consent": "withdrawn", "outcome": "broken-off"}),
    Scenario(
        "representative",
        entry={"consent": "Samtykke givet af nærmeste pårørende, Bo Test Berggren."},
        facts={"consent": "representative", "consent_detail": "next-of-kin: Bo Test Berggren"},
    ),
    Scenario("urgent", entry={"consent": "Samtykke kunne ikke indhentes (§ 19)."}, facts={"consent": "urgent"}),
    Scenario("phone", facts={"modality": Modality.PHONE, "outcome": "held-by-phone"}),
    Scenario("broken-off", facts={"outcome": "broken-off", "technical_failure": "forbindelsen brød"}),
    Scenario("rejected", **not_held("rejected")),
    Scenario("not-answered", **not_held("not-answered")),
    Scenario("round", None, entry={"form": "round"}),
    Scenario("citizen-alone", entry={"form": "citizen-alone"}, facts={"form": "citizen-alone"}),
    Scenario("relative", **_beside(ParticipantRole.RELATIVE, "Bo Test Berggren")),
    Scenario("interpreter", **_beside(ParticipantRole.INTERPRETER, "Ina Test Tolk")),
    Scenario("colleague", **_beside(ParticipantRole.COLLEAGUE, "Per Test Kollega")),
    Scenario("danish", **said(samples.DANISH)),
    Scenario("line-breaks", **said("Første linje\nAnden linje\r\n\r\nTredje\tmed tabulator")),
    Scenario("long-text", **said(LONG)),
    Scenario("hostile", **said(HOSTILE)),
    Scenario("outside-latin", **said(OUTSIDE)),
    Scenario("no-text", **said("")),
    Scenario("blank-lines", **said("\n\n  Kun én linje  \n\n")),
    Scenario("agreed-with", entry={"agreed_with": "Sekretær Lise Hansen"}),
    Scenario("nothing-agreed", entry={"agreed_at": None}),
    Scenario("clinic-text", note={"clinic_text": "Recept sendt. Kontrol om 14 dage."}),
    Scenario("unreviewed", note={"status": NoteStatus.UNREVIEWED, "approved_by": "", "approved_at": None}),
)
BY_NAME: Final[Mapping[str, Scenario]] = {each.name: each for each in SCENARIOS}
