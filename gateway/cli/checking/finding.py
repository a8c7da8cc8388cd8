"""One thing that was looked at, and what to do where it is not well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.domain.errors import ConfigFault


@dataclass(frozen=True, slots=True)
class Finding:
    """``what``: the thing, as *database: role*. ``fault``: what is wrong and what to do; "" where it is well."""

    what: str
    fault: str = ""

    @property
    def line(self) -> str:
        return f"✗ {self.what}: {self.fault}" if self.fault else f"✓ {self.what}"


def found(what: str, step: Callable[[], object]) -> Iterator[Finding]:
    """The step's faults, or that there is none."""
    try:
        step()
    except ConfigFault as fault:
        yield from (Finding(what, line) for line in fault.faults)
    else:
        yield Finding(what)
