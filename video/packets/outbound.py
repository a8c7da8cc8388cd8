"""One stream as one receiver gets it: our own numbering, so that senders may come and go behind it.

A receiver has three pairs of these (one pair per other seat), fixed when it joins. Each keeps its SSRC for its
whole life; when the sender behind it changes, sequence numbers and timestamps go on where they were.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from video.packets import rtcp, rtp
from video.packets.downlink import SIZES_MASK
from video.packets.ring import RING_SIZE
from video.packets.rtp import Packet
from video.packets.srtp import SIZE, memmove, seal_rtp

if TYPE_CHECKING:
    from video.packets.inbound import Inbound
    from video.packets.link import Link

_write = rtp.AFTER_FLAGS.pack_into
_number = rtp.SHORT.pack_into


class Outbound:
    """``types`` maps the second octet of a packet (marker bit and payload type) to the receiver's, 0 = not accepted;
    ``repairs`` maps a payload type to the receiver's retransmission type for it."""

    def __init__(
        self, link: Link, mid: str, ssrcs: tuple[int, int], types: bytes, repairs: Mapping[int, int], cname: str
    ) -> None:
        self.link = link
        self.ssrc, self._repair_ssrc = ssrcs
        self.source: Inbound | None = None
        self._mid = ord(mid)
        self._types = types
        self._repairs = repairs
        self._cname = cname
        self._shift = self._time_shift = 0
        self._resume: tuple[int, int, float] | None = None  # last number, last timestamp, when
        self._repair_seq = secrets.randbelow(0x8000)
        self._packets = self._octets = 0  # octets with their headers
        self.rank = 0  # of the seat behind it; the highest is held back first on a weak line
        self.held = False
        self.limit: int | None = None  # bit/s that this receiver's line has for the picture

    def bind(self, seq: int, timestamp: int, now: float) -> None:
        """``seq`` and ``timestamp`` of the new source go out as the continuation of what went out before.

        A gap as wide as the lateness we accept is left between two sources, so that no number of this SSRC is
        ever used for two packets, whatever arrives late. The first number is in the lower half: the roll-over
        counter is not sent, so a wrap among the first packets would leave the two ends apart (RFC 3711 §3.3.1).
        """
        if self._resume is None:
            self._shift, self._time_shift = RING_SIZE + secrets.randbelow(0x4000) - seq, 0
            return
        last, last_time, at = self._resume
        clock = self.source.clock if self.source else 0
        self._shift = last + 1 + RING_SIZE - seq
        self._time_shift = last_time + max(1, int((now - at) * clock)) - timestamp

    def release(self, now: float) -> None:
        """The source goes away; remember where its numbers ended."""
        source = self.source
        if source is not None and not self.held:
            self._resume = (source.highest + self._shift, source.latest + self._time_shift, now)

    def send(self, packet: Packet) -> None:
        """Copy the packet to the next output buffer, make it this receiver's own and put it to be sent."""
        octet = self._types[packet.second]
        if not octet or self.held:
            return
        link, size = self.link, packet.size
        datagrams = link.datagrams
        place = datagrams.count
        view, pointer = datagrams.outputs[place], datagrams.output_pointers[place]
        memmove(pointer, packet.pointer, size)
        seq, timestamp = (packet.seq + self._shift) & 0xFFFF, (packet.timestamp + self._time_shift) & 0xFFFFFFFF
        _write(view, 1, octet, seq, timestamp, self.ssrc)
        if packet.mid_at:
            view[packet.mid_at] = self._mid
        if packet.cc_at:
            number = link.next_number
            link.sizes[number & SIZES_MASK] = size
            _number(view, packet.cc_at, number)
            link.next_number = (number + 1) & 0xFFFF
        self._packets += 1
        self._octets += size
        SIZE[0] = size
        if seal_rtp(link.transmit, pointer, SIZE):
            link.unsent += 1
        else:
            datagrams.put(SIZE[0], link.remote)

    def hold(self, now: float) -> None:
        """Send nothing until ``resume``: the receiver's line has room for the sound and not for this picture."""
        self.release(now)
        self.held = True

    def resume(self, now: float) -> None:
        """Send again, from the next whole picture on."""
        self.held = False
        source = self.source
        if source is not None and source.ssrc is not None:
            self.bind((source.highest + 1) & 0xFFFF, source.latest, now)
        self.wish_key_frame(now)

    def wish_key_frame(self, now: float) -> None:
        if self.source is not None:
            self.source.wish_key_frame(now)

    def resend(self, seqs: tuple[int, ...]) -> None:
        """Send kept packets again on the retransmission stream; what is no longer kept is passed over."""
        ring = self.source.ring if self.source and not self.held else None
        if ring is None:
            return
        for seq in seqs[:RING_SIZE]:
            packet = ring.find((seq - self._shift) & 0xFFFF)
            if packet is not None and self.link.downlink.may_repair(len(packet)):
                self._repair(packet, seq)

    def _repair(self, packet: bytes, seq: int) -> None:
        places = rtp.layout(memoryview(bytearray(packet)), len(packet))
        repair_type = self._repairs.get(packet[1] & 127)
        if places is None or repair_type is None:
            return
        payload_at, mid_at, cc_at = places
        self._repair_seq = (self._repair_seq + 1) & 0xFFFF
        copy = rtp.wrap_retransmission(packet, payload_at, repair_type, self._repair_seq, self._repair_ssrc, seq)
        timestamp = rtp.FIXED_HEADER.unpack_from(packet)[3]
        rtp.AFTER_FLAGS.pack_into(
            copy, 1, copy[1], self._repair_seq, (timestamp + self._time_shift) & 0xFFFFFFFF, self._repair_ssrc
        )
        if mid_at:
            copy[mid_at] = self._mid
        if cc_at:
            rtp.SHORT.pack_into(copy, cc_at, self.link.take_number(len(copy)))
        self.link.seal_copy(bytes(copy))

    def report(self, report: rtcp.SenderReport, now: float) -> None:
        """The sender's report with our numbering and our counts."""
        if self.held:
            return
        self.link.downlink.report_sent(report.ntp, now)
        own = replace(
            report,
            ssrc=self.ssrc,
            timestamp=(report.timestamp + self._time_shift) & 0xFFFFFFFF,
            packets=self._packets,
            octets=self._octets - rtp.HEADER_SIZE * self._packets,
        )
        self.link.control(rtcp.sender_report(own, self._cname))
