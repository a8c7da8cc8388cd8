"""``laegebro review``: a month's sample of looks drawn, judged, signed, and as a PDF; the console's *Stikprøve*."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from gateway.cli.audit import write_new
from gateway.cli.matters import Organisation, organisation_of
from gateway.cli.opening import Reason, acting, note_look, reading, signature
from gateway.cli.printing import say
from gateway.domain.errors import ConfigFault, InvalidField, NotFound, TransitionRefused
from gateway.domain.log_review.drawing import Rule
from gateway.domain.log_review.review import Judgement, Review
from gateway.evidence.acts_in_words import in_words, of_the_citizen
from gateway.evidence.review_list import ReviewList
from gateway.matters import reviewing
from gateway.matters.reviewing import Who
from gateway.store.people.organisations import Tenant
from gateway.wiring import Gateway

app = typer.Typer(no_args_is_help=True)
Verdict = Annotated[str, typer.Argument(help=f"as 17=justified; {', '.join(Judgement)}")]
Month = Annotated[str, typer.Argument(help="as 2026-10, one that is over")]
_BECAUSE = {
    "already-drawn": "the month is drawn already, and is drawn once",
    "already-signed": "the month is signed; what is to be said besides is an addendum (judge)",
    "rows-left": "a row is not judged yet",
}


@app.command("list")
def listed(organisation: Organisation) -> None:
    """The months that are over, how far each is, and by when it is to be signed."""
    gateway = reading()
    table = Table("month", "state", "due", box=None)
    for line in reviewing.lines(gateway, organisation_of(gateway, organisation).id):
        table.add_row(f"{line.month:%Y-%m}", line.state or "not drawn", f"{line.due}")
    say(table)


@app.command()
def show(context: typer.Context, month: Month, organisation: Organisation, reason: Reason = "") -> None:
    """The rows drawn: who, when, what, by which rule, and the verdict. That it was shown stands in the trail."""
    gateway = acting(context, reason)
    tenant, review = _drawn(gateway, organisation, month)
    note_look(context, gateway, reason, f"{review.month:%Y-%m}", tenant=tenant.id)
    table = Table("row", "at", "who", "what", "consultation", "rules", "verdict", box=None)
    for each in reviewing.rows(gateway, tenant.id, review):
        verdict = review.judged.get(each.seq)
        what = of_the_citizen(in_words(each.row.what)) or each.row.what
        who, rules = each.row.actor.name or each.row.actor.id, ", ".join(review.sample.rules[each.seq])
        said = str(verdict.judgement) if verdict else "–"
        table.add_row(str(each.seq), f"{each.row.at:%Y-%m-%d %H:%M} UTC", who, what, each.code, rules, said)
    say(table)
    say(f"signed by {review.signature.name}: {review.signature.digest}" if review.signature else "not signed")


@app.command()
def draw(context: typer.Context, month: Month, organisation: Organisation, reason: Reason = "") -> None:
    """Draw the month's rows, once."""
    gateway = acting(context, reason)
    tenant = organisation_of(gateway, organisation)
    try:
        review = reviewing.draw_month(gateway, tenant.id, _first(month), _who(context))
    except TransitionRefused as refused:
        raise _fault(refused) from None
    say(f"{month}: {len(review.sample.rules)} rows drawn of {review.sample.found[Rule.RANDOM]} looks")


@app.command()
def judge(
    context: typer.Context, month: Month, verdict: Verdict, organisation: Organisation,
    note: Annotated[str, typer.Option(help="what was found; nothing about the citizen")] = "", reason: Reason = "",
) -> None:  # fmt: skip
    """A verdict on one row; an addendum once the month is signed."""
    gateway = acting(context, reason)
    tenant = organisation_of(gateway, organisation)
    row, judgement = _verdict(verdict)
    said = reviewing.said(gateway, _who(context), row, judgement, note)
    try:
        entry = reviewing.judge(gateway, tenant.id, _first(month), said)
    except InvalidField as fault:
        raise ConfigFault(f"--{fault.field}: {fault.reason}") from None
    say(f"{row}: {entry.kind} {judgement}")


@app.command()
def sign(context: typer.Context, month: Month, organisation: Organisation, reason: Reason = "") -> None:
    """Sign the month: its digest stands in the trail, and nothing of it changes any more."""
    gateway = acting(context, reason)
    try:
        entry = reviewing.sign(gateway, organisation_of(gateway, organisation).id, _first(month), _who(context))
    except TransitionRefused as refused:
        raise _fault(refused) from None
    say(f"{month}: signed, {entry.digest}", highlight=False)


@app.command()
def pdf(
    context: typer.Context, month: Month, organisation: Organisation,
    to: Annotated[Path, typer.Option(help="file to write; what is there is not written over")], reason: Reason = "",
) -> None:  # fmt: skip
    """The month as a PDF, in Danish."""
    from gateway.evidence.access_pdf import as_pdf  # loads ReportLab

    gateway = acting(context, reason)
    tenant, review = _drawn(gateway, organisation, month)
    note_look(context, gateway, reason, f"{review.month:%Y-%m}", tenant=tenant.id)
    told = ReviewList(review, reviewing.rows(gateway, tenant.id, review), tenant.name)
    write_new(to, as_pdf(told))
    say(f"{to}: written.", highlight=False)


def _drawn(gateway: Gateway, cvr: str, month: str) -> tuple[Tenant, Review]:
    tenant = organisation_of(gateway, cvr)
    review = reviewing.of_month(gateway, tenant.id, _first(month))
    if review is None:
        raise NotFound("review")
    return tenant, review


def _first(month: str) -> date:
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        raise ConfigFault("MONTH: write it as 2026-10") from None


def _verdict(text: str) -> tuple[int, Judgement]:
    row, _sign, judgement = text.partition("=")
    if not row.isdecimal() or judgement not in tuple(Judgement):
        raise ConfigFault(f"VERDICT: write ROW=JUDGEMENT with one of {', '.join(Judgement)}")
    return int(row), Judgement(judgement)


def _who(context: typer.Context) -> Who:
    by = signature(context).by
    return Who(by, by)


def _fault(refused: TransitionRefused) -> ConfigFault:
    return ConfigFault(_BECAUSE.get(refused.because, refused.because))
