"""A stretch of network in front of an MLLP peer that fails on purpose, on the next message the fault is meant for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Literal

Fault = Literal["stops-reading", "never-answers", "loses-answer", "comes-late"]
LATE = 0.4  # seconds
END = b"\x1c\r"


class MllpNetwork:
    """Messages pass through to ``upstream`` one by one; those that ``match`` (by their first bytes) meet the fault."""

    def __init__(self, upstream: tuple[str, int], fault: Fault | None, match: Callable[[bytes], bool]) -> None:
        self._upstream, self._fault, self._match = upstream, fault, match
        self._over = threading.Event()
        self._server = socket.socket()
        # Small, so that a large message is still being sent while nobody reads it.
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._server.bind(("127.0.0.1", 0))
        self._server.listen(8)
        self.port = int(self._server.getsockname()[1])
        self.struck = 0
        self._once = False
        self._late: list[threading.Thread] = []

    def fails_once(self, fault: Fault) -> None:
        """The next message that matches meets it, and no other."""
        self._fault, self._once = fault, True

    def settle(self) -> None:
        """Until everything late has come."""
        while self._late:
            self._late.pop().join()

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
                if self._fault is not None and self._match(head):
                    return self._fail(caller, head, self._struck())
                peer.sendall(_frame(caller, head))
                answer = _frame(peer, b"")
                if not answer:
                    return None
                caller.sendall(answer)

    def _struck(self) -> Fault | None:
        self.struck += 1
        fault = self._fault
        if self._once:
            self._fault = None
        return fault

    def _fail(self, caller: socket.socket, head: bytes, fault: Fault | None) -> None:
        if fault == "stops-reading":
            self._over.wait()
            return
        frame = _frame(caller, head)
        if fault == "never-answers":
            self._over.wait()
        elif fault == "loses-answer":
            self._deliver(frame)
        else:
            late = threading.Timer(LATE, self._deliver, (frame,))
            self._late.append(late)
            late.start()

    def _deliver(self, frame: bytes) -> None:
        """On a line of its own: the one that brought it is cut."""
        with socket.create_connection(self._upstream) as peer:
            peer.sendall(frame)
            _frame(peer, b"")


def _frame(line: socket.socket, begun: bytes) -> bytes:
    frame = bytearray(begun)
    while not frame.endswith(END):
        piece = line.recv(65_536)
        if not piece:
            break
        frame += piece
    return bytes(frame)
