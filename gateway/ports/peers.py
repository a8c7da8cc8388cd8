"""What the gateway says to other systems: practice systems, care systems, identity providers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from gateway.domain.capability import Capability as Capability
from gateway.domain.identifiers import CitizenId
from gateway.domain.launch import Launch, UsedToken
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import (
    EntryMessage,
    Envelope,
    FoundCitizen,
    LoginResult,
    NoteMessage,
    PeerChange,
    PendingLaunch,
    PendingLogin,
)
from gateway.domain.peers.subscription import Notice
from gateway.domain.peers.trial import Probe
from gateway.domain.session import ProviderLogout

# What every method below may raise, and what becomes of the row (domain/peers/verdict.py):
#
# * ``PeerRefused``: the business rules of the protocol say no, by a code of theirs. The row is stuck with that code.
# * ``PeerIll``: our credentials or our address are wrong there. The connection is ill and all its rows wait.
# * ``PeerBusy``: nothing was done, come back (``retry_after`` in seconds). Asked, then sent again.
# * ``PeerUnclear``: an answer that settles nothing. Asked after the quiet period, then sent again, for seven days.
# * ``PeerUnavailable``: no answer. As ``PeerUnclear``; in phase *connecting* nothing was sent.
# * ``PeerCannot``: the peer has no such function.
#
# ``sent`` is true from the moment a call that may change the peer has left, whatever a later call of the same method
# meets (``adapters.wire.effect.one_effect``). A question that fails raises; it never answers "not there".


class GpSystem(Protocol):
    """One connected practice system. Raises only ``PeerError``s; idempotent by ``message.key``."""

    name: str
    capabilities: frozenset[Capability]

    def enqueue(self, message: EntryMessage) -> Receipt:
        """Put the entry into the practice's queue, once however often it is called."""

    def update(self, message: EntryMessage) -> Receipt:
        """Make the peer's copy say what our row says now; where it already does, nothing is sent."""

    def probe(self, message: EntryMessage) -> Receipt | None:
        """Has the peer the whole of what ``enqueue`` does already? Needs ``Capability.PROBE``. None is believed once
        the quiet period has passed since the last send; a part that is missing is None too, and sent again."""

    def changes(self, cursor: str) -> tuple[Sequence[PeerChange], str]:
        """Everything that changed since ``cursor``, and the next cursor. For "" nothing, and the cursor of now: what
        was done before with entries of ours is asked by ``read``."""

    def read(self, entry_id: UUID) -> Sequence[PeerChange]:
        """The present claims about one entry: after an id-only notification, and at a connection's first question."""

    def keep_subscribed(self, endpoint: str, token: str) -> None:
        """See to it that the peer notifies ``endpoint``; idempotent. Needs ``Capability.NOTIFIES``."""


@runtime_checkable
class ShowingQueue(Protocol):
    """A practice system whose queue can be read whole."""

    def waiting_entries(self) -> Collection[UUID]:
        """Those of our entries that it shows as not ended."""


# (connection, entry, revision of the entry, when): how many subscriptions were told of something new.
Publish = Callable[[str, UUID, int, datetime], int]


@runtime_checkable
class TriedOut(Protocol):
    """An adapter that can be tried by a person without writing anything at the peer."""

    def trial(self) -> Sequence[Probe]:
        """Its steps behind those of the network, in the order in which they are taken: the login, what the peer says of
        itself, a test person, nothing about anybody else."""


@runtime_checkable
class Rendering(Protocol):
    """An adapter that can show what it would send."""

    def rendered(self, message: Any, at: datetime) -> str:
        """A new entry (``EntryMessage``) or note (``NoteMessage``) as it leaves us, and valid by its protocol; nobody
        is called. Raises a ``PeerError`` where it cannot be said."""


@runtime_checkable
class Notifying(Protocol):
    """An adapter whose peers subscribe to their queue at a door of ours: handed where changes are numbered before its
    first call."""

    def publish_to(self, publish: Publish) -> None: ...

    def notify(self, notice: Notice) -> None:
        """Send one notification to the subscriber's endpoint; raises only ``PeerError``s."""


class InteractiveLaunch(Protocol):
    """A launch channel that sends the browser to the EOJ and back (SMART App Launch)."""

    name: str

    def begin(
        self, issuer: str, launch: str, redirect_uri: str, *, secret: Callable[[], str]
    ) -> tuple[str, PendingLaunch]:
        """Discovery, and the address to send the browser to. Unknown issuer: ``LaunchRefused``."""

    def finish(self, pending: PendingLaunch, code: str, redirect_uri: str, now: datetime) -> Launch:
        """Token and first reads; verifies id token, nonce and the right."""


class SignedLaunch(Protocol):
    """A launch channel where the EOJ's back end posts a signed token."""

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
        """File the note with its contact, once however often it is called; a later version replaces. Looks for each of
        them before it makes it: a server may overlook the conditions of a write."""

    def probe(self, message: NoteMessage) -> Receipt | None:
        """Has the record the whole of this version: the note, its contact, the former version out of force?"""

    def read_back(self, message: NoteMessage) -> Receipt | None:
        """Read the filed note from the citizen's record by another request; None when it is not shown there. Neither
        None nor a fault takes back that the note was taken."""


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

    def read_logout(self, token: str, now: datetime) -> ProviderLogout:
        """What the provider says has ended there; anything wrong is ``LaunchRefused``."""
