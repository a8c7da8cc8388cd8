"""The page on which an employee starts without coming from a record: by a number, without one, or with several."""

from __future__ import annotations

from collections.abc import Mapping

from flask.typing import ResponseReturnValue

from gateway.domain.peers.messages import FoundCitizen
from gateway.domain.practice import danish_day
from gateway.web.arrival import typed_number
from gateway.web.guards import current_gateway
from gateway.web.rendering import age, page


def begin_page(errors: Mapping[str, str], values: Mapping[str, str], status: int = 200) -> ResponseReturnValue:
    """``errors``: field → what stands beside it."""
    return page("arrival/begin.html", status, errors=errors, values=values, asks_name=typed_number.asks_name())


def confirm_page(found: FoundCitizen, token: str) -> ResponseReturnValue:
    """ "Er det den rigtige borger?": with the practice that her record names, as the register knows it."""
    gateway = current_gateway()
    number = found.practice.ydernummer if found.practice else None
    practice = gateway.providers.find(number, danish_day(gateway.clock.now())) if number else None
    return page("arrival/confirm.html", found=found, age=age(found.citizen), token=token, practice=practice)
