"""A register past its limit rings before it misleads: in the log of the relay and on the page for operations."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from structlog.testing import capture_logs

from gateway.domain.register_age import RegisterAge
from tests.support.memory import HandClock
from tests.unit.masterdata.sikrede_files import insured, register
from tests.unit.web.nurse_world import NurseWorld
from workers.upkeep import Upkeep

LAST_GOOD_DAY = datetime(2026, 12, 6, 22, 59, tzinfo=UTC)  # 23.59 in Denmark; the file is of 1 November, the limit 35
NEXT_DAY = datetime(2026, 12, 6, 23, 0, tzinfo=UTC)  # midnight in Denmark


@pytest.mark.parametrize(
    ("as_of", "days", "too_old"),
    [(None, None, False), (date(2026, 11, 1), 35, False), (date(2026, 10, 31), 36, True)],
)
def test_a_register_is_too_old_the_day_after_its_limit(as_of: date | None, days: int | None, too_old: bool) -> None:
    age = RegisterAge("sikrede", as_of, date(2026, 12, 6), 35)
    assert (age.days, age.too_old) == (days, too_old)


def test_an_old_register_is_an_alarm_each_time_it_is_looked_at(world: NurseWorld) -> None:
    world.gateway.insured.import_file(BytesIO(register([insured()])), "test", LAST_GOOD_DAY)
    upkeep = Upkeep(world.gateway)
    told = {moment: alarms(world, upkeep, moment) for moment in (LAST_GOOD_DAY, NEXT_DAY)}
    assert told[LAST_GOOD_DAY] == []
    assert told[NEXT_DAY] == [("warning", 36, 35)]


def alarms(world: NurseWorld, upkeep: Upkeep, moment: datetime) -> list[tuple[str, int, int]]:
    world.gateway.clock = HandClock(moment)
    with capture_logs() as lines:
        upkeep.watch_registers()
    mine = [one for one in lines if one["event"] == "register-too-old" and one["register"] == "sikrede"]
    return [(one["log_level"], one["days"], one["limit_days"]) for one in mine]


def test_an_old_register_makes_us_degraded_not_down(world: NurseWorld) -> None:
    world.gateway.insured.import_file(BytesIO(register([insured()])), "test", LAST_GOOD_DAY)
    client = world.app.test_client()
    for moment, degraded in ((LAST_GOOD_DAY, False), (NEXT_DAY, True)):
        world.gateway.clock = HandClock(moment)
        answer = client.get("/health/ready")
        assert (answer.status_code, answer.json["status"]) == (200, "ready")
        assert ("sikrede-too-old" in answer.json.get("degraded", [])) is degraded
