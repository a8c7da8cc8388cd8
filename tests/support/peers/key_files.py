"""Files as operations lay them: keys, certificates in force, over or not begun, and what is laid by mistake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as references."""

    certificate: str
    key: str


@dataclass(frozen=True)
class KeyFiles:
    folder: Path

    def laid(self, name: str, content: str | bytes) -> str:
        place = self.folder / name
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        return f"file:{place}"

    def pair(self, name: str, since: timedelta = -YEAR, until: timedelta = YEAR) -> Pair:
        key, now = rsa.generate_private_key(65537, 2048), datetime.now(UTC)
        who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Fjordby {name}")])
        made = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        made = made.not_valid_before(now + since).not_valid_after(now + until)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        signed = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
        return Pair(self.laid(f"{name}.pem", signed), self.laid(f"{name}.key", private))
