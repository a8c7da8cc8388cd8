"""What this system serves: a request is judged by the schemas, its card verified, and its message answered once."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from lxml import etree

from simulators.national.cards import Card, read_card, require_in_time
from simulators.national.envelopes import NAMES, Refused, Request, dgws_header, envelope, read_request, security
from simulators.national.keys import Authority, cvr_of
from simulators.national.signing import NotGenuine, verified_certificate
from simulators.soap.book import Act, Book, Row
from simulators.soap.contract import LB, Contract, NotHere, body, element, parsed, text

PAGE = 100
WRITES = ("EnqueueConsultation", "WithdrawConsultation")


@dataclass(frozen=True)
class Heard:
    """One request, without a word about whom."""

    operation: str
    message: str
    flow: str
    card: str
    answer: str


class PracticeService:
    """Believes cards of certificates its authority has issued."""

    def __init__(self, authority: Authority, book: Book, practices: frozenset[str]) -> None:
        self.book, self.heard = book, list[Heard]()
        self._authority, self._practices = authority, practices
        self._contract, self._lock = Contract(), threading.RLock()
        self._answers: dict[tuple[str, str], tuple[bytes, bytes]] = {}
        self.revoked = set[int]()  # serial numbers
        self._serves: dict[str, Callable[[etree._Element], str]] = {
            "EnqueueConsultation": self._enqueue,
            "WithdrawConsultation": self._withdraw,
            "GetChanges": self._changes,
            "GetEntry": self._entry,
        }

    def answer(self, content: bytes) -> bytes:
        """Raises `Refused` or `NotHere`."""
        request, card = self._admitted(content)
        operation = etree.QName(request.body).localname.removesuffix("Request")
        key, digest = (card.cvr, request.message_id), hashlib.sha256(etree.tostring(request.body)).digest()
        with self._lock:
            stored = self._answers.get(key) if operation in WRITES else None
            if stored is not None and stored[0] != digest:
                raise NotHere("message-id-reused")
            said = stored[1] if stored is not None else self._said(operation, request)
            if operation in WRITES:
                self._answers[key] = (digest, said)
            how = "stored" if stored is not None else "new"
            self.heard.append(Heard(operation, request.message_id, request.flow_id, _card_id(card), how))
        return said

    def _said(self, operation: str, request: Request) -> bytes:
        serve = self._serves.get(operation)
        if serve is None:
            raise Refused("syntax_error", "no such operation")
        said = envelope(security() + dgws_header(request), serve(request.body))
        self._contract.require(parsed(said))  # this system says nothing the contract does not know
        return said

    def _admitted(self, content: bytes) -> tuple[Request, Card]:
        request = read_request(content)
        if request.card is None or not request.message_id:
            raise Refused("missing_required_header")
        self._contract.require(parsed(content))
        card, now = read_card(request.card), datetime.now(UTC)
        certificate = _signer_of(card)
        believed = self._authority.believes(certificate, now) and certificate.serial_number not in self.revoked
        if not believed or card.cvr != cvr_of(certificate):
            raise Refused("invalid_certificate")
        require_in_time(card, now)
        if card.kind != "system" or card.level not in ("3", "4"):
            raise Refused("security_level_failed")
        return request, card

    # --- operations -------------------------------------------------------------------------------------------------

    def _enqueue(self, asked: etree._Element) -> str:
        content = asked[0]
        if text(content, "Practice/Ydernummer") not in self._practices:
            raise NotHere("unknown-practice")
        row, known = self.book.put(content)
        return body("EnqueueConsultationResponse", {"Receipt": _receipt(row, known)})

    def _withdraw(self, asked: etree._Element) -> str:
        row, known = self.book.end(asked[0])
        return body("WithdrawConsultationResponse", {"Receipt": _receipt(row, known)})

    def _changes(self, asked: etree._Element) -> str:
        cursor = text(asked, "Cursor")
        if not cursor:
            return body("GetChangesResponse", {"NextCursor": f"a{len(self.book.acts)}", "More": False})
        start = int(cursor[1:]) if cursor[1:].isdigit() else 0
        acts = self.book.after(start, PAGE)
        ends = start + len(acts)
        said = "".join(_act(each) for each in acts)
        tail = element("NextCursor", f"a{ends}") + element("More", ends < len(self.book.acts))
        return f'<lb:GetChangesResponse xmlns:lb="{LB}">{said}{tail}</lb:GetChangesResponse>'

    def _entry(self, asked: etree._Element) -> str:
        entry_id = text(asked, "EntryId")
        with self.book.lock:
            row = self.book.rows.get(entry_id)
            acts = "".join(_act(each) for each in self.book.acts if each.entry_id == entry_id)
        receipt = element("Receipt", _receipt(row, True)) if row else ""
        return f'<lb:GetEntryResponse xmlns:lb="{LB}">{receipt}{acts}</lb:GetEntryResponse>'


def _signer_of(card: Card) -> x509.Certificate:
    try:
        return verified_certificate(card.element)
    except NotGenuine as fault:
        raise Refused("invalid_signature", f"the card is not genuine: {fault}") from None


def _card_id(card: Card) -> str:
    saml = NAMES["saml"]
    path = f"{{{saml}}}AttributeStatement/{{{saml}}}Attribute[@Name='sosi:IDCardID']/{{{saml}}}AttributeValue"
    return (card.element.findtext(path) or "").strip()


def _receipt(row: Row, known: bool) -> dict[str, Any]:
    return {"EntryId": row.entry_id, "Reference": row.reference, "ReceivedAt": row.received_at, "Known": known}


def _act(act: Act) -> str:
    by = {"Id": act.user or "gp", "Name": act.name or "Lægerne Torvet"}
    words = {"EntryId": act.entry_id, "What": act.what, "At": act.at, "By": by}
    more = {"Reason": act.reason or None, "Text": act.text or None}
    inner = "".join(element(name, value) for name, value in {**words, **more}.items())
    # An element of this system's own, where the contract leaves room for it.
    return f'<lb:Act>{inner}<x:Colour xmlns:x="urn:simulated:colours">blå</x:Colour></lb:Act>'
