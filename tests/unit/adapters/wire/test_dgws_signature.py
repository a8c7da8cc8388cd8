"""Signatures: the published vectors are verified or refused as named, and so is every way of bending our own."""

from __future__ import annotations

import base64
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from adapters.wire.dgws.signature import DS, EXCLUSIVE, SignatureRefused, Signer, Trust, require_signed, sign
from adapters.wire.xml import parse_xml
from tests.support.doors.dgws_samples import NOW, SAML, assertion_in, own_certificate, signer, token, vector

SHA1 = "sha1"
SELF_MADE = {
    "system-level3-rsa-sha256-valid.xml": "",
    "user-level4-rsa-sha256-valid.xml": "",
    "system-level3-rsa-sha1-valid.xml": SHA1,
    "user-level4-rsa-sha1-valid.xml": SHA1,
}
REFUSED = {
    "system-pretty-printed-INVALID.xml": "forged",
    "user-tampered-cpr-INVALID.xml": "forged",
    "user-duplicate-id-wrapping-INVALID.xml": "ambiguous",
}
OTHERS = ("authenticationToken.base64", "samlresponse.base64", "samlresponse_encryptedassertion.txt")


@pytest.mark.parametrize("name", SELF_MADE)
def test_a_valid_card_is_verified(name: str) -> None:
    root = parse_xml(vector(name))
    trust = Trust((own_certificate(root),), sha1=SELF_MADE[name] == SHA1)
    require_signed(assertion_in(root), trust, NOW)


@pytest.mark.parametrize("name", [name for name, kind in SELF_MADE.items() if kind == SHA1])
def test_sha1_is_believed_of_nobody_who_is_not_on_the_list(name: str) -> None:
    root = parse_xml(vector(name))
    assert refusal_of(assertion_in(root), Trust((own_certificate(root),))) == "algorithm"


@pytest.mark.parametrize("name", REFUSED)
def test_an_invalid_card_is_refused_and_says_why(name: str) -> None:
    root = parse_xml(vector(name))
    assert refusal_of(assertion_in(root), Trust((own_certificate(root),), sha1=True)) == REFUSED[name]


def test_the_wrapped_card_is_refused_whichever_of_the_two_is_asked_about() -> None:
    root = parse_xml(vector("user-duplicate-id-wrapping-INVALID.xml"))
    trust = Trust((own_certificate(root),))
    cards = list(root.iter(f"{{{SAML}}}Assertion"))
    assert [refusal_of(card, trust) for card in cards] == ["missing", "ambiguous"]


@pytest.mark.parametrize("name", OTHERS)
def test_signatures_of_others_are_verified(name: str) -> None:
    root = parse_xml(vector(f"saml/{name}"))
    certificate = own_certificate(root)
    then = certificate.not_valid_before_utc + timedelta(days=300)
    signed = [each.getparent() for each in root.iter(f"{{{DS}}}Signature")]
    assert signed
    for element in signed:
        assert element is not None
        require_signed(element, Trust((certificate,)), then)


def refusal_of(element: etree._Element, trust: Trust) -> str:
    with pytest.raises(SignatureRefused) as refusal:
        require_signed(element, trust, NOW)
    return refusal.value.reason


def signed_token(by: Signer | None = None) -> etree._Element:
    """As it arrives: bytes, parsed anew."""
    element = token()
    sign(element, by or signer(), identity="ID")
    return parse_xml(etree.tostring(element))


def ours() -> Trust:
    return Trust((signer().certificate,))


def test_what_we_sign_we_verify() -> None:
    require_signed(signed_token(), ours(), NOW)


def test_every_byte_of_the_signed_words_counts() -> None:
    """One at a time, all but the signature's value and the certificate (their base64 may end in idle bits): whatever
    still parses, and says something else, is refused."""
    content = etree.tostring(signed_token())
    idle = range(content.index(b"<ds:SignatureValue>"), content.index(b"</ds:Signature>"))
    refused = 0
    for at in range(0, len(content), 3):
        if at in idle:
            continue
        bent = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        try:
            element = parse_xml(bent)
        except ValueError:
            continue
        if canonical(element) == canonical(parse_xml(content)):
            continue  # a quote or a blank between attributes: nothing was said differently
        with pytest.raises(SignatureRefused):
            require_signed(element, ours(), NOW)
        refused += 1
    assert refused > 100


def test_every_byte_of_the_value_counts() -> None:
    value = signed_token().findtext(f".//{{{DS}}}SignatureValue") or ""
    content = etree.tostring(signed_token())
    for at in range(0, len(value) - 4, 20):
        bent = value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :]
        assert refusal_of(parse_xml(content.replace(value.encode(), bent.encode())), ours()) == "forged"


def canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def second_signature(element: etree._Element) -> None:
    element.append(deepcopy(element[-1]))


def other_reference(element: etree._Element) -> None:
    element.find(f".//{{{DS}}}Reference").set("URI", "#somebody-else")  # type: ignore[union-attr]


def whole_document(element: etree._Element) -> None:
    element.find(f".//{{{DS}}}Reference").set("URI", "")  # type: ignore[union-attr]


def two_references(element: etree._Element) -> None:
    signed_info = element[-1][0]
    signed_info.append(deepcopy(signed_info[-1]))


def swapped_id(element: etree._Element) -> None:
    element.set("ID", "another")


def swapped_id_with_its_reference(element: etree._Element) -> None:
    element.set("ID", "another")
    element.find(f".//{{{DS}}}Reference").set("URI", "#another")  # type: ignore[union-attr]


