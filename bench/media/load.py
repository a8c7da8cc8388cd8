"""Many two-party calls at once: joins them, has their traffic replayed (``replay``) and prints what was measured.

A program of its own, pinned beside the server it loads:  python -m bench.media.load '{"target": "ours", "url": …}'
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
from aiortc import rtcpeerconnection
from aiortc.codecs import CODECS, HEADER_EXTENSIONS
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpHeaderExtensionParameters
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtcrtpsender import RTCRtpSender

from bench.media.joining import join_janus, join_ours
from bench.media.replay import Caller, Replay, record_clip
from video.packets import rtp


class SilentSender(RTCRtpSender):
    """Encodes nothing: the replay writes packets itself."""

    async def send(self, parameters: Any) -> None: ...

    async def stop(self) -> None: ...


class SilentReceiver(RTCRtpReceiver):
    """Decodes nothing."""

    async def receive(self, parameters: Any) -> None: ...

    async def stop(self) -> None: ...

    def _handle_disconnect(self) -> None: ...


def cpu_seconds(pid: int) -> float:
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def offer_transport_cc() -> None:
    """Both servers get the same octets: aiortc, which offers to Janus, does not offer this by itself."""
    for kind in ("audio", "video"):
        offered = ((rtp.MID_ID, rtp.MID_URI), (rtp.TRANSPORT_CC_ID, rtp.TRANSPORT_CC_URI))
        HEADER_EXTENSIONS[kind] = [RTCRtpHeaderExtensionParameters(id=number, uri=uri) for number, uri in offered]
        for codec in CODECS[kind]:
            codec.rtcpFeedback.append(RTCRtcpFeedback(type="transport-cc"))


async def run(order: dict[str, Any]) -> dict[str, float]:
    names: Any = rtcpeerconnection
    names.RTCRtpSender, names.RTCRtpReceiver = SilentSender, SilentReceiver
    offer_transport_cc()
    clip = record_clip()
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession() as session:
        join = join_ours if order["target"] == "ours" else join_janus
        pcs, held = [], []
        for room in range(order["rooms"]):
            both, keep = await join(session, order, room)
            pcs += both
            held.append(keep)
        callers = [Caller(pc) for pc in pcs]
        for caller in callers:
            caller.take_over(loop)
        gc.collect()
        gc.disable()  # a pause of this program would look like one of the server
        replay = Replay(callers, clip, loop)
        replay.start()
        await asyncio.sleep(order["warm"])
        figures = await measure(replay, order)
        replay.stopping = True
        replay.join()
        return figures


async def measure(replay: Replay, order: dict[str, Any]) -> dict[str, float]:
    sent, received, cpu = replay.sent, replay.received, cpu_seconds(order["pid"])
    own = cpu_seconds(os.getpid())
    replay.measuring = True
    start = time.monotonic()
    await asyncio.sleep(order["seconds"])
    elapsed = time.monotonic() - start
    replay.measuring = False
    cpu, sent, received = cpu_seconds(order["pid"]) - cpu, replay.sent - sent, replay.received - received
    ordered = sorted(replay.latencies)
    return {
        "microseconds": 1e6 * cpu / max(1, received),
        "core": cpu / elapsed,
        "delivered": received / max(1, sent),
        "per_second": received / elapsed,
        "p50": 1000 * ordered[len(ordered) // 2],
        "p99": 1000 * ordered[int(len(ordered) * 0.99)],
        "p999": 1000 * ordered[int(len(ordered) * 0.999)],
        "bad": replay.bad,
        "load_core": (cpu_seconds(os.getpid()) - own) / elapsed,
    }


def main() -> None:
    print(json.dumps(asyncio.run(run(json.loads(sys.argv[1])))), flush=True)
    os._exit(0)  # without the goodbyes of eighty connections


if __name__ == "__main__":
    main()
