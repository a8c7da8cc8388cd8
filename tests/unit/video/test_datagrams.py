"""The batched way out and in against the plain one: the same octets from the same addresses, in the same order."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from time import monotonic

import pytest

from tests.unit.video.packets import Far, rtp
from video.packets.datagrams import (
    BURST,
    BatchedDatagrams,
    Datagrams,
    Destination,
    PlainDatagrams,
    datagrams_of,
    pack_address,
    unpack_address,
)

Kind = Callable[[socket.socket], Datagrams]
BOTH = pytest.mark.parametrize("kind", [BatchedDatagrams, PlainDatagrams])


@pytest.fixture(params=[socket.AF_INET, socket.AF_INET6])
def ends(request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Ours and another's, on the loopback."""
    host = "127.0.0.1" if request.param == socket.AF_INET else "::1"
    pair = []
    for _ in range(2):
        sock = socket.socket(request.param, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        sock.setblocking(False)
        sock.bind((host, 0))
        pair.append(sock)
    yield pair[0], pair[1]
    for sock in pair:
        sock.close()


def _received(ways: Datagrams) -> list[tuple[bytes, tuple[str, int]]]:
    found = []
    while count := ways.receive():
        for place in range(count):
            data = bytes(ways.inputs[place][: ways.sizes[place]])
            found.append((data, unpack_address(bytes(ways.sources[place]))))
    return found


def test_this_system_batches() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        assert isinstance(datagrams_of(sock), BatchedDatagrams)


@BOTH
def test_what_arrives_is_read_whole_in_order_and_with_its_source(
    kind: Kind, ends: tuple[socket.socket, socket.socket]
) -> None:
    ours, other = ends
    ways = kind(ours)
    corpus = [bytes([n & 255]) * size for n, size in enumerate([0, 1, 12, 1200, 1600] * 40)]
    for datagram in corpus:
        other.sendto(datagram, ours.getsockname())
    assert _received(ways) == [(datagram, other.getsockname()[:2]) for datagram in corpus]
    assert ways.receive() == 0


@BOTH
def test_what_is_put_goes_out_in_order_and_a_full_burst_by_itself(
    kind: Kind, ends: tuple[socket.socket, socket.socket]
) -> None:
    ours, other = ends
    ways, destination = kind(ours), Destination(other.getsockname()[:2])
    corpus = [bytes([n & 255]) * (1 + 7 * n) for n in range(2 * BURST + 3)]
    for datagram in corpus:
        ways.outputs[ways.count][: len(datagram)] = datagram
        ways.put(len(datagram), destination)
    assert ways.count == 3
    ways.flush()
    assert [other.recv(2048) for _ in corpus] == corpus and ways.unsent == 0


@BOTH
def test_one_datagram_that_cannot_go_does_not_stop_the_others(
    kind: Kind, ends: tuple[socket.socket, socket.socket]
) -> None:
    ours, other = ends
    ways = kind(ours)
    host = other.getsockname()[0]
    for port in (0, other.getsockname()[1]):  # nothing can be sent to port 0
        ways.outputs[ways.count][:4] = b"data"
        ways.put(4, Destination((host, port)))
    ways.flush()
    assert other.recv(2048) == b"data" and ways.unsent == 1


@pytest.mark.parametrize("address", [("127.0.0.1", 5), ("192.0.2.255", 65535), ("::1", 80), ("2001:db8::7", 1)])
def test_addresses_survive_packing(address: tuple[str, int]) -> None:
    assert unpack_address(pack_address(address)) == address


def _forwarded(kind: Kind) -> list[bytes]:
    """What a receiver gets, sealed, of one recorded stream with gaps, repeats, late packets and other extensions."""
    sender, receiver = Far(1, inbound=True), Far(2, inbound=False)
    receiver.link.datagrams = kind(receiver._out)
    receiver.ways = receiver.link.datagrams
    out = receiver.outbound()
    sender.video.attach(out, now=0.0)
    out._resume = (100, 1000, 1e12)  # where an earlier sender ended; the first number is random otherwise
    for seq in [*range(100, 140), 139, 145, 143, 142, *range(146, 200), 60]:
        sender.sends(
            rtp(seq, number=seq, mid=b"1" if seq % 3 else None, payload=bytes([seq]) * (seq * 5), marker=seq % 5 == 0)
        )
    receiver.link.tick(monotonic() + 2)
    sealed = receiver._datagrams()
    sender.close()
    receiver.close()
    return sealed


def test_one_recorded_stream_leaves_by_both_ways_alike() -> None:
    batched, plain = _forwarded(BatchedDatagrams), _forwarded(PlainDatagrams)
    assert len(batched) > 90 and batched == plain
