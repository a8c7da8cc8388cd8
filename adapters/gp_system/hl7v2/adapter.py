"""A practice's own system reached by HL7 v2.5.1 over MLLP: our entry is an appointment of its schedule.

Each message is judged before it is sent, and answered by an acknowledgement that names it (MSA-2). MSH-10 follows from
the delivery's key, so a repeated message is the same message to the peer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

from adapters.gp_system.hl7v2.claims import claims_of, stand_of
from adapters.gp_system.hl7v2.mapping import Saying, bare, segments
from adapters.gp_system.hl7v2.queries import PAGE, Found, acts_query, found_in, standing_query
from adapters.gp_system.hl7v2.settings import Settings
from adapters.gp_system.hl7v2.standing import Stand, first_saying, next_saying
from adapters.gp_system.hl7v2.words import control_id
from adapters.wire.effect import note_sent, one_effect
from adapters.wire.er7 import Er7Fault, Unsayable, encoded, moment_of, parsed
from adapters.wire.mllp import MllpClient
from adapters.wire.v2.answers import DUPLICATE_KEY, UNKNOWN_KEY, accepted, said_at, standing_of
from adapters.wire.v2.enquiry import SPEAKS, enquire
from adapters.wire.v2.judge import as_text, judged
from gateway.domain.capability import Capability
from gateway.domain.errors import PeerCannot, PeerRefused, PeerUnclear
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import EntryMessage, PeerChange
from gateway.domain.peers.trial import Probe, TrialStep

PAGES = 20
CREATE = "enqueue"


class Hl7GpSystem:
    """One connection."""

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
        able = {Capability.IDEMPOTENT_CREATE}
        able |= {Capability.PROBE} if settings.answers_queries else set()
        able |= {Capability.POLLABLE} if settings.claims == "asked" else set()
        self.capabilities = settings.shown | able
        self._clock = clock
        self._client = MllpClient(name, settings.endpoint())

    def close(self) -> None:
        self._client.close()

    def trial(self) -> Sequence[Probe]:
        return (Probe(TrialStep.LINE, self._enquire, SPEAKS),)

    def rendered(self, message: EntryMessage, at: datetime) -> str:
        saying, charset = first_saying(message), self.settings.charset
        with self._language():
            data = judged(segments(message, saying, self.settings, control_id(message.key, CREATE), at), charset)
        return as_text(data, charset)

    def _enquire(self) -> None:
        enquire(self._client, self.settings, self.name, self._clock())

    # --- saying -------------------------------------------------------------------------------------------------------

    @one_effect
    def enqueue(self, message: EntryMessage) -> Receipt:
        """SIU^S12, once. An entry that has ended meanwhile is not put into anybody's queue."""
        if message.entry.status.ended:
            return self.update(message)
        if self._stand_before(message) is not None:
            return self._there(message)
        return self._create(message)

    def _create(self, message: EntryMessage) -> Receipt:
        try:
            return self._say(message, first_saying(message), control_id(message.key, CREATE))
        except PeerRefused as fault:
            if fault.code != DUPLICATE_KEY:
                raise
        return self._there(message)

    @one_effect
    def update(self, message: EntryMessage) -> Receipt:
        """Say what is left to say; an appointment the peer does not know is made first."""
        if self.settings.answers_queries:
            return self._brought_to(message, self._stand_before(message) or self._made(message))
        try:
            return self._brought_to(message, None)
        except PeerRefused as fault:
            if fault.code != UNKNOWN_KEY:
                raise
        return self._brought_to(message, self._made(message))

    def _made(self, message: EntryMessage) -> Stand:
        """Where the entry has ended, the appointment holds no person: it keeps a late first message from coming to
        life, and is ended at once."""
        ended = message.entry.status.ended
        first = bare(message) if ended else message
        saying = first_saying(first)
        if ended:
            self._say(first, saying, control_id(message.key, CREATE, "bare"))
        else:
            self._create(first)
        return Stand(saying.status, saying.said, first.reason)

    def _brought_to(self, message: EntryMessage, stand: Stand | None) -> Receipt:
        saying = next_saying(stand, message, self.name)
        if saying is None:
            return self._there(message)
        control = control_id(message.key, saying.trigger, saying.said.encoded(), saying.status)
        return self._say(message, saying, control)

    def _say(self, message: EntryMessage, saying: Saying, control: str) -> Receipt:
        now = self._clock()
        with self._language():
            data = judged(segments(message, saying, self.settings, control, now), self.settings.charset)
        answer = self._exchange(data, control, is_read=False)
        return Receipt(f"MSA-2 {control}", moment_of(said_at(answer), now).astimezone(UTC))

    def _there(self, message: EntryMessage) -> Receipt:
        """An acknowledgement holds no reference of the practice's own, so a receipt names the message it is for."""
        return Receipt(f"MSA-2 {control_id(message.key, CREATE)}", self._clock(), replayed=True)

    # --- asking -------------------------------------------------------------------------------------------------------

    def probe(self, message: EntryMessage) -> Receipt | None:
        if not self.settings.answers_queries:
            raise PeerCannot(self.name, Capability.PROBE)
        return self._there(message) if self._standing(message.entry.id).groups else None

    def _stand_before(self, message: EntryMessage) -> Stand | None:
        if not self.settings.answers_queries:
            return None
        found = self._standing(message.entry.id)
        return stand_of(found.groups[0]) if found.groups else None

    def _standing(self, entry_id: UUID) -> Found:
        control = control_id(uuid4(), "STA")
        return self._ask(standing_query(entry_id, self.settings, control, self._clock()), control)

    def changes(self, cursor: str) -> tuple[Sequence[PeerChange], str]:
        """The practice's own acts in the order they were done."""
        if self.settings.claims != "asked":
            raise PeerCannot(self.name, Capability.POLLABLE)
        claims: list[PeerChange] = []
        for _ in range(PAGES):
            found = self._acts(cursor)
            claims += self._claims(found) if cursor else []
            full, cursor = bool(cursor) and len(found.groups) >= PAGE, found.pointer or cursor
            if not full:
                break
        return claims, cursor

    def _acts(self, pointer: str) -> Found:
        control = control_id(uuid4(), "SAL")
        with self._language():
            return self._ask(acts_query(pointer, self.settings, control, self._clock()), control)

    def read(self, entry_id: UUID) -> Sequence[PeerChange]:
        """What SCH-6 says the practice did last."""
        if not self.settings.answers_queries:
            raise PeerCannot(self.name, Capability.PROBE)
        return self._claims(self._standing(entry_id))

    def _claims(self, found: Found) -> list[PeerChange]:
        """An act about an appointment that cannot be ours is nobody's claim."""
        claims = []
        for group in found.groups:
            try:
                claims += claims_of(group, self.name, self._clock())
            except Er7Fault:
                continue
        return claims

    def keep_subscribed(self, endpoint: str, token: str) -> None:
        """HL7 v2 knows no subscription: where a practice brings its acts, its operator has set our address."""
        raise PeerCannot(self.name, Capability.NOTIFIES)

    def _ask(self, query: list[str], control: str) -> Found:
        """A question holds ids only, and its shape is judged in the tests. An answer that cannot be read in full is
        none: what stands in it are people's words."""
        answer = self._exchange(encoded(query, self.settings.charset), control, is_read=True)
        try:
            return found_in(parsed(answer, self.settings.charset))
        except Er7Fault:
            raise PeerUnclear(self.name, "invalid-answer", sent=False) from None

    # --- the line -----------------------------------------------------------------------------------------------------

    def _exchange(self, data: bytes, control: str, *, is_read: bool) -> bytes:
        """The message that acknowledges ours: known by its bytes, so that no character set of its own hides it."""
        answer = self._client.exchange(data, lambda frame: standing_of(frame, control), is_read=is_read)
        accepted(answer, self.name, is_read=is_read)
        if not is_read:
            note_sent()
        return answer

    @contextmanager
    def _language(self) -> Iterator[None]:
        try:
            yield
        except Unsayable as fault:
            raise PeerCannot(self.name, fault.what) from None
