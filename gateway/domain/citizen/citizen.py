"""The citizen a record is about, and her own practice with its evidence (D17)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from gateway.domain.identifiers import CitizenId, Ydernummer

UNNUMBERED = ("tourist", "newborn", "unknown-identity", "other")  # requirements.md N19


ADULT_CONSENT = 15  # sundhedsloven § 17: from this age a citizen consents for herself


class Certainty(StrEnum):
    """How sure we are whose patient this is (D17)."""

    CERTAIN = "certain"
    CHOSEN = "chosen"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class OwnPractice:
    """The citizen's own practice, with its evidence: where it was said and as of when."""

    ydernummer: Ydernummer
    source: str
    as_of: date
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Citizen:
    """Who the record is about. ``identifier`` is None for a record without a number; ``protected`` keeps the name
    from the practice's list."""

    identifier: CitizenId | None = field(repr=False)
    name: str = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)
    gender: str = ""
    protected: bool = False

    def age_on(self, day: date) -> int | None:
        """Whole years from the register's birth date, which wins over the number's digits (requirements.md P3)."""
        if self.birth_date is None:
            return None
        had_birthday = (day.month, day.day) >= (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - (0 if had_birthday else 1)
