"""*Prøvebesked*: an invented consultation as a connection would send it, and on a connection to a test system sent,
read back and taken away again (requirements.md AD06). On a real one nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from adapters.contract.scenarios import BY_NAME, SCENARIOS, Scenario
from adapters.wire.transport import within
from adapters.wire.trial.shown import exchanged
from gateway.connecting.naming import Heard
from gateway.connecting.trying import BUDGET, Step, taken
from gateway.domain.capability import Capability
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import ConfigFault, NotFound, PeerRefused
from gateway.domain.peers.messages import EntryMessage, NoteMessage
from gateway.domain.peers.trial import Probe, TrialStep
from gateway.peers.building import build
from gateway.ports.letters import Corresponding
from gateway.ports.peers import Rendering
from gateway.store.peers.connections import Revision

PRACTICE = "034835"  # where the settings name no practice of their own
ANYBODY = "Patient/r-1012"  # where nobody is looked up
SENT = 12  # exchanges that are shown


@dataclass(frozen=True, slots=True)
class Sample:
    """``rendered``: the message as it leaves us; "" where it cannot be said. ``exchanges``: what passed, without
    secrets and persons."""

    scenario: str
    rendered: str = field(repr=False)
    steps: tuple[Step, ...]
    exchanges: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def scenarios_of(kind: str) -> list[str]:
    """Those that such a system hears of."""
    return [each.name for each in SCENARIOS if kind != "gp_system" or each.entry is not None]


def can_show(kind: str, name: str, revision: Revision) -> bool:
    """Whether its adapter can say what it would send."""
    try:
        return isinstance(build(kind, revision.adapter, name, revision.config), Rendering)
    except ConfigFault:
        return False


def can_send(kind: str, name: str, revision: Revision) -> bool:
    """To a test system alone; one that answers by a message of its own has nobody here who waits for it."""
    if not revision.synthetic or not can_show(kind, name, revision):
        return False
    return not isinstance(build(kind, revision.adapter, name, revision.config), Corresponding)


def sample(kind: str, name: str, revision: Revision, scenario: str, at: datetime, *, send: bool = False) -> Sample:
    """``NotFound`` for a scenario or a sending that there is not."""
    if scenario not in scenarios_of(kind) or (send and not can_send(kind, name, revision)):
        raise NotFound("sample")
    peer, heard = build(kind, revision.adapter, name, revision.config), Heard()
    if not isinstance(peer, Rendering):
        raise NotFound("sample")
    run = _Run(peer, BY_NAME[scenario], kind, at)
    with within(BUDGET):
        steps = tuple(_until_one_fails(run.probes(send), heard))
    shown = tuple(exchanged(each) for each in heard.exchanges[:SENT])
    return Sample(scenario, run.rendered, steps, shown)


def _until_one_fails(probes: Iterator[Probe], heard: Heard) -> Iterator[Step]:
    for probe in probes:
        step = taken(probe, heard)
        yield step
        if step.told:
            return


def message_of(kind: str, scenario: Scenario, record: str = ANYBODY, practice: str = PRACTICE) -> Any:
    """None where such a system hears nothing of it."""
    return scenario.note_message(record) if kind == "eoj" else scenario.entry_message(practice)


class _Run:
    def __init__(self, peer: Any, scenario: Scenario, kind: str, at: datetime) -> None:
        self._peer, self._scenario, self._kind, self._at = peer, scenario, kind, at
        practices = getattr(getattr(peer, "settings", None), "practices", None)
        self._message: Any = message_of(kind, scenario, practice=next(iter(practices or ()), PRACTICE))
        self.rendered = ""

    def probes(self, send: bool) -> Iterator[Probe]:
        yield Probe(TrialStep.RENDER, self._render)
        if send:
            yield from self._note_probes() if self._kind == "eoj" else self._entry_probes()

    def _render(self) -> None:
        self.rendered = self._peer.rendered(self._message, self._at)

    def _entry_probes(self) -> Iterator[Probe]:
        message: EntryMessage = self._message
        over = replace(message.entry, status=EntryStatus.WITHDRAWN, revision=message.entry.revision + 1)
        yield Probe(TrialStep.SEND, _silently(lambda: self._peer.enqueue(message)))
        if Capability.PROBE in self._peer.capabilities:
            yield Probe(TrialStep.READ_BACK, lambda: _require(self._peer.probe(message), self._peer.name))
        ended = replace(message, entry=over, may_be_there=True)
        yield Probe(TrialStep.TAKE_AWAY, _silently(lambda: self._peer.update(ended)))

    def _note_probes(self) -> Iterator[Probe]:
        if Capability.CITIZEN_SEARCH in self._peer.capabilities:
            yield Probe(TrialStep.READ, self._find)
        yield Probe(TrialStep.SEND, _silently(lambda: self._peer.file_note(self._message)))
        if Capability.READ_BACK in self._peer.capabilities:
            yield Probe(TrialStep.READ_BACK, lambda: _require(self._peer.read_back(self._message), self._peer.name))

    def _find(self) -> None:
        note: NoteMessage = self._message
        identifier = note.citizen.identifier if note.citizen else None
        found = self._peer.find_citizen(identifier) if identifier is not None else None
        if found is None:
            raise PeerRefused(self._peer.name, "unknown-citizen")
        self._message = replace(note, record_ref=found.record_ref)


def _silently(call: Callable[[], object]) -> Callable[[], None]:
    """A receipt is nothing that the peer says of itself."""

    def run() -> None:
        call()

    return run


def _require(receipt: object, peer: str) -> None:
    if receipt is None:
        raise PeerRefused(peer, "not-there-yet")
