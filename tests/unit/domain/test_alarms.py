"""When something is an alarm, and whose; and whether the places it is told to can be reached as they are written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from gateway.domain.alarm import (
    AlarmKind,
    Beat,
    Condition,
    Host,
    IllConnection,
    Limits,
    OwedCount,
    Owner,
    Pace,
    Seen,
    conditions,
)
from gateway.domain.alarm_places import require_tellable
from gateway.domain.errors import ConfigFault
from gateway.domain.register_age import RegisterAge
from gateway.settings import load
from tests.support.consultations import KOMMUNE_A, NOW

LIMITS = Limits()
A_MOMENT = timedelta(milliseconds=1)


def test_all_well_is_no_alarm() -> None:
    well = Seen(
        [OwedCount("eoj", KOMMUNE_A, 0, 0, 0)],
        [IllConnection("eoj", None, NOW - LIMITS.ill + A_MOMENT)],
        [Beat("relay", NOW - LIMITS.silent + A_MOMENT)],
        [RegisterAge("sor", date(2026, 11, 20), date(2026, 11, 23), 8), RegisterAge("sikrede", None, date.max, 35)],
        [("eoj", KOMMUNE_A, 0)],
        [Host("m", LIMITS.clock - A_MOMENT, LIMITS.disk_percent)],
        [Pace("eoj", None, LIMITS.slow - A_MOMENT)],
    )
    assert conditions(well, NOW, LIMITS) == frozenset()


@pytest.mark.parametrize(
    ("seen", "kind", "owner"),
    [
        (Seen(owed=[OwedCount("x", KOMMUNE_A, 1, 0, 0)]), AlarmKind.STUCK, Owner.ORGANISATION),
        (Seen(owed=[OwedCount("x", KOMMUNE_A, 0, 1, 0)]), AlarmKind.UNKNOWN, Owner.ORGANISATION),
        (Seen(owed=[OwedCount("x", KOMMUNE_A, 0, 0, 1)]), AlarmKind.OVERDUE, Owner.ORGANISATION),
        (Seen(owed=[OwedCount("x", KOMMUNE_A, 0, 0, 0, 1)]), AlarmKind.LOCKED, Owner.ORGANISATION),
        (Seen(ill=[IllConnection("x", KOMMUNE_A, NOW - LIMITS.ill)]), AlarmKind.ILL, Owner.ORGANISATION),
        (Seen(ill=[IllConnection("x", None, NOW - LIMITS.ill)]), AlarmKind.ILL, Owner.OPERATIONS),
        (Seen(beats=[Beat("x", NOW - LIMITS.silent)]), AlarmKind.SILENT, Owner.OPERATIONS),
        (Seen(registers=[RegisterAge("x", date(2026, 1, 1), date(2026, 2, 6), 35)]), AlarmKind.OLD_REGISTER,
         Owner.OPERATIONS),
        (Seen(differences=[("x", KOMMUNE_A, 2)]), AlarmKind.DIFFERENCE, Owner.ORGANISATION),
        (Seen(differences=[("x", None, 2)]), AlarmKind.DIFFERENCE, Owner.OPERATIONS),
        (Seen(paces=[Pace("x", KOMMUNE_A, LIMITS.slow)]), AlarmKind.SLOW, Owner.ORGANISATION),
        (Seen(hosts=[Host("x", apart=LIMITS.clock)]), AlarmKind.CLOCK, Owner.OPERATIONS),
        (Seen(hosts=[Host("x", disk_free=9)]), AlarmKind.DISK, Owner.OPERATIONS),
    ],
)  # fmt: skip
def test_each_trouble_is_an_alarm_with_an_owner(seen: Seen, kind: AlarmKind, owner: Owner) -> None:
    (only,) = conditions(seen, NOW, LIMITS)
    assert (only.kind, only.subject, only.owner) == (kind, "x", owner)


def test_more_of_the_same_is_the_same_alarm() -> None:
    assert Condition(AlarmKind.STUCK, "eoj", KOMMUNE_A, 1) == Condition(AlarmKind.STUCK, "eoj", KOMMUNE_A, 9)


@pytest.mark.parametrize(
    ("smtp", "sender", "mails", "webhooks", "named"),
    [
        ("", "", ["drift@example.dk"], [], "alarm_smtp"),
        ("http://mail", "a@b.dk", [], [], "alarm_smtp"),
        ("smtp://user:" + "secret@mail", "a@b.dk", [], [], "alarm_smtp"),
        ("smtp://mail", "", [], [], "alarm_mail_from"),
        ("smtp://mail", "a@b.dk", ["drift"], [], "alarm_mail_to"),
        ("", "", [], ["https://ok.example/", "mailto:x"], "alarm_webhooks: number 2"),
    ],
)
def test_a_place_that_cannot_be_reached_is_named(
    smtp: str, sender: str, mails: list[str], webhooks: list[str], named: str
) -> None:
    with pytest.raises(ValueError, match=named) as refused:
        require_tellable(smtp, sender, mails, webhooks)
    assert "secret" not in str(refused.value)


def test_good_places_are_taken() -> None:
    require_tellable(
        "smtp+starttls://user@mail:587", "lae@example.dk", ["a@b.dk", "c@d.dk"], ["https://hook.example/x"]
    )
    require_tellable("", "", [], [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALARM_MAIL_TO", "drift@example.dk"),
        ("ALARM_WEBHOOKS", "ftp://x"),
        ("ALARM_OVERDUE_MINUTES", "0"),
        ("ALARM_SILENT_SECONDS", "soon"),
    ],
)
def test_a_wrong_setting_is_named_at_the_start(name: str, value: str) -> None:
    with pytest.raises(ConfigFault) as refused:
        load(environ={f"LAEGEBRO_{name}": value})
    said = name.lower() if name != "ALARM_MAIL_TO" else "alarm_smtp"
    assert any(fault.startswith(said) for fault in refused.value.faults[0].splitlines())
