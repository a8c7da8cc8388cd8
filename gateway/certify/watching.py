"""What the adapter said and heard while a promise was tried: verbs and outcomes, never what an entry is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from gateway.domain.errors import PeerBusy, PeerCannot, PeerError, PeerRefused, PeerUnavailable, Phase
from gateway.domain.peers.delivery import Receipt

Unreachable = Callable[[Phase], AbstractContextManager[Any]]
SAID = {PeerBusy: "busy", PeerRefused: "refused", PeerCannot: "said that it cannot"}
VERBS = ("enqueue", "update", "probe", "changes", "read", "keep_subscribed", "file_note", "read_back", "find_citizen")


class Watched:
    """Stands before an adapter and counts; everything else is the adapter's own."""

    def __init__(self, system: Any, seen: Counter[str] | None = None) -> None:
        self._system = system
        self._seen: Counter[str] = Counter() if seen is None else seen

    def behind(self, network: Unreachable) -> Unreachable:
        """What is said and heard behind a network that fails is counted with the rest."""

        @contextmanager
        def watched(phase: Phase) -> Iterator[Any]:
            with network(phase) as system:
                yield Watched(system, self._seen)

        return watched

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._system, name)
        return self._counted(name, found) if name in VERBS else found

    def _counted(self, verb: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            try:
                answer = call(*arguments)
            except PeerError as fault:
                self._seen[f"{verb}: {_word_of(fault)}"] += 1
                raise
            self._seen[f"{verb}: {_word_for(verb, answer)}"] += 1
            return answer

        return counted

    def told(self) -> str:
        """Since the last time; "" where nothing was said."""
        words = [f"{count} × {what}" if count > 1 else what for what, count in self._seen.items()]
        self._seen.clear()
        return ", ".join(words)


def _word_of(fault: PeerError) -> str:
    """What the peer did, as its vendor would say it."""
    if isinstance(fault, PeerUnavailable):
        return f"no answer ({fault.phase})"
    return SAID.get(type(fault), type(fault).__name__)


def _word_for(verb: str, answer: Any) -> str:
    if isinstance(answer, Receipt):
        return "known already" if answer.replayed else "receipt"
    if verb in ("changes", "read"):
        claims = answer[0] if verb == "changes" else answer
        return " and ".join(sorted({str(claim.verb) for claim in claims})) or "nothing new"
    if verb == "find_citizen" and answer is not None:
        return "found"
    return "not there" if verb in ("probe", "read_back", "find_citizen") else "done"
