"""A short run of the fuzzing in bench: no spoilt packet, sealed with the right key or not, escapes."""

from __future__ import annotations

import inspect
import random

from bench.media import fuzz
from video.packets import feedback, rtcp, rtp

INPUTS = 8_000
READERS = (rtp.layout, rtp.shape_of, rtp.payload_end, rtp.unwrap_retransmission, rtcp.read, feedback.received_numbers)


def test_no_spoilt_packet_escapes() -> None:
    inputs, escaped = fuzz.run(INPUTS, seed=random.randrange(1_000_000))  # other inputs in each run
    assert (inputs, escaped) == (INPUTS, 0)


def test_every_reader_of_packets_is_among_the_parsers() -> None:
    source = inspect.getsource(fuzz)
    for reader in READERS:
        assert f"{reader.__name__}(" in source or f": {reader.__name__}," in source, reader.__name__
