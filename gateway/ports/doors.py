"""The port for being called: an address of ours, the proof of who calls, what is claimed, and the answer.

An adapter that is called offers ``adapters/<kind>/<name>/door.py`` with a class ``Door``. It is found like the adapter
(``adapters/discovery.py``), mounted by ``gateway/web/doors`` (HTTP) or ``workers/mllp`` (lines), and served by
``services/practice_side/calls.py``: prove → read → our row weighs the claims → answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol
from uuid import UUID

from gateway.domain.peers.letter import Answer, IncomingLetter
from gateway.domain.peers.messages import Envelope, PeerChange
from gateway.domain.records import AuditRow
from gateway.ports.base import Clock, Ids
from gateway.ports.calling import Callers, CallerTokens, LaunchDesk, PracticeQueue, SubscriptionBook

Acknowledging = Callable[[Answer, str], bytes]  # the acknowledgement of a letter in the peer's language


@dataclass(frozen=True, slots=True)
class Address:
    """Where a door is called. ``path`` stands below our public address; ``{connection}`` in it is one part, and
    ``{rest}`` at its end whatever follows. ``mllp`` has no path: its process says where it listens."""

    path: str = ""
    methods: tuple[str, ...] = ("POST",)
    transport: Literal["http", "mllp"] = "http"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call is answered. A line knows no status and no headers; there, ``hang_up`` closes it unanswered.
    ``reason`` is for our log only: a code, why a call was refused. ``foreign``: because it was about what is not the
    caller's."""

    body: bytes = field(default=b"", repr=False)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_up: bool = False
    reason: str = ""
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What a proven call says; nothing but the defaults for a question.

    ``name``: by which the same call is known again, with a ``digest`` of what it says; it then gets the answer it got.
    ``exactly``: entry and version of the consultation that the caller has read: all claims are applied to it or none,
    a refusal is raised, and ``audit`` says who changed it in the same
    transaction. ``letter``: a message in a thread of ours, with how to
    acknowledge it (None: it is an acknowledgement itself). ``changed``: something has changed there; ask soon."""

    claims: Sequence[PeerChange] = ()
    name: str = ""
    digest: bytes = field(default=b"", repr=False)
    exactly: tuple[UUID, int] | None = None
    audit: Sequence[AuditRow] = ()
    letter: IncomingLetter | None = None
    acknowledging: Acknowledging | None = None
    changed: bool = False


class ProvenCall(Protocol):
    """One call whose caller is known."""

    connection: str  # "" where anybody may ask, such as for a published contract

    def read(self) -> Said:
        """Raises what ``Door.refuse`` has words for."""

    def answer(self, heard: bool) -> Reply:
        """After the claims were weighed; ``heard`` is False where an entry was not sent over this connection. What the
        door does beside claims (a search, a subscription, opening hours) it does here, by its ports."""


class Door(Protocol):
    """Built once per process with its ports. Keeps nothing of a call."""

    addresses: ClassVar[tuple[Address, ...]]
    limit: ClassVar[int]  # bytes of the largest body that is read
    content_type: ClassVar[str]  # of its answers; a reply's own header goes before it

    def prove(self, call: Envelope) -> ProvenCall:
        """Who calls; whoever cannot prove it is refused by an exception before anything is looked up."""

    def refuse(self, call: Envelope, fault: Exception) -> Reply | None:
        """The fault in the peer's language: the door's own exceptions, the domain's, ``NameReused``, ``NotServed``.
        None: the process that mounts the door answers."""


class NameReused(Exception):
    """A call under the name of an earlier one, with other content."""


class NotServed(Exception):
    """What went wrong outside the door: ``status`` as HTTP counts it (413 too large, 503 come again, 500)."""

    def __init__(self, status: int, retry_after: int | None = None) -> None:
        super().__init__(status, retry_after)
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class DoorPorts:
    """What a door may use of ours. ``public_url``: our own address, without a slash at its end."""

    public_url: str
    callers: Callers
    queue: PracticeQueue
    tokens: CallerTokens
    subscriptions: SubscriptionBook
    launches: LaunchDesk
    clock: Clock
    ids: Ids
