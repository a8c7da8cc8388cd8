"""A peer's call at a door of ours: proved and read by the door, weighed by our row, answered by the door.

A call with a name gets, when it is repeated, the very answer it got: kept after the claims have been applied, since
applying them twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.peers.letter import IncomingLetter
from gateway.domain.peers.messages import Envelope
from gateway.domain.records import PeerAnswer
from gateway.logs import log
from gateway.ports.base import Clock
from gateway.ports.doors import Acknowledging, Door, NameReused, ProvenCall, Reply, Said
from gateway.ports.letters import AnswerBook, LetterBook
from gateway.ports.rows import ConsultationStore
from gateway.services.practice_side import peer_changes
from gateway.services.practice_side.letters import Correspondence, take


class NamedAnswers(Protocol):
    """What was answered to a peer's named calls."""

    def find(self, connection: str, message: str) -> PeerAnswer | None: ...

    def keep(self, connection: str, message: str, said: PeerAnswer, at: datetime) -> None:
        """The first answer stays."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """What our side of a call needs. ``ask_soon``: poll that connection at the next turn; ``wake`` the relay;
    ``count``: one more call of that connection, ``TooOften`` where that is one too many."""

    store: ConsultationStore
    answers: NamedAnswers
    letters: LetterBook
    letter_answers: AnswerBook
    clock: Clock
    ask_soon: Callable[[str], None]
    wake: Callable[[], object]
    count: Callable[[str], None]


def serve(door: Door, call: Envelope, use: Weighing) -> Reply:
    """Raises what the door refuses with (``Door.refuse``), and whatever our row or our database raises."""
    proven = door.prove(call)
    use.count(proven.connection)
    said = proven.read()
    if not said.name:
        return proven.answer(_weigh(proven.connection, said, use))
    known = use.answers.find(proven.connection, said.name)
    if known is None:
        known = _kept(proven, said, use)
    if known.request != said.digest:
        raise NameReused
    return Reply(known.answer)


def _kept(proven: ProvenCall, said: Said, use: Weighing) -> PeerAnswer:
    """Of two that came at once, both get the answer that was kept first. What was refused is not kept."""
    reply = proven.answer(_weigh(proven.connection, said, use))
    answered = PeerAnswer(said.digest, reply.body)
    use.answers.keep(proven.connection, said.name, answered, use.clock.now())
    return use.answers.find(proven.connection, said.name) or answered


def _weigh(connection: str, said: Said, use: Weighing) -> bool:
    """Whether every claim was about an entry of this connection."""
    if said.letter is not None:
        _take(connection, said.letter, said.acknowledging, use)
    if said.changed:
        use.ask_soon(connection)
        use.wake()
    if said.exactly is not None:
        peer_changes.apply_now(
            said.exactly, said.claims, connection, store=use.store, clock=use.clock, audit=said.audit
        )
        return True
    heard = [peer_changes.apply(claim, connection, store=use.store, clock=use.clock) for claim in said.claims]
    return all(heard)


def _take(connection: str, letter: IncomingLetter, acknowledging: Acknowledging | None, use: Weighing) -> None:
    """The acknowledgement we owe is a row; the relay sends it."""
    correspondence = Correspondence(connection, use.letters, use.letter_answers, use.store, use.clock)
    became = take(letter, acknowledging, correspondence)
    log(__name__).info("letter", connection=connection, became=became)
    use.wake()
