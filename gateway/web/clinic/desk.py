"""What a clinic's user has on her desk: the entries of her practices, from all organisations, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.consultation.ringing import clinician_id
from gateway.domain.errors import NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.people import ActorKind
from gateway.domain.practice import COPENHAGEN, PracticeChange, danish_day
from gateway.domain.scope import ClinicScope
from gateway.services.practice_side.clinic_view import clinic_entry_view, clinic_list_view, waiting_counts
from gateway.services.practice_side.guests import listed
from gateway.web.clinic.possible_fee import possible_fee
from gateway.web.guards import current_gateway, current_session, me, my_scope, record_read
from gateway.web.stills.shown import stills_context
from gateway.web.words.clinic import participant_roles

CHANGES_SHOWN = 5


def my_practices() -> tuple[Ydernummer, ...]:
    scope = my_scope()
    if not isinstance(scope, ClinicScope):
        raise NotFound("clinic")
    return scope.ydernumre


def attend() -> None:
    """Somebody has the waiting room open (D8)."""
    clinic = current_session().clinic
    if clinic is not None:
        current_gateway().practices.attend(clinic, my_practices(), current_gateway().clock.now())


def my_open_consultations() -> Sequence[Consultation]:
    gateway = current_gateway()
    found = gateway.store.at_clinic(my_practices(), gateway.clock.now())
    return [c for c in found if c.entry_open]


def ended_on(day: date) -> Sequence[Consultation]:
    """What became of that day's calls, the latest first."""
    since, until = (datetime.combine(d, time(0), COPENHAGEN) for d in (day, day + timedelta(days=1)))
    found = current_gateway().store.at_clinic(my_practices(), since)
    mine = [c for c in found if c.entry is not None and not c.entry_open and since <= _ended_at(c) < until]
    return sorted(mine, key=_ended_at, reverse=True)


def _ended_at(consultation: Consultation) -> datetime:
    entry = consultation.entries[-1]
    return entry.ended_at or entry.requested_at


def rows_of(consultations: Sequence[Consultation], what: str) -> list[dict[str, Any]]:
    """The list's rows; everybody shown is written to the audit first."""
    gateway = current_gateway()
    record_read(what, *consultations)
    return clinic_list_view(
        consultations, store=gateway.store, clock=gateway.clock, organisation_of=gateway.organisation
    )


def counts() -> dict[str, Any]:
    """Numbers for the title and the sound: no person in them."""
    gateway = current_gateway()
    seq = gateway.store.latest_seq()
    waiting, unseen = waiting_counts(my_open_consultations())
    return {"seq": seq, "waiting": waiting, "unseen": unseen}


def waiting_by_practice() -> dict[str, int]:
    """Ydernummer → how many wait there."""
    waiting = [c.entry for c in my_open_consultations() if c.entry is not None and c.entry.status.waits]
    return Counter(str(entry.ydernummer) for entry in waiting)


def my_entry(entry_id: UUID) -> tuple[Consultation, QueueEntry]:
    """The clinic's own entry with its consultation; ``NotFound`` where it is another's, or a later one took its
    place."""
    consultation = current_gateway().store.load_by_entry(my_scope(), entry_id)
    entry = consultation.entry
    if entry is None or entry.id != entry_id:
        raise NotFound("entry")
    return consultation, entry


def arrived_at(entry_id: UUID) -> Consultation | None:
    """The consultation of an entry that was opened by its address. None: this is another of her own clinics', and she
    sits there from now on (C13)."""
    try:
        return my_entry(entry_id)[0]
    except NotFound:
        gateway, session = current_gateway(), current_session()
        for clinic in gateway.organisations.clinics_of_user(session.grant.connection, session.grant.subject):
            if clinic.id != session.clinic and _holds(ClinicScope(clinic.id, clinic.ydernumre), entry_id):
                gateway.access.sit_at(session, clinic.id)
                return None
        raise


