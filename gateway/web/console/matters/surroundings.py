"""*Miljø*: which version runs here, what it is doing, when a restore was last tried, and what is new (AD22, AD23)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from flask import Blueprint, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from gateway.connecting import upgrading
from gateway.domain.oversight import HISTORY_READERS, ConsoleRole
from gateway.matters.setup_file import as_toml
from gateway.matters.surroundings import surroundings
from gateway.web.acts import Fault, messages
from gateway.web.build import build
from gateway.web.console.acts import Deed, audit_row, mount, shown_again, signed
from gateway.web.console.connection import CHANGERS
from gateway.web.console.hours import HoursForm
from gateway.web.forms import Nothing
from gateway.web.guards import current_gateway, current_session, my_oversight, open_to
from gateway.web.rendering import page
from gateway.web.words.matters.news import news_words

blueprint = Blueprint("console_surroundings", __name__)
ADDRESS = "/konsol/miljoe"
UPGRADE = f"{ADDRESS}/opgradering"
OPERATOR = (ConsoleRole.OPERATOR,)  # whose installation it is
Words = Annotated[str, StringConstraints(max_length=500)]


class Announced(HoursForm):
    message: Words = ""
    needed: ClassVar[tuple[str, ...]] = (*HoursForm.needed, "message")


@blueprint.get(ADDRESS)
@open_to("console", *HISTORY_READERS)
def show() -> ResponseReturnValue:
    return _shown()


def _shown(errors: dict[str, str] | None = None, typed: dict[str, str] | None = None) -> ResponseReturnValue:
    gateway, mine = current_gateway(), set(current_session().grant.console)
    return page(
        "console/matters/surroundings.html",
        422 if errors else 200,
        here=surroundings(gateway),
        pages=build(),
        news=list(news_words().values()),
        may_export=bool(set(CHANGERS) & mine),
        may_announce=bool(set(OPERATOR) & mine),
        upgrade=upgrading.announced(gateway),
        errors=errors or {},
        typed=typed or {},
    )


def _announce(form: Announced) -> None:
    hand = signed("upgrade announce", form.message)
    upgrading.announce(hand, form.hours(), form.message, current_session().grant.name)


def _take_back(_form: Nothing) -> None:
    upgrading.take_back(signed("upgrade take-back", ""))


def _then(_done: None) -> ResponseReturnValue:
    return redirect(url_for("console_surroundings.show"), 303)


def _again(typed: dict[str, str], faults: Sequence[Fault]) -> ResponseReturnValue:
    return _shown(messages(faults), shown_again(typed))


@blueprint.get("/konsol/miljoe/opsaetning.toml")
@open_to("console", *CHANGERS)
def export() -> ResponseReturnValue:
    gateway = current_gateway()
    gateway.store.record_audit(audit_row("read", "connections export"))
    answer = make_response(as_toml(gateway, my_oversight().tenant))
    answer.headers["Content-Type"] = "application/toml"
    answer.headers["Content-Disposition"] = 'attachment; filename="opsaetning.toml"'
    return answer


mount(
    blueprint,
    Deed("announce-upgrade", Announced, _announce, f"{UPGRADE}/meld-ud", OPERATOR, "upgrade announce", _then, _again),
    Deed("take-back-upgrade", Nothing, _take_back, f"{UPGRADE}/traek-tilbage", OPERATOR, "upgrade take-back", _then),
)
