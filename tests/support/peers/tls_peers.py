"""Peers behind TLS as they should and should not be: an authority of the test's own, servers, and lines that say
nothing."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass(frozen=True)
class Authority:
    """``file``: its certificate; made anew for each test."""

    folder: Path
    name: str = "Fjordby Test CA"

    def __post_init__(self) -> None:
        object.__setattr__(self, "_key", ec.generate_private_key(ec.SECP256R1()))
        self.file.write_bytes(self._signed(self.name, self._key.public_key(), -DAY, DAY, ca=True))  # type: ignore[attr-defined]

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.pem".replace(" ", "-")

    def _signed(
        self, name: str, key: ec.EllipticCurvePublicKey, since: timedelta, until: timedelta, *, ca: bool = False
    ) -> bytes:
        now = datetime.now(UTC)
        made = x509.CertificateBuilder(_name(self.name), _name(name), key, x509.random_serial_number())
        made = made.not_valid_before(now + since).not_valid_after(now + until)
        made = made.add_extension(x509.BasicConstraints(ca, None), critical=True)
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        made = made if ca else made.add_extension(names, critical=False)
        return made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)  # type: ignore[attr-defined,no-any-return]

    def certificate(self, name: str, since: timedelta = -DAY, until: timedelta = DAY) -> tuple[Path, Path]:
        """Certificate and key as files."""
        key = ec.generate_private_key(ec.SECP256R1())
        files = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        files[0].write_bytes(self._signed(name, key.public_key(), since, until))
        files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return files

    def server(
        self, name: str, since: timedelta = -DAY, until: timedelta = DAY, clients: Path | None = None
    ) -> ssl.SSLContext:
        """``clients``: the authority whose certificates are asked of those who call."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate(name, since, until))
        if clients is not None:
            context.load_verify_locations(clients)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


@contextmanager
def line(answer: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A port on which ``answer`` has each connection to itself."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=_served, args=(listener.accept()[0], answer, tls), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def _served(plain: socket.socket, answer: Callable[[socket.socket], None], tls: ssl.SSLContext | None) -> None:
    with suppress(OSError), plain:
        answer(tls.wrap_socket(plain, server_side=True) if tls else plain)


def hangs(peer: socket.socket) -> None:
    """Takes everything and says nothing."""
    while peer.recv(65536):
        pass


@contextmanager
def black_hole() -> Iterator[int]:
    """A port whose queue of callers is full: what knocks is dropped, as by a firewall."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(3):
        each = socket.socket()
        each.setblocking(False)
        with suppress(BlockingIOError):
            each.connect(listener.getsockname())
        waiting.append(each)
    try:
        yield listener.getsockname()[1]
    finally:
        for each in (*waiting, listener):
            each.close()
