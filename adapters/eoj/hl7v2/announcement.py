"""From an announcement by HL7 v2.5.1 to a ``Launch``: an appointment (SIU^S12, chapter 10) or a registration (ADT^A04,
chapter 3) that names the citizen and the employee. Pure.

What the message says of its sender must have been proved before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from adapters.eoj.hl7v2.settings import Settings
from adapters.wire.claims import employer_of
from adapters.wire.er7 import Er7Fault, Er7Message, Segment, moment_of
from adapters.wire.record import number_in_force, require_living_record
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import YDERNUMMER_SYSTEM, CitizenId, Ydernummer
from gateway.domain.launch import Agreement, Launch, LaunchChannel, PracticeClaim, launch_key
from gateway.domain.people import EmployeeIdentity
from gateway.domain.practice import COPENHAGEN, danish_day

OID: Final = "urn:oid:"
GENDERS: Final = {"M": "male", "F": "female", "O": "other", "U": "unknown", "": ""}  # table 0001
WITHHELD: Final = "S"  # table 0200: a pseudonym
EMPLOYEE: Final = {("SIU", "S12"): ("SCH", 20), ("ADT", "A04"): ("EVN", 5)}  # who entered it
NEVER: Final = datetime.min.replace(tzinfo=UTC)
_ZONED: Final = re.compile(r".*[+-][0-9]{4}")
_RECORD: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")  # FHIR R4 §2.24.0.1, as of every record's id


def require_known_event(message: Er7Message) -> None:
    kind, trigger = message.kind
    if (kind, trigger) not in EMPLOYEE:
        known = kind in {each for each, _ in EMPLOYEE}
        raise Er7Fault("201" if known else "200", "MSH^1^9", "AR")


def launch_in(message: Er7Message, settings: Settings, connection: str, now: datetime) -> Launch:
    """Raises ``Er7Fault`` naming the field, and ``LaunchRefused`` where the record says that nobody can be started
    for."""
    require_known_event(message)
    employee, pid = employee_in(message), message.first("PID")
    record = _record(pid, settings.peer_facility)
    return Launch(
        tenant=employing(message, settings),
        channel=LaunchChannel.MESSAGE,
        connection=connection,
        key=launch_key(connection, record, employee.subject, now),
        employee=employee,
        citizen=_citizen(pid, danish_day(now)),
        record_ref=record,
        practice=_practice(message.first("PD1"), danish_day(now)),
        agreement=_agreement(message),
    )


def _who(message: Er7Message) -> tuple[Segment, int]:
    name, number = EMPLOYEE[message.kind]
    return message.first(name), number


def employee_in(message: Er7Message) -> EmployeeIdentity:
    """XCN: the id she logs in by (XCN.1), family and given name. What she may do, her login says."""
    segment, number = _who(message)
    subject = segment.text(number).strip()
    name = _name(segment, number, (3, 4, 2))
    if not subject or not name:
        raise _missing(segment, number)
    return EmployeeIdentity(subject[:200], name, has_right=True)


def _name(segment: Segment, number: int, parts: tuple[int, ...]) -> str:
    """Its components in that order, on one line."""
    return " ".join(" ".join(segment.text(number, part) for part in parts).split())[:200]


def employing(message: Er7Message, settings: Settings) -> UUID:
    """Raises ``LaunchRefused`` for an organisation that has no place in this record."""
    said = organisation_in(message)
    return employer_of(said, settings.tenant, settings.organisation_cvr, settings.employers)


def organisation_in(message: Er7Message) -> str:
    """The CVR number of her organisation (XCN.14, assigning facility); "" where it is not said."""
    segment, number = _who(message)
    return segment.text(number, 14).strip()


def _record(pid: Segment, facility: str) -> str:
    """The record's own number: the repetition of PID-3 that the care system itself has given out."""
    ours = [each for each in _repeated(pid, 3) if each.text(3, 5) in ("PI", "MR") and each.text(3, 4) == facility]
    if len(ours) != 1:
        raise _missing(pid, 3)
    number = ours[0].text(3).strip()
    if not _RECORD.fullmatch(number):
        raise Er7Fault("102", "PID^1^3")
    return f"Patient/{number}"


def _citizen(pid: Segment, today: date) -> Citizen:
    require_living_record({"deceasedBoolean": pid.text(30) == "Y" or bool(pid.text(29))})
    gender = GENDERS.get(pid.text(8).strip())
    if gender is None:
        raise Er7Fault("103", "PID^1^8")
    return Citizen(
        identifier=_number(pid, today),
        name=_name(pid, 5, (2, 3, 1)),
        birth_date=_day(pid, 7),
        gender=gender,
        protected=pid.text(5, 7) == WITHHELD,
    )


def _number(pid: Segment, today: date) -> CitizenId | None:
    """By the assigning authority's OID (CX.4); what it gave out and took back (CX.8) is no number any more. A number of
    which nobody says who gave it out, or of what kind it is, may be half of one: nobody is started for."""
    if not all(each.text(3, 4) and each.text(3, 5) for each in _repeated(pid, 3)):
        raise Er7Fault("102", "PID^1^3")
    told = [
        {"system": OID + each.text(3, 4, 2), "value": each.text(3).strip(), "period": {"end": _dashed(each.text(3, 8))}}
        for each in _repeated(pid, 3)
    ]
    try:
        return number_in_force(told, today, "PID-3")
    except InvalidField:
        raise Er7Fault("102", "PID^1^3") from None


def _dashed(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:8]}" if day else ""


def _day(segment: Segment, number: int) -> date | None:
    said = segment.text(number).strip()
    if not said:
        return None
    try:
        return datetime.strptime(said[:8], "%Y%m%d").date()
    except ValueError:
        raise Er7Fault("102", f"{segment.name}^1^{number}") from None


def _practice(pd1: Segment, today: date) -> PracticeClaim | None:
    """PD1-3, the patient's primary facility: XON.10 (or XON.3) under the ydernumre's OID."""
    for each in _repeated(pd1, 3):
        if OID + each.text(3, 6, 2) == YDERNUMMER_SYSTEM:
            try:
                return PracticeClaim(Ydernummer.parse(each.text(3, 10) or each.text(3, 3), "PD1-3"), "eoj", today)
            except InvalidField:
                raise Er7Fault("102", "PD1^1^3") from None
    return None


def _agreement(message: Er7Message) -> Agreement | None:
    """An appointment with a time of its own was agreed with the practice: SCH-11 (or TQ1-7), and with whom (SCH-16)."""
    sch = message.first("SCH")
    said = sch.text(11, 4) or message.first("TQ1").text(7)
    if not said:
        return None
    at = moment_in(said)
    if at is None:
        raise Er7Fault("102", "SCH^1^11")
    return Agreement(_name(sch, 16, (3, 2)), at)


def moment_in(said: str) -> datetime | None:
    """A DTM (§2.A.22); one without a zone is the sender's own time, and that is Danish."""
    at = moment_of(said, NEVER)
    if at is NEVER:
        return None
    return at if _ZONED.fullmatch(said.strip()) else at.replace(tzinfo=COPENHAGEN)


def _repeated(segment: Segment, number: int) -> Iterator[Segment]:
    """The segment once for each repetition of that field, with nothing else in it."""
    written = segment.raw(number)
    for each in written.split(segment.separators.repetition) if written else ():
        yield Segment(segment.name, [*[""] * number, each], segment.separators)


def _missing(segment: Segment, number: int) -> Er7Fault:
    return Er7Fault("101", f"{segment.name}^1^{number}")
