"""From the practice's own scheduling messages to what it claims (D10): brought to us, or asked for. Pure.

Only acts of the practice are read here: SIU with our local reasons (SCH-6), or from a system that does not know them by
trigger and SCH-25; ADT^A04 names who talks. ``who_id`` is the connection's name and a digest of whom SCH-20 names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from adapters.gp_system.hl7v2.standing import Stand
from adapters.gp_system.hl7v2.words import ECHOES, LOCAL, OURS, STATUSES, Said, digest
from adapters.wire.er7 import Er7Fault, Er7Message, Segment, moment_of, named_code
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.peers.messages import PeerChange, PeerVerb

TEXT_LIMIT = 300  # requirements.md C08
NAME_LIMIT = 120
VERBS = {
    "RECEIVED": PeerVerb.RECEIVED,
    "SEEN": PeerVerb.SEEN,
    "ACCEPT": PeerVerb.ACCEPT,
    "PUTBACK": PeerVerb.PUT_BACK,
    "REJECT": PeerVerb.REJECT,
    "CLINICIAN": PeerVerb.CLINICIAN,
}
# Table 0278 as systems spell it, in small letters alone. A talk that has begun there was taken there; when it is over
# our own room knows, so that *complete* claims nothing.
BY_STATUS: dict[str, PeerVerb | None] = {
    "pending": PeerVerb.RECEIVED,
    "booked": PeerVerb.ACCEPT,
    "started": PeerVerb.ACCEPT,
    "waitlist": PeerVerb.PUT_BACK,
    **dict.fromkeys(("cancelled", "canceled", "deleted", "noshow", "dc", "discontinued"), PeerVerb.REJECT),
    **dict.fromkeys(("complete", "completed"), None),
}
BY_TRIGGER = dict.fromkeys(("S15", "S17", "S26"), PeerVerb.REJECT)
REMOVED_BY_PRACTICE = "Fjernet i lægepraksis' eget system"
NO_SHOW_THERE = "Registreret som udeblevet i lægepraksis' eget system"
TAKEN_IN = {("SIU", trigger) for trigger in ("S12", "S13", "S14", "S15", "S17", "S26")} | {
    ("ADT", "A04"),
    ("ADT", "A03"),
}

Group = Sequence[Segment]


def groups_of(message: Er7Message) -> list[Group]:
    """One group per SCH, up to the next one."""
    starts = [n for n, each in enumerate(message.segments) if each.name == "SCH"]
    ends = [*starts[1:], len(message.segments)]
    return [message.segments[a:b] for a, b in zip(starts, ends, strict=False)]  # no SCH: no group


def _first(group: Group, name: str) -> Segment:
    return next((each for each in group if each.name == name), Segment(name, ()))


def note_of(group: Group, code: str) -> str:
    return "".join(n.whole(3) for n in group if n.name == "NTE" and n.text(4) == code)


def entry_id_of(text: str, location: str) -> UUID:
    """204 *unknown key identifier* for what is no id of ours."""
    try:
        return UUID(text)
    except ValueError:
        raise Er7Fault("204", location) from None


def stand_of(group: Group) -> Stand:
    return Stand(status_of(_first(group, "SCH").text(25)), _said_in(group), note_of(group, "REASON"))


def status_of(text: str) -> str:
    """A word of table 0278 as we write it, however it was spelt."""
    return STATUSES.get(_spelt(text), text)


def _said_in(group: Group) -> Said:
    return Said.decoded(note_of(group, "STATE"))


def claims_in(message: Er7Message, peer: str, now: datetime) -> list[PeerChange]:
    """What one message brought to our listener claims; ``Er7Fault`` for what cannot be taken."""
    if message.kind not in TAKEN_IN:
        known = message.kind[0] in ("SIU", "ADT")
        raise Er7Fault("201" if known else "200", "MSH^1^9", "AR")
    at = moment_of(message.msh.text(7), now)
    if message.kind[0] == "ADT":
        return _encounter(message, at)
    groups = groups_of(message)
    if not groups:
        raise Er7Fault("100", "SCH^1")
    claims = [claim for group in groups for claim in _brought(group, message.kind[1], peer, at)]
    return [_whole(claim) for claim in claims]


def _brought(group: Group, trigger: str, peer: str, at: datetime) -> list[PeerChange]:
    """What is brought is an act, so a group that says none is told so; our own words given back claim nothing."""
    sch = _first(group, "SCH")
    verb, local = _verb(sch), sch.text(6, 3) == LOCAL
    echoed = local and sch.text(6) in OURS
    if verb is None and local and not echoed:
        raise Er7Fault("103", "SCH^1^6", words=named_code("SCH-6", sch.text(6)))
    if verb is None and not (echoed and not sch.text(25)):
        verb = _verb_of_status(sch, trigger, _said_in(group))
    return _claims(group, verb, peer, at)


def _verb_of_status(sch: Segment, trigger: str, said: Said) -> PeerVerb | None:
    status = sch.text(25)
    spelt = _spelt(status)
    verb = BY_STATUS.get(spelt) if spelt else BY_TRIGGER.get(trigger)
    if verb is None and spelt not in BY_STATUS:
        raise Er7Fault("103" if status else "101", "SCH^1^25", words=named_code("SCH-25", status))
    return None if verb in ECHOES.get(said.state, ()) else verb


def _whole(claim: PeerChange) -> PeerChange:
    """What is acknowledged is kept in full: a text above our limit is refused by its place."""
    if len(claim.text) > TEXT_LIMIT:
        raise Er7Fault("102", "NTE^1^3", words=f"NTE-3: {TEXT_LIMIT} characters at most")
    for location, name in (("SCH^1^20", claim.who), ("AIP^1^3", claim.clinician)):
        if len(name) > NAME_LIMIT:
            raise Er7Fault("102", location, words=f"a name: {NAME_LIMIT} characters at most")
    return claim


def _spelt(status: str) -> str:
    return "".join(sign for sign in status.casefold() if sign.isalnum())


def _encounter(message: Er7Message, at: datetime) -> list[PeerChange]:
    """The practice's A04 says at most who talks; when a talk begins and ends our own room knows."""
    visit = message.first("PV1")
    entry_id = entry_id_of(visit.text(19), "PV1^1^19")
    name = person_of(visit, 7)
    named = message.kind[1] == "A04" and name
    return [PeerChange(entry_id, PeerVerb.CLINICIAN, at, clinician=name)] if named else []


