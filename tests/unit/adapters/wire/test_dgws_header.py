"""What a DGWS call carries, by the published schema, and what each fault code asks of us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from lxml import etree

from adapters.register.dgcpr.adapter import WSDL
from adapters.wire.dgws.assertion import Demands, genuine
from adapters.wire.dgws.header import Flow, header, refusal
from adapters.wire.dgws.idcard import SystemIdentity, own_card, signed_card
from adapters.wire.dgws.signature import SignatureRefused, Trust, sign
from adapters.wire.dgws.sts import security
from adapters.wire.soap import NAMESPACES, SoapFault, envelope
from adapters.wire.xml import parse_xml
from gateway.domain.errors import PeerIll, PeerRefused, PeerUnclear
from tests.support.doors.dgws_samples import NOW, SAML, assertion_in, own_certificate, signer, vector

FLOW = Flow(UUID(int=1), UUID(int=2))
WHO = SystemIdentity("Laegebro", "99110007", "Fjordby & Omegn")
SCHEMAS = {"medcom": "www_medcom_dk_dgws_2006_04_dgws_1_0_xsd.xsd"}


def card() -> bytes:
    return own_card(WHO, signer(), NOW, lambda length: b"\x01" * length)


def sent() -> etree._Element:
    return parse_xml(envelope(security(card(), NOW) + header(FLOW), b"<q/>"))


def test_the_header_is_valid_and_wears_the_prefix_the_service_insists_on() -> None:
    schema = etree.XMLSchema(etree.parse(str(WSDL.parent / SCHEMAS["medcom"])))
    said = sent().find(f".//{{{NAMESPACES['medcom']}}}Header")
    assert said is not None and said.prefix == "medcom"
    schema.assertValid(parse_xml(etree.tostring(said)))
    words = {etree.QName(each).localname: each.text for each in said.iter() if not len(each)}
    assert words == {
        "SecurityLevel": "3",
        "TimeOut": "1440",
        "FlowID": str(UUID(int=1)),
        "MessageID": str(UUID(int=2)),
        "FlowStatus": "flow_finalized_succesfully",
        "Priority": "RUTINE",
        "RequireNonRepudiationReceipt": "no",
    }


def test_the_card_has_the_shape_of_the_published_ones() -> None:
    root = sent()
    created = root.findtext(f".//{{{NAMESPACES['wsu']}}}Created")
    assertion = root.find(f".//{{{NAMESPACES['wsse']}}}Security/{{{SAML}}}Assertion")
    assert created == "2026-06-01T12:00:00Z" and assertion is not None
    assert assertion.get("id") == "IDCard" and assertion.get("ID") is None
    assert {each.prefix for each in assertion.iter()} == {"saml", "ds"}
    statements = [each.get("id") for each in assertion.iterfind(f"{{{SAML}}}AttributeStatement")]
    assert statements == ["IDCardData", "SystemLog"]
    signature = assertion[-1]
    assert etree.QName(signature).localname == "Signature" and signature.get("id") == "OCESSignature"
    assert "\n" not in etree.tostring(assertion, encoding="unicode").split("X509Certificate")[0]


def test_the_card_is_signed_and_valid_for_a_day_from_five_minutes_ago() -> None:
    assertion = sent().find(f".//{{{SAML}}}Assertion")
    assert assertion is not None
    said = genuine(assertion, Demands({"Laegebro": Trust((signer().certificate,))}), NOW)
    assert said.not_before == NOW - timedelta(minutes=5)
    assert said.not_on_or_after == NOW - timedelta(minutes=5) + timedelta(hours=24)
    assert said.only("medcom:CareProviderName") == "Fjordby & Omegn"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sosi:AuthenticationLevel", "4"),
        ("sosi:IDCardType", "user"),
        ("medcom:CareProviderID", "99220007"),
        ("sosi:IDCardVersion", "1.0"),
    ],
)
def test_a_card_that_is_not_ours_is_not_used_though_the_sts_signed_it(name: str, value: str) -> None:
    element = parse_xml(card())
    element.remove(element[-1])
    attribute = element.find(f".//{{{SAML}}}Attribute[@Name='{name}']/{{{SAML}}}AttributeValue")
    assert attribute is not None
    attribute.text = value
    sign(element, signer(), signature_id="OCESSignature")
    demands = Demands({"Laegebro": Trust((signer().certificate,))})
    with pytest.raises(ValueError, match=r"^shape$"):
        signed_card(parse_xml(etree.tostring(element)), WHO, demands, NOW)


def test_a_card_under_our_own_signature_is_not_the_stss() -> None:
    demands = Demands({"Laegebro": Trust((signer("STS").certificate,))})
    with pytest.raises(SignatureRefused):
        signed_card(parse_xml(card()), WHO, demands, NOW)


def test_the_kept_card_is_still_genuine_in_the_next_envelope() -> None:
    demands = Demands({"Laegebro": Trust((signer().certificate,))})
    first = signed_card(sent().find(f".//{{{SAML}}}Assertion"), WHO, demands, NOW)  # type: ignore[arg-type]
    again = parse_xml(envelope(security(first.content, NOW) + header(FLOW), b"<q/>"))
    genuine(again.find(f".//{{{SAML}}}Assertion"), demands, NOW)  # type: ignore[arg-type]
    assert "IDCard" not in repr(first)


def test_a_card_that_borrowed_its_prefixes_from_the_stss_envelope_stands_alone() -> None:
    """As the national STS writes it: every prefix is declared on the envelope, none on the card."""
    root = parse_xml(vector("system-level3-rsa-sha256-valid.xml"))
    demands = Demands({"FAKE-STS": Trust((own_certificate(root),))})
    then = datetime(2025, 6, 2, 10, tzinfo=UTC)
    kept = signed_card(assertion_in(root), SystemIdentity("KonsGateway", "12345678", "Testkommune"), demands, then)
    again = parse_xml(envelope(security(kept.content, then) + header(FLOW), b"<q/>"))
    assert genuine(assertion_in(again), demands, then).not_on_or_after == kept.not_on_or_after


@pytest.mark.parametrize("code", ["not_authorized", "syntax_error", "invalid_idcard", "sosigw_access_denied"])
def test_a_definite_no_stops(code: str) -> None:
    said = refusal("dgcpr", SoapFault("Client", code, "about 0201609995"), sent=True)
    assert isinstance(said, PeerRefused if code == "syntax_error" else PeerIll)
    assert said.args[1] == code and "0201609995" not in repr(said)


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        ("Server", ""),
        ("Server", "processing_problem"),
        ("Client", "sosigw_internal_error"),
        ("x", "sosigw_proxy_error"),
    ],
)
def test_the_peers_own_trouble_passes(code: str, detail: str) -> None:
    assert isinstance(refusal("dgcpr", SoapFault(code, detail), sent=True), PeerUnclear)


@pytest.mark.parametrize("detail", ["0201609995", "who is Einer Testmand"])
def test_a_code_nobody_published_is_not_repeated_and_settles_nothing(detail: str) -> None:
    said = refusal("dgcpr", SoapFault("Client", detail), sent=True)
    assert isinstance(said, PeerUnclear) and said.code == "dgws-fault"
