"""Lines over real sockets: correlation, reuse, phases, TLS both ways, and a listener nobody can hold up."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from adapters.wire.mllp import Endpoint, MllpClient, client_tls, framed, in_a_row, server_tls
from adapters.wire.mllp_listener import Bounds, Caller, MllpListener
from gateway.certify.fault_server import refusing_address
from gateway.domain.errors import ConfigFault, PeerIll, PeerUnavailable
from tests.support.doors.mllp_process import BareLine
from workers.mllp import address_and_tls


@contextmanager
def listening(
    answer: Callable[[bytes, Caller], bytes | None], bounds: Bounds, tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """The product's listener on a loop of its own; gives its port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def answered(frame: bytes, caller: Caller) -> bytes | None:
        return answer(frame, caller)

    listener = MllpListener(answered, lambda head: b"too long", bounds)
    port = asyncio.run_coroutine_threadsafe(listener.start("127.0.0.1", 0, tls), loop).result(30)
    yield port
    asyncio.run_coroutine_threadsafe(listener.close(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)


def client(port: int, **settings: object) -> MllpClient:
    return MllpClient("peer", Endpoint("127.0.0.1", port, **{"total_timeout": 20.0, **settings}))  # type: ignore[arg-type]


def echo(frame: bytes, _: Caller) -> bytes:
    return b"re:" + frame


def _answer(is_it: bool) -> Literal["final", "no"]:
    return "final" if is_it else "no"


def test_one_line_serves_many_messages_and_a_closed_one_is_replaced() -> None:
    lines: set[int] = set()
    with listening(echo, Bounds()) as port:
        made = client(port, connections=1)
        for number in range(5):
            said = f"m{number}".encode()
            assert made.exchange(said, lambda answer, said=said: _answer(answer == b"re:" + said)) == b"re:" + said  # type: ignore[misc]
            lines.add(id(made._idle[0].writer))
        assert len(lines) == 1
        made.close()
        assert made.exchange(b"again", lambda _: "final") == b"re:again"
        made.close()


def test_an_answer_to_something_else_is_passed_over() -> None:
    def noisy(frame: bytes, _: Caller) -> bytes:
        return b"other" + b"\x1c\r" + b"\x0b" + b"re:" + frame  # two frames

    with listening(noisy, Bounds()) as port:
        made = client(port)
        assert made.exchange(b"a", lambda answer: _answer(answer == b"re:a")) == b"re:a"
        made.close()


def commit_first(frames: list[bytes]) -> Callable[[bytes, Caller], bytes]:
    return lambda frame, caller: in_a_row(frames)


def enhanced(answer: bytes) -> Literal["no", "interim", "final"]:
    return "interim" if answer.startswith(b"CA") else "final" if answer.startswith(b"A") else "no"


@pytest.mark.parametrize(
    ("frames", "got"),
    [([b"CA"], b"CA"), ([b"CA", b"AE"], b"AE"), ([b"CA", b"other", b"AA"], b"AA"), ([b"AA", b"CA"], b"AA")],
)
def test_the_application_s_answer_behind_a_commit_is_the_one_that_counts(frames: list[bytes], got: bytes) -> None:
    with listening(commit_first(frames), Bounds()) as port:
        made = client(port, application_wait=2.0 if len(frames) > 1 else 0.1)
        assert made.exchange(b"m", enhanced) == got
        assert made.exchange(b"m", enhanced) == got, "what was left on the line disturbs nobody"
        made.close()


def test_many_threads_share_few_lines() -> None:
    with listening(echo, Bounds()) as port:
        made, got = client(port, connections=2), []

        def ask(number: int) -> None:
            said = f"t{number}".encode()
            got.append(made.exchange(said, lambda answer: _answer(answer == b"re:" + said)))

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        assert sorted(got) == sorted(f"re:t{number}".encode() for number in range(20))
        made.close()


def test_a_closed_line_instead_of_an_answer_is_the_third_phase() -> None:
    with listening(lambda frame, caller: None, Bounds()) as port, pytest.raises(PeerUnavailable) as fault:
        client(port).exchange(b"m", lambda _: "final")
    assert fault.value.phase == "awaiting the answer"


def test_nobody_there_is_the_first_phase() -> None:
    with refusing_address() as nowhere, pytest.raises(PeerUnavailable) as fault:
        client(int(nowhere.rpartition(":")[2])).exchange(b"m", lambda _: "final")
    assert fault.value.phase == "connecting"


# --- the listener's bounds --------------------------------------------------------------------------------------------


def test_a_frame_that_drips_has_one_deadline_for_all_of_it() -> None:
    with listening(echo, Bounds(frame=0.5)) as port, BareLine(port) as line:
        line.send(b"\x0bMSH")
        stopped = threading.Event()

        def drip() -> None:
            while not stopped.wait(0.1):
                try:
                    line.send(b"x")
                except OSError:
                    return

        threading.Thread(target=drip, daemon=True).start()
        assert line.raw() == b"", "cut off although a byte came every tenth of a second"
        stopped.set()


def test_a_silent_line_is_closed() -> None:
    with listening(echo, Bounds(idle=0.3)) as port, BareLine(port) as line:
        assert line.raw() == b""


def test_one_line_too_many_is_closed_and_the_others_go_on() -> None:
    with listening(echo, Bounds(lines=2)) as port, BareLine(port) as first, BareLine(port) as second:
        for line in (first, second):
            line.send(framed(b"a"))
            assert line.raw() == b"re:a"
        with BareLine(port) as third:
            assert third.raw() == b""
        first.send(framed(b"b"))
        assert first.raw() == b"re:b"


def test_too_long_is_said_before_the_line_is_closed() -> None:
    with listening(echo, Bounds(size=1000)) as port, BareLine(port) as line:
        line.send(b"\x0b" + b"x" * 2000)
        assert line.raw() == b"too long"
        assert line.raw() == b""


# --- TLS --------------------------------------------------------------------------------------------------------------


def certificate(
    folder: Path, name: str, issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Made here and now; ``folder/name.pem`` and ``name.key``."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(issuer[1] if issuer else key, hashes.SHA256())
    )
    (folder / f"{name}.pem").write_bytes(built.public_bytes(Encoding.PEM))
    (folder / f"{name}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return built, key


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    authority = certificate(folder, "authority")
    certificate(folder, "gateway", authority)
    certificate(folder, "practice", authority)
    certificate(folder, "stranger")
    return folder


def _server(papers: Path) -> ssl.SSLContext:
    return server_tls(str(papers / "gateway.pem"), str(papers / "gateway.key"), str(papers / "authority.pem"))


def _caller(papers: Path, name: str, authority: str = "authority") -> ssl.SSLContext:
    return client_tls(str(papers / f"{authority}.pem"), str(papers / f"{name}.pem"), str(papers / f"{name}.key"))


def test_over_tls_the_listener_knows_its_caller(papers: Path) -> None:
    with listening(lambda frame, caller: caller.fingerprint.encode(), Bounds(), _server(papers)) as port:
        made = MllpClient("peer", Endpoint("localhost", port, _caller(papers, "practice"), 20, 20))
        shown = made.exchange(b"m", lambda _: "final").decode()
        practice = x509.load_pem_x509_certificate((papers / "practice.pem").read_bytes())
        assert shown == practice.fingerprint(hashes.SHA256()).hex()
        made.close()


def test_a_stranger_gets_no_answer_and_a_stranger_s_door_no_message(papers: Path) -> None:
    heard: list[bytes] = []

    def hear(frame: bytes, _: Caller) -> bytes:
        heard.append(frame)
        return b"ok"

    with listening(hear, Bounds(), _server(papers)) as port:
        for context in (_caller(papers, "stranger"), client_tls(str(papers / "authority.pem"))):
            with pytest.raises((PeerIll, PeerUnavailable)):  # TLS 1.3 tells it after the handshake, or hangs up
                MllpClient("peer", Endpoint("localhost", port, context, 20, 20)).exchange(b"m", lambda _: "final")
        with pytest.raises(PeerIll) as fault:
            wrong = _caller(papers, "practice", "stranger")
            MllpClient("peer", Endpoint("localhost", port, wrong, 20, 20)).exchange(b"m", lambda _: "final")
        assert (fault.value.code, fault.value.sent) == ("tls", False)
    assert heard == []


def test_the_door_listens_bare_only_on_this_machine(papers: Path) -> None:
    files = {
        "LAEGEBRO_MLLP_CERTIFICATE": str(papers / "gateway.pem"),
        "LAEGEBRO_MLLP_KEY": str(papers / "gateway.key"),
        "LAEGEBRO_MLLP_CLIENT_CA": str(papers / "authority.pem"),
    }
    assert address_and_tls({})[2] is None
    assert address_and_tls({"LAEGEBRO_MLLP_LISTEN": "0.0.0.0:2575", **files})[2] is not None
    for wrong in ({"LAEGEBRO_MLLP_LISTEN": "0.0.0.0:2575"}, {"LAEGEBRO_MLLP_LISTEN": "x"}, dict([*files.items()][:2])):
        with pytest.raises(ConfigFault):
            address_and_tls(wrong)
