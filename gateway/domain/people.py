"""Who is who: the employee through every channel, whoever takes part, and whoever did something."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    """On whose behalf a fact was made."""

    EMPLOYEE = "employee"
    CLINIC = "clinic"
    CITIZEN = "citizen"  # whoever sits at a device that was handed over: no name, no identity
    GUEST = "guest"  # whoever came by a link into a call: no name, no identity
    PEER = "peer"
    SYSTEM = "system"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted. ``id`` is our stable id (employee or clinic user), the connection's name, or the process."""

    kind: ActorKind
    id: str
    name: str = field(default="", repr=False)
    role: str = ""


PEER_ROLE = "gp-system"  # a claim made in the practice's own system, on behalf of one of its people
SYSTEM = Actor(ActorKind.SYSTEM, "laegebro")


class RoleCategory(StrEnum):
    """What the law asks differs by group (D12, D16)."""

    LICENSED = "licensed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Workstation:
    """What the practice is told about the employee: copied onto the consultation, never referenced (D16)."""

    role: str
    category: RoleCategory
    workplace_id: UUID | None
    workplace: str
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EmployeeIdentity:
    """An employee as a launch or login proved her: one ``subject`` through every channel of her organisation (D16).

    ``authorisation``: authorisation number where known, what MinLog2 demands later. ``workplaces``: where she works,
    as her organisation calls the places; None where it was not told this time.
    """

    subject: str
    name: str = field(repr=False)
    has_right: bool
    authorisation: str = field(default="", repr=False)
    role_hint: str = ""
    workplaces: tuple[str, ...] | None = None


class Form(StrEnum):
    """Who talks with the doctor (D4): decides what the clinic is shown and what the note may hold."""

    ASSISTED = "assisted"  # citizen and employee
    CITIZEN_ALONE = "citizen-alone"  # the employee only helped with the technique
    RELATIVE_PRESENT = "relative-present"  # citizen and relative, without the employee
    EMPLOYEE_ONLY = "employee-only"  # the citizen is not present

    @property
    def employee_takes_part(self) -> bool:
        return self in (Form.ASSISTED, Form.EMPLOYEE_ONLY)


class ParticipantRole(StrEnum):
    CITIZEN = "citizen"
    EMPLOYEE = "employee"
    RELATIVE = "relative"
    INTERPRETER = "interpreter"
    COLLEAGUE = "colleague"
    CLINICIAN = "clinician"
    OTHER = "other"


class Presence(StrEnum):
    """How somebody takes part (D4)."""

    IN_ROOM = "in-room"
    OWN_DEVICE = "own-device"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Participant:
    """One person who takes part. ``started``/``ended`` bound the participation once it is known."""

    id: UUID
    role: ParticipantRole
    name: str = field(default="", repr=False)
    how: Presence = Presence.IN_ROOM
    started: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """A participant's place in the room; a new device takes it with a higher ``generation`` (D6).

    ``device`` is the session that sits there, so that a page loaded anew is told from another device.
    """

    id: UUID
    participant_id: UUID
    role: str  # one of gateway.domain.room.SEAT_ROLES
    generation: int
    claimed_at: datetime
    device: str = ""


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody whom the clinic has sent a link to its call: only a role. Nobody gets in before the clinic says so."""

    id: UUID
    role: ParticipantRole
    expires_at: datetime  # of the link
    arrived_at: datetime | None = None
    admitted_at: datetime | None = None
    refused_at: datetime | None = None  # turned away, sent out, or gone

    @property
    def standing(self) -> str:
        """``invited``, ``waiting``, ``admitted`` or ``gone``."""
        if self.refused_at is not None:
            return "gone"
        if self.admitted_at is not None:
            return "admitted"
        return "waiting" if self.arrived_at is not None else "invited"


@dataclass(frozen=True, slots=True)
class Handover:
    """The device lies with the citizen (B01). ``locked`` is what the employee declared about the operating
    system's lock; ``over_at`` when the citizen pressed "Slut"; ``called_at`` when the clinic asked for the employee."""

    at: datetime
    locked: bool
    over_at: datetime | None = None
    returned_at: datetime | None = None
    called_at: datetime | None = None
