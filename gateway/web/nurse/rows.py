"""One row of a list of consultations: who it is about, where it stands in words, and the next step (N16)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.identifiers import Ydernummer
from gateway.domain.note.note import NoteStatus
from gateway.domain.practice import Practice, danish_day
from gateway.web.guards import current_gateway
from gateway.web.nurse.screens import screen_of
from gateway.web.rendering import age

_ORDER = (
    "refused",
    "picture",
    "retract",
    "by-hand",
    "reply",
    "nameless",
    "deciding",
    "ring",
    "call",
    "note",
    "queue",
    "start",
    "unknown",
)

StuckNotes = Collection[tuple[UUID, int]]  # case and version of each note that stands still at its record
TROUBLES = frozenset({"refused", "picture", "retract", "by-hand", "reply", "nameless", "deciding", "ring", "note"})


def rows_of(consultations: Sequence[Consultation]) -> list[dict[str, Any]]:
    """One tenant's, in the order given. ``state`` is the screen it is on, or what its note still asks for; ``trouble``
    stands first and in colour."""
    stuck, words = _stuck_notes(consultations), _words()
    meant = _meant_for(consultations)
    return [_row(one, _asks(one, stuck) or screen_of(one), words, meant) for one in consultations]


def _row(
    consultation: Consultation, state: str, words: dict[str, tuple[str, str]], meant: dict[UUID, Practice | None]
) -> dict[str, Any]:
    citizen = consultation.sole_case.citizen if consultation.sole_case else None
    return {
        "consultation": consultation,
        "citizen": citizen,
        "age": age(citizen) if citizen else None,
        "practice": meant.get(consultation.id),
        "state": state,
        "words": words.get(state, words["closed"]),
        "trouble": state in TROUBLES,
    }


def _stuck_notes(consultations: Sequence[Consultation]) -> StuckNotes:
    if not consultations:
        return ()
    return current_gateway().store.stuck_notes(consultations[0].tenant, [one.id for one in consultations])


def _meant_for(consultations: Sequence[Consultation]) -> dict[UUID, Practice | None]:
    """Whom each draft would go to: the practice that was found or chosen, each looked up once in the register."""
    gateway = current_gateway()
    numbers = {one.id: number for one in consultations if one.entry is None and (number := _number_of(one))}
    today = danish_day(gateway.clock.now())
    known = {number: gateway.providers.find(number, today) for number in set(numbers.values())}
    return {id: known[number] for id, number in numbers.items()}


def _number_of(consultation: Consultation) -> Ydernummer | None:
    own = consultation.sole_case.own_practice if consultation.sole_case else None
    return own.ydernummer if own else consultation.meant_for


def urgency(row: dict[str, Any]) -> tuple[int, float]:
    """Troubles first, then what goes on, the newest first within each."""
    order = _ORDER.index(row["state"]) if row["state"] in _ORDER else len(_ORDER)
    return order, -row["consultation"].created_at.timestamp()


def _asks(consultation: Consultation, stuck: StuckNotes) -> str:
    """What a note asks of a person: ``retract``, ``refused``, ``picture`` (the note stands there without one),
    ``by-hand``, ``reply`` (the care system wrote back, and nobody has read it) or ``nameless``; "" where nothing."""
    if consultation.status not in (Status.CLOSED, Status.REVIEW):
        return ""
    asked = {_asked_of(case, stuck) for case in consultation.cases} - {""}
    return min(asked, key=_ORDER.index, default="")


def _asked_of(case: CitizenCase, stuck: StuckNotes) -> str:
    note = case.current_note
    if note is None:
        return ""
    if note.status is NoteStatus.RETRACT:
        return "retract"
    if case.reply_at is not None:
        return "reply"
    if not note.is_owed or note.facts is None:
        return ""
    if not case.can_be_filed:
        return "by-hand"
    if (case.id, note.version) in stuck:
        return "picture" if any(still.refused for still in case.stills) else "refused"
    return "nameless" if note.lacks_clinician else ""


def _words() -> dict[str, tuple[str, str]]:
    """State and next step."""
    return {
        "start": (_("Kladde"), _("Gør færdig og stil i kø")),
        "queue": (_("I kø"), _("Se køen")),
        "ring": (_("Lægen er klar"), _("Deltag nu")),
        "call": (_("I samtale"), _("Gå til samtalen")),
        "deciding": (_("Afvist eller udløbet"), _("Vælg, hvad der skal ske")),
        "note": (_("Notatet venter på dig"), _("Godkend notatet")),
        "refused": (_("Notatet kunne ikke lægges i journalen"), _("Se notatet")),
        "picture": (_("Et billede kunne ikke lægges i journalen"), _("Vælg, hvad der skal ske")),
        "by-hand": (_("Notatet skal skrives i journalen"), _("Se notatet")),
        "reply": (_("Kommunen har skrevet tilbage"), _("Læs svaret")),
        "nameless": (_("Lægens navn mangler i notatet"), _("Skriv lægens navn")),
        "retract": (_("Notatet skal fjernes fra den forkerte journal"), _("Se, hvad du skal gøre")),
        "closed": (_("Afsluttet"), _("Se")),
    }
