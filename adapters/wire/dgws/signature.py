"""Enveloped XML signatures as SOSI and SAML use them: one element, one reference to itself, exclusive canonicalisation.

The arithmetic is libxmlsec's; what may be signed with what, and which element that was, is decided here, before the
library is asked. Anything but the one shape above is refused: no other transform, no second reference, no key taken
from the document.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED: Final = f"{DS}enveloped-signature"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA1: Final = f"{DS}rsa-sha1"
SHA1: Final = f"{DS}sha1"
RSA_SHA2: Final = frozenset(f"http://www.w3.org/2001/04/xmldsig-more#rsa-sha{bits}" for bits in (256, 384, 512))
SHA2: Final = frozenset(
    {
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    }
)
# Every attribute that some reader takes for an identity: SOSI writes "id", SAML "ID", XML signatures "Id".
_IDENTITIES: Final = frozenset({"id", "ID", "Id"})

Reason = Literal["missing", "shape", "ambiguous", "reference", "algorithm", "certificate", "forged"]


class SignatureRefused(ValueError):
    """``reason``: *missing* (no signature on this element), *shape* (not the one shape we read), *ambiguous* (an
    identity twice in the document), *reference* (signs something else), *algorithm*, *certificate* (not trusted, or
    not valid now), *forged* (the arithmetic says no)."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose signature is believed: these very certificates, whatever the document brings along. ``sha1`` only for an
    issuer known to sign with nothing better (the national STS still does, requirements.md P4.1)."""

    certificates: tuple[x509.Certificate, ...]
    sha1: bool = False


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its certificate."""

    key: RSAPrivateKey
    certificate: x509.Certificate


def require_signed(element: etree._Element, trust: Trust, now: datetime) -> None:
    """Returns only where ``element`` itself, whole and unchanged, was signed by a trusted key. Read nothing but this
    element afterwards: that is what was signed. Raises ``SignatureRefused``."""
    signatures = element.findall(f"{{{DS}}}Signature")
    if not signatures:
        raise SignatureRefused("missing")
    if len(signatures) > 1:
        raise SignatureRefused("shape")
    attribute = _sole_identity(element)
    signed_info = _checked_shape(signatures[0])
    if signed_info.find(f"{{{DS}}}Reference").get("URI") != f"#{element.get(attribute)}":  # type: ignore[union-attr]
        raise SignatureRefused("reference")
    _require_allowed_algorithms(signed_info, trust)
    certificate = _trusted_certificate(signatures[0], trust, now)
    if not _is_genuine(element, attribute, signatures[0], certificate):
        raise SignatureRefused("forged")


def _sole_identity(element: etree._Element) -> str:
    """The attribute that names the element. Every identity occurs once in the whole document, or two readers could
    mean two elements by one reference (signature wrapping)."""
    root = element.getroottree().getroot()
    seen = Counter(
        str(value)
        for each in root.iter(etree.Element)
        for name, value in each.attrib.items()
        if etree.QName(str(name)).localname in _IDENTITIES
    )
    if any(count > 1 for count in seen.values()):
        raise SignatureRefused("ambiguous")
    names = [str(name) for name in element.attrib if str(name) in _IDENTITIES]
    if len(names) != 1 or not element.get(names[0]):
        raise SignatureRefused("reference")
    return names[0]


def _checked_shape(signature: etree._Element) -> etree._Element:
    """SignedInfo, if it is: exclusive c14n, one Reference, and the two transforms in order (XML-DSig §4.3, §6.6.4)."""
    kinds = [etree.QName(child).localname for child in signature if child.tag != f"{{{DS}}}KeyInfo"]
    signed_info = signature.find(f"{{{DS}}}SignedInfo")
    if kinds != ["SignedInfo", "SignatureValue"] or signed_info is None:
        raise SignatureRefused("shape")
    parts = [etree.QName(child).localname for child in signed_info]
    if parts != ["CanonicalizationMethod", "SignatureMethod", "Reference"]:
        raise SignatureRefused("shape")
    transforms = [each.get("Algorithm") for each in signed_info.iterfind(f".//{{{DS}}}Transform")]
    if signed_info[0].get("Algorithm") != EXCLUSIVE or transforms != [ENVELOPED, EXCLUSIVE]:
        raise SignatureRefused("algorithm")
    return signed_info


def _require_allowed_algorithms(signed_info: etree._Element, trust: Trust) -> None:
    method = signed_info[1].get("Algorithm")
    digests = {each.get("Algorithm") for each in signed_info.iterfind(f".//{{{DS}}}DigestMethod")}
    strong = method in RSA_SHA2 and digests <= SHA2
    tolerated = trust.sha1 and method in (RSA_SHA1, *RSA_SHA2) and digests <= {SHA1, *SHA2}
    if not digests or not (strong or tolerated):
        raise SignatureRefused("algorithm")


def _trusted_certificate(signature: etree._Element, trust: Trust, now: datetime) -> x509.Certificate:
    """The certificate the document names, if we trust that very one and it is valid; a document that names none is
    judged by the only one we trust."""
    named = {_decoded(each.text or "") for each in signature.iterfind(f".//{{{DS}}}X509Certificate")}
    for certificate in trust.certificates:
        if named and certificate.public_bytes(Encoding.DER) not in named:
            continue
        if not named and len(trust.certificates) != 1:
            continue
        if certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            return certificate
    raise SignatureRefused("certificate")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise SignatureRefused("certificate") from None


def _is_genuine(
    element: etree._Element, attribute: str, signature: etree._Element, certificate: x509.Certificate
) -> bool:
    try:
        context = xmlsec.SignatureContext()
        # Only this element can be meant by a reference: no other identity is registered.
        context.register_id(element, attribute)
        context.key = xmlsec.Key.from_memory(
            certificate.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatCertPem
        )
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def sign(element: etree._Element, signer: Signer, *, identity: str = "id", signature_id: str | None = None) -> None:
    """Append an enveloped rsa-sha256 signature over ``element``, which is named by its attribute ``identity``.
    ``signature_id`` is the signature's own ``id`` (SOSI: OCESSignature, written lower-case there)."""
    signature = _template(f"#{element.get(identity)}", signer.certificate)
    if signature_id is not None:
        signature.set("id", signature_id)
    element.append(signature)
    context = xmlsec.SignatureContext()
    context.register_id(element, identity)
    pem = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)
    context.sign(signature)
    value = signature.find(f"{{{DS}}}SignatureValue")
    assert value is not None
    value.text = "".join((value.text or "").split())


def _template(uri: str, certificate: x509.Certificate) -> etree._Element:
    """Everything but the digest and the value, which the library fills in."""
    signature = etree.Element(f"{{{DS}}}Signature", nsmap={"ds": DS})
    signed_info = _child(signature, "SignedInfo")
    _child(signed_info, "CanonicalizationMethod", EXCLUSIVE)
    _child(signed_info, "SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
    reference = _child(signed_info, "Reference")
    reference.set("URI", uri)
    transforms = _child(reference, "Transforms")
    _child(transforms, "Transform", ENVELOPED)
    _child(transforms, "Transform", EXCLUSIVE)
    _child(reference, "DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256")
    _child(reference, "DigestValue")
    _child(signature, "SignatureValue")
    holder = _child(_child(_child(signature, "KeyInfo"), "X509Data"), "X509Certificate")
    holder.text = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    return signature


def _child(parent: etree._Element, name: str, algorithm: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{DS}}}{name}")
    if algorithm is not None:
        child.set("Algorithm", algorithm)
    return child
