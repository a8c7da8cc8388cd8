"""What is kept for a moment so that a lost packet can be sent again: the ring of recent packets, and the list of
the ones we miss ourselves.

Both live in memory only and are wiped when their sender leaves; there is no other store of media in this process.
"""

from __future__ import annotations

from typing import Final

from video.packets.rtp import steps_ahead

# 1.5 Mbit/s for 200 ms is about 30 packets, but key frames come in bursts of a hundred and a NACK may be repeated.
RING_SIZE: Final = 512
LATEST_LATENESS: Final = 500  # packets further behind are not forwarded
_RETRY_AFTER: Final = 0.08  # seconds; about one round trip in Denmark and some queueing
_ATTEMPTS: Final = 8
_LARGEST_GAP: Final = 120  # beyond this a key frame is cheaper than the packets


class Ring:
    """The last ``RING_SIZE`` packets of one stream by sequence number."""

    __slots__ = ("_packets", "_seqs")

    def __init__(self) -> None:
        self._packets: list[bytes | None] = [None] * RING_SIZE
        self._seqs: list[int] = [-1] * RING_SIZE

    def put(self, seq: int, packet: bytes) -> None:
        slot = seq % RING_SIZE
        self._packets[slot] = packet
        self._seqs[slot] = seq

    def find(self, seq: int) -> bytes | None:
        slot = seq % RING_SIZE
        return self._packets[slot] if self._seqs[slot] == seq else None

    def wipe(self) -> None:
        self._packets[:] = [None] * RING_SIZE
        self._seqs[:] = [-1] * RING_SIZE


class Missing:
    """Sequence numbers that should have arrived, and when to ask for each again."""

    __slots__ = ("_due",)

    def __init__(self) -> None:
        self._due: dict[int, tuple[float, int]] = {}

    def __len__(self) -> int:
        return len(self._due)

    def expect(self, last: int, seq: int, now: float) -> bool:
        """Note every number between ``last`` and ``seq``. False when the gap is too wide to be mended."""
        gap = steps_ahead(seq, last) - 1
        if gap > _LARGEST_GAP:
            self._due.clear()
            return False
        for step in range(1, gap + 1):
            self._due[(last + step) & 0xFFFF] = (now, 0)
        return True

    def arrived(self, seq: int) -> None:
        self._due.pop(seq, None)

    def due(self, now: float) -> tuple[list[int], bool]:
        """The numbers to ask for now, and whether any was given up (then only a key frame helps)."""
        ask: list[int] = []
        lost = False
        for seq, (at, attempts) in list(self._due.items()):
            if at > now:
                continue
            if attempts >= _ATTEMPTS:
                del self._due[seq]
                lost = True
                continue
            self._due[seq] = (now + _RETRY_AFTER, attempts + 1)
            ask.append(seq)
        return ask, lost
