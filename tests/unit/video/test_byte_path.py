"""A packet's way from one peer to another, with real ciphers and sockets: renumbered, complete, never twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiortc.rtp import RtcpPacket, RtcpPsfbPacket, RtcpRrPacket, RtcpSrPacket

from tests.unit.video.packets import REPAIR, VIDEO, Far, head, rtp
from tests.unit.video.test_feedback import parse
from video.packets import rtcp
from video.packets.ring import RING_SIZE
from video.packets.rtp import wrap_retransmission


@pytest.fixture
def pair() -> Iterator[tuple[Far, Far]]:
    sender, receiver = Far(1, inbound=True), Far(2, inbound=False)
    yield sender, receiver
    sender.close()
    receiver.close()


def _joined(sender: Far, receiver: Far, ssrc: int = 5000) -> None:
    sender.video.attach(receiver.outbound(ssrc), now=0.0)


def test_a_packet_gets_the_receivers_numbers_and_keeps_its_payload(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    _joined(sender, receiver)
    for seq in (500, 501):
        sender.sends(rtp(seq, number=9000 + seq, marker=seq == 501, timestamp=77))
    first, second = (head(p) for p in receiver.got()[0])
    assert (first["type"], first["ssrc"], first["payload"]) == (VIDEO, 5000, b"picture")
    assert first["extension 1"] == b"3"
    assert (first["extension 3"], second["extension 3"]) == (b"\0\0", b"\0\1")
    assert second["seq"] == first["seq"] + 1 and second["timestamp"] == 77
    assert second["marker"] and not first["marker"]


def test_numbers_go_on_across_the_wrap(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    _joined(sender, receiver)
    for step in range(40):
        sender.sends(rtp(65520 + step))
    seqs = [head(p)["seq"] for p in receiver.got()[0]]
    assert len(seqs) == 40
    assert [(seq - seqs[0]) & 0xFFFF for seq in seqs] == list(range(40))


def test_the_receivers_own_numbers_may_wrap_too(pair: tuple[Far, Far]) -> None:
    """Packet by packet across both wraps, the receiver's and the sender's, and in strides between them."""
    sender, receiver = pair
    _joined(sender, receiver)
    sender.sends(rtp(0))
    first = head(receiver.got()[0][0])["seq"]
    wraps = (0x10000 - first, 0x10000)
    near = {step for wrap in wraps for step in range(wrap - 200, wrap + 200)}
    seen = []
    for step in sorted(near | set(range(0x1000, 0x10000, 0x1000))):
        sender.sends(rtp(step))
        seen += [head(packet)["seq"] for packet in receiver.got()[0]]
        assert seen[-1] == (first + step) & 0xFFFF
    assert {0xFFFF, 0} <= set(seen) and len(seen) == len(set(seen))


def test_a_tampered_packet_goes_nowhere(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    _joined(sender, receiver)
    sealed = bytearray(sender._seal.protect(rtp(1)))
    sealed[-1] ^= 1
    sender._deliver(bytes(sealed))
    assert receiver.got() == ([], []) and sender.link.rejected == 1


def test_a_replayed_packet_goes_nowhere(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    _joined(sender, receiver)
    sealed = sender._seal.protect(rtp(1))
    sender._deliver(sealed)
    sender._deliver(sealed)
    assert len(receiver.got()[0]) == 1


def test_a_codec_the_receiver_did_not_accept_is_not_sent(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    out = receiver.outbound()
    out._types = bytes(256)
    sender.video.attach(out, now=0.0)
    sender.sends(rtp(1))
    assert receiver.got()[0] == []


def test_a_new_sender_behind_the_same_stream_never_reuses_a_number(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    _joined(sender, receiver)
    for seq in range(100, 110):
        sender.sends(rtp(seq, timestamp=1000))
    before = head(receiver.got()[0][-1])
    for seq in range(40000, 40003):
        sender.sends(rtp(seq, ssrc=2, timestamp=4_000_000_000))
    after = [head(p) for p in receiver.got()[0]]
    assert {p["ssrc"] for p in after} == {5000}
    assert (after[0]["seq"] - before["seq"]) & 0xFFFF == RING_SIZE + 1
    assert 0 < (after[0]["timestamp"] - before["timestamp"]) & 0xFFFFFFFF < 90000 * 60


def test_a_nack_is_answered_on_the_retransmission_stream(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    _joined(sender, receiver)
    for seq in range(10):
        sender.sends(rtp(seq, payload=bytes([seq]) * 20))
    wanted = head(receiver.got()[0][4])
    receiver.sends_control(rtcp.nack(1, 5000, [wanted["seq"]]))
    (again,) = (head(p) for p in receiver.got()[0])
    assert (again["type"], again["ssrc"], again["timestamp"]) == (REPAIR, 5001, wanted["timestamp"])
    assert again["payload"] == wanted["seq"].to_bytes(2, "big") + wanted["payload"]
    assert again["extension 1"] == b"3" and again["extension 3"] == (10).to_bytes(2, "big")


def test_a_packet_lost_on_the_way_up_is_asked_for_and_its_retransmission_forwarded(
    pair: tuple[Far, Far],
) -> None:
    sender, receiver = pair
    _joined(sender, receiver)
    for seq in (20, 21, 23):
        sender.sends(rtp(seq))
    asked = [m for packet in sender.got()[1] for m in rtcp.read(packet) if isinstance(m, rtcp.Nack)]
    assert asked == [rtcp.Nack(1, (22,))]
    first = head(receiver.got()[0][0])["seq"]
    lost = rtp(22, payload=b"late")
    sender.sends(bytes(wrap_retransmission(lost, len(lost) - 4, REPAIR, 1, 77, 22)))
    (late,) = (head(p) for p in receiver.got()[0])
    assert (late["seq"], late["ssrc"], late["payload"]) == (first + 2, 5000, b"late")


def test_a_retransmission_of_what_arrived_already_is_not_forwarded_again(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    _joined(sender, receiver)
    for seq in (20, 21):
        sender.sends(rtp(seq))
    receiver.got()
    known = rtp(20)
    sender.sends(bytes(wrap_retransmission(known, len(known) - 7, REPAIR, 1, 77, 20)))
    assert receiver.got()[0] == []


def test_wishes_for_key_frames_are_throttled_and_the_last_one_is_kept(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    _joined(sender, receiver)
    sender.sends(rtp(1))
    for _ in range(20):
        receiver.sends_control(rtcp.key_frame_wish(1, 5000))
    wishes = [p for packet in sender.got()[1] for p in RtcpPacket.parse(packet) if isinstance(p, RtcpPsfbPacket)]
    assert [(w.fmt, w.media_ssrc) for w in wishes] == [(1, 1)]
    sender.video.tick(now=1e9)
    assert len(sender.got()[1]) == 1


def test_who_joins_later_gets_a_key_frame_wish_sent_for_it(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    sender.sends(rtp(1))
    sender.video.attach(receiver.outbound(), now=1e6)
    assert [type(m) for p in sender.got()[1] for m in rtcp.read(p)] == [rtcp.KeyFrameWish]


def test_sender_reports_go_on_with_our_numbers(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    _joined(sender, receiver)
    sender.sends(rtp(1))
    sender.sends_control(rtcp.sender_report(rtcp.SenderReport(1, 0x1234_5678_9ABC_DEF0, 1000, 5, 6), "x"))
    report, source = RtcpPacket.parse(receiver.got()[1][0])
    assert isinstance(report, RtcpSrPacket)
    assert (report.ssrc, report.sender_info.ntp_timestamp) == (5000, 0x1234_5678_9ABC_DEF0)
    assert (report.sender_info.rtp_timestamp, report.sender_info.packet_count) == (1000, 1)
    assert source.chunks[0].items == [(1, b"slot-0")]


def test_the_sender_gets_feedback_and_a_receiver_report(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    _joined(sender, receiver)
    for seq in (1, 2, 5):
        sender.sends(rtp(seq, number=seq))
    sender.got()
    sender.link.tick(sender.link.heard + 2)
    feedback, _asked_again, reports = sender.got()[1]
    assert set(parse(feedback)[0]) == {1, 2, 5}
    (report,) = RtcpPacket.parse(reports)
    assert isinstance(report, RtcpRrPacket)
    assert (report.reports[0].ssrc, report.reports[0].highest_sequence, report.reports[0].packets_lost) == (1, 5, 2)


def test_a_receivers_loss_slows_the_sender(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    _joined(sender, receiver)
    for seq in range(200):
        sender.sends(rtp(seq, payload=bytes(1000)))
    for lost, highest in ((0, 100), (80, 200)):
        receiver.sends_control(rtcp.receiver_report(1, [rtcp.ReportBlock(5000, 200, lost, highest, 0, 0, 0)]))
    sender.got()
    for end in (receiver, sender):
        end.link.tick(end.link.heard + 2)
    _report, limit = RtcpPacket.parse(sender.got()[1][-1])
    assert isinstance(limit, RtcpPsfbPacket)
    assert limit.fmt == 15 and limit.fci.startswith(b"REMB")


def test_nothing_of_a_sender_stays_when_it_leaves(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    _joined(sender, receiver)
    for seq in range(10):
        sender.sends(rtp(seq))
    out = receiver.link.outs[5000]
    sender.link.wipe(0.0)
    assert sender.video.ring is not None
    assert all(sender.video.ring.find(seq) is None for seq in range(10))
    assert sender.video.outs == [] and out.source is None
    sender.sends(rtp(11))
    assert len(receiver.got()[0]) == 10
