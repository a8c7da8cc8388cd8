"""A connection that is tried: its steps, and for each cause what it is, what follows, what to do and whom to call
(requirements.md AD05)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from gateway.domain.peers.trial import Cause, Told, TrialStep
from gateway.web.words.causes import cause_words

Words = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Explained:
    what: str
    then: str
    do: str
    who: str


def step_words() -> Mapping[TrialStep, str]:
    return {
        TrialStep.SETTINGS: _("Opsætning og hemmeligheder"),
        TrialStep.ADDRESS: _("Adressen må kaldes"),
        TrialStep.NAME: _("Navn (DNS)"),
        TrialStep.PORT: _("Port (TCP)"),
        TrialStep.TLS: _("Certifikat (TLS)"),
        TrialStep.LOGIN: _("Login"),
        TrialStep.METADATA: _("Det, modparten siger om sig selv"),
        TrialStep.LINE: _("Kvittering"),
        TrialStep.FOLDER: _("Mappen til kvitteringer"),
        TrialStep.READ: _("Opslag på testborgeren"),
        TrialStep.FORM: _("Skemaet hos modparten"),
        TrialStep.CLOCK: _("Ur"),
        TrialStep.RENDER: _("Beskeden kan siges og er gyldig"),
        TrialStep.SEND: _("Sendt"),
        TrialStep.READ_BACK: _("Læst tilbage"),
        TrialStep.TAKE_AWAY: _("Taget væk igen"),
    }


def explained(told: Told) -> Explained:
    """A fact that was not found stands as a dash."""
    _what, do, who = _CAUSES[told.cause]
    facts = _Facts({**told.facts, "what": _ability(told.facts.get("what", "")), "way": _way(told.facts.get("way", ""))})
    if told.cause is Cause.OTHER:
        return Explained(cause_words(told.facts.get("code", "")), _THEN[told.cause](), do(), who())
    return Explained(
        what_words()[told.cause].format_map(facts), _THEN.get(told.cause, _blocked)(), do().format_map(facts), who()
    )


def what_words() -> Mapping[Cause, str]:
    """What each cause is, with the places of its facts."""
    return {cause: what() for cause, (what, _do, _who) in _CAUSES.items()}


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def _ability(what: str) -> str:
    return str({"search-by-id": _("søge på vores id"), "take-notes": _("tage imod notater")}.get(what, what))


def _way(way: str) -> str:
    return str(_("foran") if way == "ahead" else _("bagud"))


def _blocked() -> str:
    return str(_("Intet kommer igennem, før det er rettet. Det, der venter, går ikke tabt."))


def _own() -> str:
    return str(_("Dig selv"))


def _network() -> str:
    return str(_("Jeres netværksafdeling"))


def _vendor() -> str:
    return str(_("Modpartens leverandør"))


def _operator() -> str:
    return str(_("Lægebros driftsvagt"))


_THEN: Mapping[Cause, Words] = {
    Cause.CLOCK: lambda: _("Login og starter kan blive afvist, fordi de ser for gamle ud."),
    Cause.CAPABILITY: lambda: _("Notater sendes højst én gang og kan kræve kontrol."),
    Cause.NO_ACCESS: lambda: _("Notater til borgere, som brugeren ikke har adgang til, står fast."),
    Cause.RATE: lambda: _("Vi venter og kommer igen; intet går tabt."),
    Cause.SCOPE: lambda: _("Det, rettigheden gælder, bliver afvist; resten virker."),
    Cause.NO_FORM: lambda: _("Notater kan ikke skrives; starter og opslag virker."),
    Cause.INTERNAL_ADDRESS: lambda: _("Adressen bliver ikke kaldt."),
    Cause.OTHER: lambda: _("Det kan gælde denne ene besked eller dem alle."),
    Cause.FOLDER: lambda: _("Kvitteringer bliver ikke hørt, og der sendes derfor ikke."),
}  # fmt: skip

# What it is, what to do, whom to call.
_CAUSES: Mapping[Cause, tuple[Words, Words, Words]] = {
    Cause.NO_SUCH_NAME: (
        lambda: _("Navnet {host} findes ikke i DNS."), lambda: _("Ret adressen, eller ring til netværk."), _network),
    Cause.REFUSED: (
        lambda: _("Serveren afviser port {port}."),
        lambda: _("Bed om en åbning i firewallen fra vores adresse {ours}."), _network),
    Cause.SILENT: (
        lambda: _("Ingen svarer på port {port} ({seconds} s)."),
        lambda: _("Bed om en åbning i firewallen fra vores adresse {ours}."), _network),
    Cause.TLS_NAME: (
        lambda: _("Certifikatet gælder {names}, ikke {host}."),
        lambda: _("Ret adressen, eller bed om et certifikat med det navn."), _vendor),
    Cause.TLS_EXPIRED: (
        lambda: _("Certifikatet udløb {until}."), lambda: _("Bed om et nyt certifikat hos modparten."), _vendor),
    Cause.TLS_NOT_YET: (
        lambda: _("Certifikatet gælder først fra {since}."),
        lambda: _("Se efter begge ure, og bed om et certifikat, der gælder nu."), _vendor),
    Cause.TLS_ISSUER: (
        lambda: _("Udsteder {issuer} er ikke godkendt."),
        lambda: _("Tilføj udstederen på serveren, eller bed om et certifikat fra en godkendt."), _operator),
    Cause.CERTIFICATE_ASKED: (
        lambda: _("Modparten kræver klientcertifikat."),
        lambda: _("Sæt vores certifikat i forbindelsen, og send fingeraftrykket til leverandøren."), _own),
    Cause.CERTIFICATE_REFUSED: (
        lambda: _("Modparten kender ikke vores certifikat (fingeraftryk {fingerprint})."),
        lambda: _("Send fingeraftrykket til leverandøren."), _vendor),
    Cause.CLOCK: (
        lambda: _("Modpartens ur er {minutes} min. {way}."),
        lambda: _("Stil uret efter en tidsserver (NTP), hos den, der går forkert."), _vendor),
    Cause.LOGIN: (
        lambda: _("Klient-id eller hemmelighed er forkert."),
        lambda: _("Indsæt den nye hemmelighed, eller ret klient-id."), _own),
    Cause.NOT_REGISTERED: (
        lambda: _("Vi er ikke oprettet som anvender (whitelisting)."),
        lambda: _("Bestil oprettelsen hos modparten."), _vendor),
    Cause.TOKEN_SERVICE: (
        lambda: _("STS afviste: {code}."),
        lambda: _("Se efter, om certifikatet er udløbet, og om aftalen gælder."), _operator),
    Cause.SCOPE: (
        lambda: _("Mangler rettigheden {scope}."), lambda: _("Bestil rettigheden hos modparten."), _vendor),
    Cause.WRONG_SERVICE: (
        lambda: _("Adressen svarer, men er ikke {ours}: {theirs}."), lambda: _("Ret adressen."), _own),
    Cause.VERSION: (
        lambda: _("Modparten taler {theirs}, vi forventer {ours}."),
        lambda: _("Vælg den version, vi forventer: den har oftest sin egen adresse."), _vendor),
    Cause.CAPABILITY: (
        lambda: _("Modparten kan ikke {what}."),
        lambda: _("Accepter det, eller fravælg det hos modparten."), _vendor),
    Cause.NO_FORM: (
        lambda: _("Nexus-skema {name} findes ikke i {where}."), lambda: _("Vælg et skema, der findes."), _own),
    Cause.NO_ACCESS: (
        lambda: _("Borgeren findes, men vores bruger har ikke adgang."),
        lambda: _("Giv vores bruger rettigheden i Nexus."), _own),
    Cause.NO_ACKNOWLEDGEMENT: (
        lambda: _("Ingen kvittering i {seconds} s."),
        lambda: _("Spørg leverandøren, om systemet lytter og kvitterer."), _vendor),
    Cause.ACKNOWLEDGED_NO: (
        lambda: _("Modparten kvitterede med fejl: {code}."), lambda: _("Send koden til leverandøren."), _vendor),
    Cause.INTERNAL_ADDRESS: (
        lambda: _("Adressen peger på et internt net ({host})."),
        lambda: _("Brug en godkendt adresse, eller bed driften godkende nettet."), _operator),
    Cause.RATE: (
        lambda: _("Modparten bad os vente {seconds} s."),
        lambda: _("Vent, og aftal et loft med leverandøren."), _vendor),
    Cause.KEY_ID: (
        lambda: _("Modparten kender ikke vores nøgle {kid}."),
        lambda: _("Bed modparten hente vores nøgler (JWKS) igen, eller offentliggør nøglen."), _vendor),
    Cause.NOT_HERE: (
        lambda: _("Forbindelsens opsætning eller hemmelighed kan ikke bruges på denne maskine."),
        lambda: _("Se efter, at hver hemmelighed ligger, hvor opsætningen siger."), _operator),
    Cause.TLS: (
        lambda: _("Der kunne ikke aftales en sikker forbindelse med {host}."),
        lambda: _("Spørg, hvilken TLS-version og hvilke certifikater modparten kræver."), _vendor),
    Cause.NO_ANSWER: (
        lambda: _("Modparten tog imod forbindelsen, men svarede ikke ({seconds} s)."),
        lambda: _("Prøv igen om lidt; ring, hvis det bliver ved."), _vendor),
    Cause.THEIR_FAULT: (
        lambda: _("Modparten fejlede hos sig selv ({code})."),
        lambda: _("Prøv igen om lidt; ring, hvis det bliver ved."), _vendor),
    Cause.FOLDER: (
        lambda: _("Mappen til kvitteringer kan ikke skrives i."), lambda: _("Ret mappen, eller ret receipts."),
        _operator),
    Cause.OTHER: (lambda: _("Modpartens egen kode: {code}."), lambda: _("Send koden til leverandøren."), _vendor),
}  # fmt: skip
