"""What every practice system's adapter keeps, as plain functions; a broken promise is an ``AssertionError``.

``PROMISES`` lists them; those marked *wire* do not concern an adapter that reaches nobody over a network. They run in
the tests over every adapter found by discovery, and against a vendor's own system.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from adapters.contract import announcing, homecoming, samples, trouble, whole_way
from adapters.contract.bench import GpBench
from adapters.contract.rule import acknowledged
from gateway.domain.capability import Capability
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import PeerCannot
from gateway.ports.peers import GpSystem

NEEDS = {"a_notification_leads_to_the_claim": Capability.NOTIFIES}


@dataclass(frozen=True, slots=True)
class Promise:
    """``words``: the promise as a vendor reads it. ``instead``: what is tried where the peer is only told of entries
    (``Capability.ANNOUNCES``)."""

    words: str
    keep: Callable[[GpBench], None]
    instead: Callable[[GpBench], None] | None = None
    wire: bool = True

    @property
    def name(self) -> str:
        return self.keep.__name__

    def other(self, bench: GpBench) -> Callable[[GpBench], None] | None:
        """What this peer promises instead; None where it is asked for the promise itself."""
        return self.instead if announcing.announces(bench) else None

    def exempt(self, bench: GpBench) -> str:
        """Why it is none of this system's business; "" where it is."""
        needed = NEEDS.get(self.name)
        if needed is None or needed in bench.system.capabilities or self.other(bench):
            return ""
        return f"the connection does not have the ability «{needed}»; it is asked at intervals instead"

    def try_on(self, bench: GpBench) -> None:
        (self.other(bench) or self.keep)(bench)


def a_receipt_for_each_entry(bench: GpBench) -> None:
    for _ in range(3):
        message = samples.message(bench.ydernummer)
        receipt = acknowledged(bench, message)
        # Where the practice fetches from us, nothing is received before it has done so.
        assert receipt.received_at is not None or not bench.on_the_wire, "a receipt says when"
        assert receipt.received_at is None or receipt.received_at.tzinfo is not None, "a time knows its zone"
        assert receipt.reference, "a receipt names the peer's reference"
        assert bench.copies(message) == 1, "the entry stands in the peer's store"


def an_entry_without_a_citizen_is_taken(bench: GpBench) -> None:
    message = samples.message(bench.ydernummer, citizen=None)
    assert bench.system.enqueue(message).received_at is not None or not bench.on_the_wire, "a receipt says when"
    assert bench.copies(message) == 1, "the entry does not stand there exactly once"


def the_same_key_twice_is_one(bench: GpBench) -> None:
    message = samples.message(bench.ydernummer)
    first = acknowledged(bench, message)
    again = bench.system.enqueue(message)
    assert bench.copies(message) == 1, "sent twice, there once"
    assert again.reference == first.reference, "both receipts name the same entry"
    if bench.on_the_wire:
        assert again.replayed, "the second receipt says that the peer had it"


def danish_letters_and_line_breaks_survive(bench: GpBench) -> None:
    message = samples.message(bench.ydernummer, reason=samples.DANISH)
    bench.system.enqueue(message)
    assert bench.text_at_peer(message) == samples.DANISH, "the text does not read as it was sent"


def a_corrected_text_arrives(bench: GpBench) -> None:
    message = samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    corrected = samples.moved(replace(message, reason="Rettet: højre hæl"), EntryStatus.RECEIVED)
    bench.system.update(corrected)
    assert bench.text_at_peer(message) == "Rettet: højre hæl", "the corrected text is not what reads there now"
    assert bench.waits_at_peer(message), "a corrected text does not take the entry out of the queue"


def saying_the_same_again_changes_nothing(bench: GpBench) -> None:
    message = samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    withdrawn = samples.moved(message, EntryStatus.WITHDRAWN, ended_reason="solved")
    bench.system.update(withdrawn)
    if bench.on_the_wire:
        assert bench.until(lambda: bench.system.update(withdrawn).replayed), "the second time is still taken for news"


def a_withdrawn_entry_disappears(bench: GpBench) -> None:
    for status in (EntryStatus.WITHDRAWN, EntryStatus.EXPIRED, EntryStatus.TRANSFERRED):
        message = samples.message(bench.ydernummer)
        bench.system.enqueue(message)
        assert bench.waits_at_peer(message), "what was just sent does not wait there"
        bench.system.update(samples.moved(message, status))
        assert not bench.waits_at_peer(message), f"{status}: out of the practice's queue"


