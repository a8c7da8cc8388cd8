"""Reading and writing RTP and RTCP: against hand-written bytes, and against aiortc's parser as an independent one."""

from __future__ import annotations

import struct

import pytest
from aiortc.rtp import RtcpPacket, RtcpPsfbPacket, RtcpRrPacket, RtcpRtpfbPacket, unpack_remb_fci
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.video.packets import REPAIR, VIDEO, head, rtp
from video.packets import rtcp
from video.packets.ring import RING_SIZE, Missing, Ring
from video.packets.rtp import (
    WHOLE_HEADER,
    layout,
    payload_end,
    shape_of,
    steps_ahead,
    unwrap_retransmission,
    wrap_retransmission,
)


def _view(packet: bytes) -> memoryview:
    return memoryview(bytearray(packet))


def test_the_layout_of_a_packet_names_payload_mid_and_number() -> None:
    packet = rtp(1, payload=b"abc")
    places = layout(_view(packet), len(packet))
    assert places is not None
    payload_at, mid_at, cc_at = places
    assert packet[payload_at:] == b"abc" and packet[mid_at : mid_at + 1] == b"1"
    assert packet[cc_at : cc_at + 2] == b"\0\7"


def test_a_long_mid_is_blanked() -> None:
    view = _view(rtp(1, mid=b"elsewhere"))
    places = layout(view, len(view))
    assert places is not None and places[1] == 0
    assert b"elsewhere" not in view.tobytes() and "extension 1" not in head(view.tobytes())


@given(st.binary(min_size=12, max_size=80))
def test_no_packet_makes_the_layout_point_outside(packet: bytes) -> None:
    places = layout(_view(packet), len(packet))
    assert places is None or all(0 <= place <= len(packet) for place in places)


@pytest.mark.parametrize("words", [1, 7, 0xFFFF])
def test_an_extension_longer_than_its_packet_is_refused(words: int) -> None:
    packet = struct.pack("!BBHIIHH", 0x90, VIDEO, 1, 2, 3, 0xBEDE, words)
    assert layout(_view(packet), len(packet)) is None


@given(st.integers(0, 0xFFFF), st.binary(max_size=40), st.booleans())
def test_a_retransmission_unwraps_to_the_original(seq: int, payload: bytes, marker: bool) -> None:
    original = rtp(seq, payload=payload, marker=marker)
    payload_at = len(original) - len(payload)
    wrapped = _view(bytes(wrap_retransmission(original, payload_at, REPAIR, 9, 77, seq)))
    size = unwrap_retransmission(wrapped, len(wrapped), payload_at, VIDEO, 1)
    assert size == len(original) and wrapped[:size].tobytes() == original


def test_a_retransmission_of_nothing_but_padding_is_no_packet() -> None:
    padding = bytearray(rtp(1, kind=REPAIR, payload=bytes(199) + b"\xc8"))
    padding[0] |= 32
    view = memoryview(padding)
    assert payload_end(view, len(view)) == len(view) - 200
    assert unwrap_retransmission(view, len(view), len(view) - 200, VIDEO, 1) is None


def test_steps_ahead_counts_across_the_wrap() -> None:
    assert steps_ahead(3, 65533) == 6 and steps_ahead(65533, 3) == 65530


@given(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=60, unique=True).map(sorted))
def test_a_nack_names_exactly_the_missing(seqs: list[int]) -> None:
    packet = rtcp.nack(1, 2, seqs)
    (theirs,) = RtcpPacket.parse(packet)
    assert isinstance(theirs, RtcpRtpfbPacket) and sorted(theirs.lost) == seqs
    (ours,) = rtcp.read(packet)
    assert isinstance(ours, rtcp.Nack) and sorted(ours.seqs) == seqs and ours.ssrc == 2


def test_reports_and_wishes_are_what_others_read() -> None:
    block = rtcp.ReportBlock(7, 25, 3, 0x1_0005, 44, 55, 66)
    (report,) = RtcpPacket.parse(rtcp.receiver_report(9, [block]))
    assert isinstance(report, RtcpRrPacket) and report.ssrc == 9
    assert (report.reports[0].fraction_lost, report.reports[0].packets_lost) == (25, 3)
    assert list(rtcp.read(rtcp.receiver_report(9, [block]))) == [block]
    (wish,) = RtcpPacket.parse(rtcp.key_frame_wish(9, 7))
    assert isinstance(wish, RtcpPsfbPacket) and (wish.fmt, wish.media_ssrc) == (1, 7)


@given(st.integers(1, 50_000_000))
def test_a_limit_is_read_back_within_its_rounding(bits: int) -> None:
    (limit,) = RtcpPacket.parse(rtcp.bitrate_limit(9, 7, bits))
    assert isinstance(limit, RtcpPsfbPacket)
    read, ssrcs = unpack_remb_fci(limit.fci)
    assert ssrcs == [7] and bits * 0.99 <= read <= bits


def test_a_full_intra_request_is_a_key_frame_wish() -> None:
    packet = struct.pack("!BBHIIII", 0x84, 206, 4, 1, 0, 42, 0)
    assert list(rtcp.read(packet)) == [rtcp.KeyFrameWish(42)]


@given(st.binary(max_size=200))
def test_no_bytes_make_reading_fail(data: bytes) -> None:
    list(rtcp.read(data))


def test_a_compound_packet_is_read_up_to_its_first_fault() -> None:
    good = rtcp.key_frame_wish(1, 2)
    assert list(rtcp.read(good + b"\x81\xc9\xff\xff" + bytes(4) + good)) == [rtcp.KeyFrameWish(2)]


def test_the_ring_keeps_the_last_and_forgets_the_older() -> None:
    ring = Ring()
    for seq in range(RING_SIZE + 1):
        ring.put(seq, bytes([seq & 255]))
    assert ring.find(0) is None and ring.find(1) == b"\1" and ring.find(RING_SIZE) == b"\0"
    ring.wipe()
    assert ring.find(1) is None
    assert RING_SIZE >= 512


def test_missing_packets_are_asked_for_again_and_given_up_in_the_end() -> None:
    missing = Missing()
    assert missing.expect(65534, 2, now=0.0)
    assert missing.due(0.0) == ([65535, 0, 1], False)
    assert missing.due(0.01) == ([], False)
    missing.arrived(0)
    assert missing.due(0.1) == ([65535, 1], False)
    given_up = [missing.due(0.1 * n) for n in range(2, 12)]
    assert any(lost for _, lost in given_up) and len(missing) == 0


def test_a_gap_too_wide_to_mend_is_not_asked_for() -> None:
    missing = Missing()
    assert not missing.expect(0, 500, now=0.0)
    assert len(missing) == 0


@given(st.binary(min_size=40, max_size=60), st.binary(min_size=40, max_size=60))
def test_packets_of_one_shape_have_one_layout(one: bytes, other: bytes) -> None:
    """Whatever the octets: where the shape of one packet fits another, its layout does."""
    first = _view(b"\x90" + one[1:12] + b"\xbe\xde\0\2" + one[16:])
    found = layout(first, len(first))
    if found is None:
        return
    flags, early_mask, late_mask, early_heads, late_heads = shape_of(first, found[0])
    *_, early, late = WHOLE_HEADER.unpack_from(other)
    like = struct.pack("!QI", early & ~early_mask | early_heads, late & ~late_mask | late_heads)
    second = _view(bytes([flags]) + other[1:12] + like + other[24:])
    if flags:
        assert layout(second, len(second)) == found
