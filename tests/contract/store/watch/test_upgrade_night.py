"""The night a care system is upgraded, told in virtual time on both databases: four hours, 300 notes held, none lost,
none doubled, no alarm from it, and drained within five minutes (AD12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, update

from gateway.connecting import maintaining
from gateway.domain.alarm import Condition, Limits, conditions, is_muted
from gateway.domain.errors import InvalidField, PeerUnavailable, UnderMaintenance
from gateway.domain.peers.delivery import Outcome
from gateway.domain.peers.maintenance import Hours, Plan, Repeat, Window, WindowStage
from gateway.domain.scope import SystemScope
from gateway.services import deliver
from gateway.store.consultation.outbox import SqlOutbox
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.engine import transaction
from gateway.store.peers.connections import RevisionState
from gateway.store.watch.alarms import SqlAlarms
from gateway.store.watch.figures import SqlFigures
from gateway.wiring import Gateway
from tests.support.clinic_world import settings_with
from tests.support.consultations import KOMMUNE_A
from tests.support.databases import shown
from tests.support.memory import HandClock
from tests.support.peers.memory_peers import MemoryPeer, MemoryPeers
from tests.support.peers.owing import EOJ, GP, Owing

WORDS = "Nexus opgraderes i nat. Notater sendes, når det er færdigt."
NIGHT = Hours(date(2027, 1, 12), time(22), time(2))
LEASE = timedelta(seconds=30)
BEFORE = {"fhirVersion": "4.0.1", "form.reason": "f-17", "rest[server].resource[Task].type": "Task"}
AFTER = {"fhirVersion": "4.0.1", "form.reason": "f-18", "rest[server].resource[Appointment].type": "Appointment"}


@dataclass
class Peers(MemoryPeers):
    """The care system that is upgraded, and a practice system that is away all night."""

    eoj_system: MemoryPeer = field(default_factory=lambda: MemoryPeer(EOJ))
    gp_away: MemoryPeer = field(default_factory=lambda: MemoryPeer(GP))
    synthetic: bool = False

    def gp_system(self, connection: str) -> MemoryPeer:
        self.gp_away.before = [PeerUnavailable(GP, "connecting")]
        return self.gp_away

    def eoj(self, connection: str) -> MemoryPeer:
        return self.eoj_system


class Night:
    """A gateway whose clocks are one hand clock; the relay, a worker and the watch are its three methods."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.clock = HandClock(NIGHT.starts_at - timedelta(minutes=30))
        self.owing = Owing(folder, shown(engine.url), "http://127.0.0.1:1/fhir", "http://127.0.0.1:1/eoj", 1)
        self.gateway = self.owing.gateway
        self.gateway.clock = self.clock  # type: ignore[assignment]
        self.outbox = SqlOutbox(self.gateway.engine, self.now, lambda: 1.0)
        self.figures, self.alarms = (kind(self.gateway.engine, self.now) for kind in (SqlFigures, SqlAlarms))
        self.peers = Peers()
        self.use = deliver.Attempting(
            self.gateway.store,
            self.outbox,
            self.peers,
            self.clock,
            "http://gateway.localhost",
            lambda: 1.0,
            self.gateway.stills,
        )
        self.says: maintaining.Asked = (BEFORE, "")
        self.told: set[tuple[str, str]] = set()
        self.sent: Counter[datetime] = Counter()

    def now(self, _connection: Connection) -> datetime:
        return self.clock.now()

    def owe(self, owed: Any) -> None:
        """Owed now, as the night tells the time."""
        consultation: UUID = owed()
        with transaction(self.gateway.engine, SystemScope()) as connection:
            mine = update(delivery).where(delivery.c.consultation == consultation)
            connection.execute(mine.values(created_at=self.clock.now(), due_at=self.clock.now()))

    def owe_notes(self, count: int) -> None:
        for _ in range(count):
            self.owe(lambda: self.owing.owe_note(approved_at=self.clock.now()))

    def second(self, seconds: float = 1) -> None:
        self.clock.pass_by(seconds=seconds)
        while maintaining.run_due(self.gateway, lambda _name: self.says):
            """The relay."""
        while (claimed := self.outbox.claim(LEASE)) is not None:
            if deliver.attempt(claimed, self.use) is Outcome.DONE and claimed.connection == EOJ:
                self.sent[self.clock.now()] += 1
        self.watch()

    def watch(self) -> None:
        seen, now = self.figures.seen(Limits(), ())
        found = conditions(seen, now, Limits())

        def muted(condition: Condition) -> bool:
            return is_muted(condition, seen)

        for alarm in self.alarms.update(found, {}, muted):
            self.told.add((str(alarm.condition.kind), alarm.condition.subject))

    def until(self, moment: datetime, step: float) -> None:
        while self.clock.now() < moment:
            self.second(min(step, (moment - self.clock.now()).total_seconds()))

    @property
    def window(self) -> Window:
        return self.gateway.maintenance.listed()[-1]


@pytest.fixture
def night(tmp_path: Path, store_engine: Engine) -> Iterator[Night]:
    told = Night(tmp_path, store_engine)
    yield told
    told.gateway.engine.dispose()


def planned(night: Night, repeat: str = "2 tue", names: tuple[str, ...] = (EOJ,)) -> Window:
    wanted = Plan(names, NIGHT, WORDS, Repeat.parse(repeat))
    return maintaining.plan(night.gateway, wanted, KOMMUNE_A, "sanne")


