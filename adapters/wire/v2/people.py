"""Who writes, and whom it is about, in HL7 v2.5.1: MSH, PID and the names and numbers of people. Pure."""

from __future__ import annotations

from datetime import datetime

from adapters.wire.er7 import components, header, moment, segment, st
from adapters.wire.v2.settings import VERSION, LineSettings
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.identifiers import CPR_SYSTEM, Cpr

OID = "urn:oid:"
SEXES = {"male": "M", "female": "F", "other": "O", "unknown": "U"}  # table 0001


def msh(settings: LineSettings, kind: tuple[str, str, str], control: str, at: datetime) -> str:
    """§2.14.9. MSH-15 NE, MSH-16 AL: one application acknowledgement, always, and no other."""
    return header(
        {
            3: st(settings.our_application),
            4: st(settings.our_facility),
            5: st(settings.peer_application),
            6: st(settings.peer_facility),
            7: moment(at),
            9: components(*kind),
            10: control,
            11: settings.processing,
            12: VERSION,
            15: "NE",
            16: "AL",
            17: "DNK",
            18: settings.charset,
            19: "da^Dansk^ISO639",
        }
    )


def person(name: str) -> str:
    """XCN or XPN without an id: the last word is the family name."""
    given, _, family = name.strip().rpartition(" ")
    return components("", st(family), st(given.strip())) if family else ""


def phone(number: str) -> str:
    """XTN-12, since a Danish number is not split into area and local number."""
    return components("", "WPN", "PH", *[""] * 8, st(number)) if number.strip() else ""


def pid(citizen: Citizen, own: tuple[str, str] = ("", "")) -> str:
    """§3.4.2. Name and address protection: the practice knows its own patient by number (CPR-loven § 28), and PID-5,
    which is required, says only that a name is withheld (table 0200: S, pseudonym). ``own``: the record's own
    number and who gives it out."""
    assert citizen.identifier is not None
    family_and_given = person(citizen.name).removeprefix("^")
    withheld = citizen.protected or not family_and_given
    return segment(
        "PID",
        {
            1: "1",
            3: "~".join(filter(None, (_citizen_id(citizen), _own_id(*own)))),
            5: "^^^^^^S" if withheld else components(*_padded(family_and_given.split("^"), 6), "L"),
            7: citizen.birth_date.strftime("%Y%m%d") if citizen.birth_date else "",
            8: SEXES.get(citizen.gender or "", ""),
        },
    )


def _padded(parts: list[str], length: int) -> list[str]:
    return [*parts, *[""] * (length - len(parts))]


def _citizen_id(citizen: Citizen) -> str:
    """CX: a CPR number is a national one (table 0203 NNxxx), a replacement number belongs to its issuer."""
    number = citizen.identifier
    assert number is not None
    if isinstance(number, Cpr):
        return f"{number.value}^^^CPR&{CPR_SYSTEM.removeprefix(OID)}&ISO^NNDNK"
    issuer = st(number.system.removeprefix(OID))
    kind = "ISO" if number.system.startswith(OID) else "URI"
    return f"{st(number.value)}^^^ECPR&{issuer}&{kind}^PI"


def _own_id(number: str, issuer: str) -> str:
    return f"{st(number)}^^^{st(issuer)}^PI" if number else ""
