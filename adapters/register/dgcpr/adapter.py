"""Asks the national look-up whose patient a citizen is: one connection, one organisation, one time limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from adapters.register.dgcpr.mapping import AnotherPerson, answer_of, says_nobody
from adapters.register.dgcpr.settings import Settings
from adapters.wire.dgws.assertion import Demands
from adapters.wire.dgws.header import DgwsService, refusal
from adapters.wire.dgws.idcard import SystemIdentity
from adapters.wire.dgws.signature import Trust
from adapters.wire.dgws.sts import StsCards
from adapters.wire.http import PeerHttp
from adapters.wire.keyfiles import certificates_from, signer_from
from adapters.wire.soap import SoapFault, Wsdl
from adapters.wire.transport import within
from gateway.domain.citizen.lookup import NationalAnswer
from gateway.domain.errors import InvalidField, PeerCannot, PeerUnclear
from gateway.domain.identifiers import CitizenId, Cpr
from gateway.domain.peers.trial import TEST_PERSON, Probe, TrialStep, looked_up

OPERATION: Final = "getPersonWithHealthCareInformation"
SPEAKS: Final = "DetGodeCPROpslag 1.0.4 (SOAP 1.1)"
WSDL: Final = Path(__file__).parent / "wsdl" / "DetGodeCPROpslag-1.0.4.wsdl"


@cache
def load_wsdl() -> Wsdl:
    """Read once for all connections: it takes longer than a call."""
    return Wsdl(WSDL, "DetGodeCPROpslagService", "DetGodeCPROpslag")


class CprLookup:
    """Implements ``ports.NationalLookup``. ``secrets`` resolves the references in the stanza; a key that cannot be
    read, or does not fit its certificate, is a ``ConfigFault``."""

    def __init__(self, name: str, settings: Settings, secrets: Callable[[str], str]) -> None:
        self.name = name
        self.settings = settings
        identity = SystemIdentity(settings.system_name, settings.organisation_cvr, settings.organisation_name)
        trust = Trust(
            certificates_from("sts_certificates", settings.sts_certificates, secrets), settings.sts_signs_with_sha1
        )
        self._cards = StsCards(
            self._http(settings.sts_address),
            identity,
            signer_from(settings.certificate, settings.key, secrets),
            Demands({settings.sts_issuer: trust}),
        )
        self._service = DgwsService(self._http(settings.address), self._cards)
        self._wsdl = load_wsdl()

    def trial(self) -> Sequence[Probe]:
        look = looked_up(lambda: self.find(TEST_PERSON, datetime.now(UTC)))
        return (Probe(TrialStep.LOGIN, self._log_in, SPEAKS), Probe(TrialStep.READ, look, SPEAKS))

    def _log_in(self) -> None:
        self._cards.current(datetime.now(UTC))

    def find(self, identifier: CitizenId, now: datetime) -> NationalAnswer:
        """The port's promise: one answer within ``timeout_seconds``, or a ``PeerError``."""
        if not isinstance(identifier, Cpr):
            # The service's schema is ten digits; no replacement number fits in (requirements.md P3).
            raise PeerCannot(self.name, "replacement-number")
        body = self._wsdl.body(OPERATION, PersonCivilRegistrationIdentifier=identifier.digits)
        with within(self.settings.timeout_seconds):
            answer = self._service.ask(self._wsdl.action(OPERATION), body, now)
        if isinstance(answer, SoapFault):
            if says_nobody(answer.text):
                return NationalAnswer.nobody(now)
            raise refusal(self.name, answer, sent=False)
        try:
            return answer_of(self._wsdl.read(OPERATION, answer), identifier, now)
        except AnotherPerson:
            code = "answer-about-another"
        except (ValueError, InvalidField):
            code = "invalid-answer"
        # Raised outside the handlers: nothing of the answer hangs on to the error.
        raise PeerUnclear(self.name, code, sent=False)

    def _http(self, address: str) -> PeerHttp:
        limit = self.settings.timeout_seconds
        return PeerHttp(self.name, address, connect_timeout=min(1.0, limit), total_timeout=limit)
