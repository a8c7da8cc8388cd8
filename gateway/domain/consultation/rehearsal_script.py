"""The script of the invented practice: what its side of a rehearsal does next, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid5

from gateway.domain.consultation import queueing, ringing
from gateway.domain.consultation.aggregate import Availability, Consultation, Status
from gateway.domain.consultation.queue_entry import Remark
from gateway.domain.consultation.rehearsal import DOCTOR

RECEIVED = timedelta(seconds=2)  # each from the moment it was placed
SEEN = timedelta(seconds=5)
WRITTEN = timedelta(seconds=8)
TAKEN = timedelta(seconds=14)
TAKEN_AGAIN = timedelta(seconds=6)  # from "Jeg er klar nu" after a missed ring
MESSAGE = "Øvekald: Hav medicinlisten klar. Vi ringer om et øjeblik."

Step = Callable[[Consultation, datetime], Consultation]


def next_step(consultation: Consultation) -> tuple[datetime, Step] | None:
    """None where nothing is to be done: it is none, does not wait, or the employee is not at the screen."""
    entry = consultation.entry
    if not consultation.is_rehearsal or consultation.status is not Status.WAITING or entry is None:
        return None
    begun = entry.requested_at
    if entry.received_at is None:
        return begun + RECEIVED, lambda c, now: queueing.receive(c, entry.id, now, DOCTOR)
    if entry.seen_at is None:
        return begun + SEEN, lambda c, now: queueing.see(c, entry.id, now, DOCTOR)
    if all(remark.side != DOCTOR.kind for remark in consultation.remarks):
        return begun + WRITTEN, _write
    if consultation.availability is not Availability.HERE:
        return None
    since = consultation.availability_at
    ready = since + TAKEN_AGAIN if since and entry.misses else begun + TAKEN
    return ready, lambda c, now: ringing.accept(c, now, DOCTOR, DOCTOR.name)


def _write(consultation: Consultation, now: datetime) -> Consultation:
    entry = consultation.require_entry("remark")
    id = uuid5(entry.id, "rehearsal")
    said = Remark(id, entry.id, entry.ydernummer, now, str(DOCTOR.kind), DOCTOR.name, MESSAGE)
    told = replace(consultation, remarks=(*consultation.remarks, said))
    return told.noting("remark-made", now, DOCTOR, side=str(DOCTOR.kind))


def places_before(consultation: Consultation) -> int:
    """How many the script pretends to have in front: one, until the practice has seen the call."""
    return 0 if consultation.entry is None or consultation.entry.seen_at else 1
