"""One DGWS call with its repetitions: the same message keeps its name, and only its own answer is taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from lxml import etree

from adapters.wire.dgws.header import DgwsService
from adapters.wire.dgws.idcard import IdCard
from adapters.wire.http import PeerHttp
from adapters.wire.soap import SoapFault, envelope
from gateway.domain.errors import PeerIll, PeerUnavailable, PeerUnclear
from tests.support.doors.dgws_samples import NOW
from tests.support.peers.scripted_peer import Asked, Reply, ScriptedPeer, scripted_peer

TEXT = {"Content-Type": "text/xml; charset=utf-8"}
EXPIRED = b"<detail><medcom:FaultCode>expired_idcard</medcom:FaultCode></detail>"


class NumberedCards:
    """A new number after each refusal."""

    def __init__(self) -> None:
        self.number = 1

    def current(self, now: datetime) -> IdCard:
        return IdCard(f"<card>{self.number}</card>".encode(), now + timedelta(hours=1))

    def renew(self, refused: IdCard) -> None:
        self.number += 1


@pytest.fixture(scope="module")
def running() -> Iterator[ScriptedPeer]:
    with scripted_peer() as one:
        yield one


@pytest.fixture
def peer(running: ScriptedPeer) -> ScriptedPeer:
    running.asked.clear()
    return running


def ask(peer: ScriptedPeer, *replies: Reply | None) -> etree._Element | SoapFault:
    """None is an answer that gets lost; the last reply is repeated."""
    left = list(replies)

    def script(asked: Asked) -> Reply:
        reply = left.pop(0) if len(left) > 1 else left[0]
        return reply or Reply(raw=iter(()))

    peer.script = script
    return DgwsService(PeerHttp("dgcpr", peer.url), NumberedCards()).ask("urn:ask", b"<q/>", NOW)


def said(body: bytes, header: bytes = b"", status: int = 200) -> Reply:
    return Reply(status, envelope(header, body), TEXT)


def fault(code: bytes, detail: bytes = b"", text: bytes = b"") -> Reply:
    words = b"<faultcode>soapenv:" + code + b"</faultcode><faultstring>" + text + b"</faultstring>"
    return said(b"<soapenv:Fault>" + words + detail + b"</soapenv:Fault>", status=500)


def messages(peer: ScriptedPeer) -> list[str]:
    return [re.findall(rb"<medcom:MessageID>(.*?)<", each.body)[0].decode() for each in peer.asked]


def cards(peer: ScriptedPeer) -> list[str]:
    return [re.findall(rb"<card>(\d)<", each.body)[0].decode() for each in peer.asked]


def test_a_repetition_keeps_its_name_and_has_a_new_card(peer: ScriptedPeer) -> None:
    ask(peer, fault(b"Client", EXPIRED), said(b"<a/>"))
    assert cards(peer) == ["1", "2"] and len(set(messages(peer))) == 1


def test_two_questions_have_two_names(peer: ScriptedPeer) -> None:
    ask(peer, said(b"<a/>"))
    ask(peer, said(b"<a/>"))
    assert len(set(messages(peer))) == 2


def test_a_lost_answer_is_asked_for_once_more_and_no_oftener(peer: ScriptedPeer) -> None:
    ask(peer, None, said(b"<a/>"))
    assert len(peer.asked) == 2 and len(set(messages(peer))) == 1 and cards(peer) == ["1", "1"]
    peer.asked.clear()
    with pytest.raises(PeerUnavailable):
        ask(peer, None)
    assert len(peer.asked) == 2


def test_a_card_that_stays_expired_ends_the_matter(peer: ScriptedPeer) -> None:
    with pytest.raises(PeerIll) as refusal:
        ask(peer, fault(b"Client", EXPIRED))
    assert refusal.value.code == "expired_idcard" and cards(peer) == ["1", "2"]


def test_a_bare_client_fault_is_for_the_services_own_adapter(peer: ScriptedPeer) -> None:
    answer = ask(peer, fault(b"Client", text=b"Ingen data fundet"))
    assert isinstance(answer, SoapFault) and answer.text == "Ingen data fundet"


def linked(message: str) -> bytes:
    return (
        "<medcom:Header><medcom:Linking><medcom:MessageID>x</medcom:MessageID><medcom:InResponseToMessageID>"
        f"{message}</medcom:InResponseToMessageID></medcom:Linking></medcom:Header>"
    ).encode()


def test_an_answer_to_another_message_is_never_taken(peer: ScriptedPeer) -> None:
    with pytest.raises(PeerUnclear) as refusal:
        ask(peer, said(b"<a/>", linked("somebody-elses")))
    assert refusal.value.code == "answer-to-another"


def test_an_answer_that_names_our_message_is_taken(peer: ScriptedPeer) -> None:
    service = DgwsService(PeerHttp("dgcpr", peer.url), NumberedCards())
    peer.script = lambda asked: said(b"<a/>", linked(re.findall(rb"<medcom:MessageID>(.*?)<", asked.body)[0].decode()))
    answer = service.ask("urn:ask", b"<q/>", NOW)
    assert not isinstance(answer, SoapFault) and answer.tag == "a"


@pytest.mark.parametrize("body", [b"", b"<a/><b/>"])
def test_an_answer_of_none_or_two_is_no_answer(peer: ScriptedPeer, body: bytes) -> None:
    with pytest.raises(PeerUnclear) as refusal:
        ask(peer, said(body))
    assert refusal.value.code == "invalid-answer"
