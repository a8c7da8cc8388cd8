"""What was sealed elsewhere can be read back by whoever holds the key, and by nobody be changed (docs/adr/0010)."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey

from gateway.domain.errors import ConfigFault
from gateway.domain.trail import Head
from gateway.evidence import heads as files
from gateway.evidence import syslog

NOW = datetime(2026, 11, 29, 22, 30, tzinfo=UTC)  # 23:30 in Denmark
HEADS = [Head(UUID(int=number), number, NOW, bytes([number]) * 32) for number in (1, 2)]


@pytest.fixture(scope="module")
def key() -> ECKey:
    return ECKey.generate_key("P-256")


def test_signed_heads_are_read_back_by_the_public_key(key: ECKey) -> None:
    public = files.imported(key.as_pem(private=False).decode(), "--key")
    assert files.read(files.signed(HEADS, NOW, key), public) == HEADS


def test_a_changed_file_and_another_key_are_refused(key: ECKey) -> None:
    text = files.signed(HEADS, NOW, key)
    header, body, signature = text.split(".")
    forged = files.signed([replace(HEADS[0], number=9)], NOW, key).split(".")
    for wrong in (f"{header}.{forged[1]}.{signature}", f"{header}.{body}.{forged[2]}", "", "a.b.c"):
        with pytest.raises(files.NotSigned):
            files.read(wrong, key)
    with pytest.raises(files.NotSigned):
        files.read(text, ECKey.generate_key("P-256"))


def test_a_day_has_one_file_which_is_never_written_over(tmp_path: Path) -> None:
    first = files.keep(tmp_path, "first", NOW, of_the_day=True)
    assert first is not None and first.name == "laegebro-audit-heads-2026-11-29.jws"
    assert files.is_kept(tmp_path, NOW) and not files.is_kept(tmp_path, NOW + timedelta(hours=1)), "Danish days"
    assert files.keep(tmp_path, "second", NOW, of_the_day=True) is None and first.read_text() == "first\n"
    assert files.keep(tmp_path, "by hand", NOW, of_the_day=False) is not None
    assert len(files.kept_in(tmp_path)) == 2


def test_what_is_no_signing_key_is_named() -> None:
    with pytest.raises(ConfigFault, match="audit_key"):
        files.imported("no key", "audit_key")


@pytest.mark.parametrize("place", ["udp://log:514", "tls://", "file:relative", "log.example"])
def test_a_place_that_is_none_is_refused(place: str) -> None:
    with pytest.raises(ConfigFault, match="audit_syslog"):
        syslog.send(place, HEADS)


def test_a_file_gets_one_line_per_head(tmp_path: Path) -> None:
    for _ in range(2):
        syslog.send(f"file:{tmp_path / 'heads.log'}", HEADS)
    lines = (tmp_path / "heads.log").read_bytes().splitlines()
    assert lines == [syslog.message(head) for head in HEADS] * 2
    assert lines[0].startswith(b"<109>1 2026-11-29T22:30:00.000000Z ") and b"head=" + b"01" * 32 in lines[0]


def test_over_tls_each_message_has_its_length_and_the_server_must_be_whom_its_name_says(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with log_server(certificate) as (port, heard):
        syslog.send(f"tls://localhost:{port}", HEADS, str(certificate))
        with pytest.raises(syslog.NotLogged, match="SSLCert"):
            syslog.send(f"tls://localhost:{port}", HEADS)  # the machine's own list does not know it
        with pytest.raises(syslog.NotLogged, match="SSLCert"):
            syslog.send(f"tls://127.0.0.1:{port}", HEADS, str(certificate))
    assert heard[0] == b"".join(b"%d %s" % (len(m), m) for m in map(syslog.message, HEADS))
    with pytest.raises(syslog.NotLogged):
        syslog.send(f"tls://localhost:{port}", HEADS, str(certificate))


def self_signed(folder: Path) -> Path:
    """One file with certificate and key of ``localhost``."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "log.pem"
    path.write_bytes(built.public_bytes(Encoding.PEM) + private)
    return path


@contextmanager
def log_server(certificate: Path) -> Iterator[tuple[int, list[bytes]]]:
    """A TLS server that keeps what each client sent; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    heard: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(client, server_side=True) as line:
                    heard.append(b"".join(iter(lambda: line.recv(4096), b"")))
            except OSError:
                client.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1], heard
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(30)
