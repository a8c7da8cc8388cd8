"""Planned maintenance on the wall's clock: daylight saving, midnight, what comes back; the ramp; what differs."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from gateway.domain.errors import InvalidField
from gateway.domain.peers.maintenance import Hours, Plan, Repeat, compared, facts_of, offsets, require_sound

DAYS = [
    (date(2026, 12, 8), time(22), time(2), "2026-12-08T21:00Z", 4),
    (date(2026, 3, 28), time(22), time(4), "2026-03-28T21:00Z", 5),  # the hour from 2 to 3 is skipped
    (date(2026, 10, 24), time(22), time(4), "2026-10-24T20:00Z", 7),  # the hour from 2 to 3 comes twice
    (date(2026, 10, 24), time(22), time(2, 30), "2026-10-24T20:00Z", 5.5),  # the second half past two
    (date(2026, 3, 29), time(2, 30), time(5), "2026-03-29T01:30Z", 1.5),  # half past two does not come
    (date(2026, 12, 31), time(0), time(0), "2026-12-30T23:00Z", 24),
]


@pytest.mark.parametrize(("day", "begins", "ends", "starts_at", "hours"), DAYS)
def test_a_window_begins_and_ends_as_the_clock_on_the_wall_says(
    day: date, begins: time, ends: time, starts_at: str, hours: float
) -> None:
    window = Hours(day, begins, ends)
    assert window.starts_at == datetime.fromisoformat(starts_at)
    assert window.ends_at - window.starts_at == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("code", "days"),
    [
        ("2 tue", [date(2026, 12, 8), date(2027, 1, 12), date(2027, 2, 9)]),
        ("5 fri", [date(2026, 12, 25), date(2027, 1, 29), date(2027, 2, 26)]),
        ("0 mon", [date(2026, 12, 7), date(2026, 12, 14), date(2026, 12, 21)]),
    ],
)
def test_what_comes_back_comes_on_its_day(code: str, days: list[date]) -> None:
    repeat = Repeat.parse(code)
    assert repeat is not None and repeat.code == code
    assert repeat.after(date(2026, 11, 30)) == days[0]
    assert [repeat.after(day) for day in days[:-1]] == days[1:]


@pytest.mark.parametrize("code", ["6 tue", "x tue", "2 tir", "2", "-1 mon"])
def test_another_code_is_refused(code: str) -> None:
    with pytest.raises(InvalidField):
        Repeat.parse(code)


def test_what_was_held_goes_out_faster_and_faster() -> None:
    when = list(offsets(300))
    each_second = Counter(int(offset.total_seconds()) for offset in when)
    assert [each_second[second] for second in (0, 9, 10, 39, 40)] == [1, 1, 5, 5, 20]
    assert all(earlier < later for earlier, later in pairwise(when))
    assert len(when) == 300 and when[-1] < timedelta(minutes=1)
    assert list(offsets(0)) == []


def test_only_what_a_peer_says_otherwise_differs() -> None:
    def statement(*kinds: str, **more: str) -> dict[str, object]:
        resources = [{"type": kind, "interaction": [{"code": "read"}]} for kind in kinds]
        return {"date": str(len(kinds)), "rest": [{"mode": "server", "resource": resources}], **more}

    before = facts_of(statement("Patient", "Task", fhirVersion="4.0.1"))
    assert compared(before, facts_of(statement("Task", "Patient", fhirVersion="4.0.1"))) == ()
    changes = compared(before, facts_of(statement("Patient", "Appointment", fhirVersion="4.3.0")))
    assert [(each.fact, each.before, each.after) for each in changes if "code" not in each.fact] == [
        ("fhirVersion", "4.0.1", "4.3.0"),
        ("rest[server].resource[Appointment].type", "", "Appointment"),
        ("rest[server].resource[Task].type", "Task", ""),
    ]


def test_a_window_that_cannot_be_is_refused_at_its_field() -> None:
    now = datetime(2026, 12, 8, 21, 30, tzinfo=UTC)
    sound = Plan(("eoj",), Hours(date(2026, 12, 8), time(22), time(2)), "Nexus opgraderes i nat.")
    require_sound(sound, now)
    over = Hours(date(2026, 12, 7), time(22), time(2))
    faulty = [
        (Plan((), sound.hours, sound.words), "connections"),
        (Plan(sound.connections, sound.hours, "kort"), "message"),
        (Plan(sound.connections, sound.hours, "Om borgeren 251248-9996 i nat"), "message"),
        (Plan(sound.connections, over, sound.words), "day"),
    ]
    for plan, field in faulty:
        with pytest.raises(InvalidField) as fault:
            require_sound(plan, now)
        assert fault.value.field == field
