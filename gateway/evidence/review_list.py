"""A month's sample of looks for whoever keeps the review: plain Danish, one paragraph a row, made into a PDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from babel.dates import format_date

from gateway.domain.log_review.drawing import MOST_CITIZENS, Rule
from gateway.domain.log_review.review import Entry, Judgement, Review
from gateway.evidence.access_list import sentence, written
from gateway.evidence.acts_in_words import of_the_citizen
from gateway.store.matters.looks import Shown

RULES: Mapping[Rule, str] = {
    Rule.RANDOM: "tilfældigt udtrukket",
    Rule.NO_RELATION: "ingen tilknytning til arbejdsstedet",
    Rule.PROTECTED: "navne- og adressebeskyttet borger",
    Rule.OUT_OF_HOURS: "uden for organisationens almindelige tid",
    Rule.MANY: f"mere end {MOST_CITIZENS} borgere på en dag",
    Rule.ALONE: "handling udført alene i en nødsituation",
}
JUDGEMENTS: Mapping[Judgement, str] = {
    Judgement.JUSTIFIED: "Begrundet",
    Judgement.NOT_JUSTIFIED: "Ikke begrundet",
    Judgement.EXAMINED: "Undersøges",
}
UNDECIDED = (
    "Om borgeren er en kollega eller har samme efternavn som den, der så, kan ikke afgøres: borgerens navn slettes med "
    "teksten, og loggen gemmer kun en nøglet hash. Vagtplaner har Lægebro ikke; organisationens almindelige tid er "
    "brugt i stedet."
)


@dataclass(frozen=True, slots=True)
class ReviewList:
    """``organisation``: whose log. ``rows``: those that are still kept."""

    review: Review
    rows: Sequence[Shown]
    organisation: str

    @property
    def title(self) -> str:
        return f"Stikprøve af loggen, {format_date(self.review.month, 'MMMM y', locale='da')}"

    def introduction(self) -> Iterator[str]:
        review, signature = self.review, self.review.signature
        yield f"{self.organisation}. Udtrukket {written(review.drawn.at)} af {review.drawn.name}."
        found = ", ".join(f"{RULES[rule]}: {count}" for rule, count in review.sample.found.items())
        yield f"Opslag i måneden, og hvad hver regel fandt: {found}. Af hver regel er højst ti udtrukket."
        yield UNDECIDED
        if signature is None:
            yield f"Ikke underskrevet. {len(review.left)} linjer mangler en vurdering."
        else:
            yield f"Underskrevet {written(signature.at)} af {signature.name}. Kontrolsum: {signature.digest}."

    def days(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Each row with its verdict and what was added."""
        for each in self.rows:
            about = of_the_citizen(sentence(each.row))
            why = ", ".join(RULES[rule] for rule in self.review.sample.rules[each.seq])
            verdict = self.review.judged.get(each.seq)
            lines = [about, f"Udtrukket fordi: {why}."]
            lines.append(_verdict(verdict, each) if verdict else "Ikke vurderet endnu.")
            lines += [f"Tilføjet {written(e.at)}: {_verdict(e, each)}" for e in self.review.added_to(each.seq)]
            day = format_date(each.row.at.date(), "d. MMMM", locale="da")
            yield f"Linje {each.seq} · {day}{f' · {each.code}' if each.code else ''}", lines

    def rights(self) -> str:
        gone = len(self.review.sample.rules) - len(self.rows)
        kept = f" {gone} linjer gemmes ikke længere." if gone else ""
        return f"Hver vurdering og underskriften står i loggen, hvor intet kan ændres.{kept}"


def _verdict(entry: Entry, each: Shown) -> str:
    own = " Opslaget er hendes eget." if entry.by == each.row.actor.id else ""
    words = JUDGEMENTS[entry.judgement] if entry.judgement else ""
    note = f" {entry.note}" if entry.note else ""
    return f"{words} ({entry.name}).{own}{note}"
