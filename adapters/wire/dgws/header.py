"""Den Gode Webservice 1.0.1: what every call to a national service carries, and what its faults ask of us.

A repetition keeps its MessageID, so that a service that did the work already answers from its store instead of doing
it again (DGWS 1.0.1, retransmission).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID, uuid4

from lxml import etree

from adapters.wire.dgws.sts import Cards, security
from adapters.wire.http import PeerHttp
from adapters.wire.meaning.lines import fault_of
from adapters.wire.meaning.soap import DGWS, FAULTS, means_of
from adapters.wire.soap import ENVELOPE, NAMESPACES, SoapFault, body_of, envelope, exchange, fault_in
from adapters.wire.transport import seconds_left
from adapters.wire.xml import text_of
from gateway.domain.errors import PeerError, PeerUnavailable, PeerUnclear

MEDCOM: Final = NAMESPACES["medcom"]
EXPIRED: Final = "expired_idcard"
Priority = Literal["AKUT", "HASTER", "RUTINE"]


@dataclass(frozen=True, slots=True)
class Flow:
    """``flow`` holds messages together that belong together; ``message`` names this one, however often it is sent."""

    flow: UUID
    message: UUID


def header(flow: Flow, level: int = 3, priority: Priority = "RUTINE") -> bytes:
    """medcom:Header in the order of the schema; the misspelt flow status is the schema's own. TimeOut: a card may be
    a day old (minutes)."""
    return (
        f"<medcom:Header><medcom:SecurityLevel>{level}</medcom:SecurityLevel><medcom:TimeOut>1440</medcom:TimeOut>"
        f"<medcom:Linking><medcom:FlowID>{flow.flow}</medcom:FlowID>"
        f"<medcom:MessageID>{flow.message}</medcom:MessageID></medcom:Linking>"
        f"<medcom:FlowStatus>flow_finalized_succesfully</medcom:FlowStatus><medcom:Priority>{priority}</medcom:Priority>"
        "<medcom:RequireNonRepudiationReceipt>no</medcom:RequireNonRepudiationReceipt></medcom:Header>"
    ).encode()


@dataclass(frozen=True, slots=True)
class Told:
    """The answer's element; ``replayed`` where the peer took it from its store: it names the flow of the call to which
    it was given first."""

    content: etree._Element
    replayed: bool


class DgwsService:
    """One service at ``http.base_url``; thread-safe. ``ask`` for look-ups: a lost answer is asked for again. ``tell``
    for what changes something there: whether a lost one is repeated is the caller's to decide, by the same name."""

    def __init__(self, http: PeerHttp, cards: Cards, new_id: Callable[[], UUID] = uuid4) -> None:
        self._http, self._cards, self._new_id = http, cards, new_id

    def ask(self, action: str, body: bytes, now: datetime) -> etree._Element | SoapFault:
        """The answer's element, or a plain Client fault whose meaning only the service's own adapter knows.

        An expired card is renewed once and the message repeated; an answer that got lost is asked for once more while
        the time allows. Raises ``PeerError``: *not_authorized* and its like are ``PeerIll``."""
        flow = Flow(self._new_id(), self._new_id())
        answer = self._patiently(flow, action, body, now)
        if isinstance(answer, SoapFault) and answer.detail == EXPIRED:
            answer = self._patiently(flow, action, body, now)
        if isinstance(answer, SoapFault) and not _is_for_the_adapter(answer):
            raise refusal(self._http.peer, answer, sent=False)
        return answer

    def tell(self, action: str, body: bytes, now: datetime, message: UUID) -> Told | SoapFault:
        """The same ``message`` for every attempt to say the same. An expired card is renewed once, and the message
        repeated: the peer has not read what came with it. Raises as ``ask`` does, and ``PeerUnclear`` for an answer
        that cannot be read."""
        flow = Flow(self._new_id(), message)
        said = self._once(flow, action, body, now, is_read=False)
        if isinstance(said, SoapFault) and said.detail == EXPIRED:
            said = self._once(flow, action, body, now, is_read=False)
        if isinstance(said, SoapFault):
            if not _is_for_the_adapter(said):
                raise refusal(self._http.peer, said, sent=True)
            return said
        first = linked(said.getroottree().getroot(), "FlowID")
        return Told(said, replayed=first not in ("", str(flow.flow)))

    def _patiently(self, flow: Flow, action: str, body: bytes, now: datetime) -> etree._Element | SoapFault:
        try:
            return self._once(flow, action, body, now)
        except (PeerUnavailable, PeerUnclear) as fault:
            left = seconds_left()
            unreached = isinstance(fault, PeerUnavailable) and fault.phase == "connecting"
            unreached = unreached or (isinstance(fault, PeerUnclear) and fault.code.startswith("sts-"))
            if unreached or (left is not None and left <= 0):
                raise
        return self._once(flow, action, body, now)

    def _once(
        self, flow: Flow, action: str, body: bytes, now: datetime, *, is_read: bool = True
    ) -> etree._Element | SoapFault:
        card = self._cards.current(now)
        said = security(card.content, now) + header(flow)
        root = exchange(self._http, self._http.base_url, action, envelope(said, body), is_read=is_read)
        fault = fault_in(root)
        if fault is not None:
            if fault.detail == EXPIRED:
                self._cards.renew(card)
            return fault
        content, answered = body_of(root), linked(root, "InResponseToMessageID")
        # An answer to somebody else's question must never tell whose patient this is.
        if content is not None and answered in ("", str(flow.message)):
            return content
        raise PeerUnclear(
            self._http.peer, "invalid-answer" if content is None else "answer-to-another", sent=not is_read
        )


def linked(root: etree._Element, name: str) -> str:
    """One of the names in medcom:Linking of an envelope; "" where it is not given."""
    return text_of(root, f"{{{ENVELOPE}}}Header/{{{MEDCOM}}}Header/{{{MEDCOM}}}Linking/{{{MEDCOM}}}{name}")


def _is_for_the_adapter(fault: SoapFault) -> bool:
    """Older services say "no such person" by a bare Client fault (requirements.md P2.3b)."""
    return fault.code == "Client" and not fault.detail


def refusal(peer: str, fault: SoapFault, *, sent: bool) -> PeerError:
    """The domain's word for a fault. A code nobody has published is not repeated: it may hold anything."""
    bare = f"soap-{fault.code.lower()}" if fault.code in FAULTS and not fault.detail else ""
    known = fault.detail if fault.detail in DGWS else bare
    return fault_of(means_of(fault.code, fault.detail), peer, known or "dgws-fault", sent=sent)
