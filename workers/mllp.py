"""The door for practices that bring their acts by HL7 v2: an asyncio MLLP listener in a process of its own.

``python -m workers.mllp`` listens where ``LAEGEBRO_MLLP_LISTEN`` (host:port) says. Anywhere but on the loopback address
it asks for ``LAEGEBRO_MLLP_CERTIFICATE``, ``_KEY`` and ``_CLIENT_CA`` (files): callers then show a certificate.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import ssl
import time
from datetime import timedelta
from typing import Any

from adapters.gp_system.hl7v2 import Adapter, Incoming, acknowledged, incoming, named_by, refusal_of
from adapters.wire.er7 import Er7Fault
from adapters.wire.mllp import server_tls
from adapters.wire.mllp_listener import Bounds, Caller, MllpListener
from gateway.domain.errors import ConfigFault, LaegebroError, PeerBusy
from gateway.logs import configure, log
from gateway.services.practice_side import peer_changes
from gateway.settings import load
from gateway.store.ground.faults import DatabaseFault
from gateway.store.peers.hl7_answers import SqlHl7Answers
from gateway.wiring import Gateway

LOOPBACK = ("127.0.0.1", "::1", "localhost")
PREFIX = "LAEGEBRO_MLLP_"
KEPT = timedelta(days=14)
FORGET_EVERY = 3600.0
BELIEVED = 2.0  # seconds a list of connections is believed


class Door:
    """From a frame to its answer; runs in threads, since it asks the database."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._answers = SqlHl7Answers(gateway.engine)
        self._known: tuple[float, list[str]] = (-BELIEVED, [])

    async def answer(self, frame: bytes, caller: Caller) -> bytes | None:
        return await asyncio.to_thread(self.answered, frame, caller.fingerprint)

    def refuse(self, head: bytes) -> bytes:
        return refusal_of(head, Er7Fault("207", "", "AR"), _control(), self._gateway.clock.now())

    def answered(self, frame: bytes, fingerprint: str) -> bytes | None:
        """b"" says nothing: an acknowledgement is not acknowledged, and a sender may ask to hear none."""
        now = self._gateway.clock.now()
        try:
            taken = incoming(frame, self._charset_for(frame))
        except Er7Fault as fault:
            return refusal_of(frame, fault, _control(), now)
        if taken.is_acknowledgement:
            return b""
        try:
            return self._weighed(taken, fingerprint)
        except Er7Fault as fault:
            log(__name__).warning("hl7-refused", code=fault.code, ack=fault.ack)
            return acknowledged(taken, _control(), now, fault)
        except (DatabaseFault, LaegebroError) as fault:
            log(__name__).error("hl7-not-taken", fault=type(fault).__name__)
            return acknowledged(taken, _control(), now, Er7Fault("206", "", "AR"))  # nothing kept: come again

    def _weighed(self, taken: Incoming, fingerprint: str) -> bytes:
        """By the stored answer, else by what our row makes of the claims. What was not taken is not stored."""
        connection = self._connection_of(taken, fingerprint)
        g, now = self._gateway, self._gateway.clock.now()
        claims = taken.claims(connection, now)
        name = taken.name_with(claims)
        stored = self._answers.find(connection, name)
        if stored is not None:
            return stored
        heard = [peer_changes.apply(claim, connection, store=g.store, clock=g.clock) for claim in claims]
        if not all(heard):
            raise Er7Fault("204", "SCH^1^1")
        self._answers.keep(connection, name, acknowledged(taken, _control(), now), now)
        return self._answers.find(connection, name) or acknowledged(taken, _control(), now)

    def _charset_for(self, frame: bytes) -> str:
        """The character set of whoever leaves MSH-18 empty, as its connection says; "" for a stranger."""
        try:
            known = [self._adapter(name).settings for name in self._bringing()]
        except (DatabaseFault, LaegebroError):
            return ""
        for each in known:
            if named_by(frame, (each.peer_application, each.peer_facility), each.charset):
                return each.charset
        return ""

    def _connection_of(self, taken: Incoming, fingerprint: str) -> str:
        """By MSH-3 and MSH-4, and by the certificate where the connection names one: nobody speaks for another."""
        for name in self._bringing():
            settings = self._adapter(name).settings
            if taken.sender != (settings.peer_application, settings.peer_facility):
                continue
            if settings.caller_certificate not in ("", fingerprint):
                continue
            taken.check(settings.processing)
            return name
        raise Er7Fault("204", "MSH^1^3", "AR")

    def _bringing(self) -> list[str]:
        """Names of the connections whose practices bring their acts; a stranger's noise costs no query each."""
        read_at, names = self._known
        if time.monotonic() - read_at > BELIEVED:
            names = self._read_bringing()
            self._known = (time.monotonic(), names)
        return names

    def _read_bringing(self) -> list[str]:
        active = self._gateway.connections.active()
        return [c.name for c in active if (c.kind, c.adapter) == ("gp_system", "hl7v2") and _brings(c.config)]

    def _adapter(self, name: str) -> Adapter:
        system: Any = self._gateway.peers.gp_system(name)
        if not isinstance(system, Adapter):
            raise PeerBusy(name, "connection-changes")
        return system

    def forget(self) -> None:
        try:
            self._answers.forget(self._gateway.clock.now() - KEPT)
        except DatabaseFault:
            log(__name__).error("database-away")


def _brings(config: Any) -> bool:
    return bool(config.get("claims") == "brought")


def _control() -> str:
    """MSH-10 of an answer: twenty characters."""
    return secrets.token_hex(10)


async def serve(
    gateway: Gateway, host: str, port: int, tls: ssl.SSLContext | None, bounds: Bounds | None = None
) -> None:
    """Until SIGTERM or SIGINT."""
    door = Door(gateway)
    listener = MllpListener(door.answer, door.refuse, bounds)
    bound = await listener.start(host, port, tls)
    print(f"mllp on {host}:{bound}", flush=True)
    stopped = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stopped.set)
    while not stopped.is_set():
        await asyncio.to_thread(door.forget)
        try:
            async with asyncio.timeout(FORGET_EVERY):
                await stopped.wait()
        except TimeoutError:
            continue
    await listener.close()


def address_and_tls(environ: dict[str, str]) -> tuple[str, int, ssl.SSLContext | None]:
    """Raises ``ConfigFault`` with everything that is missing."""
    host, _, port = environ.get(f"{PREFIX}LISTEN", "127.0.0.1:0").rpartition(":")
    if not port.isdigit():
        raise ConfigFault(f"{PREFIX}LISTEN: must be host:port")
    files = [environ.get(PREFIX + name, "") for name in ("CERTIFICATE", "KEY", "CLIENT_CA")]
    if all(files):
        return host, int(port), server_tls(*files)
    if any(files) or host not in LOOPBACK:
        raise ConfigFault(
            f"{PREFIX}CERTIFICATE, {PREFIX}KEY, {PREFIX}CLIENT_CA: all three, beyond the loopback address"
        )
    return host, int(port), None


def main() -> None:
    configure("mllp")
    asyncio.run(serve(Gateway(load()), *address_and_tls(dict(os.environ))))


if __name__ == "__main__":
    main()
