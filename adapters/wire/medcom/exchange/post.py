"""One letter brought on: sent, sent again, waited for, given up (MedCom governance 043 §1), whoever it is written to.

What was said is kept before it is sent, so that every send of a message says the same under the same MessageHeader.id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from adapters.wire.medcom.exchange.acknowledgement import sent_anew
from adapters.wire.medcom.exchange.care import Between, care_message
from adapters.wire.medcom.exchange.line import SPEAKS, line_of
from adapters.wire.medcom.exchange.parties import AccessPointSettings
from adapters.wire.medcom.gate import faults
from adapters.wire.medcom.message import message as medcom_message
from gateway.domain.errors import ConfigFault, PeerBusy, PeerCannot, PeerError, PeerRefused
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.letter import Letter, Step, next_step
from gateway.domain.peers.trial import Probe, TrialStep
from gateway.ports.letters import LetterBook

NO_ANSWER = "no-acknowledgement"


class Post:
    """One connection's letters and its line to the access point."""

    def __init__(
        self, name: str, settings: AccessPointSettings, secrets: Callable[[str], str], clock: Callable[[], datetime]
    ) -> None:
        self._name = name
        self._clock = clock
        self._line = line_of(name, settings, secrets, clock)
        self._kept: LetterBook | None = None
        self._patience = timedelta(seconds=settings.resend_after)

    def close(self) -> None:
        self._line.close()

    def keep_letters_in(self, letters: LetterBook) -> None:
        self._kept = letters

    def trial(self) -> Sequence[Probe]:
        return (Probe(TrialStep.LOGIN, self._line.try_out, SPEAKS),)

    @property
    def _letters(self) -> LetterBook:
        if self._kept is None:
            raise ConfigFault(f"{self._name}: letters are kept nowhere")
        return self._kept

    def thread(self, subject: UUID) -> Sequence[Letter]:
        return self._letters.thread(self._name, subject)

    def keep(self, letter: Letter) -> None:
        self._letters.keep(self._name, letter)

    def step(self, letter: Letter) -> Step:
        return next_step(letter, self._clock(), self._patience)

    def bring_on(self, letter: Letter, before: Sequence[Letter], between: Between) -> Receipt:
        """``before``: what was exchanged in its thread until then."""
        match self.step(letter):
            case Step.WAIT:
                return Receipt(str(letter.id), awaited=True)
            case Step.SEND:
                return self._sent(letter, before, between)
            case _:
                return self._settled(letter)

    def settled(self, letter: Letter) -> Receipt | None:
        """What its acknowledgement came to, None where there is none yet. A refusal is raised, once."""
        return self._settled(letter) if letter.answer and self.step(letter) in (Step.DONE, Step.GIVE_UP) else None

    def _settled(self, letter: Letter) -> Receipt:
        if self.step(letter) is Step.GIVE_UP:
            raise self._given_up(letter)
        return Receipt(str(letter.id), letter.answered_at, replayed=True)

    def _given_up(self, letter: Letter) -> PeerRefused:
        """In the receiver's own code: what an operator reads, and nothing it wrote beside it. An acknowledgement that
        refuses says for certain that the letter was not taken; no acknowledgement says nothing."""
        self._letters.give_up(self._name, letter.id)
        said = f"{letter.answer}: {letter.answer_code}" if letter.answer else NO_ANSWER
        return PeerRefused(self._name, said.removesuffix(": "), nothing_done=letter.answer is not None)

    def _sent(self, letter: Letter, before: Sequence[Letter], between: Between) -> Receipt:
        now = self._clock()
        bundle = care_message(before, letter, between, uuid4(), now)
        if faults(bundle, medcom_message(bundle, now)):
            raise PeerCannot(self._name, "not-valid-fhir")  # governance 050: validated before it is sent
        try:
            self._line.post(bundle)
        except PeerError as fault:
            if fault.sent and not isinstance(fault, PeerBusy):
                self._letters.note_send(self._name, letter.id, now)
            raise
        self._letters.note_send(self._name, letter.id, now)
        return self._answered(letter)

    def _answered(self, letter: Letter) -> Receipt:
        """The acknowledgement may have been faster than the access point's own answer."""
        now = next((each for each in self.thread(letter.entry) if each.id == letter.id), letter)
        if now.answered_at is None or self.step(now) is not Step.DONE:
            return Receipt(str(letter.id), awaited=True)
        return Receipt(str(letter.id), now.answered_at)

    def rendered(self, letter: Letter, between: Between, at: datetime) -> str:
        """A letter that begins a thread, as it leaves us."""
        bundle = care_message((), letter, between, uuid5(letter.id, "envelope"), at)
        if faults(bundle, medcom_message(bundle, at)):
            raise PeerCannot(self._name, "not-valid-fhir")
        return json.dumps(bundle, ensure_ascii=False, indent=2)

    def acknowledge(self, stored: bytes) -> None:
        """Send an acknowledgement that is owed; an acknowledgement of it is never awaited."""
        kept: Any = json.loads(stored)
        self._line.post(sent_anew(kept, self._clock()))
