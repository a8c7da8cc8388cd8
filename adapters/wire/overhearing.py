"""What passes between us and a peer, word for word, for a certification's report and for a connection that a person
tries: nobody listens otherwise.

Whoever listens gets personal data and secrets as they are, and has to take them out before they are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Said:
    """One message: its first line (``POST /fhir/Task``, ``200``, a fault), header fields and body."""

    line: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


Listener = Callable[[Said, Said], None]
_listeners: list[Listener] = []


@contextmanager
def overhearing(listener: Listener) -> Iterator[None]:
    """Each request with its answer, from every thread of this process, while it lasts."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def pass_on(request: Said, answer: Said) -> None:
    for listener in tuple(_listeners):
        listener(request, answer)
