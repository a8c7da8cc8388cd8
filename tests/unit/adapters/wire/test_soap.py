"""One SOAP exchange over a real socket: faults are faults whatever the status, packages are opened, nothing leaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lxml import etree

from adapters.register.dgcpr.adapter import OPERATION, load_wsdl
from adapters.wire.http import PeerHttp
from adapters.wire.soap import ENVELOPE, SoapFault, body_of, envelope, exchange, fault_in
from adapters.wire.transport import within
from adapters.wire.xml import parse_xml
from gateway.domain.errors import PeerBusy, PeerError, PeerIll, PeerUnavailable, PeerUnclear
from tests.support.peers.scripted_peer import Reply, ScriptedPeer, scripted_peer

TEXT = "text/xml; charset=utf-8"
ANSWER = envelope(b"", b"<a:said xmlns:a='urn:a'>L\xc3\xa6ge 0201609995</a:said>")
FAULT = envelope(
    b"",
    b"<soapenv:Fault><faultcode>soapenv:Client</faultcode><faultstring>Who is 0201609995?</faultstring>"
    b"<detail><medcom:FaultCode>not_authorized</medcom:FaultCode></detail></soapenv:Fault>",
)


@pytest.fixture(scope="module")
def peer() -> Iterator[ScriptedPeer]:
    with scripted_peer() as one:
        yield one


def asked(peer: ScriptedPeer, body: bytes, status: int = 200, kind: str = TEXT) -> etree._Element:
    peer.script = lambda _: Reply(status, body, {"Content-Type": kind})
    return exchange(PeerHttp("dgcpr", peer.url), f"{peer.url}/service", "urn:ask", envelope(b"", b"<q/>"))


def test_the_action_is_quoted_and_the_type_is_text_xml(peer: ScriptedPeer) -> None:
    asked(peer, ANSWER)
    sent = peer.asked[-1]
    assert (sent.headers["soapaction"], sent.headers["content-type"]) == ('"urn:ask"', TEXT)
    assert sent.path == "/service" and b"<q/>" in sent.body


@pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
def test_a_fault_is_a_fault_under_every_status(peer: ScriptedPeer, status: int) -> None:
    fault = fault_in(asked(peer, FAULT, status))
    assert fault == SoapFault("Client", "not_authorized", "Who is 0201609995?")
    assert "0201609995" not in repr(fault)


def test_an_answer_holds_one_element(peer: ScriptedPeer) -> None:
    said = body_of(asked(peer, ANSWER))
    assert said is not None and said.text == "Læge 0201609995"
    assert body_of(parse_xml(envelope(b"", b"<a/><b/>"))) is None
    assert body_of(parse_xml(envelope(b"", b""))) is None


def package(*parts: tuple[str, bytes], start: str = "", line: str = "x1") -> tuple[bytes, str]:
    body = b"".join(
        f"--{line}\r\nContent-Type: application/xop+xml\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: {name}\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, content in parts
    )
    named = f'; start="{start}"' if start else ""
    return body + f"--{line}--\r\n".encode(), f'multipart/related; boundary="{line}"; type="application/xop+xml"{named}'


def test_a_package_is_opened_at_the_part_it_starts_with(peer: ScriptedPeer) -> None:
    for start, order in (("<root>", 1), ("", -1)):
        parts = [("<picture>", b"\xff\xd8\x00"), ("<root>", ANSWER)][::order]
        body, kind = package(*parts, start=start)
        said = body_of(asked(peer, body, 200, kind))
        assert said is not None and said.text == "Læge 0201609995"


def test_a_package_with_bare_line_feeds_is_opened_too(peer: ScriptedPeer) -> None:
    body, kind = package(("<root>", ANSWER), start="<root>")
    assert body_of(asked(peer, body.replace(b"\r\n", b"\n"), 200, kind)) is not None


def test_packages_inside_packages_are_not_followed(peer: ScriptedPeer) -> None:
    body = b"".join(
        f"--x{n}\r\nContent-Type: multipart/related; boundary=x{n + 1}\r\n\r\n".encode() for n in range(9_000)
    )
    with pytest.raises(PeerUnclear):
        asked(peer, body, 200, "multipart/related; boundary=x0")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html>", TEXT),
        (b"<a/>", TEXT),
        (f"<e:Envelope xmlns:e='{ENVELOPE}'/>".encode(), TEXT),
        (b"<!DOCTYPE a>" + ANSWER, TEXT),
        (b"", TEXT),
        (b"x" * 1_100_000, TEXT),
        (ANSWER, "multipart/related; boundary=never"),
        (ANSWER, "multipart/related"),
        package(*[(f"<{n}>", ANSWER) for n in range(30)]),
        package(("<picture>", b"\xff\xd8")),
    ],
    ids=["html", "other xml", "no body", "doctype", "empty", "too long", "no parts", "no line", "30 parts", "no soap"],
)
def test_what_is_no_answer_is_refused_without_a_word_of_it(peer: ScriptedPeer, body: bytes, kind: str) -> None:
    with pytest.raises(PeerUnclear) as refusal:
        asked(peer, body, 200, kind)
    assert refusal.value.args == ("dgcpr", "invalid-answer", None, False)
    assert refusal.value.__context__ is None or "0201609995" not in repr(refusal.value.__context__)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (500, PeerUnclear("dgcpr", "http-500")),
        (502, PeerUnclear("dgcpr", "http-502")),
        (503, PeerBusy("dgcpr", "http-503")),
        (404, PeerIll("dgcpr", "http-404")),
        (401, PeerIll("dgcpr", "http-401")),
        (302, PeerIll("dgcpr", "http-302")),
    ],
)
def test_a_status_without_a_fault_is_that_status(peer: ScriptedPeer, status: int, expected: PeerError) -> None:
    with pytest.raises(type(expected)) as refusal:
        asked(peer, b"<html>0201609995</html>", status)
    assert refusal.value.args[:2] == expected.args[:2]


def test_silence_ends_with_the_time_it_was_given(peer: ScriptedPeer) -> None:
    with within(0.0), pytest.raises(PeerUnavailable):
        asked(peer, ANSWER)


def test_a_body_is_written_by_the_wsdl() -> None:
    written = parse_xml(load_wsdl().body(OPERATION, PersonCivilRegistrationIdentifier="0201609995"))
    assert written.tag == "{urn:oio:medcom:cprservice:1.0.4}getPersonWithHealthCareInformationIn"
    assert [each.text for each in written] == ["0201609995"]
    assert load_wsdl().action(OPERATION).endswith(f"/wsdl/2007/06/28/{OPERATION}")


@pytest.mark.parametrize("body", [b"<a/>", b"<m:getPersonInformationOut xmlns:m='urn:oio:medcom:cprservice:1.0.4'/>"])
def test_an_answer_of_another_kind_is_refused_in_our_words(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not what the WSDL says$") as refusal:
        load_wsdl().read(OPERATION, parse_xml(body))
    assert refusal.value.__context__ is None


def test_a_signed_card_goes_into_the_envelope_byte_for_byte() -> None:
    card = b"<saml:Assertion   id = \"IDCard\"><x a='1'/>\n &#230; </saml:Assertion>"
    assert card in envelope(b"<wsse:Security>" + card + b"</wsse:Security>", b"<q/>")
