"""``python -m tests.support.processes.media_circles``: a media process whose cyclic collector rests, and which tries
its pages' lines after two seconds instead of four, so that a test waits less for their timers. At SIGUSR2 it prints as
JSON what only the collector could free: how many objects of each type, by the type's full name.
"""

from __future__ import annotations

import gc
import json
import signal
import sys
from collections import Counter
from types import FrameType

from video import signalling
from video.__main__ import main
from video.upkeep import Upkeep


def _rest(_upkeep: Upkeep, _quiet: bool) -> None:
    """In the place of ``Upkeep.tidy``."""


def _tell(_number: int, _frame: FrameType | None) -> None:
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    found = Counter(f"{type(each).__module__}.{type(each).__qualname__}" for each in gc.garbage)
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    Upkeep.tidy = _rest  # type: ignore[method-assign]
    signalling._PING_EVERY = 2.0  # type: ignore[misc]
    signal.signal(signal.SIGUSR2, _tell)
    sys.exit(main())
