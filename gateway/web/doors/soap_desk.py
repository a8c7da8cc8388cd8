"""What happens behind the door for practices' SOAP systems: whose card it is, whether we answered before, and then the
same services as for every other door."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from adapters.gp_system.soap import Adapter
from adapters.gp_system.soap import requests as door
from adapters.wire.dgws.door import Call, DgwsRefused, answered, believed, read_call
from gateway.domain.errors import NotFound
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.people import PEER_ROLE, Actor, ActorKind
from gateway.domain.records import AuditRow, PeerAnswer
from gateway.domain.scope import SystemScope
from gateway.services.practice_side import closing, peer_changes
from gateway.services.practice_side.pulled_queue import Practice, entry_of, fetch
from gateway.wiring import Gateway


@dataclass(frozen=True, slots=True)
class Caller:
    """``connection`` is ours, ``organisation`` the care provider its card names."""

    connection: str
    organisation: str


class SoapDesk:
    """Answers one request at a time; keeps nothing in memory."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._answers = gateway.peer_answers
        self._serves: dict[str, Callable[[Call, Caller], bytes]] = {
            "GetQueue": self._queue,
            "GetConsultation": self._entry,
            "SetOpeningHours": self._hours,
        }

    def answer(self, content: bytes) -> bytes:
        """Raises ``DgwsRefused``. What only asks is answered anew each time, and kept nowhere."""
        call = read_call(content)
        caller = self._believed(call)
        operation = door.operation_of(call)
        if operation in ("GetQueue", "GetConsultation"):
            self._gateway.peers.noticed(caller.connection, "")
            return self._enveloped(call, self._serves[operation](call, caller))
        return self._once(call, caller, operation)

    def _once(self, call: Call, caller: Caller, operation: str) -> bytes:
        """By the stored answer, else by what our row makes of it. What was refused is not stored."""
        digest = hashlib.sha256(call.canonical).digest()
        stored = self._answers.find(caller.connection, call.message_id)
        if stored is None:
            serve = self._serves.get(operation)
            body = serve(call, caller) if serve else self._claim(call, caller, operation)
            said = PeerAnswer(digest, self._enveloped(call, body))
            self._answers.keep(caller.connection, call.message_id, said, self._gateway.clock.now())
            stored = self._answers.find(caller.connection, call.message_id) or said
        if stored.request != digest:
            raise DgwsRefused("", "message-id-reused")
        return stored.answer

    def _enveloped(self, call: Call, body: bytes) -> bytes:
        return answered(call, body, self._gateway.clock.now(), self._gateway.ids.new())

    def _believed(self, call: Call) -> Caller:
        """The one connection whose stanza names this issuer and this care provider, and then only by its signature."""
        issuer, provider = call.claimed
        named = self._gateway.peers.systems("gp_system", "soap", caller_issuer=issuer, caller_id=provider)
        if not issuer or len(named) != 1 or not isinstance(named[0], Adapter):
            raise DgwsRefused("not_authorized")
        card = believed(call, named[0].callers, self._gateway.clock.now())
        if card.only("medcom:CareProviderID") != named[0].settings.caller_id:
            raise DgwsRefused("not_authorized")
        return Caller(named[0].name, named[0].settings.caller_id)

    # --- operations -------------------------------------------------------------------------------------------------

    def _queue(self, call: Call, caller: Caller) -> bytes:
        g = self._gateway
        found = fetch(self._practice(caller), door.cursor_in(call), store=g.store, clock=g.clock)
        for message, consultation in found.messages:
            self._note_shown(message, caller, AuditRow(g.clock.now(), _actor(caller), "", "read", "", consultation))
        messages = [message for message, _ in found.messages]
        return door.queue_answer(messages, caller.connection, found.cursor, complete=found.complete, more=found.more)

    def _entry(self, call: Call, caller: Caller) -> bytes:
        g = self._gateway
        try:
            message, consultation = entry_of(self._practice(caller), door.entry_in(call), store=g.store, clock=g.clock)
        except NotFound:
            raise DgwsRefused("", "unknown-entry") from None
        self._note_shown(message, caller, AuditRow(g.clock.now(), _actor(caller), "", "read", "", consultation))
        return door.entry_answer(message, caller.connection)

    def _claim(self, call: Call, caller: Caller, operation: str) -> bytes:
        g, connection = self._gateway, caller.connection
        claim = door.claim_in(call, operation, connection, g.clock.now())
        if not peer_changes.apply(claim, connection, store=g.store, clock=g.clock):
            raise DgwsRefused("", "unknown-entry")
        entries = g.store.load_by_entry(SystemScope(), claim.entry_id).entries
        entry = next(each for each in entries if each.id == claim.entry_id)
        return door.outcome_answer(operation, entry, connection)

    def _hours(self, call: Call, caller: Caller) -> bytes:
        """The switch in the waiting room stays as it is: it overrules the hours until it is let go."""
        g = self._gateway
        number, weekly, exceptions = door.hours_in(call)
        if number not in g.practices.ydernumre_of(caller.connection):
            raise DgwsRefused("", "unknown-practice")
        now = g.clock.now()
        hours = replace(g.practices.hours(number), weekly=weekly, exceptions=exceptions)
        closing.set_hours(
            SystemScope(), number, hours, _actor(caller), practices=g.practices, store=g.store, clock=g.clock
        )
        return door.hours_answer(now)

    def _practice(self, caller: Caller) -> Practice:
        g = self._gateway
        served = g.practices.ydernumre_of(caller.connection)
        return Practice(caller.connection, served, g.organisation, g.settings.public_url)

    def _note_shown(self, message: EntryMessage, caller: Caller, row: AuditRow) -> None:
        """Looking is audited like changing; that an entry is over shows nothing about anybody (D14)."""
        if not message.entry.status.ended:
            shown = replace(row, what="soap-queue", organisation=caller.organisation, basis="treatment", door="soap")
            self._gateway.store.record_audit(shown)


def _actor(caller: Caller) -> Actor:
    return Actor(ActorKind.PEER, caller.connection, "", PEER_ROLE)
