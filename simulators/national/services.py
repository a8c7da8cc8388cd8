"""The two services: the STS that turns a caller's own card into a national one, and Det Gode CPR-opslag behind it."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from lxml import etree

from simulators.national.answers import NAMES as ANSWER_NAMES
from simulators.national.answers import SERVICE, answer
from simulators.national.cards import Card, issued_card, read_card, require_in_time, require_signed_by
from simulators.national.envelopes import NAMES, Refused, Request, dgws_header, envelope, security
from simulators.national.keys import Authority, KeyPair, cvr_of
from simulators.national.persons import Registration
from simulators.national.signing import NotGenuine, verified_certificate

WST, SAML, WSA = NAMES["wst"], NAMES["saml"], NAMES["wsa"]
ISSUE = f"{WST}/Issue"


@dataclass(frozen=True)
class Terms:
    """`whitelist`: CVR numbers with an agreement, empty for everybody; `lifetime` of a card."""

    issuer: str = "SIM-STS"
    lifetime: timedelta = timedelta(hours=24)
    sha1: bool = False
    whitelist: frozenset[str] = frozenset()


@dataclass
class Counts:
    """What really happened, without a word about whom."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _seen: Counter[str] = field(default_factory=Counter)

    def note(self, what: str) -> None:
        with self._lock:
            self._seen[what] += 1

    def told(self) -> dict[str, int]:
        with self._lock:
            return dict(self._seen)

    def clear(self) -> None:
        with self._lock:
            self._seen.clear()


class Sts:
    """WS-Trust 2005/02; whatever it refuses it refuses with a Fault under HTTP 200."""

    def __init__(self, authority: Authority, pair: KeyPair, terms: Terms, counts: Counts) -> None:
        self._authority, self._pair, self._terms, self._counts = authority, pair, terms, counts

    def issue(self, request: Request) -> bytes:
        if request.body.tag != f"{{{WST}}}RequestSecurityToken":
            raise Refused("", "not a RequestSecurityToken", "InvalidRequest")
        if request.body.findtext(f"{{{WST}}}RequestType", "").strip() != ISSUE:
            raise Refused("", "only Issue", "InvalidRequest")
        element = request.body.find(f"{{{WST}}}Claims/{{{SAML}}}Assertion")
        if element is None:
            raise Refused("", "no ID card in the claims", "InvalidRequest")
        asked, certificate = self._believed(element)
        subject = _subject(certificate)
        card = issued_card(asked, subject, self._terms.issuer, self._pair, self._terms.lifetime, self._terms.sha1)
        self._counts.note("cards issued")
        return envelope(security(), self._response(card))

    def _believed(self, element: etree._Element) -> tuple[Card, x509.Certificate]:
        now = datetime.now(UTC)
        try:
            certificate = verified_certificate(element)
            asked = read_card(element)
            require_in_time(asked, now)
        except (NotGenuine, Refused) as fault:
            raise Refused("", f"the card is not believed: {fault}", "FailedAuthentication") from None
        if not self._authority.believes(certificate, now):
            raise Refused("", "the certificate is not an OCES certificate of ours", "FailedAuthentication")
        if asked.kind != "system" or asked.level != "3" or asked.cvr != cvr_of(certificate):
            raise Refused("", "the card does not fit its certificate", "FailedAuthentication")
        return asked, certificate

    def _response(self, card: str) -> str:
        return (
            '<wst:RequestSecurityTokenResponse Context="www.sosi.dk">'
            "<wst:TokenType>urn:oasis:names:tc:SAML:2.0:assertion:</wst:TokenType>"
            f"<wst:RequestedSecurityToken>{card}</wst:RequestedSecurityToken>"
            f"<wst:Status><wst:Code>{WST}/status/valid</wst:Code></wst:Status>"
            f"<wst:Issuer><wsa:Address>{self._terms.issuer}</wsa:Address></wst:Issuer>"
            "</wst:RequestSecurityTokenResponse>"
        )


class CprService:
    """Det Gode CPR-opslag 1.0.4 behind DGWS level 3: only a card of our own STS opens it, only for a whitelisted CVR,
    and the same message gets the same answer without the work being done again."""

    def __init__(self, registration: Registration, pair: KeyPair, terms: Terms, counts: Counts) -> None:
        self._registration, self._pair, self._terms, self._counts = registration, pair, terms, counts
        self._lock = threading.Lock()
        self._answered: dict[tuple[str, str], bytes] = {}

    def ask(self, request: Request) -> bytes:
        caller = self._admitted(request)
        key = (caller.cvr, request.message_id)
        with self._lock:
            if key in self._answered:
                self._counts.note("answers replayed")
                return self._answered[key]
            said = envelope(security() + dgws_header(request), self._look_up(request.body))
            self._answered[key] = said
            return said

    def forget(self) -> None:
        with self._lock:
            self._answered.clear()

    def _admitted(self, request: Request) -> Card:
        if request.card is None or not request.message_id:
            raise Refused("missing_required_header")
        card = read_card(request.card)
        if card.issuer != self._terms.issuer:
            raise Refused("invalid_idcard")
        now = datetime.now(UTC)
        require_signed_by(card, self._pair)
        require_in_time(card, now)
        if card.level not in ("3", "4"):
            raise Refused("security_level_failed")
        if self._terms.whitelist and card.cvr not in self._terms.whitelist:
            raise Refused("not_authorized")
        return card

    def _look_up(self, asked: etree._Element) -> str:
        name = etree.QName(asked)
        with_care = name.localname == "getPersonWithHealthCareInformationIn"
        if name.namespace != SERVICE or not (with_care or name.localname == "getPersonInformationIn"):
            raise Refused("syntax_error")
        self._counts.note("look-ups done")
        cpr = (asked.findtext(f"{{{ANSWER_NAMES['c05']}}}PersonCivilRegistrationIdentifier") or "").strip()
        person = self._registration.find(cpr)
        if person is None:
            # Bare, as the reference implementation of 1.0.2 says it: no DGWS code in it.
            raise Refused("", "Ingen data fundet")
        return etree.tostring(answer(person, self._registration, with_care), encoding="unicode")


def _subject(certificate: x509.Certificate) -> str:
    return (
        f"SubjectDN={{{certificate.subject.rfc4514_string()}}},IssuerDN={{{certificate.issuer.rfc4514_string()}}},"
        f"CertSerial={{{certificate.serial_number}}}"
    )
