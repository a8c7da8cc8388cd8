"""Who knocks at the signalling address: so many a second from one address, and a count of those who were not let in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from aiohttp import web

from gateway.domain.room import NotLetIn
from video.guard import Allowance

_PER_SECOND: Final = 100  # an address may be a whole municipality's, and all of its pages come again at once
_AT_ONCE: Final = 1_000
_ADDRESSES: Final = 10_000  # remembered; whoever knocked longest ago is forgotten
_REASONS: Final = 50  # different ones told in one heartbeat
MORE: Final = "more"


class Callers:
    """``proxies``: reverse proxies in front of this process, whose addresses stand last in ``X-Forwarded-For``."""

    def __init__(self, proxies: int) -> None:
        self._proxies = proxies
        self._known: OrderedDict[str, Allowance] = OrderedDict()
        self._refused: dict[tuple[str, str], int] = {}

    def may_come(self, request: web.Request, now: float) -> bool:
        """Whether that is not one too many from its address; ``now`` in monotonic seconds."""
        address = self._address(request)
        known = self._known.pop(address, None) or Allowance(_PER_SECOND, _AT_ONCE)
        self._known[address] = known
        if len(self._known) > _ADDRESSES:
            self._known.popitem(last=False)
        return known.take(now)

    def _address(self, request: web.Request) -> str:
        said = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
        if self._proxies and len(said) >= self._proxies and said[-self._proxies].strip():
            return said[-self._proxies].strip()
        return request.remote or ""

    def refused(self, reason: str, room: str = "") -> None:
        """Kept until the gateway has heard of it."""
        known = (reason, room) in self._refused or len(self._refused) < _REASONS
        what = (reason, room) if known else (MORE, "")
        self._refused[what] = self._refused.get(what, 0) + 1

    def waiting(self) -> tuple[NotLetIn, ...]:
        return tuple(NotLetIn(reason, room, count) for (reason, room), count in self._refused.items())

    def told(self, heard: Iterable[NotLetIn]) -> None:
        """The gateway has taken these; what came meanwhile stays."""
        for each in heard:
            left = self._refused.pop((each.reason, each.room), 0) - each.count
            if left > 0:
                self._refused[each.reason, each.room] = left
