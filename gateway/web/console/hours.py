"""A day and two times of day: the part that the console's forms about a span of time have in common."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import StringConstraints

from gateway.domain.consultation.typed_moment import typed_clock, typed_day
from gateway.domain.peers.maintenance import Hours
from gateway.domain.practice import danish_day
from gateway.web.forms import Form
from gateway.web.guards import current_gateway

Code = Annotated[str, StringConstraints(max_length=20)]


class HoursForm(Form):
    """As people write them, in Danish time; the page's fields are ``hours_fields`` of ``macros.html``."""

    day: Code = ""
    begins: Code = ""
    ends: Code = ""
    needed: ClassVar[tuple[str, ...]] = ("day", "begins", "ends")

    def hours(self) -> Hours:
        day = typed_day(self.day, danish_day(current_gateway().clock.now()), "day")
        return Hours(day, typed_clock(self.begins, "begins"), typed_clock(self.ends, "ends"))
