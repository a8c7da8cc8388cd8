"""What stands in aiortc's place: senders and receivers that only remember what was negotiated, one certificate for all,
and the end of a connection, after which nothing of it refers to itself. Imported by ``peer`` alone.
"""

from __future__ import annotations

import secrets
from time import monotonic
from typing import Any, ClassVar, Final

from aiortc import RTCCertificate, RTCPeerConnection

SUITES: Final = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305"
_CERTIFICATE_LIFETIME: Final = 24 * 3600.0


class ForwardingReceiver:
    """``RTCRtpReceiver`` to the peer connection. No decoder thread, no jitter buffer, no bandwidth estimator: aiortc's
    own holds four thousand objects per connection that nothing here would use."""

    def __init__(self, kind: str, transport: Any) -> None:
        self._enabled = True
        self._track: Any = None
        self.transport = transport

    @property
    def track(self) -> Any:
        return self._track

    def setTransport(self, transport: Any) -> None:
        self.transport = transport

    def _set_rtcp_ssrc(self, ssrc: int) -> None:
        """Reports carry an SSRC of ours."""

    async def receive(self, parameters: Any) -> None:
        """The link already has the payload types of the offer."""

    async def stop(self) -> None:
        """Nothing was started."""


class ForwardingSender:
    """``RTCRtpSender`` to the peer connection. No encoder, no packet history; ``Outbound`` uses its SSRCs."""

    def __init__(self, trackOrKind: Any, transport: Any) -> None:
        self._enabled = True
        self._ssrc, self._rtx_ssrc = secrets.randbits(32), secrets.randbits(32)
        self._stream_id, self._track_id = secrets.token_hex(8), secrets.token_hex(8)
        self.track = None
        self.transport = transport

    def setTransport(self, transport: Any) -> None:
        self.transport = transport

    async def send(self, parameters: Any) -> None:
        """The link sends what others send to us."""

    async def stop(self) -> None:
        """Nothing was started."""


class SharedCertificate(RTCCertificate):
    """One certificate per process, renewed daily, instead of one per call."""

    _current: ClassVar[RTCCertificate | None] = None
    _made_at: ClassVar[float] = 0.0

    @classmethod
    def generateCertificate(cls) -> Any:
        now = monotonic()
        if cls._current is None or now - cls._made_at > _CERTIFICATE_LIFETIME:
            cls._current, cls._made_at = super().generateCertificate(), now
        return cls._current

    def _create_ssl_context(self, srtp_profiles: Any) -> Any:
        """Only suites with forward secrecy and authenticated encryption; every browser has the first of them."""
        context = super()._create_ssl_context(srtp_profiles)
        context.set_cipher_list(SUITES)
        return context


def forget_descriptions(pc: RTCPeerConnection) -> None:
    """Let go of the parsed offer and answer: a connection here is negotiated once, and they are half of its objects."""
    for name in ("currentLocal", "currentRemote", "pendingLocal", "pendingRemote"):
        setattr(pc, f"_RTCPeerConnection__{name}Description", None)


def take_apart(pc: RTCPeerConnection) -> None:
    """Empty every part of a closed connection, so that its memory is free at once.

    The parts refer to each other in circles (connection, transports, listeners, OpenSSL's callbacks). The cyclic
    collector would find them, but only by stopping every call of the process while it looks.
    """
    if not vars(pc):
        return  # closed twice
    parts: list[Any] = [pc]
    for transceiver in pc.getTransceivers():
        parts += [transceiver, transceiver.sender, transceiver.receiver]
    dtls: Any = parts[-1].transport
    ice = dtls.transport
    connection = ice._connection
    parts += [dtls, ice, ice.iceGatherer, connection]
    ssl = getattr(dtls, "_ssl", None)
    parts += [helper] if ssl and (helper := getattr(ssl.get_context(), "_verify_helper", None)) else []
    for part in parts:
        vars(part).clear()
