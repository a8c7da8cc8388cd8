"""An organisation that employs the nurse and answers for the data: municipality, region or provider (D13)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from gateway.domain.citizen.finding import DEFAULT_ORDER, Source
from gateway.domain.note.rules import STANDARD, NoteRules
from gateway.domain.practice import AgreementPolicy, PracticeState, stricter


@dataclass(frozen=True, slots=True)
class Organisation:
    """The tenant as the services need it. ``synthetic`` organisations hold only official test persons (D18)."""

    id: UUID
    name: str
    cvr: str
    synthetic: bool = False
    consent_wording: str = "1"
    note_rules: NoteRules = STANDARD
    practice_sources: tuple[Source, ...] = DEFAULT_ORDER  # who is asked for the own doctor, in this order
    agreement: AgreementPolicy = AgreementPolicy.FREE  # what it asks of its own people, beside the practice's policy

    stills: bool = False  # pictures may be offered for the note

    @property
    def review(self) -> timedelta:
        """How long a note waits for its employee before it goes by itself."""
        return self.note_rules.review

    def asks(self, state: PracticeState) -> PracticeState:
        """The practice as this organisation's people meet it: the stricter policy of the two holds."""
        return replace(state, agreement=stricter(state.agreement, self.agreement))
