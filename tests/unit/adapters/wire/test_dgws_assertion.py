"""An assertion is believed when its issuer, signature, time and audience are right, and for no other reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from adapters.wire.dgws.assertion import Assertion, AssertionRefused, Demands, genuine
from adapters.wire.dgws.signature import SignatureRefused, Trust, sign
from adapters.wire.xml import parse_xml
from tests.support.doors.dgws_samples import NOW, assertion_in, own_certificate, signer, token, vector

AUDIENCE = "https://bootstrap.example/"
ISSUED = datetime(2025, 6, 2, 10, 0, tzinfo=UTC)


def demands(audience: str = AUDIENCE, issuer: str = "Test IdP") -> Demands:
    return Demands({issuer: Trust((signer().certificate,))}, audience)


def signed(**changes: str) -> etree._Element:
    element = token(**changes)
    sign(element, signer(), identity="ID")
    return parse_xml(etree.tostring(element))


def read(element: etree._Element, wanted: Demands, now: datetime = NOW) -> Assertion | str:
    try:
        return genuine(element, wanted, now)
    except (AssertionRefused, SignatureRefused) as refusal:
        return refusal.reason


def test_a_token_for_us_is_read() -> None:
    said = read(signed(), demands())
    assert isinstance(said, Assertion)
    assert said.only("level") == "3" and said.only("missing") == ""
    assert "level" not in repr(said)  # attributes may name people


def test_a_token_for_somebody_else_is_refused() -> None:
    assert read(signed(), demands("https://elsewhere.example/")) == "audience"
    assert read(signed(), demands("")) == "audience"
    assert read(signed(audience=""), demands()) == "audience"


def test_an_issuer_we_do_not_know_is_refused_before_its_signature_is_looked_at() -> None:
    assert read(signed(issuer="Somebody"), demands()) == "issuer"
    assert read(token(issuer="Somebody"), demands()) == "issuer"


def test_one_issuers_key_does_not_sign_for_another() -> None:
    both = Demands(
        {"Test IdP": Trust((signer("Other").certificate,)), "Other": Trust((signer().certificate,))}, AUDIENCE
    )
    assert read(signed(), both) == "certificate"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (timedelta(hours=1, seconds=4), "read"),
        (timedelta(hours=1, seconds=6), "expired"),
        (timedelta(hours=-1, seconds=-4), "read"),
        (timedelta(hours=-1, seconds=-6), "not-yet-valid"),
    ],
)
def test_clocks_may_differ_by_five_seconds(at: timedelta, expected: str) -> None:
    said = read(signed(), demands(), NOW + at)
    assert ("read" if isinstance(said, Assertion) else said) == expected


@pytest.mark.parametrize("until", ["2026-06-01T13:00:00", "tomorrow", ""])
def test_a_time_without_its_zone_or_that_is_none_is_not_believed(until: str) -> None:
    assert read(signed(until=until), demands()) == "shape"


def test_a_card_of_the_published_shape_is_read_and_expires() -> None:
    root = parse_xml(vector("system-level3-rsa-sha256-valid.xml"))
    card = assertion_in(root)
    wanted = Demands({"FAKE-STS": Trust((own_certificate(root),))})
    said = read(card, wanted, ISSUED)
    assert isinstance(said, Assertion)
    assert said.only("sosi:IDCardType") == "system" and said.only("medcom:CareProviderID") == "12345678"
    assert read(card, wanted, ISSUED + timedelta(hours=24)) == "expired"
    assert read(card, wanted, ISSUED - timedelta(hours=2)) == "not-yet-valid"


def test_an_attribute_said_twice_is_not_one_value() -> None:
    element = token()
    statement = element.find("{*}AttributeStatement")
    assert statement is not None
    statement.append(parse_xml(etree.tostring(statement[0])))
    sign(element, signer(), identity="ID")
    said = read(parse_xml(etree.tostring(element)), demands())
    assert isinstance(said, Assertion) and said.only("level") == ""
