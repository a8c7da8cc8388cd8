"""What a practice promises instead that is reached by messages only (``Capability.ANNOUNCES``): it keeps no queue, so
what needs one is refused aloud, and never half done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from adapters.contract import samples
from adapters.contract.bench import GpBench
from gateway.domain.capability import Capability
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import PeerCannot
from gateway.domain.peers.messages import EntryMessage


def announces(bench: GpBench) -> bool:
    return Capability.ANNOUNCES in bench.system.capabilities


def cannot(bench: GpBench, use: Callable[[], object], what: str) -> None:
    try:
        use()
    except PeerCannot as fault:
        assert fault.peer == bench.system.name and fault.capability
    else:
        raise AssertionError(f"{what}: cannot be done there, and not said")


def nothing_comes_home_but_text(bench: GpBench) -> None:
    """Nobody takes, puts back or rejects a call by message: asking for it is refused, and no ability to is claimed."""
    message = samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    claimed = {Capability.POLLABLE, Capability.NOTIFIES, Capability.SEEN} & bench.system.capabilities
    assert not claimed, f"claims what a message cannot do: {sorted(claimed)}"
    cannot(bench, lambda: bench.system.changes(""), "changes")
    cannot(bench, lambda: bench.system.read(message.entry.id), "read")
    cannot(bench, lambda: bench.system.keep_subscribed("https://x.example/n", "t"), "keep_subscribed")


def without_a_number_it_is_refused(bench: GpBench) -> None:
    """A message is about exactly one citizen with a number: without one the waiting room in the browser is the way."""
    nobody = samples.message(bench.ydernummer, citizen=None)
    nameless = samples.message(bench.ydernummer, citizen=samples.citizen(identifier=None))
    protected = samples.message(bench.ydernummer, citizen=samples.citizen(protected=True))
    for message in (nobody, nameless, protected):
        _refused(bench, message)


def a_live_call_is_refused(bench: GpBench) -> None:
    """What is acute must not go by message."""
    _refused(bench, samples.message(bench.ydernummer, agreed_at=None))
    now = samples.message(bench.ydernummer)
    _refused(bench, replace(now, agreed_at=now.entry.requested_at))


def _refused(bench: GpBench, message: EntryMessage) -> None:
    cannot(bench, lambda: bench.system.enqueue(message), "enqueue")
    assert bench.copies(message) == 0, "refused, and sent all the same"


def the_wrong_citizen_is_disowned(bench: GpBench) -> None:
    """A message cannot be taken back. The practice is told to set it aside, and nothing said before is said again."""
    message = samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    wrong = samples.moved(message, EntryStatus.WITHDRAWN, ended_reason="wrong-citizen")
    bench.system.update(replace(wrong, citizen=None, reason=""))
    assert bench.until(lambda: not bench.waits_at_peer(message)), "never told"
    assert bench.text_at_peer(message) == "", "the text about the wrong citizen is not repeated"
