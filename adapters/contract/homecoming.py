"""Promises about the way home: what the practice does on its own screen reaches us, by asking and by being told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from adapters.contract import samples
from adapters.contract.bench import GpBench
from gateway.domain.capability import Capability
from gateway.domain.consultation.queue_entry import EntryStatus, RejectReason
from gateway.domain.peers.messages import EntryMessage, Envelope, PeerChange, PeerVerb


class _Polling:
    """Asks again and again from one cursor on, as the relay does; at the first question it also reads the entries of
    ours that ``stand`` there."""

    def __init__(self, bench: GpBench, *stand: EntryMessage) -> None:
        self._bench = bench
        self.heard: list[PeerChange] = []
        first, self._cursor = bench.system.changes("")
        self.heard += first
        for message in stand:
            self.heard += bench.system.read(message.entry.id)

    def hears(self, message: EntryMessage, verb: PeerVerb) -> PeerChange:
        assert self._bench.until(lambda: self._claim(message, verb) is not None), f"{verb}: never came home"
        claim = self._claim(message, verb)
        assert claim is not None
        return claim

    def _claim(self, message: EntryMessage, verb: PeerVerb) -> PeerChange | None:
        self.poll()
        return next((c for c in self.heard if c.entry_id == message.entry.id and c.verb is verb), None)

    def poll(self) -> None:
        claims, self._cursor = self._bench.system.changes(self._cursor)
        self.heard += claims

    def verbs(self, message: EntryMessage) -> list[PeerVerb]:
        return [claim.verb for claim in self.heard if claim.entry_id == message.entry.id]


def _accepted_row(message: EntryMessage, claim: PeerChange) -> EntryMessage:
    return samples.moved(
        message,
        EntryStatus.ACCEPTED,
        received_at=claim.at,
        seen_at=claim.at,
        accepted_at=claim.at,
        accepted_by=claim.who_id,
        accepted_name=claim.who,
        clinician=claim.clinician,
    )


def an_accept_comes_home_by_polling(bench: GpBench) -> None:
    polling, message = _Polling(bench), samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    who = bench.accept(message)
    claim = polling.hears(message, PeerVerb.ACCEPT)
    assert claim.who == who, "it says who took it"
    assert claim.who_id, "and gives her a stable id"
    assert claim.at.tzinfo is not None, "the time of the claim has no zone"


def the_same_clinician_has_the_same_id(bench: GpBench) -> None:
    polling = _Polling(bench)
    ids = set()
    for _ in range(2):
        message = samples.message(bench.ydernummer)
        bench.system.enqueue(message)
        bench.accept(message)
        ids.add(polling.hears(message, PeerVerb.ACCEPT).who_id)
    assert len(ids) == 1, "one clinician came home under two ids"


def a_put_back_comes_home(bench: GpBench) -> None:
    polling, message = _Polling(bench), samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    bench.accept(message)
    row = _accepted_row(message, polling.hears(message, PeerVerb.ACCEPT))
    bench.system.update(row)
    bench.put_back(message)
    polling.hears(message, PeerVerb.PUT_BACK)
    bench.system.update(samples.moved(row, EntryStatus.RECEIVED, accepted_by="", accepted_name="", clinician=""))
    assert bench.waits_at_peer(message), "put back means waiting"


def a_put_back_nobody_answered_yet_is_not_trodden_on(bench: GpBench) -> None:
    polling, message = _Polling(bench), samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    bench.accept(message)
    claim = polling.hears(message, PeerVerb.ACCEPT)
    bench.put_back(message)
    bench.system.update(_accepted_row(message, claim))
    assert bench.waits_at_peer(message), "what was put back does not wait there"
    polling.hears(message, PeerVerb.PUT_BACK)


def a_reject_comes_home_with_its_reason(bench: GpBench) -> None:
    polling, message = _Polling(bench), samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    bench.reject(message, RejectReason.NOT_OUR_PATIENT, "Står ikke på vores liste – ring på 99 44 00 01")
    claim = polling.hears(message, PeerVerb.REJECT)
    assert claim.reason is RejectReason.NOT_OUR_PATIENT, "the reason came home as another one"
    assert "Står ikke på vores liste" in claim.text, "the clinic's own words did not come home"
    assert not bench.waits_at_peer(message), "what was rejected still waits there"


def a_claim_not_heard_yet_survives_a_corrected_text(bench: GpBench) -> None:
    polling, message = _Polling(bench), samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    who = bench.accept(message)
    corrected = samples.moved(message, EntryStatus.RECEIVED)
    bench.system.update(_with_reason(corrected, "Rettet tekst"))
    assert polling.hears(message, PeerVerb.ACCEPT).who == who
    assert bench.text_at_peer(message) == "Rettet tekst", "the corrected text is not what reads there now"


def _with_reason(message: EntryMessage, reason: str) -> EntryMessage:
    return replace(message, reason=reason, reason_corrected_at=datetime.now(UTC))


def our_row_decides_who_won(bench: GpBench) -> None:
    """Somebody else took the call elsewhere: the practice's system names the winner, and that is no new claim."""
    polling, message = _Polling(bench), samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    now = datetime.now(UTC)
    won = samples.moved(
        message, EntryStatus.ACCEPTED, accepted_by="clinic-user-7", accepted_name="Omar Saleh", accepted_at=now
    )
    bench.system.update(won)
    assert not bench.waits_at_peer(message), "what another has taken still waits there"
    bench.system.update(samples.moved(won, EntryStatus.IN_PROGRESS))
    bench.system.update(samples.moved(samples.moved(won, EntryStatus.IN_PROGRESS), EntryStatus.COMPLETED))
    polling.poll()
    own = {PeerVerb.ACCEPT, PeerVerb.PUT_BACK, PeerVerb.REJECT} & set(polling.verbs(message))
    assert not own, f"our own words came back as the practice's: {sorted(own)}"