def the_wrong_citizen_is_erased(bench: GpBench) -> None:
    message = samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    wrong = samples.moved(message, EntryStatus.WITHDRAWN, ended_reason="wrong-citizen")
    bench.system.update(replace(wrong, citizen=None, reason=""))
    assert not bench.waits_at_peer(message), "the wrong citizen's entry still waits there"
    assert bench.text_at_peer(message) == "", "the text about the wrong citizen is gone"


def an_entry_that_ended_before_it_was_sent_stays_ended(bench: GpBench) -> None:
    message = samples.message(bench.ydernummer)
    ended = samples.moved(message, EntryStatus.WITHDRAWN, ended_reason="solved")
    bench.system.update(ended)
    bench.system.enqueue(message)  # the late first message
    assert not bench.waits_at_peer(message), "what was withdrawn does not come to life again"
    assert bench.copies(message) <= 1, "the entry stands there more than once"
    held_up = samples.moved(samples.message(bench.ydernummer), EntryStatus.EXPIRED)
    bench.system.enqueue(held_up)
    assert not bench.waits_at_peer(held_up), "what ended while it was held up is not put into a queue"


def a_live_call_is_taken(bench: GpBench) -> None:
    message = samples.message(bench.ydernummer, agreed_at=None)
    assert bench.system.enqueue(message).reference, "a receipt names the peer's reference"
    assert bench.copies(message) == 1, "the entry does not stand there exactly once"


def a_missing_capability_is_said(bench: GpBench) -> None:
    message = samples.message(bench.ydernummer)
    uses: dict[Capability, Callable[[GpBench], object]] = {
        Capability.PROBE: lambda b: _lacking(b, Capability.PROBE).probe(message),
        Capability.NOTIFIES: lambda b: _lacking(b, Capability.NOTIFIES).keep_subscribed("https://x.example/n", "t"),
    }
    for capability, use in uses.items():
        if bench.without(capability) is None:
            continue
        try:
            use(bench)
        except PeerCannot as fault:
            assert fault.capability == capability, "another ability was named than the one that is missing"
        else:
            raise AssertionError(f"{capability}: missing, and not said")


def _lacking(bench: GpBench, capability: Capability) -> GpSystem:
    system = bench.without(capability)
    assert system is not None and capability not in system.capabilities
    return system


PROMISES: tuple[Promise, ...] = (
    Promise("Hver henvendelse kvitteres med tid og reference", a_receipt_for_each_entry, wire=False),
    Promise(
        "En henvendelse uden borger kan modtages",
        an_entry_without_a_citizen_is_taken,
        announcing.without_a_number_it_is_refused,
        wire=False,
    ),
    Promise(
        "En henvendelse til nu kan modtages",
        a_live_call_is_taken,
        announcing.a_live_call_is_refused,
        wire=False,
    ),
    Promise("Samme nøgle to gange er én henvendelse", the_same_key_twice_is_one, wire=False),
    Promise("Danske bogstaver og linjeskift bevares", danish_letters_and_line_breaks_survive),
    Promise("En rettet tekst når frem", a_corrected_text_arrives),
    Promise("Gentaget besked ændrer intet", saying_the_same_again_changes_nothing, wire=False),
    Promise("En tilbagetrukket henvendelse forsvinder", a_withdrawn_entry_disappears),
    Promise("Forkert borger slettes", the_wrong_citizen_is_erased, announcing.the_wrong_citizen_is_disowned),
    Promise("Afsluttet før afsendelse bliver ikke levende", an_entry_that_ended_before_it_was_sent_stays_ended),
    Promise("Manglende evne siges højt", a_missing_capability_is_said, wire=False),
    *(Promise(words, keep) for words, keep in trouble.PROMISES),
    *(Promise(words, keep, announcing.nothing_comes_home_but_text) for words, keep in homecoming.PROMISES),
    Promise(
        "En accept kommer hjem gennem de rigtige processer",
        whole_way.an_accept_comes_home_through_relay_and_worker,
        whole_way.what_is_agreed_is_sent_through_relay_and_worker,
    ),
    Promise(
        "En accept før den første forespørgsel kommer også hjem",
        whole_way.an_accept_before_the_first_question_comes_home_too,
        announcing.nothing_comes_home_but_text,
    ),
)
