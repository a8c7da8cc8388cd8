"""A guest of a call: the link she gets, and the seat that is hers once the clinic has let her in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.domain.consultation import guests, ringing
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.people import Guest, Participant, Presence, Seat
from gateway.domain.room import JoinTicket
from gateway.domain.scope import Scope
from gateway.domain.session import OneTimeSecret
from gateway.services.act import Acting, perform
from gateway.services.call import TICKET

KIND = "guest"
LINK = timedelta(minutes=30)


def link_until(at: datetime) -> datetime:
    """Until when a link that is made now can be followed."""
    return at + LINK


def link_secret(consultation: Consultation, guest: Guest) -> OneTimeSecret:
    """What the link's code stands for; the code itself is told to the clinic and kept nowhere."""
    told = {"tenant": str(consultation.tenant), "consultation": str(consultation.id), "guest": str(guest.id)}
    return OneTimeSecret(KIND, guest.expires_at, json.dumps(told))


def meant_by(secret: OneTimeSecret) -> tuple[UUID, UUID, UUID]:
    """Tenant, consultation and guest."""
    told = json.loads(secret.payload)
    return UUID(told["tenant"]), UUID(told["consultation"]), UUID(told["guest"])


def sit(scope: Scope, found: Consultation, by: Acting[UUID]) -> JoinTicket:
    """The seat of the guest ``by.form``; on the timeline and in the note she is who the clinic said she would be."""
    seat_id, expires = by.ports.ids.new(), int((by.at + TICKET).timestamp())
    taken: list[JoinTicket] = []

    def seated(consultation: Consultation, by: Acting[UUID]) -> Consultation:
        guest = guests.admitted(consultation, by.form)
        person = Participant(guest.id, guest.role, "", Presence.OWN_DEVICE)
        wanted = Seat(seat_id, person.id, "guest", 1, by.at, str(guest.id))
        changed, seat = ringing.claim_seat(consultation, person, wanted, by.actor, move=True)
        taken[:] = [JoinTicket(consultation.room, str(seat.id), seat.generation, seat.role, expires)]
        return changed

    perform(seated, scope, found, by)
    return taken[0]


def guest_view(consultation: Consultation | None, id: UUID) -> dict[str, Any]:
    """The guest's whole knowledge: which screen, and whose call it is. Nothing of the citizen."""
    screen = "over"
    if consultation is not None and consultation.status in (Status.CALLING, Status.IN_CALL):
        standing = next((guest.standing for guest in consultation.guests if guest.id == id), "over")
        screen = {"admitted": "call", "invited": "waiting"}.get(standing, standing)
    entry = consultation.entry if consultation and screen in ("waiting", "call") else None
    return {"screen": screen, "practice": entry.practice_name if entry else ""}


def listed(consultation: Consultation, now: datetime, words: Callable[[Guest], str]) -> list[dict[str, str]]:
    """For the clinic: who is invited, waits or sits. A link that ran out is not shown."""
    shown = [g for g in consultation.guests if g.standing != "gone" and (g.arrived_at or g.expires_at > now)]
    return [{"id": str(g.id), "role": words(g), "standing": g.standing} for g in shown]
