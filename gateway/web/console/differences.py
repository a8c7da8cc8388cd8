"""What we believe done and the peer does not show: a person looks there and says what came of it (AD10, G21)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from gateway.domain.errors import NotFound
from gateway.domain.peers.owed import Difference
from gateway.web.acts import Fault, messages
from gateway.web.console.acts import Deed, Reasoned, mount, signed
from gateway.web.console.handling import MENDERS, READERS
from gateway.web.guards import current_gateway, current_session, my_oversight, open_to
from gateway.web.rendering import page
from gateway.web.words.causes import cause_words
from gateway.web.words.console import difference_words

blueprint = Blueprint("console_differences", __name__)
ADDRESS = "/konsol/forskelle"


@blueprint.get(ADDRESS)
@open_to("console", *READERS)
def listed() -> ResponseReturnValue:
    return _shown()


def _shown(errors: dict[str, str] | None = None, id: UUID | None = None) -> ResponseReturnValue:
    return page(
        "console/differences.html",
        422 if errors else 200,
        rows=_mine(),
        may_settle=bool(set(MENDERS) & set(current_session().grant.console)),
        errors=errors or {},
        faulty=id,
        difference_words=difference_words,
        cause_words=cause_words,
    )


def _mine() -> Sequence[Difference]:
    """An organisation's own; the operator's are those over shared connections."""
    gateway, seen = current_gateway(), my_oversight()
    owners = {each.name: each.owner_tenant for each in gateway.connections.active()}

    def is_mine(one: Difference) -> bool:
        if seen.tenant is not None:
            return one.tenant == seen.tenant
        return owners.get(one.connection) is None

    return [each for each in gateway.comparisons.open() if is_mine(each)]


def _settle(form: Reasoned, id: UUID) -> None:
    if not any(each.delivery == id for each in _mine()):
        raise NotFound("difference")
    signed("deliveries settle-difference", form.why()).comparisons.settle(id)


def _then(_done: None, **_named: Any) -> ResponseReturnValue:
    return redirect(url_for("console_differences.listed"), 303)


def _again(_typed: dict[str, str], faults: Sequence[Fault], id: UUID) -> ResponseReturnValue:
    return _shown(messages(faults), id)


mount(
    blueprint,
    Deed(
        "settle-difference",
        Reasoned,
        _settle,
        f"{ADDRESS}/<uuid:id>/set",
        MENDERS,
        "deliveries settle-difference",
        _then,
        _again,
    ),
)
