"""What is processed, for what and how long, in the words of the record of processing (GDPR art. 30)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from gateway.matters.processing import Processing


@dataclass(frozen=True, slots=True)
class DataKind:
    """One line: the data, why, who gets them, and until when."""

    what: str
    purpose: str
    receivers: str
    kept: str


def kinds_of_data(told: Processing) -> Sequence[DataKind]:
    texts = _("%(n)s dage efter afslutning, når notatet er lagt i journalen.", n=told.text_days)
    return (*_of_citizens(texts), *_of_others(told))


def _of_citizens(texts: str) -> Sequence[DataKind]:
    return (
        DataKind(
            _("Borgerens navn, CPR-nummer og egen læge"),
            _("Finde den rette klinik og vise, hvem samtalen handler om."),
            _("Klinikken, der spørges, og journalen, der startes fra."),
            texts,
        ),
        DataKind(
            _("Hvad samtalen drejer sig om, beskeder imens og aftalt tid"),
            _("Klinikken kan tage stilling og forberede sig."),
            _("Klinikken, der spørges."),
            texts,
        ),
        DataKind(
            _("Notatet"),
            _("Dokumentere konsultationen i borgerens journal."),
            _("Journalen; klinikken ser det, den selv har skrevet til."),
            texts,
        ),
        DataKind(
            _("Billeder til notatet, hvor organisationen tillader det og borgeren har sagt ja"),
            _("Vise i journalen, hvad lægen så."),
            _("Journalen; klinikken ser dem under samtalen."),
            _("Til de er lagt i journalen; de øvrige slettes senest, når notatet sendes."),
        ),
        DataKind(_("Lyd og billede"), _("Samtalen."), _("De, der er i samtalen."), _("Gemmes aldrig.")),
    )


def _of_others(told: Processing) -> Sequence[DataKind]:
    attempts = _("%(n)s dage.", n=told.attempt_days) if told.attempt_days else _("Gemmes uden frist; ingen tekst.")
    return (
        DataKind(
            _("Medarbejderens navn, rolle, arbejdssted og telefonnummer"),
            _("Klinikken ved, hvem der ringer, og kan ringe tilbage."),
            _("Klinikken, der spørges, og journalen i notatet."),
            _("Navn og rolle, så længe loggen nævner dem."),
        ),
        DataKind(
            _("Loggen: hvem der så eller gjorde hvad hvornår; borgeren kun som nøglet kode"),
            _("Tilsyn og borgerens egen indsigt."),
            _("Logkontrollen; borgeren, der beder om det."),
            _("%(n)s måneder.", n=told.audit_months),
        ),
        DataKind(
            _("Forsøg på at sende: tider og koder"),
            _("Drift og fejlsøgning."),
            _("Administratorer; ingen tekst og intet navn."),
            attempts,
        ),
    )
