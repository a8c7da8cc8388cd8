"""The private names of aiortc, aioice and pylibsrtp that the media process rests on.

Run this first after an update: when it is red, the call is broken whatever else is green. It looks and constructs;
only the last test installs our classes, in a process of its own, since they are module globals.
"""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
from importlib.metadata import version

import pylibsrtp
from aioice import ice, stun
from aiortc import RTCConfiguration, RTCPeerConnection, codecs, rtcdtlstransport, rtcpeerconnection
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtcrtpsender import RTCRtpSender

from tests.support.processes.media_client import ROOT


def test_the_versions_are_those_this_was_written_for() -> None:
    assert version("aiortc").startswith("1.16.")
    assert version("aioice").startswith("0.13.")


def test_the_peer_connection_looks_its_classes_up_as_module_globals() -> None:
    source = inspect.getsource(rtcpeerconnection.RTCPeerConnection)
    for use in (
        "RTCRtpSender(",
        "RTCRtpReceiver(",
        "RTCCertificate.generateCertificate()",
        "CODECS[",
        "HEADER_EXTENSIONS[",
    ):
        assert use in source
    assert rtcpeerconnection.CODECS is codecs.CODECS
    assert rtcpeerconnection.HEADER_EXTENSIONS is codecs.HEADER_EXTENSIONS


def test_a_connection_gathers_its_candidates_by_the_method_we_replace() -> None:
    assert "self.get_component_candidates(" in inspect.getsource(ice.Connection.gather_candidates)
    arguments = list(inspect.signature(ice.Connection.get_component_candidates).parameters)
    assert arguments == ["self", "component", "addresses", "timeout"]
    assert list(inspect.signature(ice.get_host_addresses).parameters) == ["use_ipv4", "use_ipv6"]
    assert callable(stun.parse_message) and callable(stun.Message.check_message_integrity)
    assert list(inspect.signature(ice.StunProtocol.__init__).parameters) == ["self", "receiver"]


async def test_transports_and_connections_have_the_parts_we_reach_for() -> None:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    transceiver = connection.addTransceiver("video", "sendonly")
    dtls = transceiver.receiver.transport
    for name in ("_rx_srtp", "_tx_srtp", "_srtp_profiles"):
        assert hasattr(dtls, name), name
    for name in ("_nominated", "_queue", "_protocols", "_local_username"):
        assert hasattr(dtls.transport._connection, name), name
    for name in ("currentLocal", "currentRemote", "pendingLocal", "pendingRemote"):
        assert hasattr(connection, f"_RTCPeerConnection__{name}Description"), name
    for name in ("_ssrc", "_rtx_ssrc", "_stream_id"):
        assert hasattr(transceiver.sender, name), name
    assert hasattr(transceiver, "_codecs")
    assert {"protocol", "state"} <= set(vars(ice.CandidatePair(None, None))) and hasattr(
        ice.CandidatePair, "remote_addr"
    )
    await connection.close()


def test_senders_and_receivers_are_started_and_stopped_by_the_methods_we_replace() -> None:
    for owner, names in ((RTCRtpSender, ("send", "stop")), (RTCRtpReceiver, ("receive", "stop"))):
        for name in names:
            assert asyncio.iscoroutinefunction(getattr(owner, name)), (owner, name)
    assert rtcdtlstransport.SRTP_AEAD_AES_128_GCM in rtcdtlstransport.SRTP_PROFILES


def test_the_cipher_library_is_reached_under_its_session() -> None:
    policy = pylibsrtp.Policy(key=bytes(30), ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND)
    assert pylibsrtp.Session(policy)._srtp[0]
    for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        assert hasattr(pylibsrtp.lib, name), name


OFFER = """
import asyncio
from video.peer import Peer, install
async def main():
    install(["127.0.0.1"])
    peer, other = (Peer(lambda: None, lambda: None) for _ in range(2))
    print(await peer.offer())
    assert peer._pc.getTransceivers()[0].receiver.__class__.__name__ == "ForwardingReceiver"
    assert peer._dtls.getLocalParameters() == other._dtls.getLocalParameters()
    await peer.close(), await other.close()
asyncio.run(main())
"""


def test_the_offer_says_what_a_good_picture_needs() -> None:
    run = subprocess.run([sys.executable, "-c", OFFER], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    sections = run.stdout.split("\nm=")[1:]
    assert [s.split(" ")[0] for s in sections] == ["audio", "video"] * 4
    assert all("a=recvonly" in s for s in sections[:2]) and all("a=sendonly" in s for s in sections[2:])
    assert all("a=fmtp:96 minptime=10;useinbandfec=1" in s for s in sections[::2])
    for video in sections[1::2]:
        assert video.index("VP8/90000") < video.index("H264/90000")
        for feedback in ("nack", "nack pli", "transport-cc", "ccm fir"):
            assert f"a=rtcp-fb:97 {feedback}\n" in video.replace("\r", "")
        assert "a=fmtp:98 apt=97" in video
    extensions = {line.strip() for s in sections for line in s.splitlines() if line.startswith("a=extmap")}
    assert len({line.split()[0] for line in extensions}) == len(extensions) == 3
    assert "a=setup:actpass" in sections[0] and " 127.0.0.1 " in sections[0]
