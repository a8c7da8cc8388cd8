"""Keys and certificates from the stanza's references: read once, when a connection is built, or ``ConfigFault``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from adapters.wire.dgws.signature import Signer
from gateway.domain.errors import ConfigFault

MIN_KEY_BITS: Final = 2048
Secrets = Callable[[str], str]


def signer_from(certificate: str, key: str, secrets: Secrets) -> Signer:
    """Both are references to PEM; the first certificate is the key's own."""
    own = certificates_from("certificate", certificate, secrets)[0]
    try:
        private = load_pem_private_key(secrets(key).encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        private = None
    if not isinstance(private, RSAPrivateKey) or private.key_size < MIN_KEY_BITS:
        raise ConfigFault("key: must be an RSA key of 2048 bits or more, as PEM without a password")
    if own.public_key() != private.public_key():
        raise ConfigFault("key: does not fit the certificate")
    return Signer(private, own)


def certificates_from(field: str, reference: str, secrets: Secrets) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(secrets(reference).encode()))
    except ValueError:
        raise ConfigFault(f"{field}: must be one or more certificates as PEM") from None
