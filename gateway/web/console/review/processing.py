"""*Fortegnelse*: data kinds, purposes, receivers, sub-processors and retention as text (AD18)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, make_response
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.domain.oversight import ConsoleRole
from gateway.matters.processing import Processing, processing
from gateway.web.guards import current_gateway, my_tenant, open_to
from gateway.web.rendering import page
from gateway.web.words.console import direction_words
from gateway.web.words.processing import kinds_of_data

blueprint = Blueprint("console_processing", __name__)
ADDRESS = "/konsol/fortegnelse"
READERS = (ConsoleRole.LOG_REVIEW, ConsoleRole.SETUP)


@blueprint.get(ADDRESS)
@open_to("console", *READERS)
def show() -> ResponseReturnValue:
    told = _told()
    return page("console/review/processing.html", told=told, kinds=kinds_of_data(told), directions=direction_words())


@blueprint.get(f"{ADDRESS}.txt")
@open_to("console", *READERS)
def file() -> ResponseReturnValue:
    answer = make_response("\n".join(_lines(_told())) + "\n")
    answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="fortegnelse.txt"'
    return answer


def _told() -> Processing:
    gateway = current_gateway()
    return processing(gateway, gateway.tenant(my_tenant()))


def _lines(told: Processing) -> Sequence[str]:
    kinds = [f"* {each.what}: {each.purpose} {each.receivers} {each.kept}" for each in kinds_of_data(told)]
    directions = direction_words()
    receivers = [f"* {r.label} ({', '.join(r.hosts) or r.name}): {directions[r.kind]}" for r in told.receivers]
    others = [f"* {name}: {what}" for name, what in told.subprocessors] or [_("Ingen er noteret.")]
    return [
        f"{_('Fortegnelse')} – {told.organisation}",
        "",
        *kinds,
        "",
        _("Modtagere"),
        *receivers,
        "",
        _("Underdatabehandlere"),
        *others,
    ]
