"""The media process with a tap, to see what it carries: every payload it forwards is written to the file ``TAP``.

``python -m tests.support.processes.tapped_media``. A record is kind (``a`` or ``v``), marker, length and payload.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

from video.__main__ import main
from video.packets.inbound import Inbound
from video.packets.link import Link
from video.packets.rtp import Packet

HEAD = struct.Struct("!cBH")


def tap(path: str) -> None:
    file = Path(path).open("ab", buffering=0)  # noqa: SIM115 (open as long as the process lives)
    forward = Link._forward

    def written(self: Link, stream: Inbound, packet: Packet, now: float) -> None:
        payload = bytes(packet.view[packet.payload_at : packet.size])
        file.write(HEAD.pack(stream.kind[:1].encode(), packet.view[1] >> 7, len(payload)) + payload)
        forward(self, stream, packet, now)

    setattr(Link, "_forward", written)  # noqa: B010 (mypy: a method cannot be assigned to)


def records(path: Path, kind: bytes) -> Iterator[tuple[bool, bytes]]:
    """(last of its frame, payload) of each packet so far."""
    octets, at = path.read_bytes(), 0
    while at + HEAD.size <= len(octets):
        which, marker, size = HEAD.unpack_from(octets, at)
        if which == kind:
            yield bool(marker), octets[at + HEAD.size : at + HEAD.size + size]
        at += HEAD.size + size


if __name__ == "__main__":
    tap(os.environ["TAP"])
    main()
