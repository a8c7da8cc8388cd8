"""A seat in a call as the page gets it: the signed ticket for the media process, or the way into a room elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.access import holder_of, sign_ticket
from gateway.call_rooms import elsewhere, keeper_of
from gateway.domain.call_room import OutsideRoom, Place, Stage
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import TransitionRefused
from gateway.domain.people import ParticipantRole
from gateway.domain.records import AuditRow
from gateway.domain.room import JoinTicket
from gateway.services.act import Acting
from gateway.services.call import Chair
from gateway.services.call_rooms.elsewhere import enter
from gateway.services.call_rooms.placing import place_of, place_of_probe
from gateway.web.guards import current_gateway, current_session, my_scope

NO_SEAT = {"ticket": "", "signal_url": ""}


def seat_at_media(ticket: JoinTicket, lost: str = "", *, relay: bool = False) -> dict[str, Any]:
    """A ticket for the media process that has the room, as the page passes it on, and where to. ``relay``: the page's
    media goes through the relay only."""
    return {"relay": relay} | _signed(ticket, place_of(ticket.room, current_gateway().places, lost))


def probe_at_media(ticket: JoinTicket) -> dict[str, Any]:
    """The same for a device check, which enters no room."""
    return _signed(ticket, place_of_probe(current_gateway().places))


def _signed(ticket: JoinTicket, place: Place) -> dict[str, Any]:
    gateway = current_gateway()
    origin = place.signal_url or gateway.settings.media_url
    held = replace(ticket, node=place.node, holder=holder_of(current_session()))
    signal = "ws" + origin.removeprefix("http") + "/signal"
    return {"ticket": sign_ticket(held, gateway.media_secret), "signal_url": signal, "node": place.node}


def seat_in(
    found: Consultation, by: Acting[Chair], *, look: bool, lost: str, audit: Sequence[AuditRow]
) -> dict[str, Any]:
    """The caller's way into the call, wherever it is held; ``look``: only how far a room elsewhere is."""
    got = enter(my_scope(), found, by, elsewhere(current_gateway()), look=look, audit=() if look else audit)
    if got.room is not None:
        return {**NO_SEAT, "elsewhere": _shown(got.room, by.form, found, inside=not look)}
    seat = seat_at_media(got.ticket, lost, relay=_relays(by.form, found)) if got.ticket else NO_SEAT
    return {**seat, "fell_back": got.fell_back}


def _relays(chair: Chair, found: Consultation) -> bool:
    """A practice may want it for its own side: its firewall opens the relay's address and no other."""
    entry = found.entry
    clinical = chair.role is ParticipantRole.CLINICIAN
    return clinical and entry is not None and current_gateway().practices.relays_only(entry.ydernummer)


def require_here(found: Consultation) -> None:
    """The citizen's own device sits in our own media only."""
    room = elsewhere(current_gateway()).book.find(found.room) if found.room else None
    if room is not None and room.is_elsewhere:
        raise TransitionRefused("join", str(found.status), "no-call")


def keeper_label(found: Consultation) -> str:
    """What people call the system in which the call of this practice is held; "" for our own media."""
    entry, gateway = found.entry, current_gateway()
    name = keeper_of(gateway, entry.ydernummer, found.synthetic) if entry and not found.with_citizen else ""
    return gateway.peers.label(name) if name else ""


def _shown(room: OutsideRoom, chair: Chair, found: Consultation, *, inside: bool) -> dict[str, Any]:
    """``inside``: this very window goes in now; else it has where its seat is taken from here."""
    pin = room.host_pin if chair.role is ParticipantRole.CLINICIAN else ""
    ready = room.stage is Stage.READY
    sits = inside or any(seat.device == chair.device for seat in found.seats)
    standing = "ready" if ready else "preparing"
    return {"standing": standing, "link": room.link, "host_pin": pin, "inside": ready and sits}
