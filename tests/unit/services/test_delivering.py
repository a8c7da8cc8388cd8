"""One attempt at one debt: what each behaviour of a peer, and each crash of ours, comes to (requirements.md R1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.capability import Capability
from gateway.domain.consultation import queueing
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.events import DebtKind
from gateway.domain.errors import PeerBusy, PeerCannot, PeerError, PeerIll, PeerRefused, PeerUnavailable, PeerUnclear
from gateway.domain.note import review
from gateway.domain.note.rules import NoteRules, Placement
from gateway.domain.peers.breaker import trouble_of
from gateway.domain.peers.delivery import LONGEST_PAUSE, Delivery, DeliveryStatus, Outcome, Receipt
from gateway.domain.people import RoleCategory
from gateway.domain.scope import SystemScope
from gateway.services import deliver
from gateway.services.compose import note_message
from tests.support.consultations import NURSE, case, waiting
from tests.support.memory import HandClock, MemoryOutbox, MemoryStore
from tests.support.peers.memory_peers import ALL, QUIET, MemoryPeer, MemoryPeers, MemoryShelf
from tests.support.peers.memory_peers import ORGANISATION as MUNICIPALITY
from tests.support.unprobed import unprobed
from tests.unit.domain.stories import LATER, ORGANISATION, filed, in_review

LEASE = timedelta(seconds=30)


class Desk:
    """One debt, one peer, and attempts on demand."""

    def __init__(self, consultation: Consultation, peer: MemoryPeer | None = None) -> None:
        self.clock = HandClock(LATER)
        self.store = MemoryStore(self.clock)
        self.store.kept[consultation.id] = replace(consultation, events=(), debts=())
        self.consultation = self.store.commit(consultation)
        self.outbox = MemoryOutbox(self.store)
        self.peer = peer or MemoryPeer()
        self.peers = MemoryPeers(self.peer)
        self.shelf = MemoryShelf()

    @property
    def use(self) -> deliver.Attempting:
        return deliver.Attempting(
            self.store, self.outbox, self.peers, self.clock, "http://gateway.localhost", lambda: 1.0, self.shelf
        )

    def claim(self) -> Delivery:
        claimed = self.outbox.claim(LEASE)
        assert claimed is not None
        return claimed

    def attempt(self) -> Outcome:
        return deliver.attempt(self.claim(), self.use)

    @property
    def row(self) -> object:
        return next(iter(self.store.rows.values()))

    def kinds(self) -> list[str]:
        return [line.kind for line in self.store.lines[self.consultation.id]]


def entry_desk(peer: MemoryPeer | None = None) -> Desk:
    return Desk(waiting(), peer)


def note_desk(peer: MemoryPeer | None = None) -> Desk:
    talk = in_review()
    return Desk(review.approve(talk, talk.cases[0].id, "Aftalt", ORGANISATION, LATER, NURSE), peer)


def status_of(desk: Desk) -> tuple[DeliveryStatus, bool, str]:
    row = next(iter(desk.store.rows.values()))
    return row.status, row.delivery.unknown, row.fault


def test_an_entry_that_arrives_is_done_and_received() -> None:
    desk = entry_desk()
    assert desk.attempt() is Outcome.DONE
    assert status_of(desk) == (DeliveryStatus.DONE, False, "")
    assert "received" in desk.kinds()


def test_an_entry_that_lies_ready_to_be_fetched_is_not_received() -> None:
    desk = entry_desk(MemoryPeer(fetched=True))
    assert desk.attempt() is Outcome.DONE
    assert "received" not in desk.kinds()


DUE, STUCK = DeliveryStatus.DUE, DeliveryStatus.STUCK
FAULTS = [
    (PeerUnavailable("gp", "connecting"), Outcome.NOT_DONE, (DUE, False, "unavailable: connecting")),
    (PeerUnavailable("gp", "sending"), Outcome.UNKNOWN, (DUE, True, "unavailable: sending")),
    (PeerUnavailable("gp", "awaiting the answer"), Outcome.UNKNOWN, (DUE, True, "unavailable: awaiting the answer")),
    (PeerUnclear("gp", "no-fhir"), Outcome.UNKNOWN, (DUE, True, "no-fhir")),
    (PeerUnclear("gp", "no-fhir", sent=False), Outcome.NOT_DONE, (DUE, False, "no-fhir")),
    (PeerBusy("gp", "http-503", 5), Outcome.NOT_DONE, (DUE, False, "http-503")),
    (PeerBusy("gp", "http-429", 5, sent=True), Outcome.TO_ASK, (DUE, True, "http-429")),
    (PeerIll("gp", "http-401"), Outcome.NOT_DONE, (DUE, False, "ill: http-401")),
    (PeerIll("gp", "http-401", sent=True), Outcome.UNKNOWN, (DUE, True, "ill: http-401")),
    (PeerRefused("gp", "http-422"), Outcome.REFUSED, (STUCK, False, "http-422")),
    (PeerCannot("gp", "task"), Outcome.REFUSED, (STUCK, False, "cannot: task")),
]


@pytest.mark.parametrize(("fault", "outcome", "settled"), FAULTS, ids=[f"{type(f).__name__}-{o}" for f, o, _ in FAULTS])
def test_each_fault_is_one_of_the_outcomes(fault: PeerError, outcome: Outcome, settled: tuple[object, ...]) -> None:
    desk = entry_desk(MemoryPeer(before=[fault]))
    assert desk.attempt() is outcome
    assert status_of(desk) == settled
    assert desk.outbox.heard == [settled[2]], "how the connection fares is told"


@pytest.mark.parametrize("owed", [entry_desk, note_desk])
@pytest.mark.parametrize("synthetic", [True, False])
def test_d18_nothing_invented_is_sent_to_a_real_system_nor_the_other_way_round(
    owed: Callable[[], Desk], synthetic: bool
) -> None:
    desk = owed()
    (kept,) = desk.store.kept.values()
    desk.store.kept[kept.id] = replace(kept, synthetic=synthetic)
    desk.peers.synthetic = not synthetic
    assert desk.attempt() is Outcome.REFUSED
    assert status_of(desk) == (STUCK, False, "synthetic-mismatch")
    assert desk.peer.asked == []


def due_in(desk: Desk) -> timedelta:
    return next(iter(desk.store.rows.values())).due_at - desk.clock.now()


def test_after_an_unknown_outcome_the_peer_is_left_in_peace_for_its_quiet_period() -> None:
    desk = entry_desk(MemoryPeer(before=[PeerUnavailable("gp", "sending")]))
    desk.attempt()
    assert due_in(desk) >= QUIET


@pytest.mark.parametrize(("asked", "rest"), [(5, 5), (10**9, LONGEST_PAUSE), (0, 1)])
def test_a_peer_is_given_the_time_it_asks_for_within_reason(asked: int, rest: float) -> None:
    desk = entry_desk(MemoryPeer(before=[PeerBusy("gp", "http-429", asked)]))
    desk.attempt()
    assert due_in(desk) == timedelta(seconds=rest)


def test_a_peer_that_says_it_did_nothing_is_asked_again_without_a_quiet_period() -> None:
    desk = entry_desk(MemoryPeer(before=[PeerBusy("gp", "http-429", 5, sent=True)]))
    desk.attempt()
    assert due_in(desk) == timedelta(seconds=5)


def test_an_answer_that_was_lost_is_asked_for_before_anything_is_sent_again() -> None:
    peer = MemoryPeer(after=[PeerUnavailable("gp", "awaiting the answer")])
    desk = entry_desk(peer)
    assert desk.attempt() is Outcome.UNKNOWN
    desk.clock.pass_by(seconds=QUIET.total_seconds())
    assert desk.attempt() is Outcome.DONE
    assert (peer.asked, len(peer.held)) == (["enqueue", "probe"], 1)
    assert next(iter(desk.store.rows.values())).delivery.receipt.replayed


def test_what_never_arrived_is_sent_after_asking() -> None:
    peer = MemoryPeer(before=[PeerUnavailable("gp", "sending")])
    desk = entry_desk(peer)
    desk.attempt()
    desk.clock.pass_by(seconds=QUIET.total_seconds())
    desk.attempt()
    assert (peer.asked, len(peer.held)) == (["enqueue", "probe", "enqueue"], 1)


def test_a_peer_that_does_not_show_it_yet_is_asked_again_and_not_believed_before_its_quiet_period() -> None:
    peer = MemoryPeer(lag=1)
    desk = entry_desk(peer)
    claimed = desk.claim()  # and the process is gone
    peer._take("enqueue", claimed.key)
    desk.clock.pass_by(seconds=31)
    assert desk.attempt() is Outcome.TO_ASK
    assert status_of(desk) == (DUE, True, "not-there-yet")
    verdict = desk.outbox.verdicts[-1]
    assert verdict is not None and trouble_of(verdict) is None, "one row's wait rests no connection"
    desk.clock.pass_by(seconds=QUIET.total_seconds())
    assert desk.attempt() is Outcome.DONE
    assert (peer.asked, len(peer.held)) == (["enqueue", "probe", "probe"], 1)


@pytest.mark.parametrize("step", [-600, 600], ids=["back", "ahead"])
def test_a_quiet_period_is_as_long_however_the_clock_of_the_process_is_stepped(step: int) -> None:
    peer = MemoryPeer(lag=1)
    desk = entry_desk(peer)
    peer._take("enqueue", desk.claim().key)  # and the process is gone
    desk.clock.pass_by(seconds=31)
    stepped = HandClock(desk.clock.now() + timedelta(seconds=step))
    assert deliver.attempt(desk.claim(), replace(desk.use, clock=stepped)) is Outcome.TO_ASK
    assert timedelta(0) < due_in(desk) <= QUIET
    assert len(peer.held) == 1


@pytest.mark.parametrize(
    "fault",
    [PeerBusy("eoj", "http-503"), PeerUnavailable("eoj", "connecting"), PeerIll("eoj", "http-401"),
     PeerUnclear("eoj", "invalid-answer", sent=False)],
    ids=lambda fault: type(fault).__name__,
)  # fmt: skip
@pytest.mark.parametrize("verb", ["read-back", "probe"])
def test_a_reading_that_fails_is_still_unknown_and_never_not_done(fault: PeerError, verb: str) -> None:
    peer = MemoryPeer(capabilities=ALL - {Capability.IDEMPOTENT_CREATE}, reading=[fault])
    desk = note_desk(peer)
    if verb == "probe":
        peer._take("file", desk.claim().key)  # sent, and the process is gone
        desk.clock.pass_by(seconds=31)
    assert desk.attempt() is (Outcome.TO_ASK if verb == "probe" else Outcome.UNKNOWN)
    assert status_of(desk)[:2] == (DUE, True)
    desk.clock.pass_by(minutes=30)
    assert desk.attempt() is Outcome.DONE
    assert (peer.asked.count("file"), len(peer.held)) == (1, 1)


def test_without_the_probe_a_peer_without_keys_gets_it_twice() -> None:
    """The test of the test: leave the probe out and the double shows."""
    peer = MemoryPeer(
        capabilities=ALL - {Capability.IDEMPOTENT_CREATE}, after=[PeerUnavailable("gp", "awaiting the answer")]
    )
    desk = entry_desk(peer)
    desk.attempt()
    desk.clock.pass_by(seconds=QUIET.total_seconds())
    deliver.attempt(desk.claim(), replace(desk.use, peers=unprobed(desk.peers)))
    assert len(peer.held) == 2


def test_a_peer_that_can_neither_be_asked_nor_knows_keys_is_sent_to_once() -> None:
    peer = MemoryPeer(capabilities=frozenset(), after=[PeerUnavailable("gp", "awaiting the answer")])
    desk = entry_desk(peer)
    desk.attempt()
    desk.clock.pass_by(seconds=QUIET.total_seconds())
    assert desk.attempt() is Outcome.REFUSED
    assert len(peer.held) == 1
    assert status_of(desk)[0] is DeliveryStatus.STUCK, "a human looks"


def test_an_owner_whose_lease_was_taken_over_settles_nothing() -> None:
    desk = entry_desk()
    late = desk.claim()
    desk.clock.pass_by(seconds=QUIET.total_seconds())
    assert desk.attempt() is Outcome.DONE
    assert not desk.outbox.settle(late, Outcome.REFUSED, pause=timedelta(0), fault="too late")
    assert status_of(desk)[0] is DeliveryStatus.DONE


def test_an_attempt_whose_owner_died_is_unknown_to_the_next() -> None:
    desk = entry_desk()
    desk.peer._take("enqueue", desk.claim().key)  # sent, and then the process is gone
    desk.clock.pass_by(seconds=31)
    assert desk.attempt() is Outcome.DONE
    assert len(desk.peer.held) == 1
    assert desk.peer.asked == ["enqueue", "probe"]


def test_an_attempt_that_ends_after_its_lease_says_the_receipt_once_with_its_successor() -> None:
    for desk, kind in ((entry_desk(), "received"), (note_desk(), "note-filed")):
        late = desk.claim()
        known = desk.store.load(SystemScope(), late.consultation)
        receipt = deliver._send(late, known, desk.use, ())
        desk.clock.pass_by(seconds=31)
        successor = desk.claim()
        deliver._settle_done(late, known, receipt, desk.use, ())
        assert desk.store.rows[late.id].status is DeliveryStatus.DUE
        assert deliver.attempt(successor, desk.use) is Outcome.DONE
        assert desk.kinds().count(kind) == 1
        assert len(set(desk.peer.held)) == len(desk.peer.held) == 1


def test_filed_means_read_back_by_another_request() -> None:
    desk = note_desk()
    assert desk.attempt() is Outcome.DONE
    assert desk.peer.asked == ["file", "read-back"]
    assert next(iter(desk.store.rows.values())).delivery.receipt.filed_at is not None
    assert desk.kinds()[-1] == "note-filed"


def test_a_note_that_cannot_be_read_yet_is_not_filed_and_is_not_sent_twice() -> None:
    desk = note_desk(MemoryPeer(readable=False))
    assert desk.attempt() is Outcome.UNKNOWN
    assert status_of(desk) == (DeliveryStatus.DUE, True, "not-readable-yet")
    desk.peer.readable = True
    desk.clock.pass_by(minutes=20)
    assert desk.attempt() is Outcome.DONE
    assert len(desk.peer.held) == 1


def test_a_record_that_cannot_be_read_says_received_and_says_it_once() -> None:
    desk = note_desk(MemoryPeer(capabilities=ALL - {Capability.READ_BACK}))
    late = desk.claim()
    desk.clock.pass_by(seconds=31 + QUIET.total_seconds())
    successor = desk.claim()
    deliver._settle_done(late, desk.consultation, Receipt("r"), desk.use, ())
    assert deliver.attempt(successor, desk.use) is Outcome.DONE
    assert (desk.kinds().count("note-received"), desk.kinds().count("note-filed")) == (1, 0)


def test_the_receipts_of_several_citizens_do_not_hide_each_other() -> None:
    talk = in_review()
    draft = talk.cases[0].notes
    talk = replace(talk, cases=tuple(replace(case(n), notes=draft) for n in range(3)))
    desk = Desk(review.send_unreviewed(talk, ORGANISATION, LATER, NURSE))
    for _ in range(3):
        assert desk.attempt() is Outcome.DONE
    assert desk.kinds().count("note-filed") == 3


def test_a_note_about_the_wrong_citizen_is_never_sent() -> None:
    talk = in_review()
    talk = replace(talk, cases=(*talk.cases, replace(case(1), notes=talk.cases[0].notes)))
    desk = Desk(review.approve(talk, talk.cases[0].id, "Aftalt", ORGANISATION, LATER, NURSE))
    desk.store.commit(queueing.withdraw(desk.consultation, "wrong-citizen", LATER, NURSE))
    assert desk.attempt() is Outcome.REFUSED
    assert desk.peer.held == []
    assert status_of(desk) == (DeliveryStatus.STUCK, False, "retract")


def test_after_a_week_a_human_looks() -> None:
    desk = note_desk(MemoryPeer(before=[PeerUnavailable("eoj", "connecting")]))
    desk.clock.pass_by(days=8)
    assert desk.attempt() is Outcome.REFUSED


def test_a_connection_that_is_ill_gives_up_no_row_however_long_it_takes() -> None:
    desk = note_desk(MemoryPeer(before=[PeerIll("eoj", "invalid_client")]))
    desk.clock.pass_by(days=8)
    assert desk.attempt() is Outcome.NOT_DONE
    assert status_of(desk) == (DUE, False, "ill: invalid_client")


def test_a_fault_of_our_own_is_not_swallowed_and_leaves_the_row_to_its_lease() -> None:
    desk = entry_desk()
    claimed = desk.claim()
    desk.store.kept.clear()
    with pytest.raises(Exception, match="consultation"):
        deliver.attempt(claimed, desk.use)
    assert not desk.outbox.due()
    desk.clock.pass_by(seconds=31)
    assert desk.outbox.due() == [claimed.id]


_PLACE = Placement(RoleCategory.LICENSED, None, "Sygeplejefaglige notater")
BY_GROUP = replace(MUNICIPALITY, note_rules=NoteRules(placements=(_PLACE,)))


def test_d12_a_later_version_names_the_one_it_replaces_and_the_place_its_group_has() -> None:
    sent = filed()
    desk = Desk(review.add_clinic_text(sent, sent.cases[0].id, "Recept sendt", LATER, NURSE))
    claimed = desk.claim()
    assert (claimed.kind, claimed.version) == (DebtKind.NOTE, 2)
    able, bare = frozenset({Capability.REPLACE_NOTE}), frozenset[Capability]()
    message = note_message(desk.consultation, claimed, BY_GROUP, able)
    first = note_message(desk.consultation, replace(claimed, version=1), BY_GROUP, able)
    assert message.supersedes == first.key
    assert first.supersedes is None
    assert (message.addendum, first.addendum) == (False, False)
    later, whole = (note_message(desk.consultation, replace(claimed, version=v), BY_GROUP, bare) for v in (2, 1))
    assert (later.addendum, whole.addendum) == (True, False), "a record that cannot replace gets an addendum"
    assert message.placement == "Sygeplejefaglige notater"
