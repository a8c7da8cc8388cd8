"""A municipality on the old net: a note leaves as an XDIS91 letter, and its receipts say what became of it.

The VANS client takes letters by HTTP and puts the receipts that come back in a folder (docs/oioxml.md). The same letter
is sent at most three times, half an hour apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from adapters.eoj.oioxml import mapping
from adapters.eoj.oioxml.mailbox import MOST_SENDS, Answered, Mailbox
from adapters.eoj.oioxml.settings import Settings
from adapters.wire.effect import one_effect
from adapters.wire.http import PeerHttp
from adapters.wire.oioxml.letter import Letter, Unsayable, written
from adapters.wire.oioxml.receipt import LetterReceipt
from gateway.domain.capability import Capability
from gateway.domain.errors import PeerBusy, PeerCannot, PeerError, PeerIll, PeerRefused
from gateway.domain.identifiers import CitizenId
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import FoundCitizen, NoteMessage
from gateway.domain.peers.trial import Cause, Probe, TrialFailed, TrialStep

NO_ANSWER = "no-acknowledgement"
NO_LETTER = (400, 406, 411, 415, 422)
SPEAKS = "VANS-klient (XDIS91)"
HEADERS = {"Content-Type": "application/xml; charset=iso-8859-1", "Accept": "*/*"}


class Adapter:
    """Implements ``ports.EojSystem``."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        secrets: Callable[[str], str],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name, self.settings, self._clock = name, settings, clock
        able = {Capability.IDEMPOTENT_CREATE, Capability.PROBE, Capability.FILES_BY_NUMBER}
        able |= {Capability.REPLACE_NOTE} if settings.corrections_replace else set()
        self.capabilities = frozenset(able)
        self._token = (lambda: secrets(settings.token)) if settings.token else None
        self._http = PeerHttp(name, settings.address, total_timeout=settings.total_timeout)
        self._mailbox = Mailbox(name, settings.receipts, self._is_ours)

    def close(self) -> None:
        self._http.close()

    def trial(self) -> Sequence[Probe]:
        return (
            Probe(TrialStep.FOLDER, self._require_folder),
            Probe(TrialStep.LOGIN, self._try_address, SPEAKS),
        )

    def rendered(self, message: NoteMessage, at: datetime) -> str:
        return self._written(message, message.key, at).decode("iso-8859-1")

    def _require_folder(self) -> None:
        try:
            self._mailbox.require()
        except PeerIll:
            failed = TrialFailed(Cause.FOLDER, {})
        else:
            return
        raise failed

    def _try_address(self) -> None:
        """Nothing that could be a letter: whoever is let in is told so, and nothing is taken."""
        headers = {**HEADERS, **self._proof()}
        self._http.send("POST", self.settings.address, b"", headers=headers, expect=NO_LETTER, is_read=True)

    def _proof(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token()}"} if self._token else {}

    @one_effect
    def file_note(self, message: NoteMessage) -> Receipt:
        """``PeerCannot`` for a citizen without a number, and for a note that cannot be said in this language: nothing
        is cut. A refusal is told once; whoever asks for the note again sends the letter anew."""
        if message.citizen is None or message.citizen.identifier is None:
            raise PeerCannot(self.name, "citizen-without-number")
        found = self._settled(message)
        if found is not None:
            return found
        letter, now = mapping.letter_id(message.key), self._clock()
        sends = self._mailbox.sends(letter)
        if sends and now - sends[-1] < timedelta(seconds=self.settings.resend_after):
            return Receipt(letter, awaited=True)
        if len(sends) >= MOST_SENDS:
            self._mailbox.forget_sends(letter)
            raise PeerRefused(self.name, NO_ANSWER)
        self._post(message, now)
        return self._settled(message, replayed=False) or Receipt(letter, awaited=True)

    def probe(self, message: NoteMessage) -> Receipt | None:
        """Was the letter receipted? Asks nobody: the answer is brought to us."""
        return self._settled(message)

    def read_back(self, message: NoteMessage) -> Receipt | None:
        raise PeerCannot(self.name, Capability.READ_BACK)

    def find_citizen(self, identifier: CitizenId) -> FoundCitizen | None:
        raise PeerCannot(self.name, Capability.CITIZEN_SEARCH)

    def _post(self, message: NoteMessage, now: datetime) -> None:
        letter = mapping.letter_of(message, self.settings, uuid4(), now)
        content = self._as_xml(letter)
        self._mailbox.prune()
        self._mailbox.note_envelope(letter.envelope, letter.id)
        try:
            self._http.send("POST", self.settings.address, content, headers={**HEADERS, **self._proof()})
        except PeerError as fault:
            if fault.sent and not isinstance(fault, PeerBusy):
                self._mailbox.note_send(letter.id, now)
            raise
        self._mailbox.note_send(letter.id, now)

    def _written(self, message: NoteMessage, envelope: UUID, at: datetime) -> bytes:
        if message.citizen is None or message.citizen.identifier is None:
            raise PeerCannot(self.name, "citizen-without-number")
        return self._as_xml(mapping.letter_of(message, self.settings, envelope, at))

    def _as_xml(self, letter: Letter) -> bytes:
        try:
            return written(letter, self.settings.line_length)
        except Unsayable as fault:
            raise PeerCannot(self.name, fault.what) from None

    def _settled(self, message: NoteMessage, *, replayed: bool = True) -> Receipt | None:
        letter = mapping.letter_id(message.key)
        answer = self._mailbox.answer(letter)
        if answer is None:
            return None
        if not answer.is_yes:
            self._mailbox.forget_refusal(letter)
            raise self._refusal(answer)
        filed = answer.at if self.settings.receipt_is_filed else None
        return Receipt(letter, answer.at, filed, replayed=replayed)

    def _refusal(self, answer: Answered) -> PeerRefused:
        """Refused by the net or by the receiver: the letter was certainly not taken."""
        return PeerRefused(self.name, f"{answer.kind}: {answer.code}", nothing_done=True)

    def _is_ours(self, receipt: LetterReceipt) -> bool:
        ours = (self.settings.sender.ean, self.settings.receiver.ean)
        return (receipt.sender, receipt.receiver) == ours
