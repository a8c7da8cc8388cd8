"""The thread that moves the packets, and the lock under which anybody touches what it uses.

The event loop negotiates, handshakes and counts; packets must not wait for that. So one thread reads every media
port, forwards and sends, and hands what is not media to the loop. After each turn it waits a moment: what arrives
meanwhile costs one system call together.
"""

from __future__ import annotations

import select
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

COALESCE: Final = 0.0009  # seconds between two turns
_TICKS_PER_SECOND: Final = 10
_TURN_OF_THE_LOOP: Final = 0.0005  # seconds until the event loop's thread must let this one run


class Port(Protocol):
    """A media port as the thread sees it."""

    socket: socket.socket

    def read(self) -> bool: ...

    def flush(self) -> None: ...


class Timed(Protocol):
    """What has work to do ten times a second."""

    def tick(self, now: float) -> None: ...


class Pump:
    """One per process. ``holding()`` keeps the thread out while routes, keys or counters change.

    ``timed`` is worked through evenly, a few in each turn, so that no turn is long.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ports: Sequence[Port] = ()
        self.timed: list[Timed] = []
        self._next = 0
        self._ticked_at = time.monotonic()
        self._stopping = False
        self._wake, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="media", daemon=True)

    def start(self, ports: Sequence[Port]) -> None:
        self._ports = ports
        sys.setswitchinterval(_TURN_OF_THE_LOOP)
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._waker.send(b"x")
        self._thread.join()
        self._wake.close()
        self._waker.close()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Alone with the packet path; what was put to be sent goes out at the end."""
        with self._lock:
            yield
            for port in self._ports:
                port.flush()

    def _serve(self) -> None:
        poller = select.poll()
        for descriptor in (self._wake, *(port.socket for port in self._ports)):
            poller.register(descriptor, select.POLLIN)
        while not self._stopping:
            if self._turn():
                time.sleep(COALESCE)
            else:
                poller.poll(1000 / _TICKS_PER_SECOND)

    def _turn(self) -> bool:
        arrived = False
        with self._lock:
            for port in self._ports:
                arrived |= port.read()
            self._tick(time.monotonic())
            for port in self._ports:
                port.flush()
        return arrived

    def _tick(self, now: float) -> None:
        timed = self.timed
        due = min(len(timed), int((now - self._ticked_at) * _TICKS_PER_SECOND * len(timed)))
        if not due:
            return
        self._ticked_at = now
        for _ in range(due):
            self._next = (self._next + 1) % len(timed)
            timed[self._next].tick(now)


PUMP: Final = Pump()
