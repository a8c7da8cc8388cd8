"""The certificate a server shows, read without believing it: what a person must be told when it is refused."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from gateway.domain.peers.trial import sayable

PATIENCE = 3.0


def described(host: str, port: int) -> Mapping[str, str]:
    """``names``, ``issuer``, ``until`` and ``since``; {} where it is not shown once more."""
    try:
        # Nothing but the certificate is exchanged on this line.
        shown = x509.load_pem_x509_certificate(ssl.get_server_certificate((host, port), timeout=PATIENCE).encode())
    except (OSError, ValueError):
        return {}
    return {
        "names": sayable(", ".join(_names(shown))) or "–",
        "issuer": sayable(_common_name(shown.issuer)) or "–",
        "until": f"{shown.not_valid_after_utc:%d.%m.%Y}",
        "since": f"{shown.not_valid_before_utc:%d.%m.%Y}",
    }


def fingerprint_of(pem: str) -> str:
    """SHA-256 of the first certificate, as vendors ask for it; "" where there is none."""
    try:
        own = x509.load_pem_x509_certificates(pem.encode())[0]
    except ValueError:
        return ""
    return own.fingerprint(hashes.SHA256()).hex(":").upper()


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        told = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [_common_name(certificate.subject)]
    return told.get_values_for_type(x509.DNSName) or [str(each) for each in told.get_values_for_type(x509.IPAddress)]


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""
