"""The byte path: a packet comes in from one peer, is opened, renumbered, sealed and sent to each receiver.

One ``Link`` per connected peer. No object and no await per packet; the buffers are those of ``video.srtp``.
``peer`` makes a link when the handshake is done and feeds it datagrams the guard has let through.
"""

from __future__ import annotations

import socket
from array import array
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Final

from video import rtcp, rtp
from video.downlink import SIZES_MASK, Downlink, Pictures
from video.feedback import Arrivals
from video.inbound import Inbound
from video.outbound import Outbound
from video.srtp import (
    BUFFER_SIZE,
    RX,
    RX_C,
    SIZE,
    TX,
    TX_C,
    Contexts,
    memmove,
    open_rtcp,
    open_rtp,
    seal_rtcp,
    seal_rtp,
)

Address = tuple[str, int]

_REPORT_EVERY: Final = 1.0
_read = rtp.FIXED_HEADER.unpack_from
_short = rtp.SHORT.unpack_from
_layout = rtp.layout


class Link:
    """``streams`` are the peer's own by payload type, ``repairs`` the retransmission types: (stream, its type)."""

    def __init__(self, contexts: Contexts, sock: socket.socket, remote: Address, own_ssrc: int) -> None:
        self.remote = remote
        self.heard = monotonic()
        self.next_number = 0
        self.sizes = array("H", bytes(2 * (SIZES_MASK + 1)))  # of packets sent, by transport-wide number
        self.rejected = self.unsent = self.forwarded = 0
        self.streams: dict[int, Inbound] = {}
        self.repairs: dict[int, tuple[Inbound, int]] = {}
        self.inbounds: tuple[Inbound, ...] = ()
        self.outs: dict[int, Outbound] = {}
        self._contexts = contexts
        self._rx, self._tx = contexts.receive, contexts.send
        self._sendto = sock.sendto
        self._own_ssrc = own_ssrc
        self._arrivals = Arrivals()
        self.downlink = Downlink()
        self._pictures = Pictures()
        self._reported_at = monotonic()

    def receive(self, size: int) -> None:
        """Take the sealed packet of ``size`` octets that lies in the receive buffer."""
        if 191 < RX[1] < 224:  # RTCP (RFC 5761 §4)
            self._receive_control(size)
            return
        SIZE[0] = size
        if open_rtp(self._rx, RX_C, SIZE):
            self.rejected += 1
            return
        size = SIZE[0]
        places = _layout(RX, size)
        if places is None:
            return
        now = monotonic()
        self.heard = now
        if places[2]:
            self._arrivals.note(_short(RX, places[2])[0], now)
        stream = self.streams.get(RX[1] & 127)
        if stream is not None:
            self._forward(stream, size, places[1], places[2], now)
        else:
            self._receive_repair(size, places, now)

    def _forward(self, stream: Inbound, size: int, mid_at: int, cc_at: int, now: float) -> None:
        _, second, seq, timestamp, ssrc = _read(RX)
        if not stream.accept(seq, timestamp, ssrc, now):
            return
        if stream.ring is not None:
            stream.ring.put(seq, bytes(RX[:size]))
        for out in stream.outs:
            out.send(second, seq, timestamp, size, mid_at, cc_at)

    def _receive_repair(self, size: int, places: tuple[int, int, int], now: float) -> None:
        stream, payload_type = self.repairs.get(RX[1] & 127, (None, 0))
        if stream is None or stream.ssrc is None:
            return
        restored = rtp.unwrap_retransmission(RX, size, places[0], payload_type, stream.ssrc)
        if restored is not None:
            self._forward(stream, restored, places[1], places[2], now)

    def seal(self, size: int) -> None:
        """Seal the packet in the send buffer and send it; a full socket drops it, as any network may."""
        SIZE[0] = size
        if seal_rtp(self._tx, TX_C, SIZE):
            self.unsent += 1
            return
        try:
            self._sendto(TX[: SIZE[0]], self.remote)
            self.forwarded += 1
        except OSError:
            self.unsent += 1

    def seal_copy(self, packet: bytes) -> None:
        if len(packet) <= BUFFER_SIZE - 160:
            memmove(TX_C, packet, len(packet))
            self.seal(len(packet))

    def take_number(self, size: int) -> int:
        """The next transport-wide number, for a packet of ``size`` octets to this peer."""
        number = self.next_number
        self.sizes[number & SIZES_MASK] = size
        self.next_number = (number + 1) & 0xFFFF
        return number

    def control(self, packet: bytes) -> None:
        """Seal and send RTCP."""
        memmove(TX_C, packet, len(packet))
        SIZE[0] = len(packet)
        if seal_rtcp(self._tx, TX_C, SIZE):
            self.unsent += 1
            return
        try:
            self._sendto(TX[: SIZE[0]], self.remote)
        except OSError:
            self.unsent += 1

    def _receive_control(self, size: int) -> None:
        SIZE[0] = size
        if open_rtcp(self._rx, RX_C, SIZE):
            self.rejected += 1
            return
        self.heard = now = monotonic()
        for message in rtcp.read(bytes(RX[: SIZE[0]])):
            self._act_on(message, now)

    def _act_on(self, message: rtcp.Message, now: float) -> None:
        if isinstance(message, rtcp.SenderReport):
            for stream in self.inbounds:
                if stream.ssrc == message.ssrc:
                    stream.reported(message, now)
            return
        if isinstance(message, rtcp.Arrived):
            sizes = self.sizes
            self.downlink.arrived(sum(sizes[number & SIZES_MASK] for number in message.numbers))
            return
        out = self.outs.get(message.ssrc)
        if out is None or out.source is None:
            return
        if isinstance(message, rtcp.Nack):
            out.resend(message.seqs)
        elif isinstance(message, rtcp.KeyFrameWish):
            out.source.wish_key_frame(now)
        else:
            self.downlink.reported(message, now)

    def tick(self, now: float) -> None:
        """Ten times a second: feedback on arrivals, repeated wishes, and once a second the reports."""
        media_ssrc = next((s.ssrc for s in self.inbounds if s.ssrc is not None), 0)
        feedback = self._arrivals.feedback(self._own_ssrc, media_ssrc)
        if feedback is not None:
            self.control(feedback)
        for stream in self.inbounds:
            stream.tick(now)
        if now - self._reported_at >= _REPORT_EVERY:
            self._report(now, now - self._reported_at)

    def _report(self, now: float, seconds: float) -> None:
        self._reported_at = now
        pictures = [out for out in self.outs.values() if out.source is not None and out.source.kind == "video"]
        self.downlink.step(seconds, sum(not out.held for out in pictures))
        self._pictures.share(self.downlink, pictures, now)
        blocks = [block for s in self.inbounds if (block := s.report_block(now)) is not None]
        limits = [limit for s in self.inbounds if s.kind == "video" and (limit := s.limit()) is not None]
        self.control(rtcp.receiver_report(self._own_ssrc, blocks) + b"".join(limits))

    def carry(self, streams: Iterable[tuple[Inbound, Mapping[int, int]]]) -> None:
        """Declare the peer's own streams: each with its payload types and their retransmission types (0 = none)."""
        for stream, types in streams:
            self.inbounds += (stream,)
            for payload_type, repair_type in types.items():
                self.streams[payload_type] = stream
                if repair_type:
                    self.repairs[repair_type] = (stream, payload_type)

    def move(self, sock: socket.socket, remote: Address) -> None:
        """The connectivity checks have settled on another path."""
        self._sendto, self.remote = sock.sendto, remote

    def wipe(self, now: float) -> None:
        """The peer has left: nothing of it goes on, nothing of it is kept."""
        for stream in self.inbounds:
            for out in list(stream.outs):
                stream.detach(out, now)
            stream.wipe()
        for out in self.outs.values():
            if out.source is not None:
                out.source.detach(out, now)
        self.streams.clear()
        self.repairs.clear()
