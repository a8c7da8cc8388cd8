"""A gateway of our own for one promise: an empty database, the connection that is certified, and the real relay and
worker as processes of their own. What an adapter does under the suite alone it must do there as well."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from adapters.wire.oauth.client_key import new_client_key
from gateway.certify.placing import MUNICIPALITY, corrected, noted, placed, talked
from gateway.domain.capability import Capability
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.consultation.events import DebtKind
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.identifiers import Ydernummer
from gateway.domain.peers.delivery import Delivery, DeliveryStatus, Outcome
from gateway.domain.peers.messages import EntryMessage, NoteMessage
from gateway.domain.records import DeliveryRow
from gateway.domain.scope import SystemScope
from gateway.services.compose import entry_message, note_message
from gateway.settings import Settings
from gateway.store.peers.connections import Stanza
from gateway.wiring import Gateway

ENDS = 20.0  # seconds a process may take to end
HOST = "gateway.localhost"
# What holds a row up without a fault of the peer's: an acknowledgement or an index is waited for.
WAITED_FOR = frozenset({"awaits-acknowledgement", "not-readable-yet", "not-there-yet", "former-not-found-yet"})


class RunningGateway:
    """``place`` owes an entry to the connection, ``owe_note`` a note (``kind`` "eoj"); the worker brings it there, and
    the relay asks the peer and brings home what comes of it. ``address`` is where peers call it once ``start_web`` has
    been called; ``hears``: whether what the peer brings is brought to it; ``owner``: whose connection
    it is."""

    kind = "gp_system"
    owner: UUID | None = None
    hears = False
    start_relay: Callable[[], None]
    start_web: Callable[[], None]

    def __init__(self, folder: Path, redis_url: str, adapter: str, name: str, stanza: Mapping[str, Any]) -> None:
        self._settings = _settings(folder, redis_url, f"http://{HOST}:{_free_port()}")
        self._gateway = Gateway(self._settings)
        self._name = name
        from gateway.store.migrations.creation import create_schema  # loads Alembic

        create_schema(self._gateway.engine)
        self._gateway.organisations.apply_tenant(MUNICIPALITY)
        now = datetime.now(UTC)
        self._gateway.connections.apply(
            Stanza(name, self.kind, adapter, self.owner, dict(stanza)), "certify", "certify", now
        )

    def place(self, ydernummer: str) -> EntryMessage:
        """A new entry, agreed for later, on its way; as the suite's hands at the peer know it."""
        g = self._gateway
        consultation = g.store.commit(placed(Ydernummer(ydernummer), self._name, datetime.now(UTC), g.ids))
        assert consultation.entry is not None
        organisation = g.organisation(consultation.tenant)
        return entry_message(consultation, consultation.entry.id, organisation, self.address)

    @property
    def address(self) -> str:
        return self._settings.public_url

    def entry(self, id: UUID) -> QueueEntry:
        """As our row is now."""
        entries = self._gateway.store.load_by_entry(SystemScope(), id).entries
        return next(each for each in entries if each.id == id)

    def faults(self, id: UUID) -> str:
        """What the deliveries met."""
        consultation = self._gateway.store.load_by_entry(SystemScope(), id)
        return self._met(self._gateway.store.deliveries_of(SystemScope(), consultation.id))

    def owe_note(self, record: str, citizen: Citizen, *, held: bool = False) -> NoteMessage:
        """A note on its way to the care system; as the suite's eyes at the peer know it. ``held``: about a talk, so
        that a contact stands beside it where the channel has one."""
        case = CitizenCase(self._gateway.ids.new(), citizen, self._name, record)
        make = talked if held else noted
        return self._owed(self._gateway.store.commit(make(case, datetime.now(UTC), self._gateway.ids)))

    def correct_note(self, message: NoteMessage) -> NoteMessage:
        known = self._gateway.store.load(SystemScope(), message.consultation)
        return self._owed(self._gateway.store.commit(corrected(known, message.case, datetime.now(UTC))))

    def _owed(self, consultation: Consultation) -> NoteMessage:
        """The newest version of its only note."""
        row, case = self._note_rows(consultation.id)[-1], consultation.cases[0]
        owed = Delivery(
            id=row.id,
            tenant=consultation.tenant,
            consultation=consultation.id,
            kind=DebtKind.NOTE,
            subject=case.id,
            version=row.version,
            connection=self._name,
            attempt=1,
            unknown=False,
            lease="",
            created_at=row.due_at,
            claimed_at=row.due_at,
        )
        organisation = self._gateway.organisation(consultation.tenant)
        return note_message(consultation, owed, organisation, frozenset((Capability.REPLACE_NOTE,)))

    def is_done(self, message: NoteMessage) -> bool:
        return any(row.status == DeliveryStatus.DONE for row in self._rows_of(message))

    def note_faults(self, message: NoteMessage) -> str:
        return self._met(self._rows_of(message))

    def _met(self, rows: Sequence[DeliveryRow]) -> str:
        """Codes of faults; else whether the peer took it, so that whoever sees nothing there knows where to look."""
        codes = ", ".join(row.fault for row in rows if row.fault)
        if rows and all(row.status == DeliveryStatus.DONE for row in rows):
            return "the peer has taken it, by its own answer: do the hands look for the right one?"
        tried = any(self._gateway.owed.attempts(row.id) for row in rows)
        return codes or ("tried, not answered yet" if tried else "nothing was attempted")

    def is_resting(self) -> bool:
        """Whether the connection is left alone just now."""
        return not self._gateway.health.of(self._name).breaker.is_closed

    def attempts_in_trouble(self, message: NoteMessage) -> int:
        """How many of its attempts met a fault of the peer's or of the network's."""
        attempts = (each for row in self._rows_of(message) for each in self._gateway.owed.attempts(row.id))
        ended = [each for each in attempts if each.outcome not in ("", str(Outcome.DONE))]
        return sum(each.fault not in WAITED_FOR for each in ended)

    def done_at(self, message: NoteMessage) -> datetime:
        """When the attempt ended that filed it."""
        attempts = [each for row in self._rows_of(message) for each in self._gateway.owed.attempts(row.id)]
        return max(each.ended_at for each in attempts if each.outcome == Outcome.DONE and each.ended_at is not None)

    def _rows_of(self, message: NoteMessage) -> list[DeliveryRow]:
        return [row for row in self._note_rows(message.consultation) if row.version == message.note.version]

    def _note_rows(self, consultation: UUID) -> list[DeliveryRow]:
        rows = self._gateway.store.deliveries_of(SystemScope(), consultation)
        return sorted((row for row in rows if row.kind == DebtKind.NOTE), key=lambda row: row.version)

    @property
    def environment(self) -> dict[str, str]:
        """By which the processes find the same settings."""
        values = self._settings.model_dump(exclude={"former_data_keys"})
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LAEGEBRO_")}
        return {**kept, **{f"LAEGEBRO_{name.upper()}": str(value) for name, value in values.items()}}

    def close(self) -> None:
        self._gateway.engine.dispose()


