"""A launch: what a launch channel proved and carried when an employee started from the care record (or typed a CPR)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.identifiers import Ydernummer
from gateway.domain.people import EmployeeIdentity
from gateway.domain.practice import danish_day


class LaunchChannel(StrEnum):
    SMART = "smart"
    SIGNED = "signed"
    MESSAGE = "message"  # announced by the care system; the employee logs in to go on
    LOGIN = "login"
    REHEARSAL = "rehearsal"  # Øvekald: begun from our own page, about nobody (consultation/rehearsal.py)


@dataclass(frozen=True, slots=True)
class PracticeClaim:
    """What the care record says is the citizen's own practice."""

    ydernummer: Ydernummer
    source: str
    as_of: date


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was agreed with the practice beforehand."""

    with_whom: str = field(default="", repr=False)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Launch:
    """A verified start. ``key`` makes repeats one consultation (same channel, record and EOJ context);
    ``citizen`` is None for a round or general advice; ``record_ref`` is the EOJ's own key of the record.
    ``replacing``: she stood before a record that this one has replaced, so whom it is about must be confirmed before
    anything starts."""

    tenant: UUID
    channel: LaunchChannel
    connection: str
    key: str
    employee: EmployeeIdentity
    citizen: Citizen | None = field(repr=False)
    record_ref: str = field(default="", repr=False)
    practice: PracticeClaim | None = None
    agreement: Agreement | None = None
    advice: bool = False  # without a citizen: general advice, which has no note, instead of a round
    unnumbered_because: str = ""
    replacing: bool = False


@dataclass(frozen=True, slots=True)
class UsedToken:
    """A one-time token id to be burnt in the same transaction as what it caused."""

    issuer: str
    jti: str
    expires_at: datetime


def launch_key(connection: str, record: str, employee: str, now: datetime) -> str:
    """The same for a double click, a retry, the back button, a new page of the same record, and the other channel.

    A launch's own word (``launch``, ``jti``) is new for each page, so it says nothing about whether the employee means
    something new. What does is who (``employee``: the subject every channel tells) stands before whose record
    (``connection`` that files its notes, and the record's own key) on which day. The store matches the key among *open*
    consultations only, so a second talk with the same citizen later that day is a new one.
    """
    words = (connection, record.removeprefix("Patient/"), employee, danish_day(now).isoformat())
    return sha256("\n".join(words).encode()).hexdigest()
