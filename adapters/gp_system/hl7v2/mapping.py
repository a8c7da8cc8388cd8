"""From an entry message to HL7 v2.5.1 segments (requirements.md S4). Pure; each text is escaped by its data type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.gp_system.hl7v2.settings import Settings
from adapters.gp_system.hl7v2.words import LOCAL, NAMESPACE, NOTES, REASONS, STRUCTURES, Said
from adapters.wire.er7 import components, ft, moment, segment, st
from adapters.wire.v2.people import msh, person, phone, pid
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.people import Participant, ParticipantRole, Presence
from gateway.domain.practice import COPENHAGEN

YDERNUMMER_OID = "1.2.208.176.1.4"
PIECE = 12_000  # an FT holds 65,536 characters, and one of ours may become five
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
    return replace(message, citizen=None, reason="", consent="", participants=(), agreed_with="", remarks=())


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
        "MESSAGE": "" if erased else message.remarks_in_words,
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
    """For whoever reads it, at Danish time: SCH-11 holds the moment for programs."""
    at = message.agreed_at.astimezone(COPENHAGEN) if message.agreed_at else None
    when = f"{at:%d.%m.%Y} kl. {at:%H.%M}" if at else ""
    who = f"med {message.agreed_with}" if message.agreed_with else ""
    return " ".join(part for part in (when, who) if part)


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


def _patient(message: EntryMessage) -> list[str]:
    citizen = message.citizen
    if citizen is None or citizen.identifier is None or erases(message):
        return []
    protection = [segment("PD1", {12: "Y"})] if citizen.protected else []
    return [pid(citizen), *protection, segment("PV1", ["1", "V"])]


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