class RunningRecordGateway(RunningGateway):
    """The same towards a care system."""

    kind = "eoj"


@contextmanager
def running_gateway(
    adapter: str, name: str, stanza: Mapping[str, Any], made_as: type[RunningGateway] = RunningGateway
) -> Iterator[RunningGateway]:
    """The worker runs while it lasts, and the relay from ``start_relay`` on. Where this machine has no redis-server
    both find what is due by themselves, as they do whenever Redis is away."""
    with tempfile.TemporaryDirectory(prefix="laegebro-running-") as place, ExitStack() as stack:
        folder = Path(place)
        redis = shutil.which("redis-server")
        port = _free_port()
        made = made_as(folder, f"redis://127.0.0.1:{port}/0", adapter, name, stanza)
        stack.callback(made.close)
        if redis is not None:
            broker = (redis, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", place)
            stack.enter_context(_process(broker, made.environment, folder))
        stack.enter_context(_process(_module("workers"), made.environment, folder))
        relay = _process(_module("workers.relay"), made.environment, folder)
        made.start_relay = lambda: stack.enter_context(relay)
        web = _process(_served_at(made.address), made.environment, folder)
        made.start_web = lambda: stack.enter_context(web)
        yield made


def _module(name: str) -> Sequence[str]:
    return (sys.executable, "-m", name)


def _served_at(address: str) -> Sequence[str]:
    """Peers bring what they have to say again until it is taken, so nothing waits for the process to come up."""
    bind = ("--bind", f"127.0.0.1:{urlsplit(address).port}", "--threads", "8", "--no-control-socket")
    return (*_module("gunicorn"), *bind, "gateway.web.wsgi:app")


@contextmanager
def _process(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Iterator[None]:
    with (folder / "processes.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(ENDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(ENDS)


def _settings(folder: Path, redis_url: str, address: str) -> Settings:
    """Impatient, so that a promise takes seconds; keys are made for this run alone."""
    contents = {
        "data_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        "index_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        "media_secret": secrets.token_urlsafe(32),
        "client_key": new_client_key(),
    }
    for name, content in contents.items():
        (folder / name).write_text(content, encoding="utf-8")
    references = {name: f"file:{folder / name}" for name in contents}
    urls = dict.fromkeys(("public_url", "live_url", "media_url"), address)
    database = f"sqlite:///{folder / 'laegebro.db'}"
    rest = {"environment": "demo", "database_url": database, "redis_url": redis_url}
    return Settings.model_validate({**rest, **urls, **references, "poll_seconds": 0.5, "quiet_seconds": 3})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
