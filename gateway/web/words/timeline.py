"""The timeline in Danish: one sentence per kind of event, codes in words, never a person or a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from gateway.domain.consultation.aggregate import Ending, Kind, Status
from gateway.domain.consultation.events import DebtKind
from gateway.domain.launch import LaunchChannel
from gateway.domain.peers.delivery import Outcome
from gateway.domain.people import ActorKind
from gateway.domain.records import TimelineRow
from gateway.web.words.causes import cause_words
from gateway.web.words.clinic import reject_reasons, withdrawals
from gateway.web.words.talk.events import talk_words


def event_words() -> dict[str, str]:
    """Each kind of event in words."""
    return _course_words() | talk_words() | _arranged_words() | _round_words() | _note_words()


def _course_words() -> dict[str, str]:
    return {
        "launched": _("Startet"),
        "practice-chosen": _("Læge valgt"),
        "consent-declared": _("Samtykke erklæret"),
        "citizen-refused": _("Borgeren har sagt nej"),
        "placed": _("Stillet i kø"),
        "planned": _("Lagt på den aftalte tid"),
        "received": _("Modtaget af klinikkens system"),
        "announced": _("Aftalt konsultation, meldt til klinikken med en meddelelse"),
        "practice-wrote": _("Klinikken har skrevet tilbage"),
        "seen": _("Set i klinikken"),
        "not-received-in-time": _("Ikke modtaget inden for 15 sekunder – medarbejderen har fået besked"),
        "not-seen-in-time": _("Ikke set inden for 5 minutter – medarbejderen har fået besked"),
        "reason-corrected": _("Teksten er rettet"),
        "availability-changed": _("Medarbejderens plads ved skærmen"),
        "accepted": _("Klinikken tog kaldet – det ringer"),
        "ring-extended": _("Bedt om mere tid"),
        "answered": _("Medarbejderen trykkede Deltag"),
        "joined": _("Kom med i samtalen"),
        "taken-over": _("En kollega overtog ansvaret"),
        "transferred": _("Sendt videre til en anden læge"),
        "connection-changed": _("Fulgt med klinikken over i et andet system, på samme plads"),
        "not-started": _("Ikke startet"),
        "phone-unreached": _("Forsøgt på telefon – ingen svarede"),
        "ring-missed": _("Ingen svarede – tilbage på pladsen"),
        "put-back": _("Lagt tilbage på pladsen"),
        "talk-started": _("Samtalen begyndte: billede og lyd fra begge sider"),
        "clinician-named": _("Lægens navn er oplyst"),
        "call-ended": _("Samtalen er slut"),
        "broken-off": _("Samtalen blev afbrudt"),
        "held-by-phone": _("Gennemført på telefon"),
        "rejected": _("Afvist videokonsultation"),
        "withdrawn": _("Trukket tilbage"),
        "wrong-citizen": _("Forkert borger – teksten er slettet"),
        "expired": _("Udløbet"),
        "given-up": _("Afsluttet uden samtale"),
        "abandoned": _("Kladden blev forladt"),
        "claim-refused": _("Klinikkens system ville noget, der ikke længere var muligt"),
    }


def _arranged_words() -> dict[str, str]:
    return {
        "practice-message-refused": _("En meddelelse fra klinikken vedrørte en anden borger og er afvist ulæst"),
        "care-system-message-refused": _("En meddelelse fra kommunen vedrørte en anden borger og er afvist ulæst"),
        "rejection-taken-back": _("Klinikken fortrød afvisningen – på pladsen igen"),
        "remark-made": _("Besked skrevet"),
        "addressed": _("Sendt til en kollega i klinikken"),
        "moved-forward": _("Flyttet frem i køen"),
        "time-proposed": _("Ny tid foreslået"),
        "time-agreed": _("Ny tid aftalt"),
        "agreement-noted": _("Aftalt tid noteret"),
        "erased-at-practice": _("Klinikken er bedt om at slette teksten"),
        "phone-changed": _("Klinikken har fået et andet direkte nummer"),
        "agreed-time-passed": _("Den aftalte tid er passeret – begge sider har fået besked"),
    }


def _round_words() -> dict[str, str]:
    return {
        "citizen-added": _("En borger er føjet til gennemgangen"),
        "citizen-taken-out": _("En borger er taget ud af gennemgangen"),
        "moved-to-round": _("Fortsat i en gennemgang"),
        "discussed": _("Nu tales der om en borger"),
        "discussion-ended": _("Færdig med en borger"),
        "consent-withdrawn": _("En borger ønskede ikke at fortsætte"),
        "note-omitted": _("Notatet blev ikke sat i journalen inden for syv dage – teksten er slettet"),
        "discussed-too": _("Medarbejderen oplyser, at en borger også blev drøftet"),
    }


def _note_words() -> dict[str, str]:
    return {
        "note-approved": _("Notatet er godkendt"),
        "note-sent-unreviewed": _("Notatet er sendt uden gennemgang"),
        "note-owed": _("Et notat skal lægges i journalen"),
        "note-received": _("Notatet er modtaget af journalsystemet"),
        "note-filed": _("Notatet er lagt i journalen"),
        "care-system-wrote": _("Kommunen har skrevet tilbage om notatet"),
        "reply-read": _("En medarbejder har læst kommunens svar"),
        "clinic-text-awaited": _("Notatet venter på klinikkens tekst"),
        "note-written-by-hand": _("Medarbejderen har selv skrevet notatet i journalen"),
        "note-retracted": _("Notatet er fjernet fra den forkerte borgers journal"),
        "clinic-text-added": _("Klinikken har tilføjet tekst"),
        "texts-erased": _("Teksterne er slettet"),
        "closed": _("Afsluttet"),
        "delivery-attempted": _("Forsøg på at sende"),
    }


def actor_words() -> Mapping[ActorKind, str]:
    return {
        ActorKind.EMPLOYEE: _("Medarbejder"),
        ActorKind.CLINIC: _("Klinik"),
        ActorKind.CITIZEN: _("Borger"),
        ActorKind.GUEST: _("Gæst"),
        ActorKind.PEER: _("Andet system"),
        ActorKind.SYSTEM: _("Lægebro"),
        ActorKind.ADMIN: _("Administrator"),
    }


def debt_words() -> Mapping[DebtKind, str]:
    return {
        DebtKind.ENQUEUE: _("kaldet til klinikken"),
        DebtKind.ENTRY_UPDATE: _("nyt om kaldet til klinikken"),
        DebtKind.NOTE: _("notatet til journalen"),
    }


def outcome_words() -> Mapping[Outcome, str]:
    return {
        Outcome.DONE: _("lykkedes"),
        Outcome.NOT_DONE: _("ikke sendt, prøves igen"),
        Outcome.TO_ASK: _("intet ændret, undersøges før næste forsøg"),
        Outcome.UNKNOWN: _("uvist, undersøges før næste forsøg"),
        Outcome.REFUSED: _("afvist"),
    }


def launch_words() -> Mapping[LaunchChannel, str]:
    """How the consultation was started."""
    return {
        LaunchChannel.SMART: _("fra journalen"),
        LaunchChannel.SIGNED: _("fra journalen"),
        LaunchChannel.MESSAGE: _("meldt af omsorgssystemet"),
        LaunchChannel.LOGIN: _("efter log på"),
        LaunchChannel.REHEARSAL: _("som øvekald"),
    }


def kind_words() -> Mapping[Kind, str]:
    return {
        Kind.ONE_CITIZEN: _("én borger"),
        Kind.WITHOUT_NUMBER: _("uden CPR-nummer"),
        Kind.ROUND: _("gennemgang af flere"),
        Kind.GENERAL_ADVICE: _("generel rådgivning"),
    }


def _detail_codes() -> dict[str, str]:
    """Reasons for the practice, and answers, as the start page and the call noted them."""
    return {
        "own-gp": _("egen læge"),
        "chosen": _("valgt læge"),
        "substitute": _("afløser"),
        "agreed": _("aftalt med lægen"),
        "nursing-home": _("plejehjemmets faste læge"),
        "changed": _("borgeren har skiftet læge"),
        "agreed-without-cpr": _("aftalt uden CPR-nummer"),
        "transferred": _("sendt videre"),
        "given": _("givet af borgeren"),
        "representative": _("givet på borgerens vegne"),
        "urgent": _("det haster"),
        "not-answered": _("ikke besvaret"),
        "rejected": _("afvist"),
        "yes": _("låst (ifølge medarbejderen)"),
        "no": _("ikke låst"),
        "here": _("ved skærmen"),
        "away": _("ikke ved skærmen"),
        "lost": _("forbindelsen tabt"),
        "clinic": _("fra klinikken"),
        "employee": _("fra medarbejderen"),
        "worse": _("borgeren er blevet dårligere"),
        "in-a-hurry": _("de skal være færdige"),
        "other": _("andet"),
    }


def _device_verdicts() -> dict[str, str]:
    return {
        "good": _("alt er i orden"),
        "silent": _("mikrofonen er tavs"),
        "weak": _("nettet er langsomt"),
        "blocked": _("netværket blokerer video"),
        "denied": _("kameraet er ikke tilladt"),
        "inuse": _("kameraet er optaget"),
        "none": _("intet kamera"),
        "embedded": _("intet kamera"),
    }


def status_words() -> Mapping[Status, str]:
    return {
        Status.DRAFT: _("Kladde"),
        Status.PLANNED: _("Aftalt til senere"),
        Status.WAITING: _("I kø"),
        Status.CALLING: _("Det ringer"),
        Status.IN_CALL: _("Samtale i gang"),
        Status.REVIEW: _("Notatet gennemgås"),
        Status.DECIDING: _("Medarbejderen vælger, hvad der skal ske"),
        Status.CLOSED: _("Afsluttet"),
    }


def ending_words() -> Mapping[Ending, str]:
    return {
        Ending.HELD_ON_VIDEO: _("gennemført på video"),
        Ending.HELD_BY_PHONE: _("gennemført på telefon"),
        Ending.BROKEN_OFF: _("afbrudt"),
        Ending.REJECTED: _("afvist"),
        Ending.NOT_ANSWERED: _("ikke besvaret"),
        Ending.NOT_STARTED: _("ikke startet"),
        Ending.WITHDRAWN: _("trukket tilbage"),
        Ending.CITIZEN_REFUSED: _("borgeren har sagt nej"),
        Ending.WRONG_CITIZEN: _("forkert borger"),
        Ending.ABANDONED: _("forladt"),
    }


def role_words(role: str) -> str:
    """A clinic's roles come as codes from its login; an employee's role is already a word."""
    known: dict[str, str] = {
        "laege": _("læge"),
        "uddannelseslaege": _("uddannelseslæge"),
        "sygeplejerske": _("sygeplejerske"),
        "sekretaer": _("sekretær"),
        "gp-system": _("fra klinikkens eget system"),
    }
    return known.get(role, role)


def _detail_names() -> dict[str, str]:
    return {"ydernummer": _("ydernummer"), "version": _("version"), "misses": _("gange"), "attempt": _("forsøg")}


def _by_code(*tables: Mapping[Any, str]) -> dict[str, str]:
    return {str(code): words for table in tables for code, words in table.items()}


def words_of(row: TimelineRow) -> str:
    return event_words().get(row.kind, row.kind)


def detail_words(row: TimelineRow) -> str:
    """The codes of a line, each in words where there are any, and why an attempt came to nothing as a sentence of its
    own; a case's id says nothing to a reader."""
    reasons = _by_code(reject_reasons()) | withdrawals()
    values = _detail_codes() | _by_code(launch_words(), kind_words(), debt_words(), outcome_words())
    if "reason" in row.detail or "cause" in row.detail:
        values |= reasons  # "urgent" as an answer to consent is not "urgent" as a reason to reject
    if "outcome" in row.detail:
        values["lost"] = _("afbrudt hos os, prøves igen")  # an attempt; elsewhere "lost" is an employee's connection
    if "verdict" in row.detail:
        values |= _device_verdicts()
    names = _detail_names()
    shown = [
        f"{names[name]} {value}" if name in names else values.get(value, value)
        for name, value in row.detail.items()
        if name not in ("case", "entry", "former", "fault") and value
    ]
    return ". ".join(part for part in (", ".join(shown), cause_words(row.detail.get("fault", ""))) if part)
