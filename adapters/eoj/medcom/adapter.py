"""A municipality reached by MedCom messages only: its care system takes notes as CareCommunication and can be asked
nothing. Its acknowledgement comes as a message of its own.

A citizen's note is one thread: the first version a new message, a later one a reply that carries the former along. A
correction goes to the unit that has the note; where that one is set up no longer, the thread is forwarded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from adapters.eoj.medcom import mapping
from adapters.eoj.medcom.settings import Settings
from adapters.wire.effect import one_effect
from adapters.wire.medcom.exchange.care import Between
from adapters.wire.medcom.exchange.content import content_of
from adapters.wire.medcom.exchange.parties import Party
from adapters.wire.medcom.exchange.post import Post
from gateway.domain.capability import Capability
from gateway.domain.errors import PeerBusy, PeerCannot
from gateway.domain.identifiers import CitizenId
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.letter import RESENDS, Answer, Letter
from gateway.domain.peers.messages import FoundCitizen, NoteMessage
from gateway.domain.peers.trial import Probe
from gateway.ports.letters import LetterBook


class Adapter:
    """Implements ``ports.EojSystem``; ``keep_letters_in`` before the first call."""

    capabilities = frozenset(
        {
            Capability.IDEMPOTENT_CREATE,
            Capability.PROBE,
            Capability.REPLACE_NOTE,
            Capability.FILES_BY_NUMBER,
            Capability.ACKNOWLEDGES_LATER,
        }
    )

    def __init__(
        self,
        name: str,
        settings: Settings,
        secrets: Callable[[str], str],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name, self.settings, self._clock = name, settings, clock
        self._post = Post(name, settings, secrets, clock)
        self._patience = timedelta(seconds=settings.resend_after)

    def close(self) -> None:
        self._post.close()

    def trial(self) -> Sequence[Probe]:
        return self._post.trial()

    def rendered(self, message: NoteMessage, at: datetime) -> str:
        if message.citizen is None or message.citizen.identifier is None:
            raise PeerCannot(self.name, "citizen-without-number")
        id, _ = mapping.letter_of(message, (), self.name)
        letter = mapping.note_letter(message, id, self.settings.unit_for(message.placement), None, at)
        return self._post.rendered(letter, self._between(letter), at)

    def keep_letters_in(self, letters: LetterBook) -> None:
        self._post.keep_letters_in(letters)

    @one_effect
    def file_note(self, message: NoteMessage) -> Receipt:
        """``PeerCannot`` for a citizen without a number: a message is about exactly one who has one. A version that a
        later one has overtaken is not sent; its receipt is that one's."""
        if message.citizen is None or message.citizen.identifier is None:
            raise PeerCannot(self.name, "citizen-without-number")
        thread = mapping.standing(self._post.thread(message.case))
        newest = max(thread, key=mapping.version_of, default=None)
        if newest is not None and mapping.version_of(newest) > message.note.version:
            return self._overtaken(newest)
        letter = self._written(message, thread)
        before = [each for each in thread if each.id != letter.id]
        return self._filed(self._post.bring_on(letter, before, self._between(letter)))

    def _written(self, message: NoteMessage, thread: Sequence[Letter]) -> Letter:
        """The letter of this version, kept before it is sent. One that corrects waits until its former is settled."""
        id, letter = mapping.letter_of(message, self._post.thread(message.case), self.name)
        if letter is not None:
            return letter
        notes = [each for each in thread if each.ours]
        former = notes[-1] if notes else None
        if former is not None and self._is_under_way(former):
            raise PeerBusy(self.name, "former-not-found-yet")
        letter = mapping.note_letter(message, id, self._unit(message, former), former, self._clock())
        self._post.keep(letter)
        return letter

    def _overtaken(self, newest: Letter) -> Receipt:
        """The later version's message carries this one along, or says itself that it replaces it."""
        if newest.answer is not Answer.OK:
            return Receipt(str(newest.id), awaited=True)
        return self._filed(Receipt(str(newest.id), newest.answered_at, replayed=True))

    def _is_under_way(self, former: Letter) -> bool:
        """Sent, and neither answered for good nor given up: it may still arrive, after its correction."""
        if former.sent_at is None or former.given_up or former.answer in (Answer.OK, Answer.FATAL):
            return False
        return self._clock() - former.sent_at < self._patience * (RESENDS + 1)

    def _unit(self, message: NoteMessage, former: Letter | None) -> Party:
        """Who has the former version, where that unit still takes notes here."""
        known = {party.sor: party for _, party in self.settings.theirs}
        had = content_of(former).get("unit", {}).get("sor", "") if former is not None else ""
        return known.get(had) or self.settings.unit_for(message.placement)

    def _between(self, letter: Letter) -> Between:
        said = content_of(letter)
        unit = Party.model_validate(said["unit"])
        return Between(self.settings.sender, unit, "", self.name, said["topic"])

    def _filed(self, receipt: Receipt) -> Receipt:
        if receipt.awaited or not self.settings.accept_is_filed:
            return receipt
        return replace(receipt, filed_at=receipt.received_at)

    def probe(self, message: NoteMessage) -> Receipt | None:
        """Was this version acknowledged? Asks nobody: the answer is brought to us. A refusal is raised once."""
        _, letter = mapping.letter_of(message, self._post.thread(message.case), self.name)
        receipt = self._post.settled(letter) if letter is not None else None
        return self._filed(receipt) if receipt is not None else None

    def read_back(self, message: NoteMessage) -> Receipt | None:
        raise PeerCannot(self.name, Capability.READ_BACK)

    def find_citizen(self, identifier: CitizenId) -> FoundCitizen | None:
        raise PeerCannot(self.name, Capability.CITIZEN_SEARCH)

    def acknowledge(self, stored: bytes) -> None:
        """Send an acknowledgement that is owed."""
        self._post.acknowledge(stored)
