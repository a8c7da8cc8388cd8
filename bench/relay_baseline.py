"""The relay that ``forwarding.py`` compares with: aiortc's ``MediaRelay`` behind the least possible signalling."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay


def configuration() -> RTCConfiguration:
    return RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)


async def serve_relay() -> None:
    """aiortc as its examples use it: every track decoded once and encoded again for the other side."""
    relay = MediaRelay()
    rooms: dict[str, list[tuple[RTCPeerConnection, dict[str, Any]]]] = {}

    async def signal(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        room = rooms.setdefault((await socket.receive_json())["room"], [])
        pc = RTCPeerConnection(configuration())
        senders = {kind: pc.addTransceiver(kind, "sendrecv").sender for kind in ("audio", "video")}
        await pc.setLocalDescription(await pc.createOffer())
        await socket.send_json({"type": "offer", "sdp": pc.localDescription.sdp})
        answer = await socket.receive_json()
        await pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        for other, theirs in room:
            for kind, transceiver in zip(("audio", "video"), pc.getTransceivers(), strict=True):
                place = pc.getTransceivers().index(transceiver)
                senders[kind].replaceTrack(relay.subscribe(other.getReceivers()[place].track))
                theirs[kind].replaceTrack(relay.subscribe(transceiver.receiver.track))
        room.append((pc, senders))
        async for _ in socket:
            pass
        return socket

    app = web.Application()
    app.router.add_get("/signal", signal)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"listening on http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve_relay())
