"""Keys and certificates made at start: an issuing authority, the STS under it, and certificates for callers.

They look like OCES3 where anybody reads them: the organisation's CVR is in the subject as 2.5.4.97 `NTRDK-12345678`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

CVR_PREFIX = "NTRDK-"
LIFE = timedelta(days=365)


@dataclass(frozen=True)
class KeyPair:
    """A private key and its certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def key_pem(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class Authority:
    """Issues certificates to organisations; what it did not issue is not believed."""

    def __init__(self) -> None:
        self._own = _certified("Simuleret OCES udstedende-CA", "00000000", None)

    def issue(self, name: str, cvr: str, since: datetime | None = None) -> KeyPair:
        """A new key with a certificate; `since` lets a test ask for one that has run out."""
        return _certified(name, cvr, self._own, since)

    def believes(self, certificate: x509.Certificate, now: datetime) -> bool:
        try:
            certificate.verify_directly_issued_by(self._own.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _certified(name: str, cvr: str, issuer: KeyPair | None, since: datetime | None = None) -> KeyPair:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DK"),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"{CVR_PREFIX}{cvr}"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    start = since or datetime.now(UTC) - timedelta(hours=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + LIFE)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    return KeyPair(key, builder.sign(issuer.key if issuer else key, hashes.SHA256()))


def cvr_of(certificate: x509.Certificate) -> str:
    """ "" where the subject names no Danish organisation."""
    found = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    value = str(found[0].value) if len(found) == 1 else ""
    return value.removeprefix(CVR_PREFIX) if value.startswith(CVR_PREFIX) else ""
