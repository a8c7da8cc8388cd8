"""A new connection: which kind of system, and what it is called; its settings follow in its draft (AD04)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from adapters.discovery import found_adapters
from gateway.connecting import drafting, guarding
from gateway.domain.errors import InvalidField
from gateway.web.acts import Fault, messages
from gateway.web.console.acts import Deed, mount, shown_again, signed
from gateway.web.console.connection import CHANGERS
from gateway.web.console.drafts import my_name
from gateway.web.forms import Form
from gateway.web.guards import my_oversight, open_to
from gateway.web.rendering import page
from gateway.web.words.console import direction_words

blueprint = Blueprint("console_beginning", __name__)
NEW = "/konsol/forbindelser/ny"
TAKEN = ("ny", "raekker", "tilstand")  # addresses of the console's own
Words = Annotated[str, StringConstraints(max_length=100)]


class Begun(Form):
    """``adapter``: kind and name, as ``eoj/smart_fhir``."""

    adapter: Words = ""
    name: Words = ""
    label: Words = ""
    synthetic: Words = ""


@blueprint.get(NEW)
@open_to("console", *CHANGERS)
def choose() -> ResponseReturnValue:
    return _shown()


def _shown(**more: Any) -> ResponseReturnValue:
    kinds = guarding.kinds_of(my_oversight().tenant)
    return page(
        "console/new_connection.html",
        422 if more.get("errors") else 200,
        kinds=[(kind, found_adapters(kind)) for kind in kinds],
        directions=direction_words(),
        **({"errors": {}, "typed": {}} | more),
    )


def _begin(form: Begun) -> ResponseReturnValue:
    kind, _slash, adapter = form.adapter.partition("/")
    known = {(k, a.name) for k in guarding.kinds_of(my_oversight().tenant) for a in found_adapters(k)}
    if (kind, adapter) not in known:
        raise InvalidField("adapter", "choose-one")
    if form.name in TAKEN:
        raise InvalidField("name", "taken")
    new = drafting.New(form.name, kind, adapter, form.label, form.synthetic == "yes")
    drafting.begin(signed("connections draft", ""), new, my_oversight().tenant, my_name())
    return redirect(url_for("console_drafts.show", connection=form.name), 303)


def _again(typed: dict[str, str], faults: Sequence[Fault]) -> ResponseReturnValue:
    return _shown(errors=messages(faults), typed=shown_again(typed))


mount(blueprint, Deed("begin-connection", Begun, _begin, NEW, CHANGERS, "connections draft", again=_again))
