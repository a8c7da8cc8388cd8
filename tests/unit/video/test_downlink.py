"""A receiver's weak line: what lowers its budget, what does not, and whose picture is held back first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.video.packets import Far, head, rtp
from video.packets.downlink import Downlink, Pictures
from video.packets.rtcp import ReportBlock

RATE = 1_000_000


class Receiver:
    """Reports of a receiver, second by second."""

    def __init__(self) -> None:
        self.line = Downlink()
        self.now = 100.0
        self._lost = self._highest = 0
        self.second(0.0, 0.02)

    def second(self, loss: float, trip: float, rate: int = RATE, pictures: int = 1) -> int | None:
        self.now += 1.0
        self._highest += 100
        self._lost += round(100 * loss)
        self.line.report_sent(int(self.now) << 32, self.now - trip)
        last_report = (int(self.now) << 16) & 0xFFFFFFFF
        self.line.reported(ReportBlock(1, 0, self._lost, self._highest, 0, last_report, 0), self.now)
        self.line.arrived(rate // 8)
        return self.line.step(1.0, pictures)


@pytest.mark.parametrize("loss", [0.02, 0.05, 0.1, 0.3])
def test_loss_on_a_line_without_a_queue_limits_nobody(loss: float) -> None:
    receiver = Receiver()
    assert [receiver.second(loss, 0.02) for _ in range(20)] == [None] * 20


def test_a_queue_with_loss_limits_to_what_arrives() -> None:
    receiver = Receiver()
    limit = receiver.second(0.2, 0.3)
    assert limit is not None and 0.7 * RATE < limit < 0.8 * RATE


def test_the_budget_is_back_within_five_seconds_of_the_end_of_a_far_worse_time() -> None:
    receiver = Receiver()
    for _ in range(5):
        receiver.second(0.5, 0.6, rate=900_000)
    receiver.line._careful = 0
    limits = [receiver.second(0.0, 0.02) for _ in range(5)]
    assert limits[-1] is None


def test_growth_is_slow_where_trouble_began_the_last_time() -> None:
    receiver = Receiver()
    receiver.second(0.2, 0.3)
    limits = [receiver.second(0.0, 0.02) or 0 for _ in range(6)]
    assert limits == sorted(limits) and limits[-1] < RATE


def test_a_longer_way_without_loss_is_no_queue() -> None:
    receiver = Receiver()
    limits = [receiver.second(0.0, 0.25) for _ in range(20)]
    assert limits == [None] * 20


def test_retransmissions_do_not_fill_a_full_queue() -> None:
    receiver = Receiver()
    assert receiver.line.may_repair(1200)
    receiver.second(0.2, 0.3)
    assert not receiver.line.may_repair(1200)
    receiver.second(0.0, 0.02)
    assert receiver.line.may_repair(1200) and receiver.line.drained


@pytest.fixture
def pair() -> Iterator[tuple[Far, Far]]:
    sender, receiver = Far(1, inbound=True), Far(2, inbound=False)
    yield sender, receiver
    sender.close()
    receiver.close()


def test_the_least_important_picture_is_held_first_and_comes_back_first_in_order(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    doctor, guest = receiver.outbound(5000), receiver.outbound(6000)
    for out, rank in ((doctor, 0), (guest, 3)):
        sender.video.attach(out, now=0.0)
        out.rank = rank
    line, pictures = Downlink(), Pictures()
    line.limit, line.failing = 150_000, True
    pictures.share(line, [doctor, guest], 1.0)
    assert guest.held and not doctor.held and doctor.limit == 150_000
    pictures.share(line, [doctor, guest], 2.0)
    assert doctor.held
    line.failing = False
    for second in range(3, 60):
        pictures.share(line, [doctor, guest], float(second))
        if not doctor.held:
            break
    assert guest.held


def test_a_picture_held_back_sends_nothing_and_never_uses_a_number_again(pair: tuple[Far, Far]) -> None:
    sender, receiver = pair
    out = receiver.outbound()
    sender.video.attach(out, now=0.0)
    sender.sends(rtp(100))
    out.hold(1.0)
    for seq in range(101, 110):
        sender.sends(rtp(seq))
    first = [head(p)["seq"] for p in receiver.got()[0]]
    assert len(first) == 1
    out.resume(2.0)
    sender.sends(rtp(110))
    (after,) = (head(p)["seq"] for p in receiver.got()[0])
    assert 0 < (after - first[0]) & 0xFFFF < 0x8000
