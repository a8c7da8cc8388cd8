"""Participants and seats ↔ rows."""

from __future__ import annotations

from gateway.domain.people import Participant, ParticipantRole, Presence, Seat
from gateway.store.ground.sealing import Place, Row, Values


def participant_values(place: Place, person: Participant) -> Values:
    return {
        "id": person.id,
        "role": str(person.role),
        "how": str(person.how),
        "started": person.started,
        "ended": person.ended,
        **place.seal(name=person.name),
    }


def participant_from(place: Place, row: Row) -> Participant:
    return Participant(
        id=row["id"],
        role=ParticipantRole(row["role"]),
        name=place.open(row, "name"),
        how=Presence(row["how"]),
        started=row["started"],
        ended=row["ended"],
    )


def seat_values(_place: Place, seat: Seat) -> Values:
    return {
        name: getattr(seat, name) for name in ("id", "participant_id", "role", "generation", "claimed_at", "device")
    }


def seat_from(_place: Place, row: Row) -> Seat:
    return Seat(row["id"], row["participant_id"], row["role"], row["generation"], row["claimed_at"], row["device"])
