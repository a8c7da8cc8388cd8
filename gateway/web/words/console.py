"""The console's codes in words, and what the nurses read while a connection fares so."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from gateway.domain.oversight import ConsoleRole, Purpose
from gateway.domain.peers.overview import Condition, ConnectionLine
from gateway.domain.peers.owed import Standing
from gateway.domain.peers.synthetic import RunStep


def role_words() -> Mapping[ConsoleRole, str]:
    return {
        ConsoleRole.INTEGRATION: _("Integration"),
        ConsoleRole.SUPPORT: _("Support"),
        ConsoleRole.WORKPLACE: _("Arbejdssted"),
        ConsoleRole.SETUP: _("Opsætning"),
        ConsoleRole.LOG_REVIEW: _("Logkontrol"),
        ConsoleRole.OPERATOR: _("Driftsansvarlig"),
    }


def condition_words() -> Mapping[Condition, str]:
    return {
        Condition.CUT: _("Afbrudt"),
        Condition.FAILING: _("Fejler"),
        Condition.PAUSED: _("Pauset"),
        Condition.WELL: _("Aktiv"),
        Condition.UNTRIED: _("Aktiv, ikke brugt endnu"),
    }


def direction_words() -> Mapping[str, str]:
    """What a connection of each kind is for."""
    return {
        "eoj": _("Start og notat"),
        "gp_system": _("Kø"),
        "identity": _("Log på"),
        "register": _("Opslag"),
        "video": _("Videorum"),
    }


SAID_AT_THE_DOOR = ("eoj", "gp_system", "identity")  # whoever starts, asks or logs in there reads why it is paused


def nurse_words(line: ConnectionLine) -> str:
    """The text that this state produces on the nurses' pages, word for word as it stands there; "" where none."""
    if line.condition is Condition.PAUSED:
        return line.note if line.kind in SAID_AT_THE_DOOR else ""
    if line.condition not in (Condition.CUT, Condition.FAILING):
        return ""
    texts: Mapping[str, str] = {
        "gp_system": " ".join(
            (
                _("Ingen forbindelse til klinikkens system"),
                _("Du kan stille i kø; vi leverer, så snart det er muligt. Haster det, så ring."),
            )
        ),
        "eoj": _("Journalen svarer ikke lige nu. Vi prøver igen. Du behøver ikke gøre noget."),
        "identity": " ".join((_("Et andet system svarer ikke."), _("Prøv igen om lidt, eller ring til klinikken."))),
    }
    return texts.get(line.kind, "")


def state_words() -> Mapping[str, str]:
    """The states of a connection's revisions."""
    return {
        "draft": _("Kladde"),
        "tested": _("Afprøvet"),
        "active": _("Aktiv"),
        "paused": _("Pauset"),
        "retired": _("Udfaset"),
    }


def run_step_words() -> Mapping[RunStep, str]:
    """The parts of a synthetic run."""
    return {
        RunStep.LAUNCH: _("Opslag i journalen og start"),
        RunStep.QUEUE: _("Kø"),
        RunStep.RECEIVED: _("Modtaget hos klinikken"),
        RunStep.ACCEPT: _("Kald og svar"),
        RunStep.MEDIA: _("Video"),
        RunStep.NOTE: _("Notat"),
        RunStep.FILED: _("Notatet i journalen"),
    }


def standing_words() -> Mapping[Standing, str]:
    return {
        Standing.UNKNOWN: _("Måske modtaget"),
        Standing.STUCK: _("Står fast"),
        Standing.WAITING: _("Venter på forbindelsen"),
        Standing.DUE: _("På vej"),
    }


def purpose_words() -> Mapping[Purpose, str]:
    """Why somebody is looked for."""
    return {
        Purpose.SUPPORT: _("Supportsag"),
        Purpose.ACCESS: _("Indsigt"),
        Purpose.INCIDENT: _("Hændelse"),
        Purpose.LOG_REVIEW: _("Logkontrol"),
    }


def owed_words(kind: str, version: int) -> str:
    """What a delivery is: ``Notat 2``."""
    names = {"enqueue": _("Kald"), "entry-update": _("Nyt om kaldet"), "note": _("Notat")}
    return f"{names.get(kind, kind)} {version}"


def attempt_words() -> Mapping[str, str]:
    """How an attempt ended; "" while it runs."""
    return {
        "": _("i gang"),
        "done": _("lykkedes"),
        "not-done": _("sikkert ikke udført"),
        "to-ask": _("intet ændret; modparten spørges først"),
        "unknown": _("kan have virket"),
        "refused": _("afvist"),
        "lost": _("processen forsvandt"),
    }


def difference_words(what: str) -> str:
    """What a comparison found; "" for what the peer's own refusal says."""
    texts: Mapping[str, str] = {
        "not-in-the-record": _("Vi har fået kvittering, men notatet ses ikke i journalen."),
        "not-in-the-queue": _("Vi har fået kvittering, men kaldet ses ikke i klinikkens kø."),
        "shown-after-its-end": _("Klinikkens kø viser et kald, som er slut hos os."),
        "unknown-here": _("Klinikkens kø viser et kald, som vi ikke kender."),
    }
    return texts.get(what, "")
