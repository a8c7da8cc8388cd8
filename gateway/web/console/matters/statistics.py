"""*Statistik* of a month that is over: counted by week, workplace and practice, without persons (AD19)."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.domain.errors import NotFound
from gateway.domain.oversight import ConsoleRole
from gateway.domain.uptake.statistics import COLUMNS, OPEN, OTHERS, STARTED, TOTAL, Line
from gateway.matters import statistics
from gateway.web.guards import current_gateway, my_tenant, open_to
from gateway.web.rendering import page
from gateway.web.words.timeline import ending_words

blueprint = Blueprint("console_statistics", __name__)
ADDRESS = "/konsol/statistik"
READERS = (ConsoleRole.INTEGRATION, ConsoleRole.SUPPORT, ConsoleRole.SETUP)


@blueprint.get(ADDRESS)
@open_to("console", *READERS)
def show() -> ResponseReturnValue:
    from gateway.matters.plots import lying, upright  # loads ReportLab

    first = _asked()
    told = statistics.month(current_gateway(), my_tenant(), first)
    words = column_words()
    weeks, total = told.by["week"][:-1], told.by["week"][-1]
    ended = [(words[code], n) for code, n in zip(COLUMNS, total.counts, strict=True) if code != STARTED and n != 0]
    return page(
        "console/matters/statistics.html",
        told=told,
        months=statistics.months(current_gateway()),
        words=words,
        shown=_shown_columns(total),
        columns=COLUMNS,
        ways=way_words(),
        by_week=upright([words.get(line.label, line.label) for line in weeks], [line.counts[0] for line in weeks]),
        by_ending=lying([label for label, _n in ended], [n for _label, n in ended]),
    )


@blueprint.get(f"{ADDRESS}.csv")
@open_to("console", *READERS)
def file() -> ResponseReturnValue:
    first = _asked()
    told = statistics.month(current_gateway(), my_tenant(), first)
    answer = make_response("\ufeff" + statistics.as_csv(told, column_words() | way_words()))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="statistik-{first:%Y-%m}.csv"'
    return answer


def _asked() -> date:
    """The month in the address, else the newest; ``NotFound`` for one that is not over or long ago."""
    told = {f"{first:%Y-%m}": first for first in statistics.months(current_gateway())}
    asked = request.args.get("maaned") or next(iter(told))
    if asked not in told:
        raise NotFound("month")
    return told[asked]


def _shown_columns(total: Line) -> list[int]:
    """Endings that nothing came to are left out."""
    return [number for number, n in enumerate(total.counts) if n != 0 or number == 0]


def column_words() -> dict[str, str]:
    endings = {str(code): words for code, words in ending_words().items()}
    return {
        STARTED: _("Startet"),
        **endings,
        OPEN: _("ikke afsluttet"),
        OTHERS: _("Øvrige, hver under 5"),
        TOTAL: _("I alt"),
        "label": _("Navn"),
        "by": _("Fordelt på"),
        "troubles": _("Besvær med kamera, lyd eller net"),
    }


def way_words() -> dict[str, str]:
    return {"week": _("Uge"), "workplace": _("Arbejdssted"), "practice": _("Klinik")}
