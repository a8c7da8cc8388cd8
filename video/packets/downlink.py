"""What one receiver's own line can carry, and whose picture goes first when it cannot carry all.

A sender's browser measures its way up to us and adapts by itself (transport-cc); nobody measures the way down from us
to a receiver. Loss alone says nothing about it: on a wireless line packets are lost at any rate. So a receiver's
reports (RFC 3550 §6.4) lower its budget only where loss comes with a queue that grows, or is beyond use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from video.packets.rtcp import ReportBlock

if TYPE_CHECKING:
    from video.packets.outbound import Outbound

SIZES_MASK: Final = 0x3FF  # more packets than a browser reports on at once
_FLOOR: Final = 150_000  # bit/s for one picture; below it the picture is held back and the sound goes on
_CEILING: Final = 3_000_000  # from here on there is nothing to limit
_LOSSY, _UNUSABLE = 0.05, 0.4  # shares of packets lost, with and without a queue
_QUEUE, _LONG_QUEUE = 0.1, 0.3  # seconds of round trip above the least
_FEW: Final = 20  # packets; a share of fewer says nothing
_FAST, _SLOW = 1.5, 1.03  # growth each second far below the rate of the last trouble, and near it
_NEAR: Final = 0.8
_BACK: Final = 0.8  # of what arrived, so that the queue drains
_SOUND: Final = 40_000  # bit/s
_FOR_REPAIRS: Final = 0.25  # of the budget
_DRAINS: Final = 2  # seconds until lowering shows
_CAREFUL_FOR: Final = 15  # seconds
_SAME_LINE_FOR: Final = 6  # seconds of queue without loss: then the way has become longer, not fuller
_TRY_AGAIN: Final = 5  # seconds until a held picture is tried again, doubled each time it fails
_LONGEST_TRY: Final = 40
_REPORTS_KEPT: Final = 16


class Downlink:
    """The budget for all pictures sent to one receiver, in bit/s; ``None`` while its line has shown no trouble."""

    __slots__ = (
        "_at_least",
        "_careful",
        "_expected",
        "_full",
        "_knee",
        "_least",
        "_lost",
        "_octets",
        "_queued",
        "_repairs",
        "_seen",
        "_sent",
        "_trip",
        "drained",
        "failing",
        "limit",
    )

    def __init__(self) -> None:
        self.limit: int | None = None
        self._repairs = 0  # octets of this second's budget left for retransmissions
        self.drained = False  # the queue has just gone: what was lost in it needs a whole picture
        self.failing = False  # trouble although the pictures are at their least
        self._sent: dict[int, float] = {}  # middle of a sender report's NTP time → when we sent it
        self._seen: dict[int, tuple[int, int]] = {}  # SSRC → (lost, highest) in its last report
        self._lost = self._expected = 0
        self._trip: float | None = None
        self._least = 60.0
        self._octets = self._careful = self._queued = 0
        self._at_least = 0
        self._full = False
        self._knee = 0.0

    def report_sent(self, ntp: int, now: float) -> None:
        """A sender report went to the receiver; its echo gives the round trip."""
        if len(self._sent) >= _REPORTS_KEPT:
            del self._sent[next(iter(self._sent))]
        self._sent[(ntp >> 16) & 0xFFFFFFFF] = now

    def reported(self, block: ReportBlock, now: float) -> None:
        """The receiver says how one stream arrives."""
        lost, highest = self._seen.get(block.ssrc, (block.lost, block.highest))
        self._seen[block.ssrc] = (block.lost, block.highest)
        expected = (block.highest - highest) & 0xFFFFFFFF
        if expected < 0x10000:
            self._expected += expected
            self._lost += min(expected, max(0, block.lost - lost))
        at = self._sent.get(block.last_report)
        if at is not None:
            trip = max(0.0, now - at - block.delay / 65536)
            self._trip = trip if self._trip is None else min(self._trip, trip)

    def arrived(self, octets: int) -> None:
        """The receiver's transport-wide feedback: so much has come out at its end."""
        self._octets += octets

    def step(self, seconds: float, pictures: int) -> int | None:
        """Once a second: the time since the last step, and how many pictures are shown; the budget from now on."""
        rate, self._octets = 8 * self._octets / seconds, 0
        self.failing = self.drained = False
        if not pictures or (self._expected < _FEW and self._trip is None):
            return self.limit  # no news
        loss = self._lost / self._expected if self._expected >= _FEW else 0.0
        self._lost = self._expected = 0
        if self._congested(loss):
            self._lower(rate, _FLOOR * pictures)
        elif self.limit is not None:
            self.drained, self._full = self._full, False
            self._raise()
        return self.limit

    def may_repair(self, octets: int) -> bool:
        """Whether a lost packet may be sent again: without bound on a good line, not at all into a full queue."""
        if self.limit is None:
            return True
        self._repairs -= octets
        return self._repairs >= 0

    def _congested(self, loss: float) -> bool:
        trip, self._trip = self._trip, None
        if trip is None:
            return loss > _UNUSABLE
        self._least = min(self._least * 1.002, trip)  # forgets a shorter way within some minutes
        queue = trip - self._least
        full = queue > (_LONG_QUEUE if self.limit is None else _QUEUE)
        self._queued = self._queued + 1 if full and loss < _LOSSY else 0
        if self._queued > _SAME_LINE_FOR:
            self._least, self._queued = trip, 0
        # One late report is no queue: the receiver may have been busy.
        return loss > _UNUSABLE or (loss > _LOSSY and queue > _QUEUE) or self._queued > 1

    def _lower(self, rate: float, least: int) -> None:
        # The queue may outlive its cause by a second or two: what arrives then is still what the line carries.
        self._knee, self._careful = rate, _CAREFUL_FOR
        limit = max(least, int(rate * _BACK) - _SOUND)
        self._at_least = self._at_least + 1 if limit == least else 0
        self.failing = self._at_least > _DRAINS
        self.limit, self._repairs, self._full = limit, 0, True

    def _raise(self) -> None:
        assert self.limit is not None
        self._at_least = 0
        self._careful = max(0, self._careful - 1)
        fast, slow = self.limit * _FAST, self.limit * _SLOW
        self.limit = int(max(slow, min(fast, _NEAR * self._knee)) if self._careful else fast)
        self._repairs = int(self.limit * _FOR_REPAIRS) // 8
        if self.limit >= _CEILING:
            self.limit = None


class Pictures:
    """Shares a receiver's budget among the pictures sent to it and holds back the least important that do not fit."""

    __slots__ = ("_patience", "_waited")

    def __init__(self) -> None:
        self._waited = 0
        self._patience = _TRY_AGAIN

    def share(self, line: Downlink, outs: Sequence[Outbound], now: float) -> None:
        """``outs``: the pictures that have a sender. Sets each one's ``limit``; holds or resumes one at a time."""
        shown = [out for out in outs if not out.held]
        held = [out for out in outs if out.held]
        self._waited += 1
        if line.failing and shown:
            max(shown, key=_rank).hold(now)
            self._patience = min(_LONGEST_TRY, self._patience * 2 if self._waited < 2 * self._patience else _TRY_AGAIN)
            self._waited = 0
        elif held and self._waited >= self._patience:
            min(held, key=_rank).resume(now)
            self._waited = 0
        if line.drained:
            for out in shown:
                out.wish_key_frame(now)
        count = max(1, sum(not out.held for out in outs))
        for out in outs:
            out.limit = None if line.limit is None else line.limit // count


def _rank(out: Outbound) -> int:
    return out.rank
