"""*Ønsker og fejl*: what somebody misses or finds wrong, sent from any page to her support, and the answer (U15).

The page and the code of what was on it go with it; who is spoken of does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Any, ClassVar

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from gateway.domain.errors import InvalidField
from gateway.domain.session import SessionKind
from gateway.domain.wish import TEXT_LENGTH, Wish, WishKind, require_sound
from gateway.web.acts import Fault, messages, pressed
from gateway.web.forms import Form, Text, chosen
from gateway.web.guards import current_gateway, current_session, open_to
from gateway.web.help.topics import contacts
from gateway.web.rendering import page
from gateway.web.words.wishes import wish_kind_words, wish_status_words

blueprint = Blueprint("wishes", __name__)
_REFERENCE = re.compile(r"[A-Z0-9-]{1,16}")


class Reported(Form):
    """``page`` and ``reference`` come from the link that was followed."""

    kind: Annotated[str, chosen(WishKind)] = ""
    text: Text = ""
    page: Annotated[str, StringConstraints(max_length=64)] = ""
    reference: Annotated[str, StringConstraints(max_length=16)] = ""
    needed: ClassVar = ("kind", "text")


@blueprint.get("/oensker")
@open_to("anyone")
def show() -> ResponseReturnValue:
    asked = {"page": request.args.get("fra", ""), "reference": request.args.get("id", "")}
    return _shown(asked, sent=request.args.get("sendt") == "ja")


def _shown(typed: dict[str, str], faults: Sequence[Fault] = (), *, sent: bool = False) -> ResponseReturnValue:
    session = current_session()
    return page(
        "help/wishes.html",
        422 if faults else 200,
        errors=messages(faults),
        typed=typed,
        page_of=_known_page(typed.get("page", "")),
        reference=_known_reference(typed.get("reference", "")),
        mine=current_gateway().wishes.of_person(session.tenant, session.person),
        contacts=contacts(),
        longest=TEXT_LENGTH,
        sent=sent,
        kinds=wish_kind_words(),
        statuses=wish_status_words(),
    )


def _again(typed: dict[str, str], faults: Sequence[Fault], **_named: Any) -> ResponseReturnValue:
    return _shown(typed, faults)


@pressed(blueprint, "/oensker", "anyone", Reported, again=_again)
def report(form: Reported) -> ResponseReturnValue:
    """Kept for the support; the sender sees it below with its answer."""
    text = require_sound(form.text)
    if not text:
        raise InvalidField("text", "say-what")
    gateway, session = current_gateway(), current_session()
    gateway.wishes.keep(
        Wish(
            gateway.ids.new(),
            session.tenant,
            session.person,
            WishKind(form.kind),
            text,
            _known_page(form.page),
            _known_reference(form.reference),
            version("laegebro"),
            gateway.clock.now(),
        )
    )
    kind = "clinic" if session.kind is SessionKind.CLINIC else None
    return redirect(url_for("wishes.show", sendt="ja", kind=kind), 303)


def _known_page(endpoint: str) -> str:
    """One of our pages, or none."""
    return endpoint if endpoint in current_app.view_functions else ""


def _known_reference(text: str) -> str:
    """A code that is read aloud, or none."""
    return text if _REFERENCE.fullmatch(text) else ""
