"""Invented consultations of past working days, so that a demo's lists are not empty (``laegebro demo --history FILE``).

In a demo alone, and about official test persons alone. Each is lived by the same domain as any other, at the hours
the file says; its note is owed to the care system and filed by the relay now.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from gateway import launching
from gateway.cli.synthetic.walking import ROLE, approved, placed
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation import queueing, ringing, talking
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.errors import ConfigFault
from gateway.domain.identifiers import Cpr, Ydernummer
from gateway.domain.launch import Launch, LaunchChannel, PracticeClaim
from gateway.domain.people import Actor, ActorKind, EmployeeIdentity, RoleCategory, Workstation
from gateway.domain.practice import COPENHAGEN, danish_day
from gateway.domain.scope import TenantScope
from gateway.services import queue
from gateway.services.act import Acting, acting, perform
from gateway.store.ground.clock import DatabaseClock
from gateway.store.people.organisations import Tenant
from gateway.wiring import Gateway

SATURDAY = 5


class Outcome(StrEnum):
    VIDEO = "video"
    PHONE = "phone"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Past(BaseModel):
    """``days``: working days ago, from 1. ``minutes``: how long it waited, and how long it then lasted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    organisation: str  # CVR
    connection: str
    record: str
    cpr: str
    name: str
    practice: str
    employee: str
    workplace: str
    phone: str
    clinician: str
    days: int
    at: time
    minutes: int
    reason: str
    outcome: Outcome
    text: str = ""


class Then(DatabaseClock):
    """The hour that is lived now."""

    hour: datetime

    def now(self) -> datetime:
        return self.hour


def live_through(gateway: Gateway, file: Path) -> int:
    """How many. ``ConfigFault`` outside a demo, and where the file holds something else than invented people."""
    if gateway.settings.environment != "demo":
        raise ConfigFault("environment: a history is invented in a demo alone")
    found = _read(file)
    today, clock = danish_day(gateway.clock.now()), Then(gateway.engine)
    gateway.clock = clock
    for past in found:
        clock.hour = datetime.combine(working_day(today, past.days), past.at, COPENHAGEN)
        _Course(gateway, clock, past, _organisation(gateway, past.organisation)).run()
    return len(found)


def _read(file: Path) -> list[Past]:
    try:
        found = TypeAdapter(list[Past]).validate_python(json.loads(file.read_text(encoding="utf-8")))
    except ValidationError as fault:
        raise ConfigFault(*sorted({".".join(map(str, each["loc"])) for each in fault.errors()})) from None
    except (OSError, ValueError):
        raise ConfigFault("--history: no JSON that can be read") from None
    if not all(Cpr.parse(each.cpr).is_official_test_number for each in found):
        raise ConfigFault("cpr: only official test persons' numbers are taken")
    return found


def _organisation(gateway: Gateway, cvr: str) -> Tenant:
    tenant = gateway.organisations.tenant_by_cvr(cvr)
    if tenant is None or not tenant.synthetic:
        raise ConfigFault("organisation: none that is synthetic has this CVR")
    return tenant


def working_day(today: date, ago: int) -> date:
    day = today
    while ago:
        day -= timedelta(days=1)
        ago -= day.weekday() < SATURDAY
    return day


class _Course:
    """One consultation from launch to its end."""

    def __init__(self, gateway: Gateway, clock: Then, past: Past, tenant: Tenant) -> None:
        self._gateway, self._clock, self._past, self._tenant = gateway, clock, past, tenant
        self._employee = Actor(ActorKind.EMPLOYEE, "invented", past.employee, ROLE)
        self._doctor = Actor(ActorKind.CLINIC, "invented", past.clinician, "Læge")
        self._known = self._launched()

    def run(self) -> None:
        past = self._past
        self._press(self._placed, self._employee, Ydernummer.parse(past.practice))
        self._press(lambda c, by: queueing.receive(c, c.entries[-1].id, *by.stamp), self._doctor)
        self._clock.hour += timedelta(minutes=past.minutes)
        self._ends[past.outcome]()

    @property
    def _ends(self) -> Mapping[Outcome, Callable[[], None]]:
        return {
            Outcome.VIDEO: self._held_on_video,
            Outcome.PHONE: self._held_by_phone,
            Outcome.REJECTED: self._rejected,
            Outcome.WITHDRAWN: self._withdrawn,
        }

    def _launched(self) -> Consultation:
        past, now = self._past, self._clock.now()
        launch = Launch(
            tenant=self._tenant.id,
            channel=LaunchChannel.LOGIN,
            connection=past.connection,
            key=f"invented:{self._gateway.ids.secret()}",
            employee=EmployeeIdentity(self._employee.id, past.employee, has_right=True, role_hint=ROLE),
            citizen=Citizen(Cpr.parse(past.cpr), past.name),
            record_ref=past.record,
            practice=PracticeClaim(Ydernummer.parse(past.practice), "eoj", danish_day(now)),
        )
        return launching.accept(self._gateway, launch, self._employee.id)

    def _placed(self, consultation: Consultation, by: Acting[Ydernummer]) -> Consultation:
        past = self._past
        station = Workstation(ROLE, RoleCategory.LICENSED, None, past.workplace, past.phone)
        return placed(consultation, by, station, past.reason, past.clinician)

    def _taken(self) -> None:
        self._press(lambda c, by: ringing.accept(c, by.at, by.actor, by.actor.name), self._doctor)
        self._press(lambda c, by: ringing.answer(c, *by.stamp), self._employee)

    def _held_on_video(self) -> None:
        review = self._tenant.note_rules.review
        self._taken()
        self._press(lambda c, by: ringing.start_talk(c, *by.stamp), self._employee)
        self._clock.hour += timedelta(minutes=self._past.minutes)
        self._press(lambda c, by: talking.hang_up(c, by.at, by.actor, review), self._employee)
        self._press(approved, self._employee, self._past.text)

    def _held_by_phone(self) -> None:
        review, clinician = self._tenant.note_rules.review, self._past.clinician
        self._taken()
        self._press(lambda c, by: talking.held_by_phone(c, clinician, by.at, by.actor, review), self._employee)
        self._press(approved, self._employee, self._past.text)

    def _withdrawn(self) -> None:
        self._press(lambda c, by: queueing.withdraw(c, "solved", *by.stamp), self._employee)

    def _rejected(self) -> None:
        text = self._past.text
        self._press(lambda c, by: queueing.reject(c, RejectReason.NOT_TODAY, text, *by.stamp), self._doctor)
        self._press(queue.give_up, self._employee)

    def _press(self, move: Callable[..., Consultation], who: Actor, form: Any = None) -> None:
        by = acting(form, who, self._gateway.ports)
        self._known = perform(move, TenantScope(self._tenant.id), self._known.id, by)
