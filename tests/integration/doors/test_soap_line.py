"""The line to a practice's SOAP system: names kept, cards renewed, faults heard wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from adapters.contract import samples
from adapters.wire.dgws.header import Flow, header
from adapters.wire.dgws.idcard import SystemIdentity, own_card
from adapters.wire.dgws.sts import security
from adapters.wire.keyfiles import signer_from
from adapters.wire.soap import envelope
from gateway.certify.benches.soap import PATH, Bench
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import PeerIll, PeerRefused, PeerUnavailable, PeerUnclear
from gateway.domain.peers.messages import PeerVerb
from simulators import wire
from tests.support.doors.dgws_samples import signer
from tests.support.peers.adapter_peers import simulator


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    keys = tmp_path_factory.mktemp("soap-keys")
    with simulator("soap", "--keys", str(keys)) as address:
        made = Bench(f"http://127.0.0.1:{urlsplit(address).port}", keys)
        yield made
        made.close()


@pytest.fixture
def bench(running: Bench) -> Bench:
    assert running.hand.post("/_sim/reset").status_code == 204
    return running


def test_what_is_said_again_keeps_its_name_and_gets_the_stored_answer(bench: Bench) -> None:
    message = samples.message(bench.ydernummer)
    bench.plan("EnqueueConsultation", "drop-reply")
    with pytest.raises(PeerUnavailable):
        bench.system.enqueue(message)
    receipt = bench.system.enqueue(message)
    heard = bench.heard()
    assert receipt.replayed and [each["answer"] for each in heard] == ["new", "stored"]
    assert len({each["message"] for each in heard}) == 1 and len({each["flow"] for each in heard}) == 2
    assert bench.copies(message) == 1


def test_another_process_says_it_under_the_same_name(bench: Bench) -> None:
    message = samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    other = bench.connected(bench.address)
    assert other.enqueue(message).replayed
    other.close()
    assert [each["answer"] for each in bench.heard()] == ["new", "stored"]


@pytest.mark.parametrize("mode", ["fault", "fault-200"])
def test_an_expired_card_is_renewed_once_and_the_message_repeated(bench: Bench, mode: str) -> None:
    message = samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    bench.plan("EnqueueConsultation", mode, code="expired_idcard")
    bench.system.update(samples.moved(message, EntryStatus.RECEIVED))
    cards = [each["card"] for each in bench.heard()]
    assert len(cards) == 2 and cards[0] != cards[1], "a new card came with the repetition"


def test_a_card_that_stays_expired_is_not_renewed_for_ever(bench: Bench) -> None:
    bench.plan("EnqueueConsultation", "fault", code="expired_idcard", times=2)
    with pytest.raises(PeerIll) as refused:
        bench.system.enqueue(samples.message(bench.ydernummer))
    assert refused.value.code == "expired_idcard" and bench.heard() == []


@pytest.mark.parametrize("mode", ["fault", "fault-200"])
def test_not_authorized_stops_at_once(bench: Bench, mode: str) -> None:
    message = samples.message(bench.ydernummer)
    bench.plan("EnqueueConsultation", mode, code="not_authorized")
    with pytest.raises(PeerIll) as refused:
        bench.system.enqueue(message)
    assert refused.value.code == "not_authorized" and bench.copies(message) == 0


@pytest.mark.parametrize("code", ["", "processing_problem"])
def test_the_peers_own_trouble_may_pass(bench: Bench, code: str) -> None:
    bench.plan("EnqueueConsultation", "fault", code=code)
    with pytest.raises(PeerUnclear):
        bench.system.enqueue(samples.message(bench.ydernummer))


def test_an_answer_in_a_package_is_read(bench: Bench) -> None:
    bench.plan("*", "multipart", times=2)
    message = samples.message(bench.ydernummer)
    assert bench.system.enqueue(message).received_at is not None
    assert bench.system.probe(message) is not None


def test_an_answer_that_cannot_be_read_leaves_a_write_unknown_and_a_question_unanswered(bench: Bench) -> None:
    message = samples.message(bench.ydernummer)
    bench.plan("EnqueueConsultation", "garbage")
    with pytest.raises(PeerUnclear) as lost:
        bench.system.enqueue(message)
    assert not lost.value.certainly_not_done
    bench.plan("GetEntry", "garbage", times=2)
    with pytest.raises(PeerUnclear):
        bench.system.probe(message)
    assert bench.copies(message) == 1


def test_an_unknown_practice_is_a_definite_no(bench: Bench) -> None:
    with pytest.raises(PeerRefused) as refused:
        bench.system.enqueue(samples.message("012345"))
    assert refused.value.code == "unknown-practice"


def test_a_take_the_practice_lost_by_not_answering_is_released(bench: Bench) -> None:
    """Our row heard of it and laid it back (nobody answered the ring): the practice's own screen follows."""
    message = samples.message(bench.ydernummer)
    _, cursor = bench.system.changes("")
    bench.system.enqueue(message)
    bench.accept(message)
    claims, _ = bench.system.changes(cursor)
    assert [claim.verb for claim in claims if claim.entry_id == message.entry.id] == [PeerVerb.ACCEPT]
    bench.system.update(samples.moved(samples.moved(message, EntryStatus.ACCEPTED), EntryStatus.RECEIVED, misses=1))
    assert bench.waits_at_peer(message)


def test_an_older_revision_that_comes_late_changes_nothing(bench: Bench) -> None:
    message = samples.message(bench.ydernummer)
    bench.system.update(samples.moved(message, EntryStatus.EXPIRED))
    assert bench.system.enqueue(message).replayed
    assert not bench.waits_at_peer(message)


# --- the simulator judges for real ------------------------------------------------------------------------------------


def sent(bench: Bench, card: bytes, body: bytes) -> str:
    said = envelope(security(card, datetime.now(UTC)) + header(Flow(uuid4(), uuid4())), body)
    with wire.client(30) as http:
        return http.post(bench.address + PATH, content=said, headers={"Content-Type": "text/xml"}).text


def a_card(bench: Bench, at: datetime) -> bytes:
    own = signer_from("caller.pem", "caller.key", lambda name: Path(bench.keys / name).read_text())
    return own_card(SystemIdentity("Laegebro", "99110007", "Fjordby Kommune"), own, at, lambda size: b"x" * size)


def test_the_simulator_believes_no_card_it_should_not(bench: Bench) -> None:
    asked = b'<lb:GetChangesRequest xmlns:lb="urn:laegebro:consultation-queue:1.0"/>'
    now = datetime.now(UTC)
    good = a_card(bench, now)
    stranger = own_card(SystemIdentity("Laegebro", "99110007", "F"), signer("S", now), now, lambda size: b"x" * size)
    assert "GetChangesResponse" in sent(bench, good, asked)
    assert "syntax_error" in sent(bench, good, asked.replace(b"/>", b' a="b"/>'))
    assert "invalid_signature" in sent(bench, good.replace(b"Fjordby", b"Fjordbo"), asked)
    assert "invalid_certificate" in sent(bench, stranger, asked)
    assert "expired_idcard" in sent(bench, a_card(bench, now - timedelta(days=2)), asked)
    assert "missing_required_header" in sent(bench, b"", asked)
