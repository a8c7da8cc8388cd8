"""Reading the event log forwards without losing a line that was committed late.

Numbers are given out before the commit, so on PostgreSQL number 8 may become visible after 9. The cursor stays
below a gap until it is filled, or until it is older than any transaction may live.
"""

from __future__ import annotations

from collections.abc import Iterable

GAP_SECONDS = 6.0  # idle_in_transaction_session_timeout is 5 s (store/engine.py)


class Cursor:
    """``low``: everything up to and including it is known."""

    def __init__(self, low: int) -> None:
        self.low = low
        self._ahead: set[int] = set()
        self._gap_since: float | None = None

    def fresh(self, seqs: Iterable[int], now: float) -> set[int]:
        """Those of ``seqs`` not reported before; ``now`` in seconds of any steady clock."""
        new = {seq for seq in seqs if seq > self.low and seq not in self._ahead}
        self._ahead |= new
        self._advance(now)
        return new

    def _advance(self, now: float) -> None:
        self._close_up()
        if not self._ahead:
            self._gap_since = None
        elif self._gap_since is None:
            self._gap_since = now
        elif now - self._gap_since > GAP_SECONDS:
            self.low = min(self._ahead) - 1  # a transaction rolled back: its number never comes
            self._gap_since = None
            self._close_up()

    def _close_up(self) -> None:
        while self.low + 1 in self._ahead:
            self.low += 1
            self._ahead.discard(self.low)
            self._gap_since = None
