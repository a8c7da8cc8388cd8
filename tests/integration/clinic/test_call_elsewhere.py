"""A practice whose calls are held at VDX: both sides are led to one room, and to our own media where no room comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from gateway.certify.video.vdx import Bench as VdxBench
from gateway.certify.video.vdx import vdx_system
from gateway.domain.call_room import OutsideRoom, Stage, room_key
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.scope import SystemScope
from gateway.services.call_rooms.elsewhere import LEASE, PATIENCE
from gateway.store.ground.engine import transaction
from gateway.store.peers.connections import Stanza
from gateway.store.people.outside_rooms import outside_room
from tests.support.clinic_world import ELSEWHERE, NEIGHBOUR, PRACTICE, ClinicWorld, Seat, settings_in
from workers.call_rooms import RoomKeeping

NOTHING_LISTENS = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="module")
def vdx() -> Iterator[VdxBench]:
    with vdx_system() as (address, secret):
        bench = VdxBench(address, secret)
        yield bench
        bench.close()


class World(ClinicWorld):
    """With VDX for one practice, and the relay's keeping of rooms as a press of a button."""

    def __init__(self, folder: Path, template: Path, bench: VdxBench) -> None:
        database = folder / "laegebro.db"
        database.write_bytes(template.read_bytes())
        super().__init__(settings_in(folder, f"sqlite:///{database}", NOTHING_LISTENS))
        (folder / "vdx").write_text(bench.secret)
        words = bench.stanza(client_secret=f"file:{folder}/vdx", practices=[str(PRACTICE)], label="VDX")
        self.vdx, g = bench, self.gateway
        bench.hand.post("/_sim/reset")
        bench.plan(pool=1000, pace=0.1)
        g.connections.apply(Stanza("vdx", "video", "vdx", None, words), "test", "test", g.clock.now())
        self.keeping = RoomKeeping(g)

    def rings(self, desk: Seat, nurse: Seat, practice: Any = PRACTICE) -> tuple[Consultation, str, str]:
        """Accepted and answered; the two doors for a seat."""
        waiting = self.wait_in_queue(practice=practice, of=nurse)
        entry, api = self.entry_of(waiting), f"/api/v1/consultations/{waiting.id}"
        session = self.gateway.access.read(nurse.token, self.gateway.clock.now())
        assert session is not None
        self.gateway.access.see_citizen(session, waiting.id)
        assert desk.post(f"/api/v1/entries/{entry}/accept").status_code == 200
        assert nurse.post(f"{api}/answer").status_code == 200
        return waiting, f"/api/v1/entries/{entry}/ticket", f"{api}/ticket"

    def due_again(self, found: Consultation) -> None:
        """The pause between two looks is over."""
        self._set(found, due_at=datetime.now(UTC) - timedelta(seconds=1))

    def begun_before(self, found: Consultation, ago: timedelta) -> None:
        past = datetime.now(UTC) - ago
        self._set(found, begun_at=past, due_at=past)

    def _set(self, found: Consultation, **values: datetime) -> None:
        with transaction(self.gateway.engine, SystemScope()) as connection:
            which = outside_room.c.room == self.reload(found).room
            connection.execute(update(outside_room).where(which).values(values))

    def row(self, found: Consultation) -> OutsideRoom:
        known = self.keeping._elsewhere.book.find(self.reload(found).room)
        assert known is not None
        return known


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path, vdx: VdxBench) -> Iterator[World]:
    made = World(tmp_path, sqlite_template, vdx)
    yield made
    made.gateway.engine.dispose()


@pytest.fixture
def sides(world: World) -> tuple[Seat, Seat]:
    return world.clinic_user(), world.employee()


LOOK = {"look": True}


def test_both_sides_are_led_into_one_room_and_the_talk_begins_when_both_have_gone(
    world: World, sides: tuple[Seat, Seat]
) -> None:
    desk, nurse = sides
    waiting, clinic, employee = world.rings(desk, nurse)
    first = desk.post(clinic, LOOK).json
    coming = {"standing": "preparing", "link": "", "host_pin": "", "inside": False}
    assert (first["elsewhere"], first["ticket"]) == (coming, "")
    world.keeping.run_due()
    there, here = desk.post(clinic, LOOK).json["elsewhere"], nurse.post(employee, LOOK).json["elsewhere"]
    assert there["standing"] == here["standing"] == "ready" and there["link"] == here["link"]
    assert there["host_pin"].isdigit() and here["host_pin"] == "", "the clinic is the host"
    assert world.reload(waiting).seats == (), "looking takes no seat"
    desk.post(clinic, {})
    insides = [side.post(path, LOOK).json["elsewhere"]["inside"] for side, path in ((desk, clinic), (nurse, employee))]
    assert insides == [True, False]
    assert world.reload(waiting).status is Status.CALLING, "one side alone is no talk"
    nurse.post(employee, {})
    talking = world.reload(waiting)
    assert talking.status is Status.IN_CALL and talking.entry is not None
    assert talking.entry.status is EntryStatus.IN_PROGRESS


def test_the_room_is_removed_after_the_call_and_never_during_it(world: World, sides: tuple[Seat, Seat]) -> None:
    desk, nurse = sides
    waiting, clinic, employee = world.rings(desk, nurse)
    desk.post(clinic, LOOK)
    world.keeping.run_due()
    desk.post(clinic, {})
    nurse.post(employee, {})
    world.keeping.run_due()
    key = str(room_key(world.reload(waiting).room))
    assert [(each["uuid"], each["status"]) for each in world.vdx.seen()["kept"]] == [(key, "PROVISIONED_OK")]
    assert nurse.post(f"/api/v1/consultations/{waiting.id}/hang-up").status_code == 200

    def removed() -> bool:
        world.due_again(waiting)
        world.keeping.run_due()
        return world.row(waiting).stage is Stage.REMOVED

    assert world.vdx.until(removed)
    assert [each["status"] for each in world.vdx.seen()["kept"]] == ["DEPROVISION_OK"]
    assert world.row(waiting).link == ""


