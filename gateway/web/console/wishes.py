"""*Ønsker og fejl* of the organisation's people: read, answered, planned or declined (AD21)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar
from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from gateway.domain.oversight import ConsoleRole
from gateway.domain.wish import TEXT_LENGTH, WishStatus, answered
from gateway.web.acts import Fault, messages
from gateway.web.console.acts import Deed, mount, shown_again, signed
from gateway.web.forms import Form, Text, chosen
from gateway.web.guards import current_gateway, my_oversight, open_to
from gateway.web.rendering import page
from gateway.web.words.wishes import wish_kind_words, wish_status_words

blueprint = Blueprint("console_wishes", __name__)
R = ConsoleRole
SUPPORTERS = (R.SUPPORT, R.SETUP, R.OPERATOR)


class Decided(Form):
    status: Annotated[str, chosen(WishStatus)] = ""
    answer: Text = ""
    needed: ClassVar = ("status",)


@blueprint.get("/konsol/oensker")
@open_to("console", *SUPPORTERS)
def listed() -> ResponseReturnValue:
    return _shown()


def _shown(
    id: UUID | None = None, typed: dict[str, str] | None = None, faults: Sequence[Fault] = ()
) -> ResponseReturnValue:
    """``id``: the one whose form was faulty."""
    found = current_gateway().wishes.of_support(my_oversight().tenant)
    return page(
        "console/wishes.html",
        422 if faults else 200,
        wishes=found,
        by_page=Counter(one.page for one in found if one.page).most_common(10),
        faulty=id,
        typed=typed or {},
        errors=messages(faults),
        longest=TEXT_LENGTH,
        kinds=wish_kind_words(),
        statuses=wish_status_words(),
        choices=[status for status in WishStatus if status is not WishStatus.NEW],
    )


def _decide(form: Decided, id: UUID) -> ResponseReturnValue:
    gateway = signed("wishes answer", form.status)
    found = gateway.wishes.find(my_oversight().tenant, id)
    gateway.wishes.answer(answered(found, WishStatus(form.status), form.answer, gateway.clock.now()))
    return redirect(url_for("console_wishes.listed"), 303)


def _again(typed: dict[str, str], faults: Sequence[Fault], id: UUID, **_named: Any) -> ResponseReturnValue:
    return _shown(id, {"answer": "", **shown_again(typed)}, faults)


mount(
    blueprint,
    Deed("decide", Decided, _decide, "/konsol/oensker/<uuid:id>", SUPPORTERS, "wishes answer", again=_again),
)
