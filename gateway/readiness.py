"""Can this process do its work now? Asked by service managers and proxies, so the answer is believed for a second."""

from __future__ import annotations

import threading
import time

from gateway.domain.errors import ConfigFault
from gateway.store.ground.faults import DatabaseFault
from gateway.store.migrations import newest, require_present
from gateway.store.watch.writable import require_writable
from gateway.wiring import Gateway

BELIEVED = 1.0  # seconds


class Readiness:
    """``waits_for``: "" where it is ready, else database (does not answer), schema (another one) or writing (a full
    disk, a replica). ``schema``: the one this release works with."""

    schema = newest()

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._turn = threading.Lock()
        self._said, self._at = "", float("-inf")

    def waits_for(self) -> str:
        with self._turn:
            if time.monotonic() - self._at > BELIEVED:
                self._said, self._at = self._asked(), time.monotonic()
            return self._said

    def _asked(self) -> str:
        try:
            require_present(self._gateway.engine)
        except ConfigFault:
            return "schema"
        except DatabaseFault:
            return "database"
        try:
            require_writable(self._gateway.engine)
        except DatabaseFault:
            return "writing"
        return ""
