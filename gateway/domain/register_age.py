"""How old a register is, and whether that is too old to rely on: what operations are told before a nurse is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class RegisterAge:
    """One register on one day. ``as_of``: the day of the file in force, None before the first import.
    ``limit``: days after which it is too old."""

    register: str  # yderregister | sor | sikrede
    as_of: date | None
    today: date
    limit: int

    @property
    def days(self) -> int | None:
        return None if self.as_of is None else (self.today - self.as_of).days

    @property
    def too_old(self) -> bool:
        """A register that was never imported is missing, not old: whoever needs it is told so when asking."""
        return self.days is not None and self.days > self.limit
