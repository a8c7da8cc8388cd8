"""Transport-wide congestion control: what we tell a browser about when its packets arrived, and what it tells us.

Without this feedback a browser's bandwidth estimate never leaves its start value. Of what browsers say in return we
read only which packets arrived. Format: draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1 (RTCP 205, FMT 15).
"""

from __future__ import annotations

import struct
from operator import sub
from typing import Final

_LOST, _SMALL, _LARGE = 0, 1, 2
_TICKS_PER_SECOND: Final = 4000  # a delta counts 250 µs
_TICKS_PER_REFERENCE: Final = 256  # the reference time counts 64 ms
_MOST_PACKETS: Final = 600  # in one feedback; older gaps are forgotten
_LARGEST_RUN: Final = 0x1FFF
_COUNTS = struct.Struct("!HH")
_CHUNK = struct.Struct("!H")
_HEAD = struct.Struct("!BBHIIHH")


class Arrivals:
    """Collects (number, arrival) of one peer and builds the feedback packets. Times are seconds, monotonic."""

    __slots__ = ("_feedbacks", "_next", "_waiting", "_wraps_from", "note")

    def __init__(self) -> None:
        self._next: int | None = None  # first number not yet reported, unwrapped
        self._wraps_from = 0
        self._feedbacks = 0
        self._waiting: list[tuple[int, float]] = []
        # One packet arrived: called with (number, time) for each, so it only keeps them.
        self.note = self._waiting.append

    def feedback(self, sender: int, ssrc: int) -> bytes | None:
        """The packet to send now, or ``None`` when nothing has arrived since the last."""
        if not self._waiting:
            return None
        first, arrivals = self._all_in_order() or self._by_number()
        self._next = first + len(arrivals)
        count = self._feedbacks
        self._feedbacks = (count + 1) & 0xFF
        return _packet(sender, ssrc, first, arrivals, count)

    def _all_in_order(self) -> tuple[int, list[float | None]] | None:
        """The usual case: one after the other from where the last feedback ended, and no wrap."""
        numbers = [number for number, _ in self._waiting]
        first, count = self._wraps_from + 1, len(numbers)
        low = first & 0xFFFF
        if self._next != first or numbers != list(range(low, low + count)) or count > _MOST_PACKETS:
            return None
        arrivals: list[float | None] = [at for _, at in self._waiting]
        self._waiting.clear()
        self._wraps_from += count
        return first, arrivals

    def _by_number(self) -> tuple[int, list[float | None]]:
        received: dict[int, float] = {}
        for number, at in self._waiting:
            last = self._wraps_from
            number = last + ((number - last + 0x8000) & 0xFFFF) - 0x8000
            if number > last:
                self._wraps_from = number
            received[number] = at
        self._waiting.clear()
        first, last = min(received), max(received)
        if self._next is not None and self._next < first and last - self._next < _MOST_PACKETS:
            first = self._next
        first = max(first, last - _MOST_PACKETS + 1)
        return first, [received.get(number) for number in range(first, last + 1)]


def _packet(sender: int, ssrc: int, first: int, arrivals: list[float | None], count: int) -> bytes:
    earliest = next(at for at in arrivals if at is not None)
    reference = int(earliest * _TICKS_PER_SECOND) // _TICKS_PER_REFERENCE
    statuses, deltas = _deltas(arrivals, reference * _TICKS_PER_REFERENCE)
    body = struct.pack("!I", (reference & 0xFFFFFF) << 8 | count) + _chunks(statuses) + deltas
    padding = -len(body) % 4
    if padding:
        body += bytes(padding - 1) + bytes([padding])
    flags = 0x80 | (0x20 if padding else 0) | 15
    words = (16 + len(body)) // 4 - 1
    return _HEAD.pack(flags, 205, words, sender, ssrc, first & 0xFFFF, len(arrivals)) + body


def _deltas(arrivals: list[float | None], ticks: int) -> tuple[list[int], bytes]:
    stamps = [int(at * _TICKS_PER_SECOND) for at in arrivals if at is not None]
    small = list(map(sub, stamps, [ticks, *stamps]))
    if len(small) == len(arrivals) and min(small) >= 0 and max(small) <= 0xFF:
        return [_SMALL] * len(small), bytes(small)
    statuses: list[int] = []
    out = bytearray()
    for at in arrivals:
        delta = None if at is None else int(at * _TICKS_PER_SECOND) - ticks
        if delta is None or not -0x8000 <= delta <= 0x7FFF:
            statuses.append(_LOST)
            continue
        ticks += delta
        if 0 <= delta <= 0xFF:
            statuses.append(_SMALL)
            out.append(delta)
        else:
            statuses.append(_LARGE)
            out += struct.pack("!h", delta)
    return statuses, bytes(out)


def _chunks(statuses: list[int]) -> bytes:
    """Run-length chunks where seven or more packets share a status, otherwise vectors of seven two-bit symbols."""
    if statuses.count(statuses[0]) == len(statuses) >= 7:
        return _CHUNK.pack(statuses[0] << 13 | len(statuses))
    out = bytearray()
    at = 0
    while at < len(statuses):
        run = 1
        while at + run < len(statuses) and run < 0x1FFF and statuses[at + run] == statuses[at]:
            run += 1
        if run >= 7:
            out += struct.pack("!H", statuses[at] << 13 | run)
            at += run
            continue
        word = 0xC000
        for place, status in enumerate(statuses[at : at + 7]):
            word |= status << (12 - 2 * place)
        out += struct.pack("!H", word)
        at += 7
    return bytes(out)


def received_numbers(part: bytes) -> list[int]:
    """Which transport-wide numbers a feedback packet reports as arrived; empty when its lengths do not add up."""
    if len(part) < 20:
        return []
    first, count = _COUNTS.unpack_from(part, 12)
    found: list[int] = []
    number, at = first, 20
    while number < first + count and at + 2 <= len(part):
        (chunk,) = _CHUNK.unpack_from(part, at)
        at += 2
        number = _read_chunk(chunk, number, min(first + count, number + _LARGEST_RUN), found)
    return found


def _read_chunk(chunk: int, number: int, end: int, found: list[int]) -> int:
    """Add the arrived numbers of one chunk to ``found``; the number after it."""
    if not chunk & 0x8000:  # run length: two bits of status, 13 of length
        after = min(end, number + (chunk & 0x1FFF))
        if chunk >> 13:
            found.extend(range(number, after))
        return after if chunk & 0x1FFF else end
    width = 2 if chunk & 0x4000 else 1  # vector of seven two-bit or fourteen one-bit symbols
    after = min(end, number + 14 // width)
    for shift, at in zip(range(14 - width, -1, -width), range(number, after), strict=False):
        if chunk >> shift & (1 << width) - 1:
            found.append(at)
    return after
