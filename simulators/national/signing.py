"""Enveloped XML signatures written and checked by hand (exclusive c14n by libxml2, RSA by OpenSSL).

The product uses libxmlsec for the same thing, so each proves the other.
"""

import base64
import binascii
import hashlib
from copy import deepcopy

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from simulators.national.keys import KeyPair

DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SIGNATURES: dict[str, hashes.HashAlgorithm] = {
    RSA_SHA256: hashes.SHA256(),
    f"{DS}rsa-sha1": hashes.SHA1(),  # noqa: S303
}
DIGESTS = {SHA256: "sha256", f"{DS}sha1": "sha1"}
TEMPLATE = (
    '<ds:Signature xmlns:ds="{ds}" id="OCESSignature"><ds:SignedInfo>'
    '<ds:CanonicalizationMethod Algorithm="{exclusive}"/>'
    '<ds:SignatureMethod Algorithm="{method}"/><ds:Reference URI="#IDCard"><ds:Transforms>'
    '<ds:Transform Algorithm="{enveloped}"/><ds:Transform Algorithm="{exclusive}"/></ds:Transforms>'
    '<ds:DigestMethod Algorithm="{digester}"/><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>'
    "<ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>"
    "</ds:KeyInfo></ds:Signature>"
)


class NotGenuine(Exception):
    """The card is not what its signature says; the word is for the fault's text."""


def sign_card(card: etree._Element, pair: KeyPair, sha1: bool = False) -> None:
    """Append the signature; `sha1` as the national STS has done in every card ever published."""
    method, digester = (f"{DS}rsa-sha1", f"{DS}sha1") if sha1 else (RSA_SHA256, SHA256)
    text = TEMPLATE.format(
        ds=DS,
        exclusive=EXCLUSIVE,
        enveloped=ENVELOPED,
        method=method,
        digester=digester,
        digest=_digest(card, digester),
        certificate=base64.b64encode(pair.certificate.public_bytes(Encoding.DER)).decode(),
    )
    signature = etree.fromstring(text)
    card.append(signature)
    value = pair.key.sign(_canonical(signature[0]), PKCS1v15(), SIGNATURES[method])
    signature[1].text = base64.b64encode(value).decode()


def verified_certificate(card: etree._Element) -> x509.Certificate:
    """The certificate that signed this very card; whether it is to be believed is the caller's question."""
    signature = _only(card.findall(f"{{{DS}}}Signature"), "one signature")
    info = _only(signature.findall(f"{{{DS}}}SignedInfo"), "one SignedInfo")
    reference = _only(info.findall(f"{{{DS}}}Reference"), "one reference")
    transforms = [each.get("Algorithm") for each in reference.iter(f"{{{DS}}}Transform")]
    if reference.get("URI") != f"#{card.get('id')}" or transforms != [ENVELOPED, EXCLUSIVE]:
        raise NotGenuine("the reference")
    _require_single_ids(card.getroottree().getroot())
    digester = reference.find(f"{{{DS}}}DigestMethod")
    if digester is None or reference.findtext(f"{{{DS}}}DigestValue", "").strip() != _digest(
        card, digester.get("Algorithm", "")
    ):
        raise NotGenuine("the digest")
    certificate = _certificate(signature)
    _require_signed_by(certificate, info, signature)
    return certificate


def _require_signed_by(certificate: x509.Certificate, info: etree._Element, signature: etree._Element) -> None:
    method = info.find(f"{{{DS}}}SignatureMethod")
    algorithm = SIGNATURES.get("" if method is None else method.get("Algorithm", ""))
    key = certificate.public_key()
    if algorithm is None or not isinstance(key, RSAPublicKey):
        raise NotGenuine("the algorithm")
    try:
        value = base64.b64decode(signature.findtext(f"{{{DS}}}SignatureValue", ""))
        key.verify(value, _canonical(info), PKCS1v15(), algorithm)
    except (InvalidSignature, binascii.Error, ValueError):
        raise NotGenuine("the signature") from None


def _certificate(signature: etree._Element) -> x509.Certificate:
    text = signature.findtext(f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate", "")
    try:
        return x509.load_der_x509_certificate(base64.b64decode(text))
    except (ValueError, binascii.Error):
        raise NotGenuine("the certificate") from None


def _require_single_ids(root: etree._Element) -> None:
    seen = [value for each in root.iter(etree.Element) for name, value in each.attrib.items() if name == "id"]
    if len(seen) != len(set(seen)):
        raise NotGenuine("an id twice")


def _digest(card: etree._Element, digester: str) -> str:
    if digester not in DIGESTS:
        raise NotGenuine("the digest's algorithm")
    bare = deepcopy(card)
    for signature in bare.findall(f"{{{DS}}}Signature"):
        bare.remove(signature)
    return base64.b64encode(hashlib.new(DIGESTS[digester], _canonical(bare)).digest()).decode()


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def _only(found: list[etree._Element], what: str) -> etree._Element:
    if len(found) != 1:
        raise NotGenuine(what)
    return found[0]
