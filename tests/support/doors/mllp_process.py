"""The MLLP door as it is run, a gateway with entries asked of an HL7 practice, and a bare line to the door."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from gateway.certify.benches.hl7v2 import NAMES
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.scope import SystemScope
from gateway.store.peers.connections import Stanza
from gateway.wiring import Gateway
from tests.support.clinic_world import TENANTS, settings_in
from tests.support.consultations import PRACTICE, draft, placed
from tests.support.processes.relaying import WITHIN, environment_of

CONNECTION = "torvet-hl7"
STANZA = {"host": "127.0.0.1", "port": 2575, "tls": False, "claims": "brought", **NAMES}
HEAD = (
    "MSH|^~\\&|{app}|{facility}|LAEGEBRO|FJORDBY|20261123093000+0000||{kind}|{control}|P|2.5.1"
    + "|||NE|AL|DNK|UNICODE UTF-8"
)


class Hl7World:
    """A gateway on SQLite whose practice brings its acts."""

    def __init__(self, folder: Path, template: Path, **stanza: Any) -> None:
        database = folder / "laegebro.db"
        database.write_bytes(template.read_bytes())
        self.folder = folder
        # Nobody listens there: a wake is worth nothing here.
        self.gateway = Gateway(settings_in(folder, f"sqlite:///{database}", "redis://127.0.0.1:9/0"))
        for tenant in TENANTS:
            self.gateway.organisations.apply_tenant(tenant)
        now = datetime.now(UTC)
        self.gateway.connections.apply(
            Stanza(CONNECTION, "gp_system", "hl7v2", None, {**STANZA, **stanza}), "t", "t", now
        )

    def entry(self) -> UUID:
        """A new entry that waits at the practice."""
        now = datetime.now(UTC)
        entry = self.gateway.store.commit(placed(draft(at=now), PRACTICE, at=now, connections=(CONNECTION,))).entry
        assert entry is not None
        return entry.id

    def row(self, entry_id: UUID) -> QueueEntry:
        consultation = self.gateway.store.load_by_entry(SystemScope(), entry_id)
        return replace(next(e for e in consultation.entries if e.id == entry_id))

    def history(self, entry_id: UUID) -> list[str]:
        consultation = self.gateway.store.load_by_entry(SystemScope(), entry_id)
        return [row.kind for row in self.gateway.store.timeline(SystemScope(), consultation.id)]


@contextmanager
def mllp_process(world: Hl7World, **environment: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The process and its port; what it logs goes to ``mllp.log``."""
    env = environment_of(world.gateway.settings) | environment
    with (world.folder / "mllp.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "workers.mllp"], env=env, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("mllp on "), line
        yield process, int(line.rpartition(":")[2])
    finally:
        process.terminate()
        process.wait(WITHIN)


def hl7(
    *lines: str, control: str, kind: str = "SIU^S14^SIU_S12", app: str = "GPSYS", facility: str = "TORVET"
) -> bytes:
    head = HEAD.format(kind=kind, control=control, app=app, facility=facility)
    return ("\r".join([head, *lines]) + "\r").encode()


def sch(entry_id: UUID, reason: str = "ACCEPT^Accepteret^99LB", status: str = "Booked") -> str:
    who = "lha^Hansen^Lise"
    return f"SCH|{entry_id}^LAEGEBRO|GP1||||{reason}||||||||||{who}||||{who}|||||{status}^{status}^HL70278"


class BareLine:
    """A socket that speaks frames and nothing else."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._rest = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def say(self, message: bytes) -> dict[str, list[str]]:
        self.send(b"\x0b" + message + b"\x1c\r")
        return self.answer()

    def answer(self) -> dict[str, list[str]]:
        """Segments by name, fields split; {} where the line was closed instead."""
        raw = self.raw()
        return {line.split("|")[0]: line.split("|") for line in raw.decode("latin-1").split("\r") if line}

    def raw(self) -> bytes:
        while b"\x1c\r" not in self._rest:
            try:
                piece = self.socket.recv(65_536)
            except ConnectionResetError:
                return b""
            if not piece:
                return b""
            self._rest += piece
        frame, _, self._rest = self._rest.partition(b"\x1c\r")
        assert frame[:1] == b"\x0b"
        return frame[1:]

    def __enter__(self) -> BareLine:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
