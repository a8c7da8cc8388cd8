"""A world with an employee, a doctor and consultations in any state: where each act of the table is tried."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from gateway.access import CLINIC_COOKIE, CONSOLE_COOKIE, EMPLOYEE_COOKIE, GUEST_COOKIE
from gateway.domain.consultation import device_handover, guests, queueing, ringing, talking
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.oversight import TENANT_ROLES, ConsoleRole
from gateway.domain.people import SYSTEM, Actor, ActorKind, Form, Guest, ParticipantRole
from gateway.domain.session import Grant, OneTimeSecret, Session
from gateway.store.peers.connections import Stanza
from gateway.store.people.organisations import Clinic
from tests.support.clinic_world import Seat
from tests.support.consultations import case, draft, placed
from tests.unit.web.nurse_world import OWN, SECOND, TENANT, UNCONNECTED, Nurse, NurseWorld

HOUSE = UUID("0192f000-0000-7000-8000-0000000000c1")
CODE = "284617"
Body = dict[str, Any]


class Stage:
    """One world for all exercises; every consultation on it is a new one of its own. ``doors``: the connections over
    which it is sent to the practice."""

    doors: tuple[str, ...] = ("venteværelse",)

    def __init__(self, folder: Path, database: str = "", **settings: str) -> None:
        self.world = NurseWorld(folder, database=database, **settings)
        self.gateway = self.world.gateway
        self.gateway.organisations.apply_clinic(Clinic(HOUSE, "Lægerne Torvet", True, (OWN, SECOND, UNCONNECTED)))
        self._connect(folder)
        self.nurse, self.colleague = self.world.nurse(), self.world.nurse("Karen Kollega")
        self.doctor = self._doctor()
        self.admin = self.administrator()

    def _connect(self, folder: Path) -> None:
        """A care system that nobody answers at: what it would be asked is written, and the question is a 503."""
        key = f"file:{folder / 'client_key'}"
        config = {"issuer": "http://127.0.0.1:1/fhir", "tenant": str(TENANT), "client_id": "us", "client_key": key}
        config |= {"takes_pictures": True}
        book, now = self.gateway.connections, self.now
        book.apply(Stanza("eoj-nexus", "eoj", "smart_fhir", TENANT, config, synthetic=True), "test", "test", now)

    def _doctor(self) -> Seat:
        g, name = self.gateway, "Lise Hansen"
        person = g.organisations.recognise_clinic_user("idp-clinic", "subject-lise", name, "laege", [HOUSE])
        grant = Grant("subject-lise", name, "laege", "Lægerne Torvet", True, "idp-clinic")
        token, session = g.access.open_clinic(HOUSE, person, grant, g.clock.now(), id=g.ids.new())
        return self._seat(CLINIC_COOKIE, token, session)

    def administrator(self) -> Seat:
        """With every role that her organisation can give."""
        g, codes = self.gateway, tuple(map(str, TENANT_ROLES))
        grant = Grant("subject-ida", "Ida Krag", "", "Fjordby Kommune", False, "idp", "", codes)
        token, session = g.access.open_console(TENANT, grant, self.now, id=g.ids.new())
        return self._seat(CONSOLE_COOKIE, token, session)

    def operator(self) -> Seat:
        g = self.gateway
        grant = Grant("subject-finn", "Finn Falk", "", "Drift", False, "idp-drift", "", (str(ConsoleRole.OPERATOR),))
        token, session = g.access.open_console(None, grant, self.now, id=g.ids.new())
        return self._seat(CONSOLE_COOKIE, token, session)

    def _seat(self, cookie: str, token: str, session: Session) -> Seat:
        client = self.world.app.test_client()
        client.set_cookie(cookie, token, domain="localhost")
        return Seat(client, token, session.csrf, session.person)

    def citizen(self, consultation: Consultation) -> Seat:
        """The browser that lies with the citizen of that consultation."""
        g, mine = self.gateway, self.world.nurse()
        token, session = g.access.hand_over(mine.session, consultation.id, CODE, self.now, id=g.ids.new())
        return self._seat(EMPLOYEE_COOKIE, token, session)

    def with_guest(self, consultation: Consultation) -> tuple[Consultation, Guest]:
        """One who has followed her link, and waits."""
        id = self.gateway.ids.new()
        role = ParticipantRole.RELATIVE
        invited = self.world.does(
            consultation, lambda c: guests.invite(c, id, role, self.now + timedelta(minutes=5), self.now, SYSTEM)
        )
        came = self.world.does(invited, lambda c: guests.arrive(c, id, self.now, SYSTEM))
        return came, guests.guest_of(came, id)

    def guest_seat(self, consultation: Consultation) -> Seat:
        """The browser of the guest who came last."""
        guest = consultation.guests[-1].id
        token, session = self.gateway.access.open_guest(consultation.tenant, consultation.id, guest, self.now)
        return self._seat(GUEST_COOKIE, token, session)

    @property
    def now(self) -> datetime:
        return self.gateway.clock.now()

    def at(self, state: str, **changes: Any) -> Consultation:
        """A consultation of the nurse in that state; ``round …``: of two citizens, ``alone …``: with the citizen."""
        kind, _, name = state.rpartition(" ")
        people = [case(0, practice=OWN), case(1, practice=OWN)] if kind == "round" else [case(practice=OWN)]
        opened = draft(TENANT, cases=people, at=self.now)
        begun = replace(opened, **{"responsible": self.nurse.session.person, "synthetic": True, **changes})
        if kind == "alone":
            begun = replace(begun, form=Form.CITIZEN_ALONE)
        for step in STEPS[: ORDER.index(name)] if name in ORDER else (*STEPS[:2], self._rejected):
            begun = step(self, begun)
        if kind == "alone" and name != "draft":
            begun = device_handover.hand_over(begun, True, self.now, SYSTEM)
        return self.gateway.store.commit(begun)

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.CLINIC, self.doctor.person, "Lise Hansen", "laege")

    def _rejected(self, _stage: Stage, consultation: Consultation) -> Consultation:
        return queueing.reject(consultation, RejectReason.NOT_TODAY, "", self.now, self.actor)

    def keep(self, kind: str, payload: Body, binding: str) -> str:
        """A one-time secret, as a page before this one would have kept it."""
        token = self.gateway.ids.secret()
        until = self.now + timedelta(minutes=5)
        self.gateway.onetime.keep(OneTimeSecret(kind, until, json.dumps(payload), binding), token)
        return token


def _place(stage: Stage, c: Consultation) -> Consultation:
    return placed(c, OWN, at=stage.now, connections=stage.doors)


def _receive(stage: Stage, c: Consultation) -> Consultation:
    return queueing.receive(c, c.entries[-1].id, stage.now, stage.actor)


def _ring(stage: Stage, c: Consultation) -> Consultation:
    return ringing.accept(c, stage.now, stage.actor, "Lise Hansen")


def _talk(stage: Stage, c: Consultation) -> Consultation:
    return ringing.start_talk(ringing.answer(c, stage.now, SYSTEM), stage.now, SYSTEM)


def _hang_up(stage: Stage, c: Consultation) -> Consultation:
    return talking.hang_up(c, stage.now, SYSTEM)


ORDER = ("draft", "placed", "waiting", "ringing", "talk", "review")
STEPS = (_place, _receive, _ring, _talk, _hang_up)
Made = Callable[[Stage], Consultation]


@dataclass(frozen=True)
class Exercise:
    """One act, once, from a state where it is allowed. ``body``: what it says, from the consultation it is about."""

    state: str | Made = ""
    body: Body | Callable[[Stage, Any], Body] = field(default_factory=dict)
    named: Callable[[Stage, Any], Body] | None = None
    status: int = 0
    by: Callable[[Stage, Any], Nurse | Seat] | None = None

    def said(self, stage: Stage, consultation: Consultation | None) -> Body:
        return self.body(stage, consultation) if callable(self.body) else self.body

    def made(self, stage: Stage) -> Consultation | None:
        if callable(self.state):
            return self.state(stage)
        return stage.at(self.state) if self.state else None
