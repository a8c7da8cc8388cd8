"""Where siblings meet: every port on one screen.

``services`` call these; ``store``, ``masterdata`` and ``adapters`` implement them; ``wiring`` introduces them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from gateway.domain.capability import Capability as Capability
from gateway.domain.consultation import Consultation
from gateway.domain.delivery import Delivery, Outcome, Receipt
from gateway.domain.finding import Finding, Question
from gateway.domain.identifiers import CitizenId, Ydernummer
from gateway.domain.launch import Launch, UsedToken
from gateway.domain.lookup import InsuredPeriods, NationalAnswer
from gateway.domain.messages import (
    EntryMessage,
    Envelope,
    FoundCitizen,
    LoginResult,
    NoteMessage,
    PeerChange,
    PendingLaunch,
    PendingLogin,
)
from gateway.domain.people import Actor
from gateway.domain.practice import Attended, Practice, PracticeState, VideoHours
from gateway.domain.queue_entry import QueueEntry
from gateway.domain.records import AuditRow, DeliveryRow, StoredAnswer, StoredEvent, TimelineRow
from gateway.domain.room import Heartbeat
from gateway.domain.scope import Scope


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""


class Ids(Protocol):
    def new(self) -> UUID:
        """UUIDv7."""

    def short(self) -> str:
        """A speakable id such as ``LB-4F7K-2`` (U08)."""

    def secret(self) -> str:
        """256 random bits, URL-safe."""


# --- what the gateway says to a practice's system -----------------------------------------------------------------


class GpSystem(Protocol):
    """One connected practice system. Raises only ``PeerError``s; idempotent by ``message.key``."""

    name: str
    capabilities: frozenset[Capability]

    def enqueue(self, message: EntryMessage) -> Receipt:
        """Put the entry into the practice's queue, once however often it is called."""

    def update(self, message: EntryMessage) -> Receipt:
        """Make the peer's copy say what our row says now; where it already does, nothing is sent."""

    def probe(self, message: EntryMessage) -> Receipt | None:
        """Has the peer this entry already? Needs ``Capability.PROBE``."""

    def changes(self, cursor: str) -> tuple[Sequence[PeerChange], str]:
        """Everything that changed since ``cursor`` ("" = from now on), and the next cursor."""

    def read(self, entry_id: UUID) -> Sequence[PeerChange]:
        """The present claims about one entry, after an id-only notification."""

    def keep_subscribed(self, endpoint: str, token: str) -> None:
        """See to it that the peer notifies ``endpoint``; idempotent. Needs ``Capability.NOTIFIES``."""


# --- what the gateway says to a care system -----------------------------------------------------------------------


class InteractiveLaunch(Protocol):
    """A door that sends the browser to the EOJ and back (SMART App Launch)."""

    name: str

    def begin(
        self, issuer: str, launch: str, redirect_uri: str, *, secret: Callable[[], str]
    ) -> tuple[str, PendingLaunch]:
        """Discovery, and the address to send the browser to. Unknown issuer: ``LaunchRefused``."""

    def finish(self, pending: PendingLaunch, code: str, redirect_uri: str, now: datetime) -> Launch:
        """Token and first reads; verifies id token, nonce and the right."""


class SignedLaunch(Protocol):
    """A door where the EOJ's back end posts a signed token."""

    name: str

    def verify(self, envelope: Envelope, now: datetime) -> tuple[Launch, UsedToken]:
        """The launch and the token id to burn with it."""


class EojSystem(Protocol):
    """One connected care system, reached under the tenant's system credentials."""

    name: str
    capabilities: frozenset[Capability]

    def find_citizen(self, identifier: CitizenId) -> FoundCitizen | None:
        """By ``Patient/_search`` with POST; None when the record does not exist."""

    def file_note(self, message: NoteMessage) -> Receipt:
        """File the note, once however often it is called; a later version replaces."""

    def probe(self, message: NoteMessage) -> Receipt | None:
        """Has the record this version already?"""

    def read_back(self, message: NoteMessage) -> Receipt | None:
        """Read the filed note from the citizen's record by another request; None when it is not there."""


class IdentityProvider(Protocol):
    """One organisation's or clinic's login (OpenID Connect, code + PKCE + nonce)."""

    name: str

    def begin(
        self, redirect_uri: str, return_to: str, *, secret: Callable[[], str], force: bool = False
    ) -> tuple[str, PendingLogin]:
        """Address to send the browser to; ``force`` asks for credentials again (``prompt=login``)."""

    def finish(self, pending: PendingLogin, code: str, redirect_uri: str, now: datetime) -> LoginResult:
        """Exchange and verify; anything wrong is ``LaunchRefused``."""

    def end_session(self, id_token: str, return_to: str) -> str:
        """Address that ends the provider's session."""


# --- master data ------------------------------------------------------------------------------------------------


class ProviderDirectory(Protocol):
    def find(self, ydernummer: Ydernummer, on: date) -> Practice | None:
        """The version valid on that day, else the latest one, else None."""

    def search(self, text: str, on: date, limit: int = 20) -> Sequence[Practice]:
        """By ydernummer, name or place."""


class NationalLookup(Protocol):
    """A national service that knows whose patient a citizen is (Det Gode CPR-opslag)."""

    name: str

    def find(self, identifier: CitizenId, now: datetime) -> NationalAnswer:
        """What the service says now, unjudged; no such citizen is ``NationalAnswer.nobody``.

        Raises only ``PeerError``s (``PeerCannot`` for a replacement number the service does not take), within the
        adapter's own time limit."""


