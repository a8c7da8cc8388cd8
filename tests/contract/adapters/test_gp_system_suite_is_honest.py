"""The suite notices: adapters broken on purpose, each caught by the promise it breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.contract import gp_promises as promises
from adapters.contract import homecoming, trouble
from adapters.contract.bench import Trouble
from adapters.gp_system.fhir_r4 import Adapter
from adapters.gp_system.fhir_r4.cursor import BEGINNING, Cursor
from gateway.certify.benches.fhir_r4 import Bench, new_key, practice_system
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import PeerError, PeerRefused, PeerUnavailable, PeerUnclear
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import EntryMessage, PeerChange


class Forgetful(Adapter):
    """Neither key nor probe: every attempt is a new Task."""

    def enqueue(self, message: EntryMessage) -> Receipt:
        return super().enqueue(replace(message, entry=replace(message.entry, id=uuid4())))

    def probe(self, message: EntryMessage) -> Receipt | None:
        return None


class Gossip(Adapter):
    """Quotes what it sent."""

    def enqueue(self, message: EntryMessage) -> Receipt:
        try:
            return super().enqueue(message)
        except PeerError as fault:
            raise PeerRefused(self.name, f"could not send {message.reason}") from fault


class Hasty(Adapter):
    """Takes an answer that settles nothing for proof that nothing was done."""

    def enqueue(self, message: EntryMessage) -> Receipt:
        try:
            return super().enqueue(message)
        except PeerUnclear:
            raise PeerUnavailable(self.name, "connecting") from None


class Strict(Adapter):
    """Takes the same answer for a definite no."""

    def enqueue(self, message: EntryMessage) -> Receipt:
        try:
            return super().enqueue(message)
        except PeerUnclear:
            raise PeerRefused(self.name, "http-500") from None


class Assuming(Adapter):
    """A question that nobody answers is a no."""

    def probe(self, message: EntryMessage) -> Receipt | None:
        try:
            return super().probe(message)
        except PeerError:
            return None


class Deaf(Adapter):
    def changes(self, cursor: str) -> tuple[Sequence[PeerChange], str]:
        return [], cursor or "x"


class Unreading(Adapter):
    """Has nothing to say about an entry it is asked about."""

    def read(self, entry_id: UUID) -> Sequence[PeerChange]:
        return []


class Retelling(Adapter):
    """Begins with the whole past."""

    def changes(self, cursor: str) -> tuple[Sequence[PeerChange], str]:
        return super().changes(cursor or Cursor(BEGINNING).encoded())


class Echoing(Adapter):
    """Takes whatever stands in the Task for the practice's own word, again and again."""

    def changes(self, cursor: str) -> tuple[Sequence[PeerChange], str]:
        claims, following = super().changes(cursor)
        return claims, cursor or following


class Overbearing(Adapter):
    """Writes our row's state over whatever the practice has just said."""

    def update(self, message: EntryMessage) -> Receipt:
        entry = message.entry
        pushed = replace(entry, revision=entry.revision + 9) if entry.status is EntryStatus.RECEIVED else entry
        return super().update(replace(message, entry=pushed))


class Lingering(Adapter):
    """Never tells the practice that an entry has ended."""

    def update(self, message: EntryMessage) -> Receipt:
        return Receipt("x") if message.entry.status.ended else super().update(message)


class OnePhase(Adapter):
    def enqueue(self, message: EntryMessage) -> Receipt:
        try:
            return super().enqueue(message)
        except PeerUnavailable as fault:
            raise PeerUnavailable(fault.peer, "connecting") from None


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    pem = new_key()
    with practice_system(tmp_path_factory.mktemp("gp"), pem) as address:
        yield address, pem


class BrokenBench(Bench):
    broken: type[Adapter]

    def connected(self, address: str, **settings: Any) -> Adapter:
        whole = super().connected(address, **settings)
        whole.close()
        return self.broken(whole.name, whole.settings, lambda _: self._pem)

    def until(self, condition: Any) -> bool:
        """What is broken will not come: a few looks are enough."""
        return any(condition() for _ in range(4))


CAUGHT = [
    (Forgetful, trouble._once_despite(Trouble.REPLY_LOST)),
    (Forgetful, promises.the_same_key_twice_is_one),
    (Gossip, trouble.no_identity_in_errors_or_logs),
    (Deaf, homecoming.an_accept_comes_home_by_polling),
    (Unreading, homecoming.an_accept_of_ours_before_the_first_poll_is_news),
    (Retelling, homecoming.what_was_there_before_the_first_poll_is_not_news),
    (Echoing, homecoming.polling_repeats_nothing),
    (Overbearing, homecoming.a_claim_not_heard_yet_survives_a_corrected_text),
    (Lingering, promises.a_withdrawn_entry_disappears),
    (Lingering, promises.the_wrong_citizen_is_erased),
    (OnePhase, trouble.silence_has_three_phases),
    (Hasty, trouble.what_was_sent_is_unknown_until_it_is_known),
    (Strict, trouble.what_was_sent_is_unknown_until_it_is_known),
    (Assuming, trouble.a_question_that_fails_is_no_answer),
]


@pytest.mark.parametrize(("broken", "promise"), CAUGHT, ids=lambda value: value.__name__)
def test_a_broken_adapter_breaks_its_promise(broken: type[Adapter], promise: Any, peer: tuple[str, str]) -> None:
    bench = type("Made", (BrokenBench,), {"broken": broken})(*peer)
    try:
        with pytest.raises(AssertionError):
            promise(bench)
    finally:
        bench.hand.post("/_sim/reset")
        bench.close()
