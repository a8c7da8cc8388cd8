"""*Hvem har haft adgang?* for the half-yearly review, a page at a time, and *Hvad må …?* of each role (AD15)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Blueprint, current_app, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.domain.consultation.typed_moment import typed_day
from gateway.domain.errors import InvalidField, NotFound
from gateway.domain.oversight import ConsoleRole
from gateway.domain.practice import danish_day
from gateway.domain.uptake.access import USES, Asked, Mark, Some
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
READERS = (ConsoleRole.SETUP, ConsoleRole.LOG_REVIEW)


@blueprint.get(ADDRESS)
@open_to("console", *READERS)
def show() -> ResponseReturnValue:
    gateway, tenant = current_gateway(), my_tenant()
    asked, after, errors = _asked()
    if not errors:
        gateway.store.record_audit(audit_row("read", "people review"))
    return page(
        "console/matters/access.html",
        422 if errors else 200,
        found=access.some(gateway, tenant, asked, after) if not errors else Some([], None),
        workplaces=gateway.organisations.workplaces(tenant),
        asked=asked,
        first=after is None,
        errors=errors,
        uses=use_words(),
        now=gateway.clock.now(),
    )


@blueprint.get(f"{ADDRESS}.csv")
@open_to("console", *READERS)
def file() -> ResponseReturnValue:
    gateway, now = current_gateway(), current_gateway().clock.now()
    gateway.store.record_audit(audit_row("read", "people review"))
    found = access.holders(gateway, my_tenant(), _asked()[0])
    answer = make_response("\ufeff" + access.as_csv(found, now, file_words()))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="adgange-{now:%Y-%m-%d}.csv"'
    return answer


def _asked() -> tuple[Asked, Mark | None, dict[str, str]]:
    """Whom the page is about, where it begins, and what is wrong with the day. ``NotFound`` for what no page of ours
    asks."""
    use, said, place, after = (request.args.get(each, "").strip() for each in ("brug", "dag", "sted", "efter"))
    if use and use not in USES:
        raise NotFound("use")
    where = access.place_of(current_gateway(), my_tenant(), place).id if place else None
    try:
        day = typed_day(said, danish_day(current_gateway().clock.now()), "day") if said else None
    except InvalidField as fault:
        return Asked(use, None, where), None, messages([fault])
    return Asked(use, day, where), Mark.parse(after) if after else None, {}


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
