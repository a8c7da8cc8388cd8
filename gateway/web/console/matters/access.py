"""*Hvem har haft adgang?* for the half-yearly review, and *Hvad må …?* of each role of the console (AD15)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from flask import Blueprint, current_app, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.domain.consultation.typed_moment import typed_day
from gateway.domain.errors import InvalidField, NotFound
from gateway.domain.oversight import ConsoleRole
from gateway.domain.practice import danish_day
from gateway.domain.uptake.access import Holder
from gateway.matters import access
from gateway.web.acts import messages
from gateway.web.console.acts import audit_row
from gateway.web.console.home import ROOMS
from gateway.web.guards import audience_of, current_gateway, my_tenant, open_to, roles_of
from gateway.web.rendering import page
from gateway.web.words.acts import ACT_WORDS
from gateway.web.words.console import role_words

blueprint = Blueprint("console_access", __name__)
ADDRESS = "/konsol/adgange"
MOST = 500  # people on the page
READERS = (ConsoleRole.SETUP, ConsoleRole.LOG_REVIEW)


@blueprint.get(ADDRESS)
@open_to("console", *READERS)
def show() -> ResponseReturnValue:
    gateway, use = current_gateway(), _use()
    day, errors = _day()
    if not errors:
        gateway.store.record_audit(audit_row("read", "people review"))
    places = [] if errors else access.holders(gateway, my_tenant(), use, day)
    return page(
        "console/matters/access.html",
        422 if errors else 200,
        places=_first(places),
        people=sum(len(each) for _place, each in places),
        most=MOST,
        day=day,
        errors=errors,
        use=use,
        uses=use_words(),
        now=gateway.clock.now(),
    )


@blueprint.get(f"{ADDRESS}.csv")
@open_to("console", *READERS)
def file() -> ResponseReturnValue:
    gateway, now = current_gateway(), current_gateway().clock.now()
    gateway.store.record_audit(audit_row("read", "people review"))
    answer = make_response(
        "\ufeff" + access.as_csv(access.holders(gateway, my_tenant(), _use(), _day()[0]), now, file_words())
    )
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="adgange-{now:%Y-%m-%d}.csv"'
    return answer


def _first(places: Sequence[tuple[str, Sequence[Holder]]]) -> Iterator[tuple[str, Sequence[Holder]]]:
    """The first ``MOST`` people; the file has all."""
    left = MOST
    for place, people in places:
        if left > 0:
            yield place, people[:left]
        left -= len(people)


def _day() -> tuple[date | None, dict[str, str]]:
    """The day that is asked about, or what is wrong with it."""
    said = request.args.get("dag", "").strip()
    try:
        return (typed_day(said, danish_day(current_gateway().clock.now()), "day") if said else None), {}
    except InvalidField as fault:
        return None, messages([fault])


def _use() -> str:
    use = request.args.get("brug", "")
    if use and use not in access.USES:
        raise NotFound("use")
    return use


@blueprint.get(f"{ADDRESS}/roller")
@open_to("console", *ConsoleRole)
def roles() -> ResponseReturnValue:
    """Read from the routes themselves: what a view lets in is what stands here."""
    mine = [(role, words, list(_rooms_of(role)), sorted(_acts_of(role))) for role, words in role_words().items()]
    return page("console/matters/roles.html", roles=mine)


def _rooms_of(role: ConsoleRole) -> Iterator[str]:
    return (room.label() for room in ROOMS if role in roles_of(room.endpoint))


def _acts_of(role: ConsoleRole) -> set[str]:
    """The words of the acts whose views let the role in."""
    rules = current_app.url_map.iter_rules()
    endpoints: Sequence[str] = [each.endpoint for each in rules if "POST" in (each.methods or ())]
    verbs = {each.rpartition(".")[2] for each in endpoints if audience_of(each) == "console" and role in roles_of(each)}
    return {ACT_WORDS[verb]() for verb in verbs if verb in ACT_WORDS}


def use_words() -> dict[str, str]:
    return {"": _("Alle"), "lately": _("De sidste 90 dage"), "before": _("Ikke i 90 dage"), "never": _("Aldrig brugt")}


def file_words() -> dict[str, str]:
    return use_words() | {
        "workplace": _("Arbejdssted"),
        "granted by": _("Givet af"),
        "name": _("Navn"),
        "role": _("Rolle"),
        "first": _("Første gang"),
        "last": _("Sidste gang"),
        "use": _("Brug"),
        "barred": _("Spærret"),
        "login": _("Login"),
        "administrator": _("Administrator"),
    }
