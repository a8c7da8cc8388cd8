"""The practice's system as we call it: one operation of the published contract, with our card, to a receipt or acts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from adapters.gp_system.soap.settings import Settings
from adapters.wire.dgws.assertion import Demands
from adapters.wire.dgws.header import DgwsService, refusal
from adapters.wire.dgws.idcard import SystemIdentity
from adapters.wire.dgws.signature import Trust
from adapters.wire.dgws.sts import Cards, OwnCards, StsCards
from adapters.wire.http import PeerHttp
from adapters.wire.keyfiles import Secrets, certificates_from, signer_from
from adapters.wire.meaning.lines import Means, fault_of
from adapters.wire.soap import SoapFault, Wsdl
from adapters.wire.transport import within
from gateway.domain.errors import PeerError, PeerUnclear
from gateway.domain.peers.delivery import Receipt

CONTRACT: Final = Path(__file__).parent / "wsdl" / "consultation-queue-1.0.wsdl"
# What the contract lets a practice's system answer; any other code may hold what a log may not.
OWN_CODES: Final = frozenset(("unknown-practice", "unknown-entry", "refused", "not-here", "message-id-reused"))


@cache
def practice_contract() -> Wsdl:
    """Read once for all connections: it takes longer than a call."""
    return Wsdl(CONTRACT, "PracticeQueueService", "PracticeQueue")


class PracticeQueue:
    """One address. Thread-safe."""

    def __init__(self, name: str, settings: Settings, secrets: Secrets, clock: Callable[[], datetime]) -> None:
        self._name, self._settings, self._clock = name, settings, clock
        self._http = self._line(settings.address)
        self._own = self._cards(secrets)
        self._service = DgwsService(self._http, self._own)
        self._contract = practice_contract()

    def close(self) -> None:
        self._http.close()

    def log_in(self) -> None:
        """A card, from the token service where there is one."""
        with within(self._settings.total_timeout):
            self._own.current(self._clock())

    def tell(self, key: UUID, operation: str, **values: Any) -> Receipt:
        """MessageID follows from the delivery's key and what is said, so every attempt to say it carries the same."""
        body = self._contract.body(operation, **values)
        message = uuid5(key, f"{self._name}:{operation}:{hashlib.sha256(body).hexdigest()}")
        with within(self._settings.total_timeout):
            told = self._service.tell(self._contract.action(operation), body, self._clock(), message)
        if isinstance(told, SoapFault):
            raise _refused(self._name, told, sent=True)
        try:
            said = self._contract.read(operation, told.content)["Receipt"]
        except (ValueError, LookupError):
            said = None
        if said is None:  # something was done, and nobody knows what
            raise PeerUnclear(self._name, "invalid-answer")
        return receipt_of(said, replayed=told.replayed or said["Known"])

    def rendered(self, **values: Any) -> str:
        """The body of an entry as the contract writes it."""
        return self._contract.written_out("EnqueueConsultation", **values)

    def ask(self, operation: str, **values: Any) -> dict[str, Any]:
        body = self._contract.body(operation, **values)
        with within(self._settings.total_timeout):
            answer = self._service.ask(self._contract.action(operation), body, self._clock())
        if isinstance(answer, SoapFault):
            raise _refused(self._name, answer, sent=False)
        try:
            return self._contract.read(operation, answer)
        except ValueError:
            code = "invalid-answer"
        # Raised outside the handler: nothing of the answer hangs on to the error.
        raise PeerUnclear(self._name, code, sent=False)

    def _cards(self, secrets: Secrets) -> Cards:
        s = self._settings
        identity = SystemIdentity(s.system_name, s.organisation_cvr, s.organisation_name)
        signer = signer_from(s.certificate, s.key, secrets)
        if not s.sts_address:
            return OwnCards(identity, signer)
        trust = Trust(certificates_from("sts_certificates", s.sts_certificates, secrets), s.sts_signs_with_sha1)
        return StsCards(self._line(s.sts_address), identity, signer, Demands({s.sts_issuer: trust}))

    def _line(self, address: str) -> PeerHttp:
        s = self._settings
        return PeerHttp(self._name, address, connect_timeout=s.connect_timeout, total_timeout=s.total_timeout)


def receipt_of(said: dict[str, Any], *, replayed: bool) -> Receipt:
    at = said["ReceivedAt"]
    return Receipt(
        str(said["Reference"])[:200], at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC), None, replayed
    )


def _refused(peer: str, fault: SoapFault, *, sent: bool) -> PeerError:
    """A Client fault with a code of the contract's own, or a bare one."""
    if fault.own in OWN_CODES:
        return fault_of(Means.REFUSED, peer, fault.own, sent=sent)
    return refusal(peer, fault, sent=sent)
