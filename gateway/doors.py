"""The doors that adapters offer, opened over this process's parts: what web and the line processes serve calls with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from adapters.discovery import FoundDoor
from gateway import attempts
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.errors import NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.peers.entry_search import EntrySearch, FoundEntry, ShownEntry
from gateway.domain.peers.messages import EntryMessage, Envelope, PeerChange, PeerVerb
from gateway.domain.peers.verdict import WELL
from gateway.domain.people import Actor
from gateway.domain.practice import Span
from gateway.domain.records import AuditRow
from gateway.domain.scope import SystemScope
from gateway.launching import Desk
from gateway.ports.calling import AuditOf, Fetched
from gateway.ports.doors import Door, DoorPorts, Reply
from gateway.rate_limits import Per, What
from gateway.services.act import acting
from gateway.services.compose import entry_message
from gateway.services.practice_side import calls, closing, peer_changes, pulled_queue
from gateway.wiring import Gateway


class OpenDoors:
    """Each door is opened at its first call."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._open: dict[FoundDoor, Door] = {}

    def open(self, found: FoundDoor) -> Door:
        if found not in self._open:
            self._open[found] = found.open(self._ports(found))
        return self._open[found]

    def serve(self, door: Door, call: Envelope, whence: str = "") -> Reply:
        """Raises what ``door.refuse`` may have words for. ``whence``: the caller's address, or what its line shows."""
        g, proved = self._gateway, [""]

        def count(connection: str) -> None:
            proved[0] = connection
            self._count(connection)

        soon = g.peers.poll_soon
        use = calls.Weighing(g.store, g.peer_answers, g.letters, g.letter_answers, g.clock, soon, g.wake, count)
        try:
            return calls.serve(door, call, use)
        except Exception as fault:
            self._note_refused(door, call, fault, proved[0], whence)
            raise

    def _note_refused(self, door: Door, call: Envelope, fault: Exception, caller: str, whence: str) -> None:
        """A caller that proved nothing, or asked for what is not its own, leaves a row."""
        why = attempts.why_refused(fault, door.refuse(call, fault), caller)
        if why:
            adapter = type(door).__module__.split(".")[-2]
            row = attempts.at_door(self._gateway, call.address, adapter, caller, why)
            attempts.record(self._gateway, row, {Per.SYSTEM: caller} if caller else {Per.ADDRESS: whence})

    def _count(self, connection: str) -> None:
        """By whichever door it calls, over HTTP or a line; what anybody may ask is counted by address alone."""
        if connection:
            self._gateway.rate_limits.require(What.CALL, {Per.SYSTEM: connection})

    def _ports(self, found: FoundDoor) -> DoorPorts:
        g = self._gateway
        callers = AdapterConnections(g, found.kind, found.name)
        return DoorPorts(
            g.settings.public_url, callers, PracticeEntries(g), g.fhir_tokens, g.subscriptions, Desk(g), g.clock, g.ids
        )


class AdapterConnections:
    """``ports.calling.Callers`` over the connection rows."""

    def __init__(self, gateway: Gateway, kind: str, adapter: str) -> None:
        self._gateway = gateway
        self._which = (kind, adapter)

    def named(self, connection: str) -> Any:
        return self._gateway.peers.system_of(*self._which, connection)

    def all(self) -> Sequence[Any]:
        return self._gateway.peers.buildable(*self._which)

    def saying(self, **stanza: str) -> Sequence[Any]:
        return self._gateway.peers.systems(*self._which, **stanza)

    def practices(self, connection: str) -> Sequence[Ydernummer]:
        return self._gateway.practices.ydernumre_of(connection)

    def address(self, connection: str) -> str:
        return self._gateway.peers.door_address(connection)

    def token(self, connection: str) -> str:
        return self._gateway.peers.door_token(connection)

    def note_call(self, connection: str) -> None:
        self._gateway.peers.noticed(connection, WELL)


class PracticeEntries:
    """``ports.calling.PracticeQueue`` over the store."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def find(self, connection: str, wanted: EntrySearch) -> tuple[int, Sequence[FoundEntry]]:
        return self._gateway.entry_shelf.find(connection, self._practices(connection), wanted)

    def receive(self, connection: str, found: Sequence[FoundEntry]) -> None:
        g = self._gateway
        for each in found:
            if not each.received:
                claim = PeerChange(each.id, PeerVerb.RECEIVED, g.clock.now())
                peer_changes.apply(claim, connection, store=g.store, clock=g.clock)

    def show(self, connection: str, entries: Sequence[UUID], audit_of: AuditOf | None) -> Sequence[ShownEntry]:
        return self._gateway.entry_shelf.show(connection, self._practices(connection), entries, audit_of)

    def message(self, shown: ShownEntry) -> EntryMessage:
        g = self._gateway
        organisation = g.organisation(shown.consultation.tenant)
        return entry_message(shown.consultation, shown.entry, organisation, g.settings.public_url)

    def fetch(self, connection: str, after: int | None) -> Fetched:
        g = self._gateway
        return pulled_queue.fetch(self._practice(connection), after, store=g.store, clock=g.clock)

    def fetch_one(self, connection: str, entry: UUID) -> tuple[EntryMessage, UUID]:
        g = self._gateway
        return pulled_queue.entry_of(self._practice(connection), entry, store=g.store, clock=g.clock)

    def entry(self, entry: UUID) -> QueueEntry:
        entries = self._gateway.store.load_by_entry(SystemScope(), entry).entries
        found = next((each for each in entries if each.id == entry), None)
        if found is None:
            raise NotFound("entry")
        return found

    def set_hours(
        self,
        connection: str,
        practice: Ydernummer,
        weekly: Mapping[int, tuple[Span, ...]],
        exceptions: Mapping[date, tuple[Span, ...]],
        actor: Actor,
    ) -> bool:
        """The switch in the waiting room stays as it is: it overrules the hours until it is let go."""
        g = self._gateway
        if practice not in self._practices(connection):
            return False
        hours = replace(g.practices.hours(practice), weekly=weekly, exceptions=exceptions)
        closing.set_hours(SystemScope(), practice, hours, acting(None, actor, g.ports))
        return True

    def record(self, row: AuditRow) -> None:
        self._gateway.store.record_audit(row)

    def _practices(self, connection: str) -> Sequence[Ydernummer]:
        return self._gateway.practices.ydernumre_of(connection)

    def _practice(self, connection: str) -> pulled_queue.Practice:
        g = self._gateway
        return pulled_queue.Practice(connection, self._practices(connection), g.organisation, g.settings.public_url)
