"""One stream as its sender sends it to us: audio or video of one seat.

Keeps what the sender has a right to hear back (losses, reports, wishes for key frames) and whom it goes to.
``link.Link`` calls ``accept`` for every packet; everything else happens a few times a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from video.packets import rtcp
from video.packets.ring import LATEST_LATENESS, Missing, Ring

if TYPE_CHECKING:
    from video.packets.outbound import Outbound

KEY_FRAME_PAUSE: Final = 0.3  # seconds between two wishes for a key frame
FLOWING_WITHIN: Final = 3.0
_UNLIMITED: Final = 10_000_000  # bit/s

Control = Callable[[bytes], None]


class Inbound:
    """State of one received stream. ``clock`` is the RTP clock in Hz; ``control`` sends RTCP to the sender."""

    def __init__(self, kind: str, clock: int, own_ssrc: int, control: Control) -> None:
        self.kind = kind
        self.clock = clock
        self.ssrc: int | None = None
        self.outs: list[Outbound] = []
        self.ring = Ring() if kind == "video" else None
        self.highest = 0
        self.latest = 0
        self.last_at = 0.0
        self._own_ssrc = own_ssrc
        self._control = control
        self._missing = Missing()
        self._base = self._cycles = self.received = 0
        self._prior = (0, 0)
        self._jitter = self._transit = 0.0
        self._report: tuple[int, float] | None = None
        self._wished_at = 0.0
        self._wish_waits = False
        self._limited = False

    def flowing(self, now: float) -> bool:
        return self.ssrc is not None and now - self.last_at < FLOWING_WITHIN

    def accept(self, seq: int, timestamp: int, ssrc: int, now: float) -> bool:
        """Count a packet in. False for a duplicate or one too late to be forwarded."""
        if ssrc != self.ssrc:
            self._start(seq, timestamp, ssrc, now)
        ahead = (seq - self.highest) & 0xFFFF
        if ahead > 0x7FFF:
            return self._accept_late(seq, 0x10000 - ahead)
        if ahead == 0 and self.received:
            return False
        if ahead > 1 and self.ring is not None:
            self._gap(seq, now)
        if seq < self.highest:
            self._cycles += 0x10000
        self.highest, self.latest, self.last_at = seq, timestamp, now
        self.received += 1
        self.follow_jitter(timestamp, now)
        return True

    def follow_jitter(self, timestamp: int, now: float) -> None:
        """RFC 3550 §6.4.1, of every eighth packet: the estimate is a mean and does not need them all."""
        transit = now * self.clock - timestamp
        self._jitter += (abs(transit - self._transit) - self._jitter) / 16
        self._transit = transit

    def _accept_late(self, seq: int, lateness: int) -> bool:
        # Forwarding one number twice would seal two packets with one nonce (RFC 7714 §12.1): never.
        if lateness > LATEST_LATENESS or (self.ring is not None and self.ring.find(seq) is not None):
            return False
        self._missing.arrived(seq)
        self.received += 1
        return True

    def _start(self, seq: int, timestamp: int, ssrc: int, now: float) -> None:
        if self.ssrc is not None:
            for out in self.outs:
                out.release(now)
        self.ssrc, self.highest, self.latest, self._base = ssrc, seq, timestamp, seq
        self._cycles = self.received = 0
        self._prior = (0, 0)
        self._transit = now * self.clock - timestamp
        self._missing = Missing()
        if self.ring is not None:
            self.ring.wipe()
        for out in self.outs:
            out.bind(seq, timestamp, now)

    def _gap(self, seq: int, now: float) -> None:
        if self._missing.expect(self.highest, seq, now):
            self._ask(now)
        else:
            self.wish_key_frame(now)

    def _ask(self, now: float) -> None:
        seqs, lost = self._missing.due(now)
        if seqs and self.ssrc is not None:
            self._control(rtcp.nack(self._own_ssrc, self.ssrc, seqs))
        if lost:
            self.wish_key_frame(now)

    def wish_key_frame(self, now: float) -> None:
        """Ask the sender for a whole picture, now or as soon as the pause since the last wish is over."""
        if self.kind != "video" or self.ssrc is None:
            return
        if now - self._wished_at < KEY_FRAME_PAUSE:
            self._wish_waits = True
            return
        self._wished_at, self._wish_waits = now, False
        self._control(rtcp.key_frame_wish(self._own_ssrc, self.ssrc))

    def attach(self, out: Outbound, now: float) -> None:
        """From now on the stream goes to ``out`` as well."""
        self.outs.append(out)
        out.source = self
        if self.ssrc is not None:
            out.bind((self.highest + 1) & 0xFFFF, self.latest, now)
        self.wish_key_frame(now)

    def detach(self, out: Outbound, now: float) -> None:
        if out in self.outs:
            if self.ssrc is not None:
                out.release(now)
            self.outs.remove(out)
            out.source = None

    def wipe(self) -> None:
        """The sender has left: forget every packet kept."""
        if self.ring is not None:
            self.ring.wipe()
        self._missing = Missing()

    def reported(self, report: rtcp.SenderReport, now: float) -> None:
        """The sender's own report; goes on to everybody, renumbered, so that lips and voice stay together."""
        self._report = ((report.ntp >> 16) & 0xFFFFFFFF, now)
        for out in self.outs:
            out.report(report, now)

    def tick(self, now: float) -> None:
        """Ten times a second: repeat what has not been answered."""
        if len(self._missing):
            self._ask(now)
        if self._wish_waits:
            self.wish_key_frame(now)

    def limit(self) -> bytes | None:
        """Once a second: the REMB to send while a receiver's line is too weak, and one that lifts it afterwards."""
        watching = [out for out in self.outs if not out.held] or self.outs
        limits = [out.limit for out in watching if out.limit is not None]
        if self.ssrc is None or not (limits or self._limited):
            return None
        self._limited = bool(limits)
        return rtcp.bitrate_limit(self._own_ssrc, self.ssrc, min(limits, default=_UNLIMITED))

    def report_block(self, now: float) -> rtcp.ReportBlock | None:
        """Once a second: how the sender's stream arrives here (RFC 3550 §6.4.1, appendix A.3)."""
        if self.ssrc is None:
            return None
        extended = self._cycles + self.highest
        expected = extended - self._base + 1
        lost_now = (expected - self._prior[0]) - (self.received - self._prior[1])
        expected_now = max(1, expected - self._prior[0])
        self._prior = (expected, self.received)
        heard, delay = self._report or (0, now)
        return rtcp.ReportBlock(
            self.ssrc,
            min(255, max(0, (lost_now << 8) // expected_now)),
            max(0, min(0x7FFFFF, expected - self.received)),
            extended & 0xFFFFFFFF,
            int(self._jitter),
            heard,
            min(0xFFFFFFFF, int((now - delay) * 65536)),
        )
