"""What is done for all open pages together: sessions, and that the pages are there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.domain.scope import ClinicScope
from gateway.domain.session import SessionKind
from gateway.live.feed import Feed
from gateway.live.rounds import Rounds
from gateway.live.shared import Shared
from gateway.live.subscribers import Subscriber
from tests.support.clinic_world import HOUSE, NEIGHBOUR, ClinicWorld, settings_in
from tests.support.consultations import ELSEWHERE, PRACTICE, SECOND
from tests.support.processes.live_process import WITHIN

NOTHING_LISTENS = "redis://127.0.0.1:1/0"


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path) -> Iterator[ClinicWorld]:
    database = tmp_path / "laegebro.db"
    database.write_bytes(sqlite_template.read_bytes())
    made = ClinicWorld(settings_in(tmp_path, f"sqlite:///{database}", NOTHING_LISTENS))
    yield made
    made.gateway.engine.dispose()


def pages_of(world: ClinicWorld) -> tuple[Subscriber, Subscriber, Subscriber]:
    """A nurse's, and one of each clinic."""
    nurse = world.employee()
    waiting = world.wait_in_queue(of=nurse)
    house, neighbour = ClinicScope(HOUSE, (PRACTICE, SECOND)), ClinicScope(NEIGHBOUR, (ELSEWHERE,))
    return (
        Subscriber(nurse.token, SessionKind.EMPLOYEE, waiting.id),
        Subscriber(world.clinic_user().token, SessionKind.CLINIC, clinic=house),
        Subscriber(world.clinic_user("Omar Saleh", clinic=NEIGHBOUR).token, SessionKind.CLINIC, clinic=neighbour),
    )


def test_one_look_finds_whose_session_is_over_and_writes_down_who_is_there(world: ClinicWorld) -> None:
    nurse, desk, neighbour = pages_of(world)
    g = world.gateway
    session = g.access.read(neighbour.token, g.clock.now())
    assert session is not None
    g.access.end(session)
    wrong_kind = Subscriber(desk.token, SessionKind.EMPLOYEE, nurse.consultation)
    assert Rounds(g).look([nurse, desk, neighbour, wrong_kind]) == {nurse, desk}
    gone = dict(g.presence.gone_since(g.clock.now() + timedelta(hours=1)))
    assert set(gone) == {nurse.consultation}
    attended = [str(g.practices.attended(each, g.clock.now())) for each in (PRACTICE, SECOND, ELSEWHERE)]
    assert attended[:2] == ["yes", "yes"] and attended[2] != "yes", "nobody sits at the neighbour's any more"


def test_pages_whose_sessions_cannot_be_read_end(world: ClinicWorld) -> None:
    """They ask again, and are answered where the database answers."""
    pages = pages_of(world)
    rounds, feed = Rounds(world.gateway, session_seconds=0.3), Feed(world.gateway)
    with world.gateway.engine.begin() as connection:
        connection.execute(text("ALTER TABLE session RENAME TO away"))
    asyncio.run(until_over(rounds, feed, pages))


async def until_over(rounds: Rounds, feed: Feed, pages: tuple[Subscriber, ...]) -> None:
    for page in pages:
        with rounds.sessions.joined(page):
            looking = asyncio.create_task(rounds.check(feed))
            await asyncio.wait_for(page.news.wait(), WITHIN)
            assert page.over
            looking.cancel()


def counted() -> tuple[list[int], Callable[[], int]]:
    calls: list[int] = []

    def make() -> int:
        calls.append(len(calls))
        return calls[-1]

    return calls, make


async def asked_together_and_after_news(make: Callable[[], int]) -> list[int]:
    shared = Shared[int]()
    together = await asyncio.gather(*(shared.of("clinic", 1, make) for _ in range(20)))
    under_way = asyncio.create_task(shared.of("clinic", 1, make))
    await asyncio.sleep(0)
    newer, other = await asyncio.gather(shared.of("clinic", 2, make), shared.of("another clinic", 2, make))
    return [*set(together), await under_way, newer, other]


def test_one_answer_serves_all_who_ask_after_the_same_news_and_nobody_who_heard_of_newer() -> None:
    calls, make = counted()
    answers = asyncio.run(asked_together_and_after_news(make))
    assert len(calls) == 4 and len(set(answers)) == 4
