"""A care system reached by HL7 v2.5.1 over MLLP: it takes documents and answers each by an acknowledgement.

It cannot be asked what it holds. The note's key is the document's unique number (TXA-12), so that what is sent again is
known there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from adapters.eoj.hl7v2 import mapping
from adapters.eoj.hl7v2.announcement import employing, launch_in, moment_in, require_known_event
from adapters.eoj.hl7v2.settings import Settings
from adapters.wire.effect import note_sent, one_effect
from adapters.wire.er7 import Er7Message, Unsayable, moment_of, parsed
from adapters.wire.mllp import MllpClient
from adapters.wire.v2.answers import DUPLICATE_KEY, UNKNOWN_KEY, accepted, is_final, said_at, standing_of
from adapters.wire.v2.enquiry import SPEAKS, enquire
from adapters.wire.v2.judge import as_text, judged
from adapters.wire.v2.settings import is_one_of
from gateway.domain.capability import Capability
from gateway.domain.errors import LaunchRefused, PeerCannot, PeerRefused
from gateway.domain.identifiers import CitizenId
from gateway.domain.launch import Launch, UsedToken
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import Envelope, FoundCitizen, NoteMessage
from gateway.domain.peers.trial import Probe, TrialStep


class Adapter:
    """Implements ``ports.EojSystem``, and ``ports.SignedLaunch`` where the care system announces launches."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        secrets: Callable[[str], str],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name, self.settings, self._clock = name, settings, clock
        able = {Capability.REPLACE_NOTE}
        able |= {Capability.IDEMPOTENT_CREATE} if settings.unique_numbers else set()
        self.capabilities = frozenset(able)
        self._client = MllpClient(name, settings.endpoint())

    def close(self) -> None:
        self._client.close()

    def trial(self) -> Sequence[Probe]:
        return (Probe(TrialStep.LINE, self._enquire, SPEAKS),)

    def rendered(self, message: NoteMessage, at: datetime) -> str:
        return as_text(self._written(message, mapping.ORIGINAL, at), self.settings.charset)

    def _enquire(self) -> None:
        enquire(self._client, self.settings, self.name, self._clock())

    @one_effect
    def file_note(self, message: NoteMessage) -> Receipt:
        """``PeerCannot`` for a citizen without a number: PID-3 must say who she is in both systems."""
        if message.supersedes is None:
            return self._said(message, mapping.ORIGINAL)
        try:
            return self._said(message, mapping.REPLACEMENT)
        except PeerRefused as fault:
            if fault.code != UNKNOWN_KEY:
                raise
        return self._said(message, mapping.ORIGINAL)  # what it replaces never arrived there

    def verify(self, envelope: Envelope, now: datetime) -> tuple[Launch, UsedToken]:
        """An announcement (``ports.SignedLaunch``): the caller's certificate is its signature, MSH-10 its one-time
        name. Raises ``LaunchRefused`` (not genuine; the reason is for our log) and ``Er7Fault`` (what is wrong in one
        that is)."""
        message = parsed(envelope.body, self.settings.charset)
        at = self._genuine(message, envelope.certificate, now)
        launch = launch_in(message, self.settings, self.name, now)
        until = at + 2 * timedelta(seconds=self.settings.announcement_life)
        return launch, UsedToken(f"hl7v2:{self.name}", message.control_id, until)

    def _genuine(self, message: Er7Message, certificate: str, now: datetime) -> datetime:
        """When it was written. Who sent it, to whom, when, and for which organisation."""
        said, known = message.msh, self.settings
        if not known.launches or not is_one_of(known.caller_certificate, certificate):
            raise LaunchRefused("certificate")
        if (said.text(3), said.text(4)) != (known.peer_application, known.peer_facility):
            raise LaunchRefused("sender")
        if (said.text(5), said.text(6)) != (known.our_application, known.our_facility):
            raise LaunchRefused("receiver")
        if said.text(11) != known.processing:
            raise LaunchRefused("processing")
        at = moment_in(said.text(7))
        if at is None or abs(now - at) > timedelta(seconds=known.announcement_life):
            raise LaunchRefused("time")
        require_known_event(message)
        employing(message, known)
        return at

    def _said(self, message: NoteMessage, trigger: str) -> Receipt:
        now, control = self._clock(), mapping.control_id(message.key, trigger)
        data = self._written(message, trigger, now)
        answer = self._client.exchange(data, lambda frame: standing_of(frame, control))
        try:
            accepted(answer, self.name, is_read=False)
        except PeerRefused as fault:
            if fault.code != DUPLICATE_KEY:
                raise
            return self._receipt(message, now, replayed=True)
        note_sent()
        at = moment_of(said_at(answer), now).astimezone(UTC)
        return self._receipt(message, at, filed=is_final(answer) and self.settings.accept_is_filed)

    def _written(self, message: NoteMessage, trigger: str, at: datetime) -> bytes:
        if message.citizen is None or message.citizen.identifier is None:
            raise PeerCannot(self.name, "citizen-without-number")
        try:
            return judged(mapping.segments(message, trigger, self.settings, at), self.settings.charset)
        except Unsayable as fault:
            raise PeerCannot(self.name, fault.what) from None

    def _receipt(self, message: NoteMessage, at: datetime, *, replayed: bool = False, filed: bool = False) -> Receipt:
        """An acknowledgement names no document of theirs, so the receipt names ours (TXA-12)."""
        stands = filed or (replayed and self.settings.accept_is_filed)
        return Receipt(f"TXA-12 {message.key}", at, at if stands else None, replayed=replayed)

    def probe(self, message: NoteMessage) -> Receipt | None:
        raise PeerCannot(self.name, Capability.PROBE)

    def read_back(self, message: NoteMessage) -> Receipt | None:
        raise PeerCannot(self.name, Capability.READ_BACK)

    def find_citizen(self, identifier: CitizenId) -> FoundCitizen | None:
        raise PeerCannot(self.name, Capability.CITIZEN_SEARCH)
