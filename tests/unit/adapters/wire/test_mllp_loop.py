"""The lines of a process live on one event loop, whoever needs it first."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.wire import mllp

THREADS, TIMES = 8, 20


@pytest.fixture
def switching_often() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("switching_often")
def test_threads_that_are_the_first_at_once_share_one_loop() -> None:
    async def own() -> int:
        return id(asyncio.get_running_loop())

    def first(gate: threading.Barrier) -> int:
        gate.wait(30)
        return mllp._on_the_loop(own())

    for _ in range(TIMES):
        mllp._loop.cache_clear()
        with ThreadPoolExecutor(THREADS) as pool:
            assert len(set(pool.map(first, [threading.Barrier(THREADS)] * THREADS))) == 1