def test_a_room_that_is_made_first_is_waited_for(world: World, sides: tuple[Seat, Seat]) -> None:
    desk, nurse = sides
    waiting, clinic, _ = world.rings(desk, nurse)
    world.vdx.plan(pool=0, pace=0.1)
    desk.post(clinic, LOOK)
    world.keeping.run_due()
    assert world.row(waiting).stage is Stage.WANTED

    def ready() -> bool:
        world.due_again(waiting)
        world.keeping.run_due()
        return world.row(waiting).stage is Stage.READY

    assert world.vdx.until(ready)


@pytest.mark.parametrize("plan", [{"refusals": [22] * 9}, {"stuck": "PROVISION_PROBLEMS"}])
def test_where_vdx_says_no_both_sides_stay_here_and_are_told(
    plan: dict[str, Any], world: World, sides: tuple[Seat, Seat]
) -> None:
    desk, nurse = sides
    waiting, clinic, employee = world.rings(desk, nurse)
    world.vdx.plan(**plan)
    desk.post(clinic, LOOK)
    world.keeping.run_due()
    for seat, door in ((desk, clinic), (nurse, employee)):
        assert seat.post(door, LOOK).json == {"ticket": "", "signal_url": "", "fell_back": True}
        told = seat.post(door, {}).json
        assert told["ticket"].count(".") == 2 and told["fell_back"] is True
    assert world.reload(waiting).status is Status.CALLING, "our own media says when the talk begins"


def test_a_silent_vdx_is_waited_for_no_longer_than_a_ring_allows(world: World, sides: tuple[Seat, Seat]) -> None:
    desk, nurse = sides
    waiting, clinic, _ = world.rings(desk, nurse)
    world.vdx.plan(trouble=["500"] * 50)
    desk.post(clinic, LOOK)
    world.keeping.run_due()
    assert world.row(waiting).stage is Stage.WANTED
    world.begun_before(waiting, PATIENCE + timedelta(seconds=1))
    world.keeping.run_due()
    assert world.row(waiting).stage is Stage.OWN
    assert desk.post(clinic, {}).json["ticket"].count(".") == 2
    world.vdx.plan()


def test_another_practice_talks_in_our_own_media(world: World, sides: tuple[Seat, Seat]) -> None:
    _, nurse = sides
    desk = world.clinic_user("Nis Neighbour", clinic=NEIGHBOUR)
    _, clinic, employee = world.rings(desk, nurse, ELSEWHERE)
    for seat, door in ((desk, clinic), (nurse, employee)):
        assert seat.post(door, LOOK).json == {"ticket": "", "signal_url": "", "fell_back": False}
        assert seat.post(door, {}).json["ticket"].count(".") == 2
    assert not world.vdx.seen()["asked"]


def test_before_and_after_the_call_there_is_no_room(world: World, sides: tuple[Seat, Seat]) -> None:
    desk, nurse = sides
    waiting = world.wait_in_queue(of=nurse)
    early = desk.post(f"/api/v1/entries/{world.entry_of(waiting)}/ticket", LOOK)
    assert early.status_code == 409 and early.json["because"] == "no-call"


def test_a_real_consultation_never_goes_to_an_invented_connection(world: World, sides: tuple[Seat, Seat]) -> None:
    desk, nurse = sides
    g, words = world.gateway, dict(world.gateway.connections.active("video")[0].config)
    g.connections.apply(Stanza("vdx", "video", "vdx", None, words, synthetic=True), "test", "test", g.clock.now())
    _, clinic, _ = world.rings(desk, nurse)
    assert desk.post(clinic, LOOK).json["fell_back"] is False
    assert not world.vdx.seen()["asked"]


def test_two_relays_share_the_rooms(world: World, sides: tuple[Seat, Seat]) -> None:
    desk, nurse = sides
    _, clinic, _ = world.rings(desk, nurse)
    desk.post(clinic, LOOK)
    book, now = world.keeping._elsewhere.book, datetime.now(UTC) + timedelta(seconds=1)
    assert [len(book.claim_wanted(now, LEASE)) for _ in range(2)] == [1, 0]


def test_link_and_pin_lie_sealed(world: World, sides: tuple[Seat, Seat], tmp_path: Path) -> None:
    desk, nurse = sides
    waiting, clinic, _ = world.rings(desk, nurse)
    desk.post(clinic, LOOK)
    world.keeping.run_due()
    link = world.row(waiting).link
    assert link
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("laegebro.db*"))
    assert link.rsplit("/", 1)[1].encode() not in stored


@pytest.mark.parametrize("side", ["clinic", "nurse"])
def test_the_page_has_words_for_a_room_elsewhere(side: str, world: World, sides: tuple[Seat, Seat]) -> None:
    desk, nurse = sides
    waiting, clinic, _ = world.rings(desk, nurse)
    entry = clinic.split("/")[4]
    page = {
        "clinic": lambda: desk.client.get(f"/klinik/samtale/{entry}"),
        "nurse": lambda: nurse.client.get(f"/konsultation/{waiting.id}"),
    }[side]()
    text = page.get_data(as_text=True)
    assert 'data-testid="held-elsewhere"' in text and "Samtalen holdes i VDX" in text
    assert 'target="_blank" rel="noopener noreferrer"' in text
