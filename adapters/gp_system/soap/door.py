"""The door for practices whose system speaks SOAP: they fetch their queue, take calls and lay them back, so that no
port of theirs need be open. A signed system card says who calls; a repeated message gets the same answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import ClassVar
from uuid import UUID

from adapters.gp_system.soap import requests
from adapters.gp_system.soap.adapter import SoapGpSystem
from adapters.gp_system.soap.publishing import published
from adapters.gp_system.soap.words import NAMESPACE
from adapters.wire.dgws.door import LARGEST, Call, DgwsRefused, answered, believed, faulted, read_call
from gateway.domain.errors import NotFound
from gateway.domain.peers.messages import EntryMessage, Envelope, PeerChange
from gateway.domain.people import PEER_ROLE, Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.ports.doors import Address, DoorPorts, NameReused, ProvenCall, Reply, Said

PATH = "/soap/consultations"
NOT_THEIRS = ("unknown-entry", "unknown-practice")


class Door:
    """One address for all connections. A refusal is a fault under 500, whoever was at fault (SOAP 1.1 §6.2);
    ``faultcode`` says who."""

    addresses: ClassVar = (Address(PATH, ("GET", "POST")),)
    limit: ClassVar = LARGEST
    content_type: ClassVar = "text/xml; charset=utf-8"

    def __init__(self, use: DoorPorts) -> None:
        self._use = use

    def prove(self, call: Envelope) -> ProvenCall:
        if call.method == "GET":
            return PublishedContract(call, self._use.public_url + PATH)
        said = read_call(call.body)
        return PracticeCall(said, self._caller(said), self._use)

    def _caller(self, call: Call) -> SoapGpSystem:
        """The one connection whose stanza names this issuer and this care provider, and then only by its signature."""
        issuer, provider = call.claimed
        named = self._use.callers.saying(caller_issuer=issuer, caller_id=provider) if issuer else []
        if len(named) != 1:
            raise DgwsRefused("not_authorized")
        system: SoapGpSystem = named[0]
        card = believed(call, system.callers, self._use.clock.now())
        if card.only("medcom:CareProviderID") != system.settings.caller_id:
            raise DgwsRefused("not_authorized")
        return system

    def refuse(self, call: Envelope, fault: Exception) -> Reply | None:
        """By the published fault codes; what is none of them is answered as everywhere."""
        if isinstance(fault, NameReused):
            fault = DgwsRefused("", "message-id-reused")
        if not isinstance(fault, DgwsRefused):
            return None
        reason, foreign = fault.code or fault.own or fault.side, fault.own in NOT_THEIRS
        return Reply(faulted(fault, NAMESPACE), 500, reason=reason, foreign=foreign)


class PublishedContract:
    """``?wsdl`` and ``?xsd=NAME``: the published files, with our own address in them, for anybody."""

    connection = ""

    def __init__(self, call: Envelope, address: str) -> None:
        self._name = "wsdl" if "wsdl" in call.query else next(iter(call.query.get("xsd", ())), "")
        self._address = address

    def read(self) -> Said:
        return Said()

    def answer(self, heard: bool) -> Reply:
        found = published(self._name, self._address)
        if found is None:
            raise NotFound("contract")
        return Reply(found)


class PracticeCall:
    """One request under a card that was believed. What only asks is answered anew each time, and kept nowhere."""

    def __init__(self, call: Call, system: SoapGpSystem, use: DoorPorts) -> None:
        self.connection = system.name
        self._organisation = system.settings.caller_id
        self._call, self._use = call, use
        self._operation = requests.operation_of(call)
        self._serves: dict[str, Callable[[], bytes]] = {
            "GetQueue": self._queue,
            "GetConsultation": self._consultation,
            "SetOpeningHours": self._hours,
        }

    def read(self) -> Said:
        if self._operation in ("GetQueue", "GetConsultation"):
            self._use.callers.note_call(self.connection)
            return Said()
        digest = hashlib.sha256(self._call.canonical).digest()
        claims = () if self._operation == "SetOpeningHours" else (self._claim(),)
        return Said(claims, name=self._call.message_id, digest=digest)

    def _claim(self) -> PeerChange:
        return requests.claim_in(self._call, self._operation, self.connection, self._use.clock.now())

    def answer(self, heard: bool) -> Reply:
        if not heard:
            raise DgwsRefused("", "unknown-entry")
        body = self._serves.get(self._operation, self._outcome)()
        return Reply(answered(self._call, body, self._use.clock.now(), self._use.ids.new()))

    def _queue(self) -> bytes:
        found = self._use.queue.fetch(self.connection, requests.cursor_in(self._call))
        for message, consultation in found.messages:
            self._note_shown(message, consultation)
        messages = [message for message, _ in found.messages]
        return requests.queue_answer(messages, self.connection, found.cursor, complete=found.complete, more=found.more)

    def _consultation(self) -> bytes:
        try:
            message, consultation = self._use.queue.fetch_one(self.connection, requests.entry_in(self._call))
        except NotFound:
            raise DgwsRefused("", "unknown-entry") from None
        self._note_shown(message, consultation)
        return requests.entry_answer(message, self.connection)

    def _outcome(self) -> bytes:
        entry = self._use.queue.entry(requests.entry_in(self._call))
        return requests.outcome_answer(self._operation, entry, self.connection)

    def _hours(self) -> bytes:
        number, weekly, exceptions = requests.hours_in(self._call)
        if not self._use.queue.set_hours(self.connection, number, weekly, exceptions, self._actor()):
            raise DgwsRefused("", "unknown-practice")
        return requests.hours_answer(self._use.clock.now())

    def _note_shown(self, message: EntryMessage, consultation: UUID) -> None:
        """Looking is audited like changing; that an entry is over shows nothing about anybody (D14)."""
        if message.entry.status.ended:
            return
        row = AuditRow(
            self._use.clock.now(),
            self._actor(),
            self._organisation,
            "read",
            "soap-queue",
            consultation,
            basis="treatment",
            channel="soap",
        )
        self._use.queue.record(row)

    def _actor(self) -> Actor:
        return Actor(ActorKind.PEER, self.connection, "", PEER_ROLE)
