"""This system behind a firewall: nobody can call it, so it fetches its queue from the gateway and brings its acts."""

import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from lxml import etree

from simulators.national.cards import Card, issued_card
from simulators.national.envelopes import NAMES, Refused, envelope
from simulators.national.keys import KeyPair, cvr_of
from simulators.soap.book import Act, Book
from simulators.soap.contract import ENV, LB, body, parsed, text
from simulators.wire import client

log = logging.getLogger("simulators")
OPERATIONS = {
    "seen": "MarkSeen",
    "accepted": "AcceptConsultation",
    "put-back": "PutBackConsultation",
    "rejected": "RejectConsultation",
}


def _why(act: Act) -> dict[str, Any]:
    """The contract's *other* needs a text; who presses without a word has said this much."""
    reason = act.reason or "other"
    return {"Reason": reason, "Text": act.text or ("Afvist" if reason == "other" else None)}


class Fetcher:
    """Keeps the book as the gateway's queue says, from one cursor to the next."""

    def __init__(self, door: str, pair: KeyPair, issuer: str, book: Book) -> None:
        self._door, self._pair, self._issuer, self._book = door, pair, issuer, book
        self._http, self._cursor = client(timeout=30), ""

    def keep_fetching(self, every: float) -> None:
        """For ever, on a thread of its own."""

        def work() -> None:
            pause = threading.Event()
            while not pause.wait(every):
                try:
                    self.fetch()
                except (httpx.HTTPError, Refused) as fault:
                    log.info("not fetched: %s", type(fault).__name__)

        threading.Thread(target=work, daemon=True).start()

    def fetch(self) -> None:
        asked = {"Cursor": self._cursor} if self._cursor else {}
        said = self._call("GetQueue", asked)
        with self._book.lock:
            listed = {text(each, "EntryId") for each in said.iterfind(f"{{{LB}}}Consultation")}
            for each in said.iterfind(f"{{{LB}}}Consultation"):
                self._book.put(each)
            for each in said.iterfind(f"{{{LB}}}Ended"):
                self._book.end(each)
            if text(said, "Complete") == "true":
                self._book.keep_only(listed)
        self._cursor = text(said, "NextCursor")

    def bring(self, act: Act) -> None:
        """An act of this system's people; the gateway's row says what it came to at the next fetch."""
        by = {"Id": act.user or "gp", "Name": act.name or "Lægerne Torvet"}
        more = _why(act) if act.what == "rejected" else {}
        if act.what in OPERATIONS:
            self._call(OPERATIONS[act.what], {"EntryId": act.entry_id, "By": by, **more})
            self._book.given_out = act.number

    def _call(self, operation: str, content: dict[str, Any]) -> etree._Element:
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{LB}#{operation}"'}
        said = envelope(self._header(), body(f"{operation}Request", content))
        answer = self._http.post(self._door, content=said, headers=headers)
        found = parsed(answer.content).find(f"{{{ENV}}}Body/{{{LB}}}{operation}Response")
        if found is None:
            raise Refused("processing_problem", "no answer but a fault")
        return found

    def _header(self) -> str:
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        card = own_card(self._pair, self._issuer)
        return (
            f"<wsse:Security><wsu:Timestamp><wsu:Created>{stamp}</wsu:Created></wsu:Timestamp>{card}</wsse:Security>"
            "<medcom:Header><medcom:SecurityLevel>3</medcom:SecurityLevel><medcom:Linking>"
            f"<medcom:FlowID>{uuid4()}</medcom:FlowID><medcom:MessageID>{uuid4()}</medcom:MessageID></medcom:Linking>"
            "</medcom:Header>"
        )


def own_card(pair: KeyPair, issuer: str) -> str:
    """A system card of level 3 under this system's own signature."""
    cvr, now = cvr_of(pair.certificate), datetime.now(UTC)
    data = {
        "sosi:IDCardID": "",
        "sosi:IDCardVersion": "1.0.1",
        "sosi:IDCardType": "system",
        "sosi:AuthenticationLevel": "3",
    }
    system = {"medcom:ITSystemName": issuer, "medcom:CareProviderID": cvr, "medcom:CareProviderName": "Lægerne Torvet"}
    statements = _statement("IDCardData", data) + _statement("SystemLog", system)
    element = etree.fromstring(f'<saml:Assertion xmlns:saml="{NAMES["saml"]}">{statements}</saml:Assertion>')
    asked = Card(element, issuer, now, now, "system", "3", cvr, issuer, "Lægerne Torvet")
    return issued_card(asked, cvr, issuer, pair, timedelta(hours=24), False)


def _statement(name: str, values: dict[str, str]) -> str:
    said = "".join(
        f'<saml:Attribute Name="{key}"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>'
        for key, value in values.items()
    )
    return f'<saml:AttributeStatement id="{name}">{said}</saml:AttributeStatement>'
