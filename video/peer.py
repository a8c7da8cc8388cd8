"""One participant's peer connection: the only module (with ``ports``, which it alone imports) that knows aiortc.

aiortc keeps what is hard and rare: SDP, ICE, DTLS and the export of the keys. Its senders and receivers, which
would decode and encode, are replaced by ones that only remember what was negotiated; the packets take the byte
path in ``link``. aiortc looks these classes up as module globals, which are private names:
``tests/unit/video/test_aiortc_contract.py`` fails first when they change.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from types import MappingProxyType
from typing import Any, Final

from aioice import Candidate, ice
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpTransceiver,
    RTCSessionDescription,
    rtcpeerconnection,
)
from aiortc.codecs import CODECS, HEADER_EXTENSIONS, is_rtx
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError
from aiortc.rtcdtlstransport import SRTP_AEAD_AES_128_GCM, SRTP_AES128_CM_SHA1_80
from aiortc.rtcrtpparameters import (
    RTCRtcpFeedback,
    RTCRtpCodecParameters,
    RTCRtpHeaderExtensionParameters,
)

from video.packets import rtp
from video.packets.datagrams import Destination
from video.packets.inbound import Inbound
from video.packets.link import Link
from video.packets.outbound import Outbound
from video.packets.pump import PUMP
from video.packets.srtp import Contexts
from video.ports import MediaPort, host_candidates, open_ports
from video.standins import ForwardingReceiver, ForwardingSender, SharedCertificate, forget_descriptions, take_apart

KINDS: Final = ("audio", "video")
OTHER_SEATS: Final = 3
_TASKS_END_WITHIN: Final = 1.0  # seconds after aiortc's own close, or its connecting
_CLOCKS: Final = {"audio": 48000, "video": 90000}
_START_BITRATE: Final = 800  # kbit/s; Chrome begins at 300 otherwise


class AnswerRefused(Exception):
    """The peer's answer does not fit our offer. Carries no part of the answer."""


