"""What a citizen is told who asks who has seen what about her (GDPR art. 15): plain Danish, as text and as PDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from babel.dates import format_date, format_datetime

from gateway.domain.people import ActorKind
from gateway.domain.practice import COPENHAGEN
from gateway.domain.records import AuditRow
from gateway.evidence.acts_in_words import in_words

DAY = "d. MMMM y"
_DID = {"read": "så oplysninger om dig", "write": "skrev eller ændrede oplysninger om dig"}
_REFUSED = "prøvede at få adgang til oplysninger om dig og blev afvist"
_WHO = {
    ActorKind.EMPLOYEE: "En medarbejder",
    ActorKind.CLINIC: "En medarbejder i en lægeklinik",
    ActorKind.CITIZEN: "Den, der sad ved den udleverede enhed,",
    ActorKind.GUEST: "En gæst i samtalen",
    ActorKind.PEER: "Et tilsluttet it-system",
    ActorKind.SYSTEM: "Lægebro selv",
    ActorKind.ADMIN: "En administrator",
}
_WHY = {
    "treatment": "som led i din behandling",
    "support": "for at hjælpe med en fejl",
    "access": "fordi du har bedt om indsigt",
    "incident": "for at undersøge en hændelse",
    "log-review": "som led i kontrol af loggen",
    "shift-change": "ved et vagtskifte",
    "colleague-away": "fordi en kollega var fraværende",
    "agreed": "efter aftale med en kollega",
    "coordination": "for at fordele opgaver på arbejdsstedet",
}


@dataclass(frozen=True, slots=True)
class AccessList:
    """``identifier`` as it may be shown; ``organisation``: whose log was searched, empty for all."""

    rows: Sequence[AuditRow]
    identifier: str
    organisation: str
    made_at: datetime

    @property
    def title(self) -> str:
        return "Hvem har set oplysninger om dig i Lægebro"

    def introduction(self) -> Iterator[str]:
        yield f"Listen gælder personen med nummeret {self.identifier}."
        whose = f"Den er dannet af loggen hos {self.organisation}" if self.organisation else "Den er dannet af loggen"
        yield f"{whose} {written(self.made_at)} og står i den rækkefølge, det skete."
        yield (
            "Lægebro forbinder en hjemmesygeplejerske og en lægeklinik i en videosamtale. Hver gang nogen ser eller "
            "ændrer oplysninger om en borger, skrives det i loggen. Loggen gemmer ikke selve oplysningerne."
        )
        count = len(self.rows)
        lines = {0: "ingen linjer", 1: "én linje"}.get(count, f"{count} linjer")
        yield f"Der står {lines} om dig i loggen."

    def days(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Each day and its sentences."""
        for day, rows in groupby(self.rows, lambda row: row.at.astimezone(COPENHAGEN).date()):
            yield format_date(day, DAY, locale="da"), [sentence(row) for row in rows]

    def rights(self) -> str:
        return (
            "Er der noget, du ikke forstår, eller mener du, at nogen har set oplysninger uden grund, så kontakt den "
            "organisation, der står i linjen. Du kan også klage til Datatilsynet."
        )


def written(at: datetime) -> str:
    return str(format_datetime(at.astimezone(COPENHAGEN), f"{DAY} 'kl.' HH.mm", locale="da"))


def why_in_words(basis: str) -> str:
    """``basis``: a code, which an administrator's case number may follow; "" for what has no words here."""
    return _WHY.get(basis.partition(" ")[0], "")


def sentence(row: AuditRow) -> str:
    """Clock, who, where, what and why. What was refused keeps its code in brackets, for whoever asks about it."""
    who = row.actor.name or _WHO[row.actor.kind]
    role = f" ({row.actor.role})" if row.actor.role and row.actor.kind in (ActorKind.EMPLOYEE, ActorKind.CLINIC) else ""
    where = f" hos {row.organisation}" if row.organisation else ""
    known = in_words(row.what) if row.verb in _DID else ""
    why = why_in_words(row.basis)
    did = (known or _DID.get(row.verb, _REFUSED)) + (", " if why.startswith("fordi") else " " if why else "") + why
    code = "" if known else f" [{row.what}]"
    return f"Kl. {row.at.astimezone(COPENHAGEN):%H.%M.%S}: {who}{role}{where} {did}{code}."


def as_text(told: AccessList) -> str:
    lines = [told.title, "=" * len(told.title), "", *told.introduction()]
    for day, sentences in told.days():
        lines += ["", day, *(f"  {each}" for each in sentences)]
    return "\n".join([*lines, "", told.rights(), ""])


FORMS: Mapping[str, str] = {"text": ".txt", "pdf": ".pdf", "fhir": ".json"}
