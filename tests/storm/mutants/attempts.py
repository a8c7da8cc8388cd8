"""Mutants of the attempt: who may make it, what its end means, and what is asked before the next one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, or_, update

from adapters.eoj.smart_fhir.eoj import Eoj
from adapters.eoj.smart_fhir.note_mapping import business_identifier, encounter_key
from adapters.wire.fhir import FhirServer, Json, Written
from gateway.domain.errors import PeerUnavailable
from gateway.domain.peers.delivery import Delivery, Outcome, Receipt
from gateway.domain.peers.messages import NoteMessage
from gateway.services import deliver
from gateway.store.consultation import claiming, outbox, settling
from gateway.store.consultation.tables_deliveries import delivery as rows
from tests.support.unprobed import create_unasked

NOTHING = timedelta(0)


def swap(owner: Any, name: str, changed: Callable[[Any], Any]) -> None:
    """``changed`` is given what stands there now; a name that stands nowhere is a mutant that mutates nothing."""
    setattr(owner, name, changed(getattr(owner, name)))


def sent_without_a_look() -> None:
    """A FHIR create first looks whether the resource is there: a second wall behind the promises of the attempt, taken
    away with each of them, since it hides at this peer what another one would show."""
    swap(FhirServer, "create_once", lambda _: create_unasked)


def no_probe() -> None:
    """An unknown outcome is sent again without asking."""
    swap(deliver, "_probe", lambda _: lambda *_args: None)
    sent_without_a_look()


def probe_of_half() -> None:
    """The question before a resend is for the note alone; its contact is made again unasked."""

    def contact_unasked(plain: Callable[..., Written]) -> Callable[..., Written]:
        def create(server: FhirServer, resource: Json, identifier: str, **look: bool) -> Written:
            way = create_unasked if resource["resourceType"] == "Encounter" else plain
            return way(server, resource, identifier, **look)

        return create

    swap(FhirServer, "create_once", contact_unasked)


def contact_is_the_whole() -> None:
    """The question is for the contact alone: where it is there, so is the note."""

    def contact_only(plain: Callable[..., Any]) -> Callable[..., Any]:
        def probe(self: Eoj, message: NoteMessage) -> Receipt | None:
            key = business_identifier(encounter_key(message))
            found = self._server.with_identifier("Encounter", key)
            return Receipt(f"Encounter/{found['id']}", replayed=True) if found else plain(self, message)

        return probe

    swap(Eoj, "probe", contact_only)
    swap(Eoj, "read_back", lambda _: lambda _self, message: Receipt(str(message.key)))


def read_back_failure_is_not_done() -> None:
    """A note whose reading back fails counts as never sent."""

    def forgetful(plain: Callable[..., Receipt]) -> Callable[..., Receipt]:
        def read_back(*args: Any) -> Receipt:
            try:
                return plain(*args)
            except deliver.Unconfirmed:
                raise PeerUnavailable("record", "connecting") from None

        return read_back

    swap(deliver, "_read_back", forgetful)
    sent_without_a_look()


def before_each_claim(change: Callable[[Connection, datetime], object]) -> None:
    """Whoever claims changes the rows first, in the same transaction."""

    def claiming_after(plain: Callable[..., Any]) -> Callable[..., Any]:
        def take(connection: Connection, statement: Any, now: datetime, *more: Any, **which: Any) -> Any:
            change(connection, now)
            return plain(connection, statement, now, *more, **which)

        return take

    swap(claiming, "take", claiming_after)


def ran_out(now: datetime) -> Any:
    """Rows whose owner disappeared."""
    return update(rows).where(rows.c.status == "due", rows.c.lease.is_not(None), rows.c.lease_until < now)


def no_lease() -> None:
    """A claim keeps nobody else out."""

    def free(connection: Connection, _now: datetime) -> None:
        connection.execute(update(rows).where(rows.c.status == "due").values(lease=None, lease_until=None))

    before_each_claim(free)
    sent_without_a_look()


def no_fencing() -> None:
    """Whoever comes back late writes his outcome over that of his successor."""

    def unfenced(fenced: Any) -> Any:
        whoever = or_(rows.c.lease == bindparam("held"), rows.c.id == bindparam("this"))
        return update(rows).where(rows.c.id == bindparam("this"), whoever).values(fenced._values)

    swap(settling, "_SETTLE", unfenced)


def lost_lease_is_not_done() -> None:
    """An attempt whose owner disappeared counts as never made."""
    before_each_claim(lambda connection, now: connection.execute(ran_out(now).values(lease=None, lease_until=None)))
    sent_without_a_look()


def poison_by_restart() -> None:
    """A row whose owner disappeared twice is held to have killed it, and set aside."""

    def blame(connection: Connection, now: datetime) -> None:
        set_aside = {"status": "stuck", "fault": "poison", "lease": None, "lease_until": None}
        connection.execute(ran_out(now).where(rows.c.lost >= 1).values(set_aside))

    before_each_claim(blame)


def breaker_never_closes() -> None:
    """A connection that failed is never tried again."""
    swap(outbox, "take_probe", lambda _: lambda *_args: False)


def no_quiet_period() -> None:
    """After an unknown outcome the peer is asked at once, while it may still be at work."""
    from gateway.peers.connected import ConnectedPeers

    swap(ConnectedPeers, "quiet_period", lambda _: lambda *_args: NOTHING)
    sent_without_a_look()


def done_before_the_effect() -> None:
    """The row is settled first and the message sent afterwards."""
    from workers import courier

    def hurried(plain: Callable[..., Outcome]) -> Callable[..., Outcome]:
        def attempt(claimed: Delivery, use: deliver.Attempting, *known: Any) -> Outcome:
            use.outbox.settle(claimed, Outcome.DONE, pause=NOTHING)
            return plain(claimed, use, *known)

        return attempt

    swap(courier, "attempt", hurried)


def nobody_looks_unasked() -> None:
    """Relay and workers do what they are told and look for nothing themselves."""
    from workers import app, relay

    swap(relay.Relay, "sweep", lambda _: lambda _self: 0)
    swap(app, "_keep_looking", lambda _: lambda *_args: None)


def redis_is_the_memory() -> None:
    """The workers are told once of what is due; from then on Redis alone knows."""
    from workers.relay import Relay

    told = set()

    def tell_once(relay: Any) -> int:
        for lane in relay._outbox.lanes():
            if (lane.connection, lane.tenant, lane.since) not in told:
                told.add((lane.connection, lane.tenant, lane.since))
                relay._tell_workers()
        return 0

    nobody_looks_unasked()
    swap(Relay, "sweep", lambda _: tell_once)


MUTANTS: dict[str, Callable[[], None]] = {
    "no-probe": no_probe,
    "probe-of-half": probe_of_half,
    "contact-is-the-whole": contact_is_the_whole,
    "read-back-failure-is-not-done": read_back_failure_is_not_done,
    "no-lease": no_lease,
    "no-fencing": no_fencing,
    "lost-lease-is-not-done": lost_lease_is_not_done,
    "poison-by-restart": poison_by_restart,
    "breaker-never-closes": breaker_never_closes,
    "no-quiet-period": no_quiet_period,
    "done-before-the-effect": done_before_the_effect,
    "redis-is-the-memory": redis_is_the_memory,
}
