"""The national security token service (WS-Trust 2005/02): our own card goes in, the same card under its signature
comes out, and is kept until shortly before it expires (requirements.md P4.2)."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol
from xml.sax.saxutils import escape

from lxml import etree

from adapters.wire.dgws.assertion import SAML, AssertionRefused, Demands
from adapters.wire.dgws.idcard import BACK_DATED, LIFE, IdCard, SystemIdentity, own_card, signed_card, stamp
from adapters.wire.dgws.signature import SignatureRefused, Signer
from adapters.wire.http import PeerHttp
from adapters.wire.meaning.lines import fault_of
from adapters.wire.meaning.soap import TOKEN_SERVICE, token_means_of
from adapters.wire.soap import NAMESPACES, SoapFault, body_of, envelope, exchange, fault_in
from adapters.wire.transport import seconds_left
from gateway.domain.errors import PeerError, PeerIll, PeerUnavailable, PeerUnclear

SAFETY: Final = timedelta(seconds=30)
WST: Final = NAMESPACES["wst"]
ISSUE: Final = f"{WST}/Issue"
# With the colon at its end: that is how the service spells it.
KIND: Final = "urn:oasis:names:tc:SAML:2.0:assertion:"
VALID: Final = f"{WST}/status/valid"


class Cards(Protocol):
    """Where a caller gets the card for a request."""

    def current(self, now: datetime) -> IdCard:
        """Valid for at least another half minute. Raises ``PeerError``."""

    def renew(self, refused: IdCard) -> None:
        """The peer says this one has expired: the next ``current`` is a new one."""


class OwnCards:
    """Cards under our own signature alone, for peers that have our certificate on their list (DGWS 1.0.1: the issuer
    of a card is whom the two sides agreed on)."""

    def __init__(
        self, identity: SystemIdentity, signer: Signer, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._identity, self._signer, self._random = identity, signer, random
        self._card: IdCard | None = None

    def current(self, now: datetime) -> IdCard:
        card = self._card
        if card is None or now >= card.not_on_or_after - SAFETY:
            content = own_card(self._identity, self._signer, now, self._random)
            card = self._card = IdCard(content, now - BACK_DATED + LIFE)
        return card

    def renew(self, refused: IdCard) -> None:
        if self._card is refused:
            self._card = None


class StsCards:
    """Cards from one STS, one at a time for all threads. What fails here failed before the call itself: certainly
    not done."""

    def __init__(
        self,
        http: PeerHttp,
        identity: SystemIdentity,
        signer: Signer,
        demands: Demands,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._http, self._identity, self._signer, self._demands = http, identity, signer, demands
        self._random = random
        self._lock = threading.Lock()
        self._card: IdCard | None = None

    def current(self, now: datetime) -> IdCard:
        card = self._card
        if card is not None and now < card.not_on_or_after - SAFETY:
            return card
        # Whoever waits for another thread's renewal waits no longer than its own call may last.
        if not self._lock.acquire(timeout=seconds_left(10.0) or 0.0):
            raise PeerUnavailable(self._http.peer, "connecting")
        try:
            if self._card is None or now >= self._card.not_on_or_after - SAFETY:
                self._card = self._issue(now)
            return self._card
        finally:
            self._lock.release()

    def renew(self, refused: IdCard) -> None:
        if self._card is refused:  # another thread may have renewed it already
            self._card = None

    def _issue(self, now: datetime) -> IdCard:
        own = own_card(self._identity, self._signer, now, self._random)
        request = envelope(security(b"", now), _request(own, self._identity.system))
        try:
            root = exchange(self._http, self._http.base_url, ISSUE, request)
        except PeerUnavailable as met:  # the call itself, for which the card is, was never made
            raise PeerUnavailable(met.peer, "connecting") from None
        except PeerUnclear as met:
            raise PeerUnclear(met.peer, f"sts-{met.code}", met.retry_after, sent=False) from None
        # HTTP 200 with a Fault is this service's habit.
        fault = fault_in(root)
        if fault is not None:
            raise _refusal(self._http.peer, fault)
        return self._believed(root, now)

    def _believed(self, root: etree._Element, now: datetime) -> IdCard:
        answer = body_of(root)
        cards = [] if answer is None else answer.findall(f"{{{WST}}}RequestedSecurityToken/{{{SAML}}}Assertion")
        status = None if answer is None else answer.findtext(f"{{{WST}}}Status/{{{WST}}}Code")
        if len(cards) != 1 or (status or VALID).strip() != VALID:
            raise PeerUnclear(self._http.peer, "sts-invalid-answer", sent=False)
        try:
            return signed_card(cards[0], self._identity, self._demands, now)
        except (AssertionRefused, SignatureRefused) as fault:
            reason = fault.reason
        raise PeerIll(self._http.peer, f"sts-card-{reason}")


def security(card: bytes, now: datetime) -> bytes:
    """wsse:Security: when it was said, and by whom."""
    created = f"<wsu:Timestamp><wsu:Created>{stamp(now)}</wsu:Created></wsu:Timestamp>".encode()
    return b"<wsse:Security>" + created + card + b"</wsse:Security>"


def _request(own: bytes, system: str) -> bytes:
    """The Context is a constant of the service, not ours to choose."""
    opening = (
        '<wst:RequestSecurityToken Context="www.sosi.dk">'
        f"<wst:TokenType>{KIND}</wst:TokenType><wst:RequestType>{ISSUE}</wst:RequestType><wst:Claims>"
    )
    closing = (
        f"</wst:Claims><wst:Issuer><wsa:Address>{escape(system)}</wsa:Address></wst:Issuer></wst:RequestSecurityToken>"
    )
    return opening.encode() + own + closing.encode()


def _refusal(peer: str, fault: SoapFault) -> PeerError:
    """A code that stands in no table is told as "fault": it may hold what a log may not."""
    code = f"sts-{_kebab(fault.code)}" if fault.code in TOKEN_SERVICE else "sts-fault"
    return fault_of(token_means_of(fault.code), peer, code, sent=False)


def _kebab(code: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", code).lower()