class InsuredRegister(Protocol):
    """The copy of the Sikrede register we hold ourselves."""

    def find_insured(self, identifier: CitizenId) -> tuple[date | None, InsuredPeriods | None]:
        """The day of the register in force (None: there is none), and the citizen in it (None: not listed)."""


# ``masterdata.resolver.resolve``: weighs what the sources said, with the register's version of each practice named.
PracticeResolver = Callable[[Question, Callable[[Ydernummer], Practice | None]], Finding]


class PracticeBook(Protocol):
    """Routes, hours and attendance of practices: what is ours to know about them."""

    def routes(self, ydernummer: Ydernummer) -> Sequence[str]:
        """Names of the active connections the practice is reached by; empty = not connected."""

    def hours(self, ydernummer: Ydernummer) -> VideoHours: ...
    def set_hours(self, ydernummer: Ydernummer, hours: VideoHours, actor: Actor, at: datetime) -> None: ...
    def set_direct_phone(self, ydernummer: Ydernummer, number: str, actor: Actor, at: datetime) -> bool: ...

    def state(self, ydernummer: Ydernummer, now: datetime) -> PracticeState: ...

    def attend(self, clinic: UUID, ydernumre: Collection[Ydernummer], now: datetime) -> None:
        """A clinic user has the waiting room open; forgotten 60 s after the last call."""

    def attended(self, ydernummer: Ydernummer, now: datetime) -> Attended: ...


# --- the store ----------------------------------------------------------------------------------------------------


class ConsultationStore(Protocol):
    """Everything about consultations, in one transaction per fact."""

    def commit(
        self,
        consultation: Consultation,
        *,
        audit: Sequence[AuditRow] = (),
        used: Sequence[UsedToken] = (),
        answer: StoredAnswer | None = None,
    ) -> Consultation:
        """Write state, events, deliveries, audit, used tokens and the stored answer atomically.

        Returns the committed consultation. Raises ``ConcurrentChange`` when the version moved (or another
        consultation took the same launch key first), ``Replayed`` for a used token.
        """

    def load(self, scope: Scope, id: UUID) -> Consultation:
        """Raises ``NotFound``, also where it is another's."""

    def load_by_entry(self, scope: Scope, entry_id: UUID) -> Consultation: ...

    def load_by_room(self, room: str) -> Consultation: ...

    def find_by_launch_key(self, tenant: UUID, key: str) -> Consultation | None:
        """The open consultation of that key; after closing a new one may be started."""

    def open_of_employee(self, tenant: UUID, employee: str) -> Sequence[Consultation]:
        """Open ones, and those closed today, newest first."""

    def at_clinic(self, ydernumre: Collection[Ydernummer], since: datetime) -> Sequence[Consultation]:
        """Consultations whose *current* entry lies at these practices: open ones, or ended after ``since``;
        ordered by place. The caller sees only what a clinic may see."""

    def ahead_of(self, entry: QueueEntry) -> int:
        """How many waiting entries of the same practice stand before it: only a number crosses the tenants."""

    def due_clocks(self, now: datetime, limit: int = 50) -> Sequence[UUID]:
        """Consultations whose deadline has passed, oldest first."""

    def timeline(self, scope: Scope, id: UUID) -> Sequence[TimelineRow]: ...

    def find_by_short_id(self, scope: Scope, short_id: str) -> UUID: ...

    def events_after(self, seq: int, limit: int = 500) -> Sequence[StoredEvent]: ...

    def latest_seq(self) -> int: ...

    def answer_to(self, tenant: UUID, key: str) -> StoredAnswer | None: ...

    def record_audit(self, row: AuditRow) -> None:
        """A read on its own, where no change is committed with it."""

    def deliveries_of(self, scope: Scope, id: UUID) -> Sequence[DeliveryRow]: ...


class Outbox(Protocol):
    """Claims and settles; leases and due times are read from the database's own clock."""

    def claim(self, lease: timedelta, id: UUID | None = None) -> Delivery | None:
        """The oldest due row with a free lease (or that very row, if due): attempt counted and committed first."""

    def settle(
        self, delivery: Delivery, outcome: Outcome, *, pause: timedelta, receipt: Receipt | None = None, fault: str = ""
    ) -> bool:
        """Write the outcome if the lease is still ours; False when it was not. REFUSED makes the row stuck,
        NOT_DONE and UNKNOWN due again after ``pause``."""

    def due(self, limit: int = 200, older_than: timedelta = timedelta(0)) -> Sequence[UUID]:
        """Ids of rows that are due (since at least ``older_than``) and unclaimed."""

    def retry(self, id: UUID) -> bool:
        """An operator's replay: the same row becomes due now."""


class RoomBook(Protocol):
    """What the media processes say about rooms; never touches the consultation's version."""

    def note(self, heartbeat: Heartbeat, now: datetime) -> bool:
        """Keep the newest state of each room; False for an old or repeated number."""

    def occupied(self, room: str) -> Mapping[str, bool]:
        """Seat id → media flowing, as of the newest heartbeat younger than 10 s."""

    def empty_since_before(self, moment: datetime) -> Sequence[str]:
        """Rooms seen before in which nobody has been connected since ``moment``."""
