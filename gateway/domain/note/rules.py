"""What an organisation decides about notes, within what the law leaves it (D11, D12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from gateway.domain.consultation.aggregate import Ending, Kind
from gateway.domain.people import RoleCategory

# The talk and the refusal always stand in the record; a wrong citizen, a draft and what was never started never do.
ALWAYS = frozenset((Ending.HELD_ON_VIDEO, Ending.HELD_BY_PHONE, Ending.BROKEN_OFF, Ending.CITIZEN_REFUSED))
CHOOSABLE = frozenset((Ending.NOT_ANSWERED, Ending.REJECTED, Ending.WITHDRAWN))
LONGEST_REVIEW = timedelta(minutes=240)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where in the record a group's notes go: ``kind`` None stands for every kind of conversation."""

    category: RoleCategory
    kind: Kind | None
    place: str


@dataclass(frozen=True, slots=True)
class NoteRules:
    """``review``: how long a note waits for its employee; ``longest``: how far she may put it off; ``chosen``: the
    outcomes without a talk that owe a note too."""

    review: timedelta = timedelta(minutes=15)
    longest: timedelta = LONGEST_REVIEW
    chosen: frozenset[Ending] = frozenset((Ending.NOT_ANSWERED,))
    placements: tuple[Placement, ...] = ()

    def owes(self, ending: Ending | None) -> bool:
        return ending in ALWAYS or ending in self.chosen & CHOOSABLE

    def place_of(self, category: RoleCategory | None, kind: Kind) -> str:
        """The organisation's name for the place; "" leaves it to the record. A rule for the kind comes before one
        for all kinds."""
        return _first(self.placements, category, kind) or _first(self.placements, category, None)


def _first(placements: Iterable[Placement], category: RoleCategory | None, kind: Kind | None) -> str:
    return next((p.place for p in placements if p.category is category and p.kind is kind), "")


STANDARD = NoteRules()