def test_ad12_the_upgrade_night_loses_doubles_and_alarms_nothing(night: Night) -> None:
    planned(night)
    night.until(NIGHT.starts_at - timedelta(seconds=30), 60)
    night.owe_notes(3)  # sent just before, and the line broke: they may have arrived
    night.peers.eoj_system.after = [PeerUnavailable(EOJ, "awaiting the answer")] * 3
    night.second()
    night.until(NIGHT.starts_at, 60)
    asked, sent_before = len(night.peers.eoj_system.asked), sum(night.sent.values())
    assert night.window.stage is WindowStage.RUNNING
    night.says = (None, "refused")  # the upgrade takes a little longer than was said
    night.owe(night.owing.owe_entry)
    for _ in range(60):
        night.owe_notes(5)
        night.second(240)
    assert night.clock.now() == NIGHT.ends_at
    assert len(night.peers.eoj_system.asked) == asked, "nobody calls it while it is upgraded"
    assert night.told == {("connection-ill", GP), ("delivery-overdue", GP)}, "and only the other system is told of"
    night.until(NIGHT.ends_at + timedelta(minutes=3), 60)
    assert [each.fault for each in night.window.connections] == ["refused"]
    night.says = (AFTER, "")
    night.second(60)
    began = night.clock.now()
    while night.window.stage is not WindowStage.DONE:
        night.second()
        assert night.clock.now() - began <= timedelta(minutes=5), "drained"
    held = night.peers.eoj_system.held
    assert len(held) == len(set(held)) == 303
    assert sum(night.sent.values()) - sent_before >= 300
    ramp = [night.sent[began + timedelta(seconds=second)] for second in range(60)]
    assert max(ramp) <= 21 and max(ramp[:10]) <= 2, "a second more or less for the probes of what may have arrived"
    assert night.told == {("connection-ill", GP), ("delivery-overdue", GP)}
    (one,) = night.window.connections
    assert (one.held, len(one.changes)) == (303, 3), "with those that may have arrived"


def test_ad12_what_comes_back_is_planned_again_and_may_be_left_out_once(night: Night) -> None:
    planned(night)
    night.until(NIGHT.starts_at + timedelta(minutes=1), 60)
    following = night.gateway.maintenance.listed()[0]
    assert (following.hours.day, following.stage) == (date(2027, 2, 9), WindowStage.PLANNED)
    maintaining.cancel(night.gateway, following, for_good=False)
    assert [each.hours.day for each in night.gateway.maintenance.listed()] == [
        date(2027, 3, 9), date(2027, 2, 9), date(2027, 1, 12),
    ]  # fmt: skip
    maintaining.end_now(night.gateway, night.window)
    night.second()
    assert night.gateway.connections.active("eoj"), "whoever is done early gives it free early"


def test_ad12_half_an_hour_over_is_an_alarm_and_ends_as_one(night: Night) -> None:
    planned(night, repeat="")
    night.until(NIGHT.starts_at, 60)
    night.says = (None, "silent")
    night.until(NIGHT.ends_at + timedelta(minutes=29), 60)
    assert night.told == set()
    night.until(NIGHT.ends_at + timedelta(minutes=31), 60)
    assert night.told == {("maintenance-overrun", EOJ)}
    night.says = (BEFORE, "")
    night.until(NIGHT.ends_at + timedelta(minutes=33), 60)
    assert not night.alarms.active()
    assert night.window.connections[0].compared and not night.window.connections[0].changes


def test_ad12_launches_say_so_in_the_administrators_words_and_a_manual_pause_stays(night: Night) -> None:
    gateway, now = night.gateway, night.clock.now()
    planned(night, repeat="")
    gateway.connections.pause(EOJ, "ole", "Lukket af Ole", now)
    night.until(NIGHT.ends_at + timedelta(minutes=1), 600)
    present = gateway.connections.present(EOJ)
    assert present is not None and (present.state, present.why) == (RevisionState.PAUSED, "Lukket af Ole")
    with pytest.raises(UnderMaintenance) as fault:
        gateway.peers.interactive_launch("http://127.0.0.1:1/eoj")
    assert fault.value.words == "Lukket af Ole"


def test_ad12_two_windows_of_one_connection_do_not_meet_and_each_plans_its_own(night: Night) -> None:
    planned(night)
    for names, owner in (((EOJ,), KOMMUNE_A), ((GP,), KOMMUNE_A), ((EOJ,), None), (("unknown",), None)):
        with pytest.raises(InvalidField) as fault:
            maintaining.plan(night.gateway, Plan(names, NIGHT, WORDS), owner, "sanne")
        assert fault.value.field == "connections"


def test_ad12_two_relays_take_a_step_once(night: Night, tmp_path: Path) -> None:
    planned(night)
    night.clock.time = NIGHT.starts_at - timedelta(minutes=5)
    other = Gateway(settings_with(tmp_path, shown(night.gateway.engine.url), "redis://127.0.0.1:1/0"))
    other.clock = night.clock  # type: ignore[assignment]
    steps = [maintaining.run_due(each, lambda _: (BEFORE, "")) for each in (night.gateway, other)]
    assert steps == [True, False]
    other.engine.dispose()
