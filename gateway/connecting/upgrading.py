"""An upgrade of the installation itself, announced beforehand (requirements.md AD23).

It is a window of maintenance that holds no connection, so that it begins and ends on time like any other; it is over as
soon as another version runs than the one it was announced from.
"""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import version

from gateway.connecting import maintaining
from gateway.domain.errors import InvalidField, NotFound
from gateway.domain.peers.maintenance import Hours, Plan, Window, WindowStage, require_sayable
from gateway.wiring import Gateway

LOOKED_AT = timedelta(seconds=1)


def announce(gateway: Gateway, hours: Hours, words: str, by: str) -> Window:
    """``InvalidField`` for what cannot be, and where one is announced already."""
    now = gateway.clock.now()
    require_sayable(Plan((), hours, words), now)
    if announced(gateway) is not None:
        raise InvalidField("day", "announced-already")
    window = Window(
        gateway.ids.new(), None, words, hours, None, WindowStage.PLANNED, hours.ends_at, by, now,
        upgrades_from=version("laegebro"),
    )  # fmt: skip
    gateway.maintenance.keep(window, max(hours.starts_at, now + LOOKED_AT))
    return window


def announced(gateway: Gateway) -> Window | None:
    """The upgrade that is ahead, or under way."""
    return gateway.maintenance.announced(version("laegebro"), gateway.clock.now())


def take_back(gateway: Gateway) -> None:
    """Nobody reads of it any more; ``NotFound`` where none is announced."""
    window = announced(gateway)
    if window is None:
        raise NotFound("upgrade")
    if window.stage is WindowStage.PLANNED:
        maintaining.cancel(gateway, window)
    else:
        maintaining.end_now(gateway, window)
