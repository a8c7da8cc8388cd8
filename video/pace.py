"""How fast one sender may send when somebody who receives it has a weak link.

Transport-cc tells a browser about its own way up to us; nobody tells it about the way down to the others. So
each receiver's reported loss lowers or raises a limit that goes back to the sender as REMB, which browsers
respect beside transport-cc. The steps are those of the loss-based part of Google's congestion control
(draft-ietf-rmcat-gcc-02 §6): above 10 % loss go down by half the loss, below 2 % go up by 8 %.
"""

from __future__ import annotations

from typing import Final

_FLOOR: Final = 150_000
_CEILING: Final = 3_000_000  # from here on there is nothing to limit


class Pace:
    """The limit of one stream, in bit/s; ``None`` while no receiver has had trouble."""

    __slots__ = ("_octets", "_rate", "_worst", "limit")

    def __init__(self) -> None:
        self.limit: int | None = None
        self._octets = 0
        self._rate = 0.0
        self._worst = 0

    def reported(self, fraction_lost: int) -> None:
        """A receiver's loss since its last report, in 1/256; the worst of a second counts."""
        self._worst = max(self._worst, fraction_lost)

    def step(self, octets: int, seconds: float) -> int | None:
        """Once a second: the total received so far and the time since the last step; the limit to announce."""
        self._rate = 8 * (octets - self._octets) / seconds
        self._octets = octets
        worst, self._worst = self._worst / 256, 0
        if worst > 0.1:
            self.limit = max(_FLOOR, int(min(self._rate, self.limit or self._rate) * (1 - 0.5 * worst)))
        elif self.limit is not None and worst < 0.02:
            self.limit = int(self.limit * 1.08)
        if self.limit is not None and self.limit >= _CEILING:
            self.limit = None
            return _CEILING
        return self.limit
