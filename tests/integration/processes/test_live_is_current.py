"""The live process says "nothing has changed" only while it can read the log of events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from gateway.live.feed import Feed
from tests.support.clinic_world import ClinicWorld, settings_in
from tests.support.processes.live_process import WITHIN

NOTHING_LISTENS = "redis://127.0.0.1:1/0"


@contextmanager
def unreadable_log(world: ClinicWorld) -> Iterator[None]:
    with world.gateway.engine.begin() as connection:
        connection.execute(text("ALTER TABLE consultation_event RENAME TO away"))
    yield
    with world.gateway.engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO consultation_event"))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not condition():
            await asyncio.sleep(0.05)


async def lose_and_find_the_log(world: ClinicWorld, feed: Feed) -> None:
    assert not feed.current
    reading = asyncio.create_task(feed.follow_events())
    await until(lambda: feed.current)
    with unreadable_log(world):
        await until(lambda: not feed.current)
    await until(lambda: feed.current)
    feed.close()
    await reading


def test_a_log_that_cannot_be_read_ends_the_beats_until_it_can(tmp_path: Path, sqlite_template: Path) -> None:
    database = tmp_path / "laegebro.db"
    database.write_bytes(sqlite_template.read_bytes())
    world = ClinicWorld(settings_in(tmp_path, f"sqlite:///{database}", NOTHING_LISTENS))
    asyncio.run(lose_and_find_the_log(world, Feed(world.gateway)))
    world.gateway.engine.dispose()
