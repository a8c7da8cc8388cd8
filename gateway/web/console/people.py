"""An employee's access, closed and opened again (requirements.md AD15)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import StringConstraints

from gateway import barring
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import contains_citizen_number
from gateway.domain.oversight import ConsoleRole
from gateway.web.acts import Fault, messages
from gateway.web.console.acts import Deed, Reasoned, mount, shown_again, signed
from gateway.web.guards import current_session, open_to
from gateway.web.rendering import page

blueprint = Blueprint("console_people", __name__)
ADDRESS = "/konsol/medarbejdere"
KEEPERS = (ConsoleRole.INTEGRATION, ConsoleRole.SETUP)


class Employee(Reasoned):
    """``subject``: the id that her logins carry."""

    subject: Annotated[str, StringConstraints(max_length=200)] = ""
    needed: ClassVar[tuple[str, ...]] = ("subject", "reason")

    def hers(self) -> str:
        if not self.subject:
            raise InvalidField("subject", "required")
        if contains_citizen_number(self.subject):
            raise InvalidField("subject", "no-number-here")
        return self.subject


@blueprint.get(ADDRESS)
@open_to("console", *KEEPERS)
def asked() -> ResponseReturnValue:
    return _shown()


def _shown(**more: Any) -> ResponseReturnValue:
    return page("console/people.html", 422 if more.get("errors") else 200, **({"errors": {}, "typed": {}} | more))


def _tenant() -> UUID:
    tenant = current_session().tenant
    assert tenant is not None  # both roles are an organisation's
    return tenant


def _bar(form: Employee) -> ResponseReturnValue:
    subject = form.hers()
    ended, handed = barring.bar(signed("people bar", form.why()), _tenant(), subject)
    done = _("Adgangen er lukket. Sessioner afsluttet: %(ended)s.", ended=ended)
    return _shown(told=f"{done} {_('Konsultationer givet til arbejdsstedet: %(handed)s.', handed=handed)}")


def _unbar(form: Employee) -> ResponseReturnValue:
    subject = form.hers()
    hand = signed("people unbar", form.why())
    was = hand.barrings.lift(hand.barrings.person(_tenant(), "", subject), _tenant())
    return _shown(told=_("Adgangen er åben igen.") if was else _("Adgangen var ikke lukket."))


def _again(typed: dict[str, str], faults: Sequence[Fault]) -> ResponseReturnValue:
    return _shown(errors=messages(faults), typed=shown_again(typed))


mount(
    blueprint,
    Deed("bar-employee", Employee, _bar, f"{ADDRESS}/spaer", KEEPERS, "people bar", again=_again),
    Deed("unbar-employee", Employee, _unbar, f"{ADDRESS}/aabn", KEEPERS, "people unbar", again=_again),
)