def install(
    addresses: Sequence[str], port: int = 0, announced: Mapping[str, tuple[str, int]] = MappingProxyType({})
) -> list[MediaPort]:
    """Put our classes in aiortc's and aioice's place and open the media ports, once, on the running event loop.

    Returns the ports for the process to close. See ``open_ports`` for what the arguments mean.
    """
    ports = open_ports(addresses, port, announced)

    async def component_candidates(
        connection: ice.Connection,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109 (aioice's signature)
    ) -> list[Candidate]:
        return host_candidates(connection, component, ports)

    names: Any = rtcpeerconnection
    names.RTCRtpReceiver, names.RTCRtpSender = ForwardingReceiver, ForwardingSender
    names.RTCCertificate = SharedCertificate
    gathering: Any = ice.Connection
    gathering.get_component_candidates = component_candidates
    CODECS["audio"], CODECS["video"] = [_opus()], _video_codecs()
    for kind in KINDS:
        HEADER_EXTENSIONS[kind] = _extensions(kind)
    return ports


def _opus() -> RTCRtpCodecParameters:
    return RTCRtpCodecParameters(
        mimeType="audio/opus",
        clockRate=_CLOCKS["audio"],
        channels=2,
        payloadType=96,
        rtcpFeedback=[RTCRtcpFeedback(type="transport-cc")],
        parameters={"minptime": 10, "useinbandfec": 1},  # speech survives single losses without asking again
    )


def _video_codecs() -> list[RTCRtpCodecParameters]:
    h264: dict[str, Any] = {"level-asymmetry-allowed": "1", "packetization-mode": "1"}
    offered: list[tuple[str, dict[str, Any]]] = [
        ("video/VP8", {"x-google-start-bitrate": _START_BITRATE}),
        ("video/H264", h264 | {"profile-level-id": "42e01f"}),
        ("video/H264", h264 | {"profile-level-id": "42001f"}),
    ]
    feedback = [("nack", None), ("nack", "pli"), ("ccm", "fir"), ("goog-remb", None), ("transport-cc", None)]
    codecs: list[RTCRtpCodecParameters] = []
    for place, (mime, parameters) in enumerate(offered):
        payload_type = 97 + 2 * place
        codecs.append(
            RTCRtpCodecParameters(
                mimeType=mime,
                clockRate=_CLOCKS["video"],
                payloadType=payload_type,
                rtcpFeedback=[RTCRtcpFeedback(type=t, parameter=p) for t, p in feedback],
                parameters=parameters,
            )
        )
        codecs.append(
            RTCRtpCodecParameters(
                mimeType="video/rtx",
                clockRate=_CLOCKS["video"],
                payloadType=payload_type + 1,
                parameters={"apt": payload_type},
            )
        )
    return codecs


def _extensions(kind: str) -> list[RTCRtpHeaderExtensionParameters]:
    offered = [(rtp.MID_ID, rtp.MID_URI), (rtp.TRANSPORT_CC_ID, rtp.TRANSPORT_CC_URI)]
    if kind == "audio":
        offered.append((rtp.AUDIO_LEVEL_ID, rtp.AUDIO_LEVEL_URI))
    return [RTCRtpHeaderExtensionParameters(id=number, uri=uri) for number, uri in offered]


def _payload_type(codec: RTCRtpCodecParameters) -> int:
    assert codec.payloadType is not None
    return codec.payloadType


def _repair_types(codecs: Sequence[RTCRtpCodecParameters]) -> dict[int, int]:
    """Payload type → retransmission type, 0 where there is none."""
    repairs = {c.parameters.get("apt"): _payload_type(c) for c in codecs if is_rtx(c)}
    return {_payload_type(c): repairs.get(c.payloadType, 0) for c in codecs if not is_rtx(c)}


class Peer:
    """One connection of one seat: two streams up, and a pair down for each other seat (``slots``).

    ``on_ready`` and ``on_gone`` are called once each, from the event loop.
    """

    def __init__(self, on_ready: Callable[[], None], on_gone: Callable[[], None], others: int = OTHER_SEATS):
        configuration = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        self.link: Link | None = None
        self.inbounds: dict[str, Inbound] = {}
        self.slots: list[dict[str, Outbound]] = []
        self._on_ready, self._on_gone = on_ready, on_gone
        self._gone = False
        self._pc = RTCPeerConnection(configuration)
        self._up = {kind: self._pc.addTransceiver(kind, "recvonly") for kind in KINDS}
        self._down = [{kind: self._pc.addTransceiver(kind, "sendonly") for kind in KINDS} for _ in range(others)]
        for place, pair in enumerate(self._down):
            for transceiver in pair.values():
                transceiver.sender._stream_id = f"slot-{place}"  # one lip-sync group per sender
        self._dtls: Any = self._up["audio"].receiver.transport
        self._dtls._srtp_profiles = [SRTP_AEAD_AES_128_GCM, SRTP_AES128_CM_SHA1_80]
        self._pc.on("connectionstatechange", self._state_changed)

    async def offer(self) -> str:
        """The SDP to send; all candidates are in it."""
        await self._pc.setLocalDescription(await self._pc.createOffer())
        return str(self._pc.localDescription.sdp)

    async def accept(self, sdp: str) -> None:
        """Take the peer's answer; raises ``AnswerRefused``.

        Its candidates are left out: we learn its addresses from authenticated checks only, so nobody can have
        this process send to an address of his choice.
        """
        lines = [
            line
            for line in sdp.splitlines()
            if not line.startswith(("a=candidate:", "a=end-of-candidates", "a=ice-lite"))
        ]
        try:
            answer = RTCSessionDescription("\r\n".join(lines) + "\r\n", "answer")
            await self._pc.setRemoteDescription(answer)
        except (
            *(ValueError, LookupError, AttributeError, TypeError, AssertionError),
            *(InternalError, InvalidAccessError, InvalidStateError, OperationError),
        ) as refusal:
            raise AnswerRefused(type(refusal).__name__) from None

    def mids(self, slot: int) -> dict[str, str]:
        """The media sections of a slot, by which the browser tells whose track is whose."""
        return {kind: str(transceiver.mid) for kind, transceiver in self._down[slot].items()}

    @property
    def reached(self) -> bool:
        """Whether any check of the peer has come through."""
        return any(protocol.sources for protocol in self._dtls.transport._connection._protocols)

    def follow_path(self) -> None:
        """Once a second: send where the checks say; they may settle on a better path later."""
        pair = self._nominated()
        if self.link is not None and pair is not None:
            self.link.move(pair.protocol.datagrams, pair.remote_addr)

    async def close(self) -> None:
        """Wipe and close; no callback comes after this."""
        self._gone = True
        if self.link is not None:
            with PUMP.holding():
                self.link.wipe(monotonic())
                PUMP.timed.remove(self.link)
            self.link = None
        await self._pc.close()
        asyncio.get_running_loop().call_later(_TASKS_END_WITHIN, take_apart, self._pc)
        self._on_ready = self._on_gone = _nothing
        self.inbounds, self.slots = {}, []

    def _nominated(self) -> Any:
        return self._dtls.transport._connection._nominated.get(1)

    def _state_changed(self) -> None:
        state = self._pc.connectionState
        if state == "connected" and self.link is None and not self._gone:
            self._wire()
            self._on_ready()
        elif state in ("failed", "closed") and not self._gone:
            self._gone = True
            self._on_gone()

    def _wire(self) -> None:
        pair = self._nominated()
        contexts = Contexts(self._dtls._rx_srtp, self._dtls._tx_srtp)
        own_ssrc = secrets.randbits(32)
        link = Link(contexts, pair.protocol.datagrams, Destination(pair.remote_addr), own_ssrc)
        self.inbounds = {kind: Inbound(kind, _CLOCKS[kind], own_ssrc, link.control) for kind in KINDS}
        link.carry((self.inbounds[kind], _repair_types(CODECS[kind])) for kind in KINDS)
        self.slots = [{kind: _outbound(link, pair[kind]) for kind in KINDS} for pair in self._down]
        link.outs = {out.ssrc: out for slot in self.slots for out in slot.values()}
        # Not at once: aiortc's own task goes on for a moment after this event.
        asyncio.get_running_loop().call_later(_TASKS_END_WITHIN, forget_descriptions, self._pc)
        self.link = link
        with PUMP.holding():
            PUMP.timed.append(link)
        for protocol in self._dtls.transport._connection._protocols:
            protocol.link = link


def _nothing() -> None:
    """What a closed peer calls instead of its owner."""


def _outbound(link: Link, transceiver: RTCRtpTransceiver) -> Outbound:
    """We send with the payload types of the answer; what we receive carries those of the offer (RFC 3264 §6.1)."""
    accepted = _repair_types(transceiver._codecs)
    types = bytearray(256)
    repairs: dict[int, int] = {}
    for codec in CODECS[transceiver.kind]:
        match = next((c for c in transceiver._codecs if _same(c, codec)), None)
        if match is None or is_rtx(codec):
            continue
        ours, theirs = _payload_type(codec), _payload_type(match)
        types[ours], types[ours | 128] = theirs, theirs | 128
        if accepted[theirs]:
            repairs[ours] = accepted[theirs]
    sender = transceiver.sender
    ssrcs = (sender._ssrc, sender._rtx_ssrc)
    return Outbound(link, str(transceiver.mid), ssrcs, bytes(types), repairs, sender._stream_id)


def _same(one: RTCRtpCodecParameters, other: RTCRtpCodecParameters) -> bool:
    return one.mimeType == other.mimeType and one.parameters == other.parameters
