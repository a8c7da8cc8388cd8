"""The report of a certification: the same facts as text and as one HTML page that needs nothing beside itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from gateway.certify.run import Found, spoken
from gateway.domain.peers.contract_run import Verdict
from gateway.domain.practice import COPENHAGEN

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; max-width: 62rem; margin: 2rem auto;
  padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 0 .25rem } .sum { font-size: 1.1rem; margin: 0 0 1.5rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0 0 1.5rem }
dt { color: #555 } dd { margin: 0 }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .5rem .6rem;
  border-bottom: 1px solid #ddd } th { border-bottom: 2px solid #999 } td:last-child, th:last-child { text-align: right;
  white-space: nowrap; font-variant-numeric: tabular-nums }
.name { font-weight: 600 } .danish, .seen { color: #555; font-size: .9rem } .seen { max-width: 24rem }
.verdict { white-space: nowrap; font-weight: 600 }
.kept { color: #0b6b3a } .broken { color: #a51414 } .not-applicable { color: #555 } .not-tried { color: #8a4b00 }
details { margin-top: .4rem } pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem;
  margin: .2rem 0 .6rem; padding: .4rem; background: #f4f4f4 }
@media print { body { margin: 0 } tr { break-inside: avoid } }
"""
MARKS = {Verdict.KEPT: "✓", Verdict.BROKEN: "✗", Verdict.NOT_APPLICABLE: "–", Verdict.NOT_TRIED: "?"}
DANISH = {
    Verdict.KEPT: "holdt",
    Verdict.BROKEN: "brudt",
    Verdict.NOT_APPLICABLE: "ikke relevant",
    Verdict.NOT_TRIED: "ikke prøvet",
}


@dataclass(frozen=True, slots=True)
class Report:
    """``facts``: what was tried, with what and where, as label and value."""

    adapter: str
    at: datetime
    facts: Sequence[tuple[str, str]]
    found: Sequence[Found]
    asked: int = 0  # how many promises there are; 0 = as many as were found
    system: tuple[str, str] = ("practice system", "praksissystem")  # what such a system is called

    @property
    def holds(self) -> bool:
        """Each promise that was tried is kept, or none of this system's business."""
        return bool(self.found) and all(found.holds for found in self.found)

    @property
    def whole(self) -> bool:
        """Every promise there is was tried."""
        return len(self.found) >= self.asked

    @property
    def summary(self) -> str:
        counts = Counter(found.verdict for found in self.found)
        words = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
        holds = "Every promise holds" if self.whole else f"Only {len(self.found)} of {self.asked} promises tried"
        return (holds if self.holds else "Not every promise holds") + f": {words}."

    @property
    def resume(self) -> str:
        """The summary in Danish."""
        counts = Counter(found.verdict for found in self.found)
        words = ", ".join(f"{counts[verdict]} {DANISH[verdict]}" for verdict in Verdict if counts[verdict])
        holds = "Alle løfter holder" if self.whole else f"Kun {len(self.found)} af {self.asked} løfter er prøvet"
        return (holds if self.holds else "Ikke alle løfter holder") + f": {words}."

    @property
    def titles(self) -> tuple[str, str]:
        english, danish = self.system
        return (
            f"Certification of the {english} adapter «{self.adapter}»",
            f"Certificering af adapteren «{self.adapter}» ({danish})",
        )

    @property
    def when(self) -> str:
        return f"{self.at.astimezone(COPENHAGEN):%Y-%m-%d %H:%M} (Copenhagen)"


def as_text(report: Report) -> str:
    lines = [*report.titles, report.summary, report.resume, "", report.when]
    lines += [f"{label}: {value}" for label, value in report.facts] + [""]
    for found in report.found:
        mark = MARKS[found.verdict]
        lines.append(f"{mark} {found.verdict:<14} {found.seconds:6.1f} s  {spoken(found.promise.name)}")
        lines.append(f"{'':27}{found.promise.words}: {DANISH[found.verdict]}")
        if found.seen:
            lines.append(f"{'':27}{found.seen}")
        lines += [f"{'':27}{line}" for line in _exchanges_as_lines(found)]
    return "\n".join(lines) + "\n"


def as_html(report: Report) -> str:
    title, danish = map(escape, report.titles)
    facts = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in report.facts)
    rows = "".join(_row(found) for found in report.found)
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Promise", "Result", "What was seen", "Time"))
    colour = "kept" if report.holds else "broken"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>{STYLE}</style></head><body><main>
<h1>{title}</h1><p class="danish" lang="da">{danish}</p>
<p class="sum {colour}">{escape(report.summary)}<br><span class="danish" lang="da">{escape(report.resume)}</span></p>
<dl><dt>Tried</dt><dd>{report.when}</dd>{facts}</dl>
<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>
</main></body></html>
"""


def _row(found: Found) -> str:
    colour = found.verdict.replace(" ", "-")
    promise = f'<div class="name">{escape(spoken(found.promise.name))}</div>'
    danish = f'<div class="danish" lang="da">{escape(found.promise.words)}</div>'
    in_danish = f'<div class="danish" lang="da">{DANISH[found.verdict]}</div>'
    verdict = f'<td class="verdict {colour}">{MARKS[found.verdict]} {found.verdict}{in_danish}</td>'
    seen = f'<td class="seen">{escape(found.seen)}{_exchanges_as_html(found)}</td>'
    return f"<tr><td>{promise}{danish}</td>{verdict}{seen}<td>{found.seconds:.1f} s</td></tr>"


ASKED, ANSWERED = "request / anmodning", "answer / svar"
NOT_HEARD = "in other processes: nothing was overheard / i andre processer: intet blev aflyttet"


def _exchanges_as_lines(found: Found) -> Iterator[str]:
    for number, each in enumerate(found.exchanges, 1):
        yield f"{number}. {ASKED}:"
        yield from (f"   {line}" for line in each.request.splitlines())
        yield f"   {ANSWERED}:"
        yield from (f"   {line}" for line in each.answer.splitlines())
    yield from _left_out(found)


def _left_out(found: Found) -> Iterator[str]:
    if found.more:
        yield f"{found.more} more / flere"
    elif not found.exchanges and found.verdict in (Verdict.KEPT, Verdict.BROKEN):
        yield NOT_HEARD


def _exchanges_as_html(found: Found) -> str:
    left_out = "".join(f"<p>{escape(line)}</p>" for line in _left_out(found))
    if not found.exchanges:
        return left_out
    whole = "".join(
        f"<div>{number}. {ASKED}</div><pre>{escape(each.request)}</pre><div>{ANSWERED}</div>"
        f"<pre>{escape(each.answer)}</pre>"
        for number, each in enumerate(found.exchanges, 1)
    )
    heading = 'Requests and answers <span lang="da">/ Anmodninger og svar</span>'
    return f"<details><summary>{heading} ({len(found.exchanges)})</summary>{whole}{left_out}</details>"
