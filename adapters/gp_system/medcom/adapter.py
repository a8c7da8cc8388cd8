"""A practice reached by MedCom messages only: an agreed consultation is announced there, with a link to the browser
waiting room. It keeps no queue for us, and its acknowledgement comes as a message of its own.

What was said is kept before it is sent, so that every send of a message says the same under the same MessageHeader.id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

from adapters.gp_system.medcom import words
from adapters.gp_system.medcom.mapping import next_saying
from adapters.gp_system.medcom.settings import Settings
from adapters.wire.effect import one_effect
from adapters.wire.medcom.exchange.care import Between
from adapters.wire.medcom.exchange.post import Post
from gateway.domain.capability import SHOWN, Capability
from gateway.domain.errors import PeerCannot
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.letter import Letter, LetterKind, said_last
from gateway.domain.peers.messages import EntryMessage, PeerChange
from gateway.domain.peers.trial import Probe
from gateway.ports.letters import LetterBook


class MedcomGpSystem:
    """One connection to one access point; ``keep_letters_in`` before the first call."""

    capabilities = (SHOWN - {Capability.SHOWS_ROUND}) | {
        Capability.IDEMPOTENT_CREATE,
        Capability.PROBE,
        Capability.ANNOUNCES,
    }

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
        self._post = Post(name, settings, secrets, clock)

    def close(self) -> None:
        self._post.close()

    def trial(self) -> Sequence[Probe]:
        return self._post.trial()

    def rendered(self, message: EntryMessage, at: datetime) -> str:
        saying = next_saying((), message, self.name)
        if saying is None:
            raise PeerCannot(self.name, "nothing-to-say")
        return self._post.rendered(saying.written(message, self.name, 0, at), self._between(message), at)

    def keep_letters_in(self, letters: LetterBook) -> None:
        self._post.keep_letters_in(letters)

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
        thread = self._post.thread(message.entry.id)
        last = said_last(thread)
        saying = next_saying(thread, message, self.name) if creating or last else None
        if saying is not None:
            between, number = self._between(message), sum(each.ours for each in thread)
            letter = saying.written(message, self.name, number, self._clock())
            self._post.keep(letter)
            return self._post.bring_on(letter, thread, between)
        if not thread and message.entry.status.ended:
            self._withhold(message)
        # What was said last is brought on by the attempt that said it: an announcement by enqueue, the rest by update.
        if last is None or last.kind is LetterKind.WITHHELD or (last.kind is LetterKind.ANNOUNCED) != creating:
            return self._nothing(message)
        return self._post.bring_on(last, [each for each in thread if each.id != last.id], self._between(message))

    def _withhold(self, message: EntryMessage) -> None:
        """Over before anything was said: a late first message must not bring it to life."""
        id = uuid5(message.key, f"{self.name}:withheld")
        self._post.keep(Letter(id, message.entry.id, LetterKind.WITHHELD, message.entry.requested_at, id, ""))

    def _nothing(self, message: EntryMessage) -> Receipt:
        return Receipt(str(message.entry.id), self._clock(), replayed=True)

    def _between(self, message: EntryMessage) -> Between:
        sender = self.settings.senders.get(message.organisation_cvr)
        ydernummer = str(message.entry.ydernummer)
        practice = self.settings.practices.get(ydernummer)
        if sender is None or practice is None:
            raise PeerCannot(self.name, "unknown-sender" if sender is None else "unknown-practice")
        return Between(sender, practice, ydernummer, self.name, words.TOPIC)

    # --- asking -------------------------------------------------------------------------------------------------------

    def probe(self, message: EntryMessage) -> Receipt | None:
        """Was the newest letter acknowledged? Asks nobody: the answer is brought to us. A refusal is raised once."""
        letter = said_last(self._post.thread(message.entry.id))
        return self._post.settled(letter) if letter is not None else None

    def changes(self, cursor: str) -> tuple[Sequence[PeerChange], str]:
        """Nobody accepts, rejects or puts back by message: that is done in the waiting room."""
        raise PeerCannot(self.name, Capability.POLLABLE)

    def read(self, entry_id: UUID) -> Sequence[PeerChange]:
        raise PeerCannot(self.name, Capability.POLLABLE)

    def keep_subscribed(self, endpoint: str, token: str) -> None:
        """Where acknowledgements are brought is set up at the access point."""
        raise PeerCannot(self.name, Capability.NOTIFIES)

    def acknowledge(self, stored: bytes) -> None:
        """Send an acknowledgement that is owed."""
        self._post.acknowledge(stored)
