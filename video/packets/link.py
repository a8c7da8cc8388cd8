"""The byte path: a packet comes in from one peer, is opened, renumbered, sealed and sent to each receiver.

One ``Link`` per connected peer. No object and no await per packet; the buffers are those of ``datagrams``.
``peer`` makes a link when the handshake is done; ``ports`` feeds it datagrams the guard has let through.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any, Final

from video.packets import rtcp, rtp
from video.packets.datagrams import Address, Datagrams, Destination
from video.packets.downlink import SIZES_MASK, Downlink, Pictures
from video.packets.feedback import Arrivals
from video.packets.inbound import Inbound
from video.packets.outbound import Outbound
from video.packets.rtp import Packet
from video.packets.srtp import BUFFER_SIZE, SIZE, Contexts, memmove, open_rtcp, open_rtp, seal_rtcp, seal_rtp, unpack

PACKET: Final = Packet()
_REPORT_EVERY: Final = 1.0
_read = rtp.WHOLE_HEADER.unpack_from
_LAID_OUT: Final = rtp.LAID_OUT


class Link:
    """``streams`` are the peer's own by payload type, ``repairs`` the retransmission types: (stream, its type).

    ``datagrams`` is the way out of the port that reaches the peer at ``remote``. All methods are called with the packet
    path held (``video.packets.pump``).
    """

    def __init__(self, contexts: Contexts, datagrams: Datagrams, remote: Destination, own_ssrc: int) -> None:
        self.remote = remote
        self.heard = monotonic()
        self.next_number = 0
        self.sizes = array("H", bytes(2 * (SIZES_MASK + 1)))  # of packets sent, by transport-wide number
        self.rejected = self.unsent = 0
        self.streams: dict[int, Inbound] = {}
        self.repairs: dict[int, tuple[Inbound, int]] = {}
        self.inbounds: tuple[Inbound, ...] = ()
        self.outs: dict[int, Outbound] = {}
        self.datagrams = datagrams
        self._contexts = contexts
        self._rx, self.transmit = contexts.receive, contexts.send
        self._own_ssrc = own_ssrc
        self._arrivals = Arrivals()
        self._note = self._arrivals.note
        self._shape, self._places = rtp.NO_SHAPE, (0, 0, 0)
        self.downlink = Downlink()
        self._pictures = Pictures()
        self._reported_at = monotonic()

    def receive(self, view: memoryview, pointer: Any, size: int, now: float) -> None:
        """Take the sealed packet of ``size`` octets in the buffer ``view``, which ``pointer`` is for libsrtp."""
        if 191 < view[1] < 224:  # RTCP (RFC 5761 §4)
            self._receive_control(view, pointer, size, now)
            return
        SIZE[0] = size
        if open_rtp(self._rx, pointer, SIZE):
            self.rejected += 1
            return
        packet = PACKET
        packet.view, packet.pointer, packet.size = view, pointer, SIZE[0]
        flags, packet.second, packet.seq, packet.timestamp, packet.ssrc, early, late = _read(view)
        # Most packets of a peer have the extensions of the one before, at the same places.
        same, early_mask, late_mask, early_heads, late_heads = self._shape
        if (
            flags == same
            and early & early_mask == early_heads
            and late & late_mask == late_heads
            and packet.size >= _LAID_OUT
        ):
            packet.payload_at, packet.mid_at, packet.cc_at = self._places
        elif not self._lay_out(packet):
            return
        self.heard = now
        cc_at = packet.cc_at
        if cc_at:
            self._note((view[cc_at] << 8 | view[cc_at + 1], now))
        stream = self.streams.get(packet.second & 127)
        if stream is not None:
            self._forward(stream, packet, now)
        else:
            self._receive_repair(packet, now)

    def _lay_out(self, packet: Packet) -> bool:
        places = rtp.layout(packet.view, packet.size)
        if places is None:
            return False
        packet.payload_at, packet.mid_at, packet.cc_at = self._places = places
        self._shape = rtp.shape_of(packet.view, places[0])
        return True

    def _forward(self, stream: Inbound, packet: Packet, now: float) -> None:
        seq = packet.seq
        if (seq - stream.highest) & 0xFFFF == 1 and packet.ssrc == stream.ssrc and seq:
            stream.highest, stream.latest, stream.last_at = seq, packet.timestamp, now
            stream.received += 1
            if not seq & 7:
                stream.follow_jitter(packet.timestamp, now)
        elif not stream.accept(seq, packet.timestamp, packet.ssrc, now):
            return
        ring = stream.ring
        if ring is not None:
            ring.put(seq, unpack(packet.pointer, packet.size))
        for out in stream.outs:
            out.send(packet)

    def _receive_repair(self, packet: Packet, now: float) -> None:
        stream, payload_type = self.repairs.get(packet.second & 127, (None, 0))
        if stream is None or stream.ssrc is None:
            return
        view, size = packet.view, packet.size
        restored = rtp.unwrap_retransmission(view, size, packet.payload_at, payload_type, stream.ssrc)
        if restored is not None:
            packet.size = restored
            _, packet.second, packet.seq, packet.timestamp, packet.ssrc = rtp.FIXED_HEADER.unpack_from(view)
            self._forward(stream, packet, now)

    def seal(self, size: int) -> None:
        """Seal the packet in the next output buffer and put it to be sent."""
        datagrams = self.datagrams
        SIZE[0] = size
        if seal_rtp(self.transmit, datagrams.output_pointers[datagrams.count], SIZE):
            self.unsent += 1
            return
        datagrams.put(SIZE[0], self.remote)

    def seal_copy(self, packet: bytes) -> None:
        if len(packet) <= BUFFER_SIZE - 160:
            memmove(self.datagrams.output_pointers[self.datagrams.count], packet, len(packet))
            self.seal(len(packet))

    def take_number(self, size: int) -> int:
        """The next transport-wide number, for a packet of ``size`` octets to this peer."""
        number = self.next_number
        self.sizes[number & SIZES_MASK] = size
        self.next_number = (number + 1) & 0xFFFF
        return number

    def control(self, packet: bytes) -> None:
        """Seal RTCP and put it to be sent."""
        datagrams = self.datagrams
        pointer = datagrams.output_pointers[datagrams.count]
        memmove(pointer, packet, len(packet))
        SIZE[0] = len(packet)
        if seal_rtcp(self.transmit, pointer, SIZE):
            self.unsent += 1
            return
        datagrams.put(SIZE[0], self.remote)

    def _receive_control(self, view: memoryview, pointer: Any, size: int, now: float) -> None:
        SIZE[0] = size
        if open_rtcp(self._rx, pointer, SIZE):
            self.rejected += 1
            return
        self.heard = now
        for message in rtcp.read(bytes(view[: SIZE[0]])):
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

    def move(self, datagrams: Datagrams, remote: Address) -> None:
        """The connectivity checks have settled on another path."""
        self.datagrams = datagrams
        if remote != self.remote.address:
            self.remote = Destination(remote)

    def wipe(self, now: float) -> None:
        """The peer has left: nothing of it goes on, nothing of it is kept."""
        for stream in self.inbounds:
            for out in list(stream.outs):
                stream.detach(out, now)
            stream.wipe()
        for out in self.outs.values():
            if out.source is not None:
                out.source.detach(out, now)
        for table in (self.streams, self.repairs, self.outs):
            table.clear()
        self.inbounds = ()
