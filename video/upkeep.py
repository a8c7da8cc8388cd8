"""When Python's cyclic collector may run: it stops every call of the process while it looks at all objects there are.

Closed calls free their memory without it (``standins.take_apart``, ``Link.wipe``). What little stays in circles, mostly
of aiohttp's requests, is looked for among new objects only: whatever has been looked at is frozen, that is, left out
from then on. All is looked at while nobody talks, or after many calls.
"""

from __future__ import annotations

import gc
from typing import Final

_ENOUGH: Final = 50  # connections that have come or gone, to look at all while nobody talks
_MANY: Final = 5000  # and while somebody does: some kilobytes each


class Upkeep:
    """Call ``changed`` for each connection that came or went, ``tidy`` once a second."""

    def __init__(self) -> None:
        self._since_tidy = self._since_all = 0

    def begin(self) -> None:
        """Once, when all modules are loaded: they are never garbage."""
        gc.disable()
        gc.collect()
        gc.freeze()

    def changed(self) -> None:
        self._since_tidy += 1
        self._since_all += 1

    def tidy(self, quiet: bool) -> None:
        """``quiet``: nobody is connected."""
        if not self._since_tidy:
            return
        self._since_tidy = 0
        if self._since_all >= (_ENOUGH if quiet else _MANY):
            self._since_all = 0
            gc.unfreeze()
        gc.collect()
        gc.freeze()
