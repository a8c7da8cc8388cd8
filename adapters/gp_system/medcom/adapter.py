"""A practice reached by MedCom messages only: an agreed consultation is announced there, with a link to the browser
waiting room. It keeps no queue for us, and its acknowledgement comes as a message of its own.

What was said is kept before it is sent, so that every send of a message says the same under the same MessageHeader.id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from adapters.gp_system.medcom.acknowledgement import sent_anew
from adapters.gp_system.medcom.line import line_of
from adapters.gp_system.medcom.mapping import Between, care_message
from adapters.gp_system.medcom.saying import next_saying
from adapters.gp_system.medcom.settings import Settings
from adapters.wire.effect import one_effect
from adapters.wire.medcom.gate import faults
from adapters.wire.medcom.message import message as medcom_message
from gateway.domain.capability import Capability
from gateway.domain.errors import ConfigFault, PeerBusy, PeerCannot, PeerError, PeerRefused
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.letter import Letter, LetterKind, Step, next_step, said_last
from gateway.domain.peers.messages import EntryMessage, PeerChange
from gateway.ports.letters import LetterBook

NO_ANSWER = "no-acknowledgement"


class MedcomGpSystem:
    """One connection to one access point; ``keep_letters_in`` before the first call."""

    capabilities = frozenset((Capability.IDEMPOTENT_CREATE, Capability.PROBE, Capability.ANNOUNCES))

    def __init__(
        self,
        name: str,
        settings: Settings,
        secrets: Callable[[str], str],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.settings = settings
        self._clock = clock
        self._line = line_of(name, settings, secrets, clock)
        self._kept: LetterBook | None = None
        self._patience = timedelta(seconds=settings.resend_after)

    def close(self) -> None:
        self._line.close()

    def keep_letters_in(self, letters: LetterBook) -> None:
        self._kept = letters

    @property
    def _letters(self) -> LetterBook:
        if self._kept is None:
            raise ConfigFault(f"{self.name}: letters are kept nowhere")
        return self._kept

    # --- saying -------------------------------------------------------------------------------------------------------

    @one_effect
    def enqueue(self, message: EntryMessage) -> Receipt:
        """Announce the agreed consultation. ``PeerCannot`` for what is not agreed, and for a citizen who cannot be
        named: the browser waiting room or the telephone is the way."""
        return self._brought(message, creating=True)

    @one_effect
    def update(self, message: EntryMessage) -> Receipt:
        """Correct or cancel, where there is something to correct or to cancel."""
        return self._brought(message, creating=False)

    def _brought(self, message: EntryMessage, *, creating: bool) -> Receipt:
        thread = self._letters.thread(self.name, message.entry.id)
        last = said_last(thread)
        saying = next_saying(thread, message, self.name) if creating or last else None
        if saying is not None:
            between, number = self._between(message), sum(each.ours for each in thread)
            letter = saying.written(message, self.name, number, self._clock())
            self._letters.keep(self.name, letter)
            return self._taken_further(letter, thread, between)
        if not thread and message.entry.status.ended:
            self._withhold(message)
        # What was said last is brought on by the attempt that said it: an announcement by enqueue, the rest by update.
        if last is None or last.kind is LetterKind.WITHHELD or (last.kind is LetterKind.ANNOUNCED) != creating:
            return self._nothing(message)
        return self._taken_further(last, [each for each in thread if each.id != last.id], self._between(message))

    def _withhold(self, message: EntryMessage) -> None:
        """Over before anything was said: a late first message must not bring it to life."""
        id = uuid5(message.key, f"{self.name}:withheld")
        self._letters.keep(
            self.name, Letter(id, message.entry.id, LetterKind.WITHHELD, message.entry.requested_at, id, "")
        )

    def _nothing(self, message: EntryMessage) -> Receipt:
        return Receipt(str(message.entry.id), self._clock(), replayed=True)

    def _taken_further(self, letter: Letter, before: Sequence[Letter], between: Between) -> Receipt:
        match next_step(letter, self._clock(), self._patience):
            case Step.DONE:
                return Receipt(str(letter.id), letter.answered_at, replayed=True)
            case Step.WAIT:
                return Receipt(str(letter.id), awaited=True)
            case Step.GIVE_UP:
                raise self._given_up(letter)
            case Step.SEND:
                return self._sent(letter, before, between)

    def _given_up(self, letter: Letter) -> PeerRefused:
        """In the practice's own code: what an operator reads, and nothing it wrote beside it. An acknowledgement that
        refuses says for certain that the letter was not taken; no acknowledgement says nothing."""
        self._letters.give_up(self.name, letter.id)
        said = f"{letter.answer}: {letter.answer_code}" if letter.answer else NO_ANSWER
        return PeerRefused(self.name, said.removesuffix(": "), nothing_done=letter.answer is not None)

    def _sent(self, letter: Letter, before: Sequence[Letter], between: Between) -> Receipt:
        now = self._clock()
        bundle = care_message(before, letter, between, uuid4(), now)
        if faults(bundle, medcom_message(bundle, now)):
            raise PeerCannot(self.name, "not-valid-fhir")  # governance 050: validated before it is sent
        try:
            self._line.post(bundle)
        except PeerError as fault:
            if fault.sent and not isinstance(fault, PeerBusy):
                self._letters.note_send(self.name, letter.id, now)
            raise
        self._letters.note_send(self.name, letter.id, now)
        return self._answered(letter.entry, letter.id)

    def _answered(self, entry: UUID, id: UUID) -> Receipt:
        """The acknowledgement may have been faster than the access point's own answer."""
        letter = next((each for each in self._letters.thread(self.name, entry) if each.id == id), None)
        if (
            letter is None
            or letter.answered_at is None
            or next_step(letter, self._clock(), self._patience) != Step.DONE
        ):
            return Receipt(str(id), awaited=True)
        return Receipt(str(id), letter.answered_at)

    def _between(self, message: EntryMessage) -> Between:
        sender = self.settings.senders.get(message.organisation_cvr)
        ydernummer = str(message.entry.ydernummer)
        practice = self.settings.practices.get(ydernummer)
        if sender is None or practice is None:
            raise PeerCannot(self.name, "unknown-sender" if sender is None else "unknown-practice")
        return Between(sender, practice, ydernummer, self.name)

    # --- asking -------------------------------------------------------------------------------------------------------

    def probe(self, message: EntryMessage) -> Receipt | None:
        """Was the newest letter acknowledged? Asks nobody: the answer is brought to us. A refusal is raised once."""
        letter = said_last(self._letters.thread(self.name, message.entry.id))
        if letter is None or letter.answer is None:
            return None
        match next_step(letter, self._clock(), self._patience):
            case Step.DONE:
                return Receipt(str(letter.id), letter.answered_at, replayed=True)
            case Step.GIVE_UP:
                raise self._given_up(letter)
            case _:
                return None

    def changes(self, cursor: str) -> tuple[Sequence[PeerChange], str]:
        """Nobody accepts, rejects or puts back by message: that is done in the waiting room."""
        raise PeerCannot(self.name, Capability.POLLABLE)

    def read(self, entry_id: UUID) -> Sequence[PeerChange]:
        raise PeerCannot(self.name, Capability.POLLABLE)

    def keep_subscribed(self, endpoint: str, token: str) -> None:
        """Where acknowledgements are brought is set up at the access point."""
        raise PeerCannot(self.name, Capability.NOTIFIES)

    def acknowledge(self, stored: bytes) -> None:
        """Send an acknowledgement that is owed; an acknowledgement of it is never awaited."""
        kept: Any = json.loads(stored)
        self._line.post(sent_anew(kept, self._clock()))