def claims_of(group: Group, peer: str, at: datetime) -> list[PeerChange]:
    """What a group of an answer to our question claims; [] where its reason and status say nothing to us. Texts above
    our limits are shortened, visibly: nobody waits for our answer."""
    sch = _first(group, "SCH")
    by_status = None if sch.text(6, 3) == LOCAL else BY_STATUS.get(_spelt(sch.text(25)))
    return [
        replace(each, text=_short(each.text, TEXT_LIMIT), who=_short(each.who), clinician=_short(each.clinician))
        for each in _claims(group, _verb(sch) or by_status, peer, at)
    ]


def _short(text: str, limit: int = NAME_LIMIT) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _claims(group: Group, verb: PeerVerb | None, peer: str, at: datetime) -> list[PeerChange]:
    if verb is None:
        return []
    sch = _first(group, "SCH")
    entry_id = entry_id_of(sch.text(1), "SCH^1^1")
    doctor = person_of(_first(group, "AIP"), 3)
    match verb:
        case PeerVerb.ACCEPT:
            who = person_of(sch, 20)
            return [PeerChange(entry_id, verb, at, who_id=who_id_of(sch, peer), who=who, clinician=doctor)]
        case PeerVerb.CLINICIAN:
            return [PeerChange(entry_id, verb, at, clinician=doctor)] if doctor else []
        case PeerVerb.REJECT:
            reason = _reason(sch)
            return [PeerChange(entry_id, verb, at, reason=reason, text=_rejection(group, sch, reason))]
        case _:
            return [PeerChange(entry_id, verb, at)]


def require_words(message: Er7Message) -> None:
    """The clinic's *other* asks for a note; a removal without a reason of ours has happened, and says where."""
    for group in groups_of(message):
        sch = _first(group, "SCH")
        if _verb(sch) is PeerVerb.REJECT and sch.text(6, 4) == RejectReason.OTHER and not _own_words(group):
            raise Er7Fault("101", "NTE^1^3")


def _verb(sch: Segment) -> PeerVerb | None:
    """By our local code alone."""
    return VERBS.get(sch.text(6)) if sch.text(6, 3) == LOCAL else None


def who_id_of(sch: Segment, peer: str) -> str:
    """By the id the practice gives the person, else by the name."""
    key = sch.text(20) or person_of(sch, 20)
    return f"{peer}:{digest(key)}" if key else f"{peer}:practice"


def person_of(segment: Segment, number: int) -> str:
    """XCN: given name, then family name."""
    words = f"{segment.text(number, 3)} {segment.text(number, 2)}".split()
    return " ".join(words)


def _reason(sch: Segment) -> RejectReason:
    """Beside the event: the clinic's closed list as the alternate code. An unknown one is *other*."""
    try:
        return RejectReason(sch.text(6, 4))
    except ValueError:
        return RejectReason.OTHER


def _own_words(group: Group) -> str:
    """The note about it, or any note of the filler's."""
    notes = [n.whole(3).strip() for n in group if n.name == "NTE" and n.raw(4) == "" and n.raw(2) != "P"]
    return note_of(group, "REJECT").strip() or " ".join(note for note in notes if note)


def _rejection(group: Group, sch: Segment, reason: RejectReason) -> str:
    """The clinic's own words, or what the status says."""
    own = _own_words(group)
    if own or reason is not RejectReason.OTHER:
        return own
    return NO_SHOW_THERE if _spelt(sch.text(25)) == "noshow" else REMOVED_BY_PRACTICE
