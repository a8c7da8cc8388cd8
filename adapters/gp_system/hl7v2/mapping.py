"""From an entry message to HL7 v2.5.1 segments (requirements.md S4). Pure; each text is escaped by its data type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.gp_system.hl7v2.settings import Settings
from adapters.gp_system.hl7v2.words import LOCAL, NAMESPACE, NOTES, REASONS, STRUCTURES, VERSION, Said
from adapters.wire.er7 import components, ft, header, moment, segment, st
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.identifiers import CPR_SYSTEM, Cpr
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.people import Participant, ParticipantRole, Presence

OID = "urn:oid:"
YDERNUMMER_OID = "1.2.208.176.1.4"
PIECE = 12_000  # an FT holds 65,536 characters, and one of ours may become five
SEXES = {"male": "M", "female": "F", "other": "O", "unknown": "U"}  # table 0001
ROLES = {
    ParticipantRole.CITIZEN: "Borgeren",
    ParticipantRole.EMPLOYEE: "Medarbejder",
    ParticipantRole.RELATIVE: "Pårørende",
    ParticipantRole.INTERPRETER: "Tolk",
    ParticipantRole.COLLEAGUE: "Kollega",
    ParticipantRole.CLINICIAN: "Kliniker",
    ParticipantRole.OTHER: "Anden deltager",
}
PRESENCES = {Presence.OWN_DEVICE: "egen enhed", Presence.PHONE: "telefon"}
ABSENT = "Medarbejderen er ikke ved skærmen"


@dataclass(frozen=True, slots=True)
class Saying:
    """What one message says: its trigger, the reason (SCH-6), the status we decided ("" = the practice's to say)."""

    trigger: str
    reason: tuple[str, str]
    status: str
    said: Said
    reject_code: str = ""


def erases(message: EntryMessage) -> bool:
    """Withdrawn because it was the wrong citizen: nothing about a person may stay at the peer (D11)."""
    return message.entry.ended_reason == "wrong-citizen"


def bare(message: EntryMessage) -> EntryMessage:
    """The same entry with nothing about a person: what an appointment holds that is made only to be ended."""
    return replace(message, citizen=None, reason="", consent="", participants=(), agreed_with="")


def msh(settings: Settings, kind: tuple[str, str, str], control: str, at: datetime) -> str:
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


def segments(message: EntryMessage, saying: Saying, settings: Settings, control: str, at: datetime) -> list[str]:
    """The whole message for that trigger."""
    kind = ("ADT" if saying.trigger[0] == "A" else "SIU", saying.trigger, STRUCTURES[saying.trigger])
    head = msh(settings, kind, control, at)
    return [head, *(_encounter(message, saying, at) if kind[0] == "ADT" else _schedule(message, saying))]


# --- SIU ------------------------------------------------------------------------------------------------------------


def _schedule(message: EntryMessage, saying: Saying) -> list[str]:
    """SIU_S12 (§10.4): SCH, notes, the citizen where there is one, and one resource group."""
    return [_sch(message, saying), *_notes(message, saying), *_patient(message), *_resources(message, saying)]


def _sch(message: EntryMessage, saying: Saying) -> str:
    entry = message.entry
    # SCH-16 and SCH-20 are required: who asks, as far as it is known.
    employee = next(filter(None, map(person, (message.employee, message.workplace, message.organisation))), "^Lægebro")
    why = components(saying.reason[0], st(saying.reason[1]), LOCAL, saying.reject_code)
    fields = {
        1: components(str(entry.id), NAMESPACE),
        4: components(st(message.short_id), NAMESPACE),
        6: f"{why}^^{REASONS}" if saying.reject_code else why,
        7: components("", first_line(message)),
        8: "NORMAL^Normal^HL70276",
        11: f"^^^{moment(entry.place)}",
        12: employee,
        13: phone(message.phone),
        16: taker(message, saying) or employee,
        20: employee,
        21: phone(message.phone),
        22: components(*[""] * 8, st(message.workplace)),
        25: f"{saying.status}^{saying.status}^HL70278" if saying.status else "",
    }
    return segment("SCH", fields)


def first_line(message: EntryMessage) -> str:
    """SCH-7.2 is an ST of 199 characters: only the beginning, and it says so; the whole stands in NTE."""
    if erases(message) or not message.reason.strip():
        return ""
    line, _, more = message.reason.strip().partition("\n")
    line = line.strip()
    cut = f"{line[:160]} (fortsættes)" if more or len(line) > 160 else line
    return st(cut)


def _notes(message: EntryMessage, saying: Saying) -> Iterator[str]:
    erased, entry = erases(message), message.entry
    texts = {
        "REASON": "" if erased else message.reason,
        "CONSENT": "" if erased else message.consent,
        "PARTICIPANTS": "" if erased else participants_in_words(message.participants),
        "FROM": sender_in_words(message),
        "FORM": message.form,
        "AGREED": "" if erased else _agreement(message),
        "ADDRESSED": entry.addressed_to,
        "AWAY": ABSENT if entry.status.waits and message.availability in ("away", "lost") else "",
        "REJECT": "" if erased else entry.ended_text,
        "LINK": message.entry_link,
        "STATE": saying.said.encoded(),
    }
    pieces = [(code, piece) for code, text in texts.items() if text.strip() for piece in _pieces(text)]
    for number, (code, piece) in enumerate(pieces, 1):
        yield segment("NTE", [str(number), "P", ft(piece), components(code, st(NOTES[code]), LOCAL)])


def _pieces(text: str) -> Iterator[str]:
    """A long text goes on in the next NTE of the same code."""
    size = PIECE if ft(text) != text else 5 * PIECE
    for start in range(0, len(text), size):
        yield text[start : start + size]


def sender_in_words(message: EntryMessage) -> str:
    who = (message.employee, message.role, message.workplace, message.organisation)
    cvr = f"CVR {message.organisation_cvr}" if message.organisation_cvr else ""
    return ", ".join(part for part in (*who, cvr) if part)


def _agreement(message: EntryMessage) -> str:
    when = moment(message.agreed_at) if message.agreed_at else ""
    return " ".join(part for part in (when, message.agreed_with) if part)


def participants_in_words(participants: tuple[Participant, ...]) -> str:
    """Roles, names and devices; the citizen is never named here, since her name may be protected."""
    return "; ".join(_in_words(each) for each in participants)


def _in_words(participant: Participant) -> str:
    named = participant.name.strip() and participant.role is not ParticipantRole.CITIZEN
    words = f"{ROLES[participant.role]} {participant.name.strip()}" if named else ROLES[participant.role]
    how = PRESENCES.get(participant.how, "")
    return f"{words} ({how})" if how else words


def _resources(message: EntryMessage, saying: Saying) -> list[str]:
    """RGS, the service, the place (which practice) and who takes it."""
    entry = message.entry
    action = {"S12": "A", "S15": "D", "S26": "D"}.get(saying.trigger, "U")  # table 0206
    who = clinician(message, saying)
    return [
        segment("RGS", ["1", action]),
        segment("AIS", ["1", action, "VIDEO^Videokonsultation^L", moment(entry.place)]),
        segment("AIL", ["1", action, practice(message), "VMR^Virtuelt venteværelse^L"]),
        *([segment("AIP", ["1", action, who, "GP^Praktiserende læge^L"])] if who else []),
    ]


def practice(message: EntryMessage) -> str:
    """PL with the ydernummer as the facility's id."""
    where = f"{message.entry.ydernummer}&{YDERNUMMER_OID}&ISO"
    return components("", "", "", where, "", "", "", "", st(message.entry.practice_name))


def taker(message: EntryMessage, saying: Saying) -> str:
    """SCH-16: who took it, where our row decided that; the practice's own word stands otherwise."""
    return person(message.entry.accepted_name) if saying.status in ("Booked", "Started", "Complete") else ""


def clinician(message: EntryMessage, saying: Saying) -> str:
    if saying.status not in ("Booked", "Started", "Complete"):
        return ""
    return person(message.entry.clinician or message.entry.accepted_name)


# --- who ------------------------------------------------------------------------------------------------------------


def person(name: str) -> str:
    """XCN or XPN without an id: the last word is the family name."""
    given, _, family = name.strip().rpartition(" ")
    return components("", st(family), st(given.strip())) if family else ""


def phone(number: str) -> str:
    """XTN-12, since a Danish number is not split into area and local number."""
    return components("", "WPN", "PH", *[""] * 8, st(number)) if number.strip() else ""


def _patient(message: EntryMessage) -> list[str]:
    citizen = message.citizen
    if citizen is None or citizen.identifier is None or erases(message):
        return []
    protection = [segment("PD1", {12: "Y"})] if citizen.protected else []
    return [pid(citizen), *protection, segment("PV1", ["1", "V"])]


def pid(citizen: Citizen) -> str:
    """§3.4.2. Name and address protection: the practice knows its own patient by number (CPR-loven § 28), and PID-5,
    which is required, says only that a name is withheld (table 0200: S, pseudonym)."""
    assert citizen.identifier is not None
    family_and_given = person(citizen.name).removeprefix("^")
    withheld = citizen.protected or not family_and_given
    return segment(
        "PID",
        {
            1: "1",
            3: _citizen_id(citizen),
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


# --- ADT ------------------------------------------------------------------------------------------------------------


def _encounter(message: EntryMessage, saying: Saying, at: datetime) -> list[str]:
    """ADT_A01 or ADT_A03 (§3.3.4, §3.3.3): the talk has begun or is over."""
    assert message.citizen is not None
    entry = message.entry
    begun = entry.started_at or entry.accepted_at or entry.place
    over = (entry.ended_at or at) if saying.trigger == "A03" else None
    return [
        segment("EVN", ["", moment(over or begun)]),
        pid(message.citizen),
        segment(
            "PV1",
            {
                1: "1",
                2: "V",
                3: f"VMR^^^{entry.ydernummer}&{YDERNUMMER_OID}&ISO",
                7: clinician(message, saying),
                19: f"{entry.id}^^^{NAMESPACE}",
                44: moment(begun),
                45: moment(over) if over else "",
                50: f"{saying.said.encoded()}^^^{NAMESPACE}",
            },
        ),
    ]
