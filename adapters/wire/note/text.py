"""The journal note in words, as it will stand in the citizen's record; pure, Danish only (requirements.md D12, U02).

What must be there: BEK 1225 of 08-06-2021 (contact, time, reason, what was agreed), STPK 182801 (the name of the
person conferred with), STPK 171401 and sundhedsloven § 42 (consent and refusal, and to whom).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from gateway.domain.note.note import Author, Modality, NoteFacts, NoteStatus, NoteVersion
from gateway.domain.peers.messages import NoteMessage
from gateway.domain.practice import COPENHAGEN

_DAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")
_MONTHS = (
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
)
_TITLES = {
    Modality.VIDEO: "Videokonsultation med praktiserende læge",
    Modality.PHONE: "Telefonkonsultation med praktiserende læge",
    Modality.NONE: "Forsøgt videokonsultation med praktiserende læge",
}
_MODALITIES = {
    Modality.VIDEO: "video (skærmbesøg)",
    Modality.PHONE: "telefon",
    Modality.NONE: "ingen samtale",
}
_OUTCOMES = {
    "held-on-video": "gennemført på video",
    "held-by-phone": "gennemført på telefon",
    "broken-off": "afbrudt, før samtalen var færdig",
    "rejected": "afvist af praksis",
    "not-answered": "praksis svarede ikke",
    "not-started": "ikke påbegyndt",
    "withdrawn": "trukket tilbage",
    "citizen-refused": "borgeren afslog videokonsultation",
    "wrong-citizen": "forkert borger valgt",
    "abandoned": "opgivet",
}
_SIGNATURE = "Skrevet af Lægebro på grundlag af videokonsultationen."
_ROLES = {
    "citizen": "borger",
    "employee": "medarbejder",
    "relative": "pårørende",
    "interpreter": "tolk",
    "colleague": "kollega",
    "clinician": "læge eller klinikpersonale",
    "other": "anden deltager",
}
_CONSENTS = {
    "given": "Borgeren har selv givet samtykke.",
    "representative": "Samtykke er givet på borgerens vegne.",
    "urgent": "Samtykke kunne ikke indhentes, og behandlingen kunne ikke vente (sundhedsloven § 19).",
    "refused": "Borgeren har afslået.",
    "withdrawn": "Borgeren trak sit samtykke tilbage under samtalen.",
}
_WITHOUT_EMPLOYEE = {
    "citizen-alone": "Borgeren talte alene med lægen. Medarbejderen hjalp med teknikken og kender ikke indholdet.",
    "relative-present": (
        "Borgeren og en pårørende talte med lægen. Medarbejderen hjalp med teknikken og kender ikke indholdet."
    ),
}
_REPRESENTATIVES = {
    "next-of-kin": "nærmeste pårørende",
    "guardian": "personlig værge",
    "future-proxy": "fremtidsfuldmægtig",
    "custody-holder": "forældremyndighedsindehaver",
}


def note_text(message: NoteMessage) -> str:
    """All of it, or only what a later version adds where the record keeps the former beside it."""
    return addendum_of(message.note) if message.addendum else text_of(message.note)


def title_of(note: NoteVersion) -> str:
    if note.facts is None:
        return _TITLES[Modality.NONE]
    if note.facts.outcome == "citizen-refused":
        return "Borgeren afslog videokonsultation med praktiserende læge"
    return _TITLES[note.facts.modality]


def text_of(note: NoteVersion) -> str:
    """The whole note; lines end with a line feed, sections are parted by an empty line."""
    sections = [[title_of(note)]]
    if note.facts is not None:
        facts = note.facts
        sections += [
            list(_contact(facts)),
            list(_participants(facts)),
            list(_consent(facts)),
            _titled("Årsag til henvendelsen", facts.reason),
        ]
    sections += [
        _agreed(note),
        _section("Tilføjet af klinikken", note.clinic_text, note.clinic_author),
        list(_authors(note)),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def addendum_of(note: NoteVersion) -> str:
    """What a later version adds, for a record that keeps the former beside it (D12)."""
    facts = [f"Talt med: {note.facts.clinician}"] if note.facts is not None and note.facts.clinician else []
    sections = [
        [f"Tillæg til notat: {title_of(note)}"],
        facts,
        _section("Tilføjet af klinikken", note.clinic_text, note.clinic_author),
        [f"Version {note.version}. Supplerer den tidligere version af notatet.", _SIGNATURE],
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _section(title: str, body: str, author: Author | None) -> list[str]:
    lines = _titled(title, body)
    if not lines or author is None:
        return lines
    return [*lines, f"({', '.join(filter(None, (author.name, author.role, moment(author.at))))})"]


def moment(at: datetime) -> str:
    """``tirsdag 24. november 2026 kl. 9.15`` by the clock on the wall in Denmark."""
    local = at.astimezone(COPENHAGEN)
    day = f"{_DAYS[local.weekday()]} {local.day}. {_MONTHS[local.month - 1]} {local.year}"
    return f"{day} kl. {_clock(local)}"


def _clock(local: datetime) -> str:
    return f"{local.hour}.{local.minute:02d}"


def _span(start: datetime | None, end: datetime | None) -> str:
    if start is None or end is None:
        known = start or end
        return moment(known) if known else ""
    same_day = start.astimezone(COPENHAGEN).date() == end.astimezone(COPENHAGEN).date()
    until = _clock(end.astimezone(COPENHAGEN)) if same_day else moment(end)
    return f"{moment(start)} – {until}"


def _titled(title: str, body: str) -> list[str]:
    return [title, body.strip()] if body.strip() else []


def _contact(facts: NoteFacts) -> Iterator[str]:
    span = _span(facts.started_at, facts.ended_at)
    if span:
        yield f"Tidspunkt: {span}"
    if facts.practice or facts.ydernummer:
        yield f"Praksis: {facts.practice} (ydernummer {facts.ydernummer})"
    if facts.clinician:
        yield f"Talt med: {facts.clinician}"
    elif facts.modality is not Modality.NONE:
        yield "Talt med: navnet på lægen er ikke oplyst"
    yield f"Kontaktform: {_MODALITIES[facts.modality]}"
    if facts.outcome in _OUTCOMES:
        yield f"Udfald: {_OUTCOMES[facts.outcome]}"
    if facts.technical_failure:
        yield "Tekniske problemer: ja, samtalen blev afbrudt af en teknisk fejl"


def _participants(facts: NoteFacts) -> Iterator[str]:
    if not facts.participants:
        return
    yield "Deltagere"
    for role, name in facts.participants:
        label = _ROLES.get(role, _ROLES["other"])
        yield f"– {label}: {name}" if name else f"– {label}"


def _consent(facts: NoteFacts) -> Iterator[str]:
    """Who answered, on whose behalf or why not, who declared it, when, and under which wording."""
    if facts.consent not in _CONSENTS:
        return
    yield "Samtykke"
    yield " ".join(filter(None, (_CONSENTS[facts.consent], _detail(facts))))
    if facts.consent_declared_by and facts.consent_declared_at:
        wording = f" (ordlyd, version {facts.consent_wording})" if facts.consent_wording else ""
        at = moment(facts.consent_declared_at)
        yield f"Erklæret på tro og love af {facts.consent_declared_by} {at}{wording}."


def _detail(facts: NoteFacts) -> str:
    if not facts.consent_detail:
        return ""
    if facts.consent == "representative":
        code, _, name = facts.consent_detail.partition(": ")
        return f"Ved {_REPRESENTATIVES.get(code, 'repræsentant')}: {name}."
    return f"Begrundelse: {facts.consent_detail}"


def _agreed(note: NoteVersion) -> list[str]:
    """The employee's section; of a talk she took no part in she knows that help was given, and no more (D4)."""
    if note.facts is not None and note.facts.form in _WITHOUT_EMPLOYEE:
        talked = note.facts.modality is not Modality.NONE
        return ["Medarbejderens rolle", _WITHOUT_EMPLOYEE[note.facts.form]] if talked else []
    return _section("Aftalt", note.employee_text or _nothing_agreed(note), note.employee_author)


def _nothing_agreed(note: NoteVersion) -> str:
    talked = note.facts is not None and note.facts.modality is not Modality.NONE
    return "Intet noteret." if talked else ""


def _authors(note: NoteVersion) -> Iterator[str]:
    facts = note.facts
    if facts is not None and facts.employee:
        place = (facts.employee, facts.employee_role, facts.workplace, facts.organisation)
        yield f"Medarbejder: {', '.join(filter(None, place))}"
    if note.status is NoteStatus.UNREVIEWED:
        sent = f" {moment(note.approved_at)}" if note.approved_at else ""
        yield f"Ikke gennemgået af medarbejderen. Sendt automatisk{sent}."
    elif note.approved_by and note.approved_at:
        yield f"Godkendt af {note.approved_by} {moment(note.approved_at)}."
    if note.version > 1:
        yield f"Version {note.version}. Erstatter den tidligere version af notatet."
    yield _SIGNATURE