def _holds(scope: ClinicScope, entry_id: UUID) -> bool:
    try:
        return bool(current_gateway().store.load_by_entry(scope, entry_id))
    except NotFound:
        return False


def pane_of(consultation: Consultation, what: str) -> dict[str, Any]:
    """One entry with everything the clinic may know, written to the audit."""
    gateway = current_gateway()
    record_read(what, consultation)
    return clinic_entry_view(
        consultation, store=gateway.store, clock=gateway.clock, organisation_of=gateway.organisation
    )


def state_of(consultation: Consultation) -> dict[str, Any]:
    """What the call page follows: codes, times and names of clinic people; no citizen."""
    entry = consultation.entries[-1]
    moments = ("accepted_at", "ring_until", "joined_at", "started_at", "ended_at")
    return {
        "entry": str(entry.id),
        "version": consultation.version,
        "status": str(consultation.status),
        "entry_status": str(entry.status),
        "availability": str(consultation.availability),
        "accepted_name": entry.accepted_name,
        "mine": entry.accepted_by == current_session().person,
        "remarks": len([remark for remark in consultation.remarks if remark.entry == entry.id]),
        "clinician": entry.clinician,
        "discussed": str(consultation.discussed.id) if consultation.discussed else None,
        "came_back": entry.came_back,
        "alone": not consultation.form.employee_takes_part,
        "with_citizen": consultation.with_citizen,
        "employee_called": bool(consultation.handover and consultation.handover.called_at),
        "elsewhere": _sits_elsewhere(consultation),
        "guests": listed(consultation, current_gateway().clock.now(), lambda guest: participant_roles()[guest.role]),
        "locked": consultation.locked,
        "stills": _stills(consultation),
        "ended_reason": entry.ended_reason,
        "fee": possible_fee(consultation),
        **{name: _iso(getattr(entry, name)) for name in moments},
    }


def _stills(consultation: Consultation) -> dict[str, Any]:
    """Whether a picture may be asked for, whether one is, and which there are."""
    told = stills_context(consultation)
    return {name: told[name] for name in ("offered", "asked")} | {"kept": [str(each.id) for each in told["kept"]]}


def _sits_elsewhere(consultation: Consultation) -> bool:
    """Whether the same person has joined from another device: "Flyt samtalen hertil" (requirements.md C12)."""
    mine, here = clinician_id(consultation, me()), str(current_session().id)
    return any(s.participant_id == mine and s.device not in ("", here) for s in consultation.seats)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def has_call(consultation: Consultation) -> bool:
    """Whether the entry's talk is ringing or going on."""
    return consultation.status in (Status.CALLING, Status.IN_CALL)


def practice_states() -> list[dict[str, Any]]:
    """Each of the clinic's practices with its hours and whether it is open now."""
    gateway = current_gateway()
    now = gateway.clock.now()
    found = []
    for ydernummer in my_practices():
        practice = gateway.providers.find(ydernummer, danish_day(now))
        hours = gateway.practices.hours(ydernummer)
        found.append(
            {
                "ydernummer": str(ydernummer),
                "name": practice.name if practice else str(ydernummer),
                "state": gateway.practices.state(ydernummer, now),
                "relay_only": gateway.practices.relays_only(ydernummer),
                "hours": hours,
                "closed_days": hours.closed_days(danish_day(now)),
                "register_phone": practice.phone if practice else "",
                "changes": [_changed(change) for change in gateway.practices.changes(ydernummer)[:CHANGES_SHOWN]],
            }
        )
    return found


def _changed(change: PracticeChange) -> dict[str, Any]:
    """One line of the settings' own history, with the name of whoever pressed."""
    kind, _colon, id = change.by.partition(":")
    by = current_gateway().organisations.clinic_user_name(id) if kind == ActorKind.CLINIC else ""
    return {"at": change.at, "what": change.what, "value": change.value, "by": by}
