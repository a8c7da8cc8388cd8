"""A bad line: a UDP relay that loses, delays and throttles what passes, for calls over loopback.

The kernels this runs on have no ``tc netem``, and an nft rule can lose packets but not delay them. Each client address
gets a port of its own towards the target, as behind an address translator. One thread; conditions may change at
any time.

    python -m simulators.line PORT TARGET_HOST TARGET_PORT      then one JSON object per line on standard input
"""

from __future__ import annotations

import json
import os
import random
import select
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass
from typing import Final

Address = tuple[str, int]

_LARGEST: Final = 2048
_BURST: Final = 64


@dataclass(frozen=True, slots=True)
class Conditions:
    """What happens to each packet in one direction. ``burst``: mean number of packets lost in a row (Gilbert's model);
    ``delay`` in seconds; ``rate`` in bit/s with a queue of ``queue`` seconds, 0 for no limit."""

    loss: float = 0.0
    burst: float = 1.0
    delay: float = 0.0
    rate: float = 0.0
    queue: float = 0.3


class Direction:
    """Packets on their way in one direction, in the order they come out."""

    def __init__(self, seed: int) -> None:
        self.conditions = Conditions()
        self.passed = self.dropped = 0
        self._random = random.Random(seed)  # noqa: S311 the same losses in every run
        self._losing = False
        self._free_at = 0.0
        self._waiting: deque[tuple[float, bytes, socket.socket, Address]] = deque()

    def enter(self, packet: bytes, out: socket.socket, to: Address, now: float) -> None:
        conditions = self.conditions
        due = now
        if conditions.rate:
            due = max(now, self._free_at)
            if due - now > conditions.queue:
                self.dropped += 1
                return
            due = self._free_at = due + 8 * len(packet) / conditions.rate
        if self._lost(conditions):
            self.dropped += 1
            return
        self._waiting.append((due + conditions.delay, packet, out, to))

    def _lost(self, conditions: Conditions) -> bool:
        if not conditions.loss:
            return False
        stays = 1 - 1 / max(conditions.burst, 1 / (1 - conditions.loss))
        begins = conditions.loss * (1 - stays) / (1 - conditions.loss)
        self._losing = self._random.random() < (stays if self._losing else begins)
        return self._losing

    def release(self, now: float) -> float | None:
        """Send what is due; seconds until the next, ``None`` when nothing waits."""
        while self._waiting and self._waiting[0][0] <= now:
            _, packet, out, to = self._waiting.popleft()
            try:
                out.sendto(packet, to)
                self.passed += 1
            except OSError:
                self.dropped += 1
        return self._waiting[0][0] - now if self._waiting else None


class Line:
    """The relay between any number of clients and one target. ``per_client``: conditions by order of appearance."""

    def __init__(self, port: int, target: Address) -> None:
        self._near = _socket(port)
        self.address: Address = self._near.getsockname()
        self._target = target
        self._far: dict[Address, socket.socket] = {}
        self._clients: dict[int, tuple[socket.socket, Address]] = {}
        self.up, self.down = Direction(1), Direction(2)

    def serve(self) -> None:
        """Relay until standard input ends; each line of it is ``{"up": {…}, "down": {…}}``."""
        poller = select.epoll()
        for descriptor in (self._near.fileno(), sys.stdin.fileno()):
            poller.register(descriptor, select.EPOLLIN)
        wait = -1.0
        while True:
            for descriptor, _ in poller.poll(wait):
                if descriptor == sys.stdin.fileno():
                    line = os.read(descriptor, 4096)
                    if not line:
                        return
                    self._change(line)
                elif descriptor == self._near.fileno():
                    self._from_clients(poller)
                else:
                    self._from_target(descriptor)
            now = time.monotonic()
            waits = [due for due in (self.up.release(now), self.down.release(now)) if due is not None]
            wait = min(waits) if waits else -1.0

    def _change(self, line: bytes) -> None:
        wanted = json.loads(line.splitlines()[-1])
        self.up.conditions = Conditions(**wanted["up"])
        self.down.conditions = Conditions(**wanted["down"])

    def _from_clients(self, poller: select.epoll) -> None:
        for _ in range(_BURST):
            try:
                packet, source = self._near.recvfrom(_LARGEST)
            except OSError:
                return
            far = self._far.get(source)
            if far is None:
                far = self._far[source] = _socket(0)
                self._clients[far.fileno()] = (far, source)
                poller.register(far.fileno(), select.EPOLLIN)
            self.up.enter(packet, far, self._target, time.monotonic())

    def _from_target(self, descriptor: int) -> None:
        far, client = self._clients[descriptor]
        for _ in range(_BURST):
            try:
                packet = far.recv(_LARGEST)
            except OSError:
                return
            self.down.enter(packet, self._near, client, time.monotonic())


def _socket(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
    sock.setblocking(False)
    sock.bind(("", port))
    return sock


def main() -> None:
    port, host, target_port = sys.argv[1:]
    line = Line(int(port), (host, int(target_port)))
    print(f"line on port {line.address[1]}", flush=True)
    line.serve()


if __name__ == "__main__":
    main()
