"""One answer for all who ask for the same thing after the same news."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """``make`` runs in a thread, once for everybody who asks with that key while it runs. ``told`` is
    how often there had been news: whoever heard of newer news than the answer under way gets another one."""

    def __init__(self) -> None:
        self._under_way: dict[tuple[Hashable, int], asyncio.Task[T]] = {}

    async def of(self, key: Hashable, told: int, make: Callable[[], T]) -> T:
        task = self._under_way.get((key, told))
        if task is None:
            task = self._under_way[key, told] = asyncio.create_task(asyncio.to_thread(make))
            task.add_done_callback(lambda _: self._under_way.pop((key, told)))
        return await asyncio.shield(task)