def no_id(element: etree._Element) -> None:
    del element.attrib["ID"]


def two_ids(element: etree._Element) -> None:
    element.set("id", "bst2")


def other_transform(element: etree._Element) -> None:
    transform = element.findall(f".//{{{DS}}}Transform")[1]
    transform.set("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")


def more_transforms(element: etree._Element) -> None:
    transforms = element.find(f".//{{{DS}}}Transforms")
    etree.SubElement(transforms, f"{{{DS}}}Transform").set("Algorithm", EXCLUSIVE)  # type: ignore[arg-type]


def inclusive(element: etree._Element) -> None:
    method = element.find(f".//{{{DS}}}CanonicalizationMethod")
    method.set("Algorithm", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315")  # type: ignore[union-attr]


def hmac(element: etree._Element) -> None:
    method = element.find(f".//{{{DS}}}SignatureMethod")
    method.set("Algorithm", f"{DS}hmac-sha1")  # type: ignore[union-attr]


def weak_digest(element: etree._Element) -> None:
    element.find(f".//{{{DS}}}DigestMethod").set("Algorithm", f"{DS}sha1")  # type: ignore[union-attr]


def an_object(element: etree._Element) -> None:
    etree.SubElement(element.find(f"{{{DS}}}Signature"), f"{{{DS}}}Object")  # type: ignore[arg-type]


def no_signature(element: etree._Element) -> None:
    element.remove(element.find(f"{{{DS}}}Signature"))  # type: ignore[arg-type]


def hidden_signature(element: etree._Element) -> None:
    """Not a child of what it signs: moved one level down."""
    signature = element.find(f"{{{DS}}}Signature")
    element[1].append(signature)  # type: ignore[arg-type]


def foreign_certificate(element: etree._Element) -> None:
    other = own_certificate(signed_token(signer("Somebody else")))
    holder = element.find(f".//{{{DS}}}X509Certificate")
    holder.text = base64.b64encode(other.public_bytes(Encoding.DER)).decode()  # type: ignore[union-attr]


def broken_certificate(element: etree._Element) -> None:
    element.find(f".//{{{DS}}}X509Certificate").text = "not base64!"  # type: ignore[union-attr]


BENT: list[tuple[Callable[[etree._Element], None], str]] = [
    (second_signature, "shape"),
    (other_reference, "reference"),
    (whole_document, "reference"),
    (two_references, "shape"),
    (swapped_id, "reference"),
    (swapped_id_with_its_reference, "forged"),
    (no_id, "reference"),
    (two_ids, "reference"),
    (other_transform, "algorithm"),
    (more_transforms, "algorithm"),
    (inclusive, "algorithm"),
    (hmac, "algorithm"),
    (weak_digest, "algorithm"),
    (an_object, "shape"),
    (no_signature, "missing"),
    (hidden_signature, "missing"),
    (foreign_certificate, "certificate"),
    (broken_certificate, "certificate"),
]


@pytest.mark.parametrize(("bend", "reason"), BENT, ids=lambda value: getattr(value, "__name__", value))
def test_a_bent_signature_is_refused(bend: Callable[[etree._Element], None], reason: str) -> None:
    element = signed_token()
    bend(element)
    assert refusal_of(element, ours()) == reason


def test_a_signature_by_somebody_we_do_not_know_is_refused() -> None:
    assert refusal_of(signed_token(signer("Somebody else")), ours()) == "certificate"


def test_naming_a_trusted_certificate_helps_no_forger() -> None:
    element = signed_token(signer("Somebody else"))
    holder = element.find(f".//{{{DS}}}X509Certificate")
    holder.text = base64.b64encode(signer().certificate.public_bytes(Encoding.DER)).decode()  # type: ignore[union-attr]
    assert refusal_of(element, ours()) == "forged"


def test_a_key_that_only_the_document_vouches_for_is_not_used() -> None:
    """No certificate in the document, two that we trust: we do not try our luck."""
    element = signed_token()
    element.find(f"{{{DS}}}Signature").remove(element.find(f".//{{{DS}}}KeyInfo"))  # type: ignore
    require_signed(element, ours(), NOW)
    two = Trust((signer("Somebody else").certificate, signer().certificate))
    assert refusal_of(element, two) == "certificate"


def test_while_the_issuer_changes_its_certificate_both_are_believed() -> None:
    both = Trust((signer("Old").certificate, signer("New").certificate))
    for name in ("Old", "New"):
        require_signed(signed_token(signer(name)), both, NOW)


def test_a_certificate_that_has_run_out_signs_nothing() -> None:
    with pytest.raises(SignatureRefused) as refusal:
        require_signed(signed_token(), ours(), NOW + timedelta(days=30))
    assert refusal.value.reason == "certificate"


def test_a_signature_moved_into_another_document_still_means_its_own_element() -> None:
    """Wrapped the classic way: the signed assertion is parked, a forged one stands where it stood."""
    genuine, forged = signed_token(), token()
    forged.find(f".//{{{SAML}}}AttributeValue").text = "4"  # type: ignore[union-attr]
    outer = etree.Element("outer")
    outer.append(forged)
    outer.append(genuine)
    assert refusal_of(outer[0], ours()) == "missing"
    assert refusal_of(outer[1], ours()) == "ambiguous"
    outer[0].set("ID", "other")
    require_signed(outer[1], ours(), NOW)
    assert refusal_of(outer[0], ours()) == "missing"
