"""Waiting for something that must come at a peer: asked again and again, with one limit for every bench."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE = 60.0  # seconds


def comes(condition: Callable[[], bool], every: float) -> bool:
    """Asked ``every`` so many seconds; False where it did not come within ``PATIENCE``."""
    ends, pause = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        if time.monotonic() >= ends:
            return False
        pause.wait(every)
    return True
