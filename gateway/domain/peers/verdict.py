"""What an attempt's end means: for the row, and apart from that for the connection. Pure.

==================  ==============================  ============================================================
what was met        the row                         the connection
==================  ==============================  ============================================================
``PeerRefused``     refused: a person looks         well: it answered
``PeerCannot``      refused                         unasked
``PeerIll``         waits, however long             ill: a person must mend our credentials or our address
``PeerBusy``        again, after what it asked for  busy; failing where it says that it is down (503)
``PeerForbids``     again                           failing, where no other row gets through in between
``PeerUnclear``     again, after its quiet period   failing
``PeerUnavailable`` again, after its quiet period   failing
==================  ==============================  ============================================================

*Again* is *not done* where nothing had been sent, and else *unknown* (*to ask* where the peer is busy): the peer is
asked before it is sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from gateway.domain.errors import (
    PeerBusy,
    PeerCannot,
    PeerError,
    PeerForbids,
    PeerIll,
    PeerRefused,
    PeerUnavailable,
    PeerUnclear,
)
from gateway.domain.peers.delivery import LONGEST_PAUSE, Outcome, pause_before

DOWN = "http-503"
LOCKS = frozenset({"record-locked", "lock-error", "http-423"})  # somebody at the peer has the record open


class Health(StrEnum):
    """What an attempt says of the connection."""

    UNASKED = "unasked"  # nothing was sent to it
    WELL = "well"  # it answered, be it by a refusal
    BUSY = "busy"  # it answers, and asks us to come back
    FAILING = "failing"  # no answer, or none that makes sense
    ILL = "ill"  # our credentials or address are wrong: nothing gets through until a person has mended it


@dataclass(frozen=True, slots=True)
class Verdict:
    """``code`` for the row, the log and the connection's health, never the peer's text. ``again_after``: seconds the
    peer asked for. ``quiet``: what was sent may still take effect, so the quiet period comes before the next send.
    ``nothing_done``: it is certain that nothing of the row has taken effect, at this attempt or before."""

    outcome: Outcome
    health: Health
    code: str
    again_after: int | None = None
    quiet: bool = False
    nothing_done: bool = False


WELL = Verdict(Outcome.DONE, Health.WELL, "")


def judged(fault: PeerError) -> Verdict:
    """Sort a peer's behaviour."""
    again = Outcome.UNKNOWN if fault.sent else Outcome.NOT_DONE
    match fault:
        case PeerRefused():
            return Verdict(Outcome.REFUSED, Health.WELL, fault.code, nothing_done=fault.nothing_done)
        case PeerCannot():
            return Verdict(Outcome.REFUSED, Health.UNASKED, f"cannot: {fault.capability}")
        case PeerIll():
            return Verdict(again, Health.ILL, f"ill: {fault.code}")
        case PeerBusy():
            # It answered that it did nothing: nothing is on its way any more, so no quiet period need pass.
            health = Health.FAILING if fault.code == DOWN or isinstance(fault, PeerForbids) else Health.BUSY
            declined = Outcome.TO_ASK if fault.sent else Outcome.NOT_DONE
            outcome = Outcome.UNKNOWN if fault.earlier else declined
            return Verdict(outcome, health, fault.code, fault.retry_after, quiet=fault.earlier)
        case PeerUnclear():
            return Verdict(again, Health.FAILING, fault.code, fault.retry_after, fault.sent)
        case PeerUnavailable():
            return Verdict(again, Health.FAILING, f"unavailable: {fault.phase}", quiet=fault.sent)
        case _:
            return Verdict(Outcome.UNKNOWN, Health.FAILING, "fault", quiet=True)


def pause_after(verdict: Verdict, attempt: int, jitter: float, quiet: Callable[[], timedelta]) -> timedelta:
    """How long the row rests. A peer that asks for patience gets it, up to the longest pause; where what was sent may
    still take effect not less than the ``quiet`` period, longer than the peer can still apply it or keep it unseen."""
    pause = pause_before(attempt, jitter)
    if verdict.again_after is not None:
        pause = max(pause, timedelta(seconds=min(verdict.again_after, LONGEST_PAUSE)))
    if verdict.quiet:
        pause = max(pause, quiet())
    return pause
