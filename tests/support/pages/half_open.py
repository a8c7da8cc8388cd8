"""A line between a browser and a server that can go dead without being closed, as in a lift or behind a lost VPN."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

OCTETS = 65536


class Line:
    """Listens on ``port`` and carries octets both ways to ``target`` on this machine."""

    def __init__(self, port: int, target: int) -> None:
        self._target = target
        self._moving = threading.Event()
        self._moving.set()
        self.answered = 0  # octets carried back to the browser
        self._open: set[socket.socket] = set()
        self._server = socket.create_server(("127.0.0.1", port), backlog=50)
        threading.Thread(target=self._accept, daemon=True).start()

    def freeze(self) -> None:
        """From now on nothing arrives, and nobody is told: connections stay open, new ones are taken and left alone."""
        self._moving.clear()

    def thaw(self) -> None:
        """New connections work again; those from before are gone, as after a change of network."""
        for each in tuple(self._open):
            _end(each)
        self._moving.set()

    def close(self) -> None:
        _end(self._server)
        self.thaw()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:  # nobody listens there just now: refused here, too
                _end(near)
                continue
            self._open |= {near, far}
            for source, sink, counted in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._carry, args=(source, sink, counted), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        try:
            while octets := source.recv(OCTETS):
                self._moving.wait()
                sink.sendall(octets)
                self.answered += len(octets) if counted else 0
        except OSError:
            pass  # the other half has ended
        finally:
            for each in (source, sink):
                self._open.discard(each)
                _end(each)


def _end(each: socket.socket) -> None:
    """Close, also where another thread waits in ``recv`` or ``accept``."""
    with suppress(OSError):  # not connected
        each.shutdown(socket.SHUT_RDWR)
    each.close()


@contextmanager
def line(port: int, target: int) -> Iterator[Line]:
    made = Line(port, target)
    try:
        yield made
    finally:
        made.close()
