"""*Stikprøve*: a month's looks drawn, judged row by row and signed, and the month as a PDF (AD18)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, ClassVar

from flask import Blueprint, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import StringConstraints

from gateway.domain.errors import ConcurrentChange, NotFound, TransitionRefused
from gateway.domain.log_review.review import Judgement, Review
from gateway.evidence.access_list import why_in_words
from gateway.evidence.acts_in_words import in_words, of_the_citizen
from gateway.evidence.review_list import ReviewList
from gateway.matters import reviewing
from gateway.matters.reviewing import Who
from gateway.web.acts import Fault, messages
from gateway.web.console.acts import LONGEST, Deed, audit_row, mount, shown_again, signed
from gateway.web.console.review.access_list import REVIEWERS
from gateway.web.forms import Form, Nothing, chosen
from gateway.web.guards import current_gateway, current_session, my_tenant, open_to
from gateway.web.rendering import page
from gateway.web.words.matters.log_reviews import entry_words, judgement_words, rule_words

blueprint = Blueprint("console_log_reviews", __name__)
ADDRESS = "/konsol/tilsyn/stikproeve"
ONE = f"{ADDRESS}/<month>"


class Verdict(Form):
    seq: int = 0
    judgement: Annotated[Judgement, chosen(Judgement)]
    note: Annotated[str, StringConstraints(max_length=LONGEST)] = ""
    needed: ClassVar = ("seq",)


@blueprint.get(ADDRESS)
@open_to("console", *REVIEWERS)
def listed() -> ResponseReturnValue:
    lines = reviewing.lines(current_gateway(), my_tenant())
    return page("console/review/log_reviews.html", lines=lines, states=entry_words())


@blueprint.get(ONE)
@open_to("console", *REVIEWERS)
def show(month: str) -> ResponseReturnValue:
    return _shown(month)


@blueprint.get(f"{ONE}.pdf")
@open_to("console", *REVIEWERS)
def file(month: str) -> ResponseReturnValue:
    from gateway.evidence.access_pdf import as_pdf  # loads ReportLab

    first = _month(month)
    review = reviewing.of_month(current_gateway(), my_tenant(), first)
    if review is None:
        raise NotFound("review")
    _note_look(first)
    rows = reviewing.rows(current_gateway(), my_tenant(), review)
    answer = make_response(as_pdf(ReviewList(review, rows, current_session().grant.organisation)))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="stikproeve-{first:%Y-%m}.pdf"'
    return answer


def _shown(
    month: str, fault: str = "", errors: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> ResponseReturnValue:
    first = _month(month)
    review = reviewing.of_month(current_gateway(), my_tenant(), first)
    if review is not None:
        _note_look(first)
    return page(
        "console/review/log_review.html",
        409 if fault else 422 if errors else 200,
        month=first,
        review=review,
        rows=_rows(review) if review else [],
        fault=fault,
        errors=errors or {},
        typed=typed or {},
        rules=rule_words(),
        judgements=judgement_words(),
    )


def _rows(review: Review) -> Sequence[tuple[Any, str, str]]:
    """Each with what was done and why, in words."""
    shown = reviewing.rows(current_gateway(), my_tenant(), review)
    return [(e, of_the_citizen(in_words(e.row.what)), of_the_citizen(why_in_words(e.row.basis))) for e in shown]


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise NotFound("month") from None


def _note_look(first: date) -> None:
    """Reading the sample is itself in the log."""
    current_gateway().store.record_audit(audit_row("read", f"review show {first:%Y-%m}"))


def _me() -> Who:
    return Who(current_session().person, current_session().grant.name)


def _draw(_form: Nothing, month: str) -> ResponseReturnValue:
    return _done(month, "", lambda: reviewing.draw_month(signed("review draw", ""), my_tenant(), _month(month), _me()))


def _judge(form: Verdict, month: str) -> ResponseReturnValue:
    hand = signed("review judge", "")
    said = reviewing.said(hand, _me(), form.seq, form.judgement, form.note)
    return _done(month, f"row-{form.seq}", lambda: reviewing.judge(hand, my_tenant(), _month(month), said))


def _sign(_form: Nothing, month: str) -> ResponseReturnValue:
    return _done(month, "", lambda: reviewing.sign(signed("review sign", ""), my_tenant(), _month(month), _me()))


def _done(month: str, place: str, step: Callable[[], object]) -> ResponseReturnValue:
    try:
        step()
    except TransitionRefused as refused:
        return _shown(month, _refusal(refused.because))
    except ConcurrentChange:
        return _shown(month, _("En anden skrev i stikprøven samtidig. Se den igennem, og prøv igen."))
    return redirect(url_for("console_log_reviews.show", month=month, _anchor=place or None), 303)


def _refusal(because: str) -> str:
    words = {
        "already-drawn": _("Måneden er udtrukket. Den kan ikke trækkes igen."),
        "already-signed": _("Måneden er underskrevet. Skriv en tilføjelse i stedet."),
        "rows-left": _("Hver linje skal vurderes, før måneden kan underskrives."),
    }
    return str(words.get(because) or _("Det kan ikke lade sig gøre nu."))


def _again(typed: dict[str, str], faults: Sequence[Fault], month: str) -> ResponseReturnValue:
    return _shown(month, errors=messages(faults), typed=shown_again(typed))


mount(
    blueprint,
    Deed("draw-review", Nothing, _draw, f"{ONE}/traek", REVIEWERS, "review draw"),
    Deed("judge-look", Verdict, _judge, f"{ONE}/vurder", REVIEWERS, "review judge", again=_again),
    Deed("sign-review", Nothing, _sign, f"{ONE}/underskriv", REVIEWERS, "review sign"),
)