def polling_repeats_nothing(bench: GpBench) -> None:
    polling, message = _Polling(bench), samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    bench.accept(message)
    polling.hears(message, PeerVerb.ACCEPT)
    for _ in range(3):
        polling.poll()
    assert polling.verbs(message).count(PeerVerb.ACCEPT) == 1, "the same accept came home more than once"


def what_was_there_before_the_first_poll_is_not_news(bench: GpBench) -> None:
    """Whatever happened there before: most of it concerns entries that are not ours. What concerns ours is read."""
    message = samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    bench.accept(message)
    polling = _Polling(bench)
    polling.poll()
    assert polling.verbs(message) == [], "old news came home as new"


def an_accept_of_ours_before_the_first_poll_is_news(bench: GpBench) -> None:
    taken, waiting = samples.message(bench.ydernummer), samples.message(bench.ydernummer)
    for message in (taken, waiting):
        bench.system.enqueue(message)
    who = bench.accept(taken)
    polling = _Polling(bench, taken, waiting)
    claim = polling.hears(taken, PeerVerb.ACCEPT)
    assert claim.who == who, "it says who took it"
    assert PeerVerb.ACCEPT not in polling.verbs(waiting), "what nobody has taken came home as taken"
    for _ in range(3):
        polling.poll()
    assert polling.verbs(taken).count(PeerVerb.ACCEPT) == 1, "the same accept came home more than once"


def a_notification_leads_to_the_claim(bench: GpBench) -> None:
    if Capability.NOTIFIES not in bench.system.capabilities:
        return
    message = samples.message(bench.ydernummer)
    with bench.listen() as door:
        bench.system.keep_subscribed(door.endpoint, door.token)
        bench.system.keep_subscribed(door.endpoint, door.token)
        bench.system.enqueue(message)
        bench.accept(message)
        assert bench.until(lambda: _accept_after_notice(bench, door.heard(), message)), "never told"
        for notice in door.heard():
            assert samples.TEST_CPR.encode() not in notice.body, "a notification carries ids only"


def _accept_after_notice(bench: GpBench, heard: Sequence[Envelope], message: EntryMessage) -> bool:
    told = any(message.entry.id in bench.parse_notification(envelope) for envelope in heard)
    return told and any(claim.verb is PeerVerb.ACCEPT for claim in bench.system.read(message.entry.id))


def unknown_content_is_tolerated_and_kept(bench: GpBench) -> None:
    polling, message = _Polling(bench), samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    bench.clutter(message)
    bench.system.update(_with_reason(samples.moved(message, EntryStatus.RECEIVED), "Rettet tekst"))
    bench.accept(message)
    polling.hears(message, PeerVerb.ACCEPT)
    assert bench.text_at_peer(message) == "Rettet tekst", "the corrected text is not what reads there now"


PROMISES: tuple[tuple[str, Callable[[GpBench], None]], ...] = (
    ("En accept kommer hjem ved forespørgsel", an_accept_comes_home_by_polling),
    ("Samme kliniker har samme id", the_same_clinician_has_the_same_id),
    ("Læg tilbage kommer hjem", a_put_back_comes_home),
    ("Et ubesvaret læg tilbage overskrives ikke", a_put_back_nobody_answered_yet_is_not_trodden_on),
    ("En afvisning kommer hjem med sin årsag", a_reject_comes_home_with_its_reason),
    ("En accept overlever en rettet tekst", a_claim_not_heard_yet_survives_a_corrected_text),
    ("Vores række afgør, hvem der tog kaldet", our_row_decides_who_won),
    ("Forespørgsel gentager intet", polling_repeats_nothing),
    ("Det, der stod der før, er ikke nyt", what_was_there_before_the_first_poll_is_not_news),
    ("En accept af vores før første forespørgsel er nyt", an_accept_of_ours_before_the_first_poll_is_news),
    ("En besked fører til kravet", a_notification_leads_to_the_claim),
    ("Ukendt indhold tåles", unknown_content_is_tolerated_and_kept),
)
