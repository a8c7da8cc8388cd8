"""The process in which line doors are mounted: an asyncio MLLP listener over the door that an adapter offers.

``python -m workers.mllp`` listens where ``LAEGEBRO_MLLP_LISTEN`` (host:port) says. Anywhere but on the loopback address
it asks for ``LAEGEBRO_MLLP_CERTIFICATE``, ``_KEY`` and ``_CLIENT_CA`` (files): callers then show a certificate.
``LAEGEBRO_MLLP_KIND`` says who calls: practices (``gp_system``, where nothing is said) or care systems (``eoj``). Where
several adapters of that kind offer a line, ``LAEGEBRO_MLLP_ADAPTER`` names the one of this process.
"""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
from collections.abc import Mapping

from adapters.discovery import FoundDoor, found_doors
from adapters.wire.mllp import server_tls
from adapters.wire.mllp_listener import Bounds, Caller, MllpListener
from gateway.domain.errors import ConfigFault, LaegebroError
from gateway.domain.peers.messages import Envelope
from gateway.doors import OpenDoors
from gateway.logs import log
from gateway.metrics import exporter
from gateway.ports.doors import NotServed
from gateway.readiness import Readiness
from gateway.starting import plainly, started
from gateway.store.ground.faults import DatabaseFault
from gateway.wiring import Gateway

LOOPBACK = ("127.0.0.1", "::1", "localhost")
PREFIX = "LAEGEBRO_MLLP_"
PRACTICES = "gp_system"


class MountedDoor:
    """From a frame to its answer; runs in threads, since it asks the database."""

    def __init__(self, gateway: Gateway, found: FoundDoor) -> None:
        self._doors = OpenDoors(gateway)
        self._found = found
        self._door = self._doors.open(found)

    async def answer(self, frame: bytes, caller: Caller) -> bytes | None:
        return await asyncio.to_thread(self.answered, frame, caller.fingerprint)

    def answered(self, frame: bytes, fingerprint: str) -> bytes | None:
        """b"" says nothing; None closes the line."""
        call = Envelope({}, {}, frame, certificate=fingerprint)
        try:
            return self._doors.serve(self._door, call, fingerprint).body
        except Exception as fault:
            answer = self._refused(call, fault)
            if answer is None:
                raise
            return answer

    def refuse(self, head: bytes) -> bytes | None:
        """The answer to a frame that was too long, by its beginning."""
        return self._refused(Envelope({}, {}, head), NotServed(413))

    def _refused(self, call: Envelope, fault: Exception) -> bytes | None:
        reply = self._door.refuse(call, NotServed(503) if isinstance(fault, DatabaseFault) else fault)
        if reply is None:
            return None
        if reply.status >= 500:
            ours = None if isinstance(fault, (LaegebroError, DatabaseFault)) else fault
            log(__name__).error("call-not-taken", door=self._found.name, fault=type(fault).__name__, exc_info=ours)
        elif reply.reason:
            log(__name__).warning("call-refused", door=self._found.name, reason=reply.reason)
        return reply.body


def line_door(name: str = "", kind: str = PRACTICES) -> FoundDoor:
    """The door of that adapter, or the only one of the kind; ``ConfigFault`` where it is not clear which."""
    every = [each for each in found_doors() if any(address.transport == "mllp" for address in each.addresses)]
    kinds = sorted({each.kind for each in every})
    if kind not in kinds:
        raise ConfigFault(f"{PREFIX}KIND: must be one of {', '.join(kinds)}")
    lines = [each for each in every if each.kind == kind]
    chosen = [each for each in lines if name in ("", each.name)]
    if len(chosen) != 1:
        raise ConfigFault(f"{PREFIX}ADAPTER: must be one of {', '.join(each.name for each in lines)}")
    return chosen[0]


async def serve(
    door: MountedDoor, host: str, port: int, tls: ssl.SSLContext | None, bounds: Bounds | None = None
) -> None:
    """Until SIGTERM or SIGINT."""
    listener = MllpListener(door.answer, door.refuse, bounds)
    try:
        bound = await listener.start(host, port, tls)
    except OSError as fault:
        raise ConfigFault(f"{PREFIX}LISTEN: cannot listen on {host}:{port} ({fault.strerror})") from None
    print(f"mllp on {host}:{bound}", flush=True)
    stopped = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stopped.set)
    await stopped.wait()
    await listener.close()


def address_and_tls(environ: Mapping[str, str]) -> tuple[str, int, ssl.SSLContext | None]:
    """Raises ``ConfigFault`` with everything that is missing."""
    host, _, port = environ.get(f"{PREFIX}LISTEN", "127.0.0.1:0").rpartition(":")
    if not port.isdigit():
        raise ConfigFault(f"{PREFIX}LISTEN: must be host:port")
    files = [environ.get(PREFIX + name, "") for name in ("CERTIFICATE", "KEY", "CLIENT_CA")]
    if all(files):
        return host, int(port), _tls(*files)
    if any(files) or host not in LOOPBACK:
        raise ConfigFault(
            f"{PREFIX}CERTIFICATE, {PREFIX}KEY, {PREFIX}CLIENT_CA: all three, beyond the loopback address"
        )
    return host, int(port), None


def _tls(certificate: str, key: str, client_ca: str) -> ssl.SSLContext:
    try:
        return server_tls(certificate, key, client_ca)
    except (OSError, ValueError) as fault:  # ssl.SSLError is an OSError
        what = getattr(fault, "reason", None) or getattr(fault, "strerror", None) or type(fault).__name__
        raise ConfigFault(f"{PREFIX}CERTIFICATE, {PREFIX}KEY, {PREFIX}CLIENT_CA: cannot be used ({what})") from None


def main() -> None:
    which = os.environ.get(f"{PREFIX}ADAPTER", ""), os.environ.get(f"{PREFIX}KIND", PRACTICES)
    own = (lambda: line_door(*which), lambda: address_and_tls(os.environ), exporter.require_address)
    gateway = started("mllp", *own)
    with plainly():
        exporter.serve(exporter.of_a_process(), readiness=Readiness(gateway).waits_for)
        asyncio.run(serve(MountedDoor(gateway, line_door(*which)), *address_and_tls(os.environ)))


if __name__ == "__main__":
    main()
