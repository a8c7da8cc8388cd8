"""A stretch of network in front of an MLLP peer that fails on purpose, on the next message the fault is meant for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Literal

Fault = Literal["stops-reading", "never-answers"]
END = b"\x1c\r"


class MllpNetwork:
    """Messages pass through to ``upstream`` one by one; those that ``match`` (by their first bytes) meet the fault."""

    def __init__(self, upstream: tuple[str, int], fault: Fault, match: Callable[[bytes], bool]) -> None:
        self._upstream, self._fault, self._match = upstream, fault, match
        self._over = threading.Event()
        self._server = socket.socket()
        # Small, so that a large message is still being sent while nobody reads it.
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._server.bind(("127.0.0.1", 0))
        self._server.listen(8)
        self.port = int(self._server.getsockname()[1])
        self.struck = 0

    def __enter__(self) -> MllpNetwork:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                caller, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with caller, socket.create_connection(self._upstream) as peer:
            while head := caller.recv(2048):
                if self._match(head):
                    return self._fail(caller, head)
                peer.sendall(_frame(caller, head))
                caller.sendall(_frame(peer, b""))

    def _fail(self, caller: socket.socket, head: bytes) -> None:
        self.struck += 1
        if self._fault == "never-answers":
            _frame(caller, head)
        self._over.wait()


def _frame(line: socket.socket, begun: bytes) -> bytes:
    frame = bytearray(begun)
    while not frame.endswith(END):
        piece = line.recv(65_536)
        if not piece:
            break
        frame += piece
    return bytes(frame)
