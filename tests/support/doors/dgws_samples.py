"""Keys, cards and signed documents for tests about DGWS: published vectors, and our own made at run time."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from adapters.wire.dgws.signature import DS, Signer
from adapters.wire.xml import parse_xml

VECTORS = Path(__file__).parents[2] / "fixtures" / "dgws"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def vector(name: str) -> bytes:
    """A file of the folder; the SAML ones are kept in base64."""
    content = (VECTORS / name).read_bytes()
    return content if name.endswith(".xml") else base64.b64decode(content)


def own_certificate(root: etree._Element) -> x509.Certificate:
    """The one the document brings along: what a test pins, and nobody else would."""
    text = root.findtext(f".//{{{DS}}}X509Certificate") or ""
    return x509.load_der_x509_certificate(base64.b64decode(text))


def assertion_in(root: etree._Element) -> etree._Element:
    """The last one: where there are two by the same name, the signature is in the second."""
    return list(root.iter(f"{{{SAML}}}Assertion"))[-1]


@cache
def signer(name: str = "Test", start: datetime = NOW - timedelta(days=1)) -> Signer:
    """A key with a self-signed certificate, valid for ten days; the same one for the same name."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=10))
        .sign(key, hashes.SHA256())
    )
    return Signer(key, certificate)


def token(
    issuer: str = "Test IdP", audience: str = "https://bootstrap.example/", until: str = "2026-06-01T13:00:00Z"
) -> etree._Element:
    """An unsigned assertion of the kind a bootstrap token is: ``ID`` in capitals, one audience, one attribute."""
    restriction = (
        f"<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>"
        if audience
        else ""
    )
    text = (
        f'<saml:Assertion xmlns:saml="{SAML}" ID="bst" IssueInstant="2026-06-01T11:00:00Z" Version="2.0">'
        f"<saml:Issuer>{issuer}</saml:Issuer>"
        f'<saml:Conditions NotBefore="2026-06-01T11:00:00Z" NotOnOrAfter="{until}">{restriction}</saml:Conditions>'
        '<saml:AttributeStatement><saml:Attribute Name="level"><saml:AttributeValue>3</saml:AttributeValue>'
        "</saml:Attribute></saml:AttributeStatement></saml:Assertion>"
    )
    return parse_xml(text.encode())
