"""Whether something has left us that may change a peer, for all the calls that bring one effect about.

An act of an adapter may need several calls: a contact and then the note, a look before each. Once one of them that
writes has left, whatever the others meet leaves the whole act unknown: ``one_effect`` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from gateway.domain.errors import PeerError

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class _Act:
    sent: bool = False


_act: ContextVar[_Act | None] = ContextVar("act", default=None)


def note_sent() -> None:
    """The transport's word that a writing call may have had its effect: it was answered so, or got no answer."""
    act = _act.get()
    if act is not None:
        act.sent = True


def one_effect(act: Callable[P, T]) -> Callable[P, T]:
    """Around an adapter's ``enqueue``, ``update`` or ``file_note``: a fault after the first writing call says that
    something was sent, wherever it was met."""

    @wraps(act)
    def whole(*args: P.args, **named: P.kwargs) -> T:
        current = _Act()
        token = _act.set(current)
        try:
            return act(*args, **named)
        except PeerError as fault:
            if not current.sent:
                raise
            met = fault
        finally:
            _act.reset(token)
        raise met.after_sending()

    return whole
