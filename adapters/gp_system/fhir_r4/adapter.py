"""A practice's own system reached by FHIR R4: its queue is Tasks, our entry is one of them (requirements.md S2)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from adapters.gp_system.fhir_r4.announcing import Announcing
from adapters.gp_system.fhir_r4.cursor import BEGINNING, Cursor
from adapters.gp_system.fhir_r4.login import connected
from adapters.gp_system.fhir_r4.mapping import bare, first_task
from adapters.gp_system.fhir_r4.server import FhirServer, Stored
from adapters.gp_system.fhir_r4.settings import Settings
from adapters.gp_system.fhir_r4.standing import next_version
from adapters.gp_system.fhir_r4.subscription import stands, subscription
from adapters.wire.effect import one_effect
from adapters.wire.fhir import written_out
from adapters.wire.task.claims import changed_at, claims_of, entry_id_of, named_entry_of, shortened
from adapters.wire.task.content import instant
from adapters.wire.task.words import ENTRY, TERMINAL, Json, text
from adapters.wire.trial.fhir import SPEAKS
from gateway.domain.capability import Capability
from gateway.domain.errors import PeerBusy, PeerCannot, PeerRefused, PeerUnavailable, PeerUnclear
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import EntryMessage, PeerChange
from gateway.domain.peers.trial import Probe, TrialStep

CONFLICTS = 3
ABLE = frozenset((Capability.IDEMPOTENT_CREATE, Capability.PROBE, Capability.SEEN, Capability.POLLABLE))
VERSIONS = 8  # the longest legal way is five moves


class FhirGpSystem:
    """One connection. ``secrets`` turns the stanza's reference into our private key (PEM)."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        secrets: Callable[[str], str],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.settings = settings
        able = ABLE | {Capability.NOTIFIES} if settings.subscribe else ABLE
        self.capabilities = able | settings.shown
        self._clock = clock
        self._plain, self._http, self._login = connected(name, settings, secrets, clock)
        self._server = FhirServer(self._http)
        self._announcing = Announcing(name, self._server, settings.video_appointments)

    def trial(self) -> Sequence[Probe]:
        return (
            Probe(TrialStep.LOGIN, self._login.log_in, SPEAKS),
            Probe(TrialStep.METADATA, self._server.try_out, SPEAKS),
        )

    def rendered(self, message: EntryMessage, at: datetime) -> str:
        return written_out(self.name, first_task(message, at))

    def close(self) -> None:
        self._http.close()
        self._plain.close()

    @one_effect
    def enqueue(self, message: EntryMessage) -> Receipt:
        """Create the Task once. An entry that has ended meanwhile is not put into anybody's queue."""
        if message.entry.status.ended:
            return self.update(message)
        self._announcing.bring(message)
        created = self._create(first_task(message, self._clock()), message)
        return self._receipt(created, replayed=False) if created else self._receipt(self._own(message), replayed=True)

    def _create(self, task: Json, message: EntryMessage) -> Stored | None:
        """None where the entry is there already."""
        if_none_exist = f"identifier={ENTRY}|{message.entry.id}"
        # Looked for also where conditions are offered: some servers overlook them.
        if message.may_be_there and self._server.find(message.entry.id):
            return None
        created = self._server.create(task, if_none_exist)
        if created is not None and entry_id_of(created.resource) != message.entry.id:
            raise PeerRefused(self.name, "other-task-there")
        return created

    def _own(self, message: EntryMessage) -> Stored:
        """After "it is there already": read and compare."""
        found = self._server.find(message.entry.id)
        if found is None:
            raise PeerBusy(self.name, "neither-there-nor-created", sent=True)
        if entry_id_of(found.resource) != message.entry.id:
            raise PeerRefused(self.name, "other-task-there")
        return found

    @one_effect
    def update(self, message: EntryMessage) -> Receipt:
        """Bring the Task to what our row says, by legal moves; a Task that is missing is created first.

        Where the entry has ended, the Task so created holds no person and is ended at once: it keeps a late
        *enqueue* from coming to life.
        """
        self._announcing.bring(message)
        stored = self._server.find(message.entry.id)
        if stored is None:
            self._require_time_to_show(message)
            first = bare(message) if message.entry.status.ended else message
            stored = self._create(first_task(first, self._clock()), message) or self._own(message)
            message = first
        return self._brought_to(stored, message)

    def _require_time_to_show(self, message: EntryMessage) -> None:
        """A server that has acknowledged the entry and does not find it shows it late, or has lost it: the quiet period
        tells. Created at once, it would stand there twice."""
        received = message.entry.received_at
        if received is not None and self._clock() - received < self.settings.max_apply_delay:
            raise PeerBusy(self.name, "not-found-yet")

    def _brought_to(self, stored: Stored, message: EntryMessage) -> Receipt:
        conflicts = 0
        written = 0
        while written < VERSIONS:
            version = next_version(stored.resource, message, self.name, self._clock())
            if version is None:
                return self._receipt(stored, replayed=written == 0)
            replaced = self._replaced(version.task, stored)
            if replaced is None:
                conflicts += 1
                if conflicts >= CONFLICTS:
                    raise PeerBusy(self.name, "changes-all-the-time")
                stored = self._own(message)
                continue
            stored, written = replaced, written + 1
            if version.last:
                return self._receipt(stored, replayed=False)
        raise PeerRefused(self.name, "does-not-keep-what-is-written")

    def _replaced(self, task: Json, stored: Stored) -> Stored | None:
        """None where the Task must be looked at again: somebody changed it, or the answer was lost.

        After a lost answer no quiet period is needed: should our write still come late, it names a version that is
        gone by then and is refused (R4 §3.1.0.5, If-Match).
        """
        try:
            return self._server.replace(task, stored.etag)
        except (PeerUnavailable, PeerUnclear) as fault:
            if fault.certainly_not_done or not stored.etag:
                raise
            return None

    def probe(self, message: EntryMessage) -> Receipt | None:
        stored = self._server.find(message.entry.id)
        return self._receipt(stored, replayed=True) if stored and self._announcing.stands(message) else None

    def _receipt(self, stored: Stored, *, replayed: bool) -> Receipt:
        at = changed_at(stored.resource) or self._clock()
        return Receipt(f"Task/{text(stored.resource.get('id'))}", at.astimezone(UTC), replayed=replayed)

    def changes(self, cursor: str) -> tuple[Sequence[PeerChange], str]:
        """Claims in the order they were made. A Task read twice in the same version claims nothing twice."""
        known = Cursor.decoded(cursor)
        if known is None:
            newest = self._server.newest()
            times = [at for task in newest if (at := changed_at(task))]
            start = Cursor(max(times, default=BEGINNING))
            return [], start.after(newest, self.settings.look_back).encoded()
        since = known.since if known.since == BEGINNING else known.since - self.settings.look_back
        tasks = self._server.changed_since(instant(since))
        news = [task for task in tasks if known.is_news(task)]
        claims = [shortened(claim) for task in news for claim in claims_of(task, self.name, self._clock())]
        return claims, known.after(news, self.settings.look_back).encoded()

    def waiting_entries(self) -> Collection[UUID]:
        """By our identifier alone: a Task of somebody else's may have any id."""
        shown = [each for each in self._server.unended() if text(each.get("status")) not in TERMINAL]
        return {id for each in shown if (id := named_entry_of(each)) is not None}

    def read(self, entry_id: UUID) -> Sequence[PeerChange]:
        stored = self._server.find(entry_id)
        return [shortened(claim) for claim in claims_of(stored.resource, self.name, self._clock())] if stored else []

    def keep_subscribed(self, endpoint: str, token: str) -> None:
        """One Subscription per endpoint. One that failed or was switched off is asked for again."""
        if not self.settings.subscribe:
            raise PeerCannot(self.name, Capability.NOTIFIES)
        wanted = subscription(endpoint, token)
        for _ in range(CONFLICTS):
            if self._subscribed(wanted):
                return
        raise PeerBusy(self.name, "changes-all-the-time")

    def _subscribed(self, wanted: Json) -> bool:
        """False where the server changed it in between (it marks *active* what has just shaken hands)."""
        found = self._subscription(wanted)
        if found is None:
            self._server.create(wanted, "")  # refused where another process of ours was first, with the same words
            return True
        if stands(found.resource, wanted):
            return True
        return self._server.replace({**wanted, "id": found.resource["id"]}, found.etag) is not None

    def _subscription(self, wanted: Json) -> Stored | None:
        """Ours: by its id, else among all of this server's by its endpoint."""
        abilities = self._server.abilities("Subscription")
        if abilities.update_create:
            return self._server.read("Subscription", wanted["id"])
        for each in self._server.search([], "Subscription"):
            if stands({**each, "status": "active"}, wanted):
                return self._server.read("Subscription", text(each.get("id")))
        return None
