"""Organisations, practices and clinics, people logged in, and who waits where: a world with thousands of open pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count, islice
from pathlib import Path
from uuid import UUID

from gateway.access import CLINIC_COOKIE, EMPLOYEE_COOKIE
from gateway.domain.consultation import queueing
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Cvr, Ydernummer
from gateway.domain.scope import SystemScope
from gateway.domain.session import Grant
from gateway.services.act import Acting, acting, perform
from gateway.store.migrations.creation import create_schema
from gateway.store.peers.connections import Stanza
from gateway.store.people.organisations import Clinic, Tenant
from gateway.wiring import Gateway
from tests.support.clinic_world import settings_in
from tests.support.consultations import DOCTOR, NURSE, draft, placed

DOOR = "waiting-room"
TENANTS = 98
NURSES, DESKS = 8, 2  # pages at each practice


@dataclass
class Waiting:
    """A nurse's page: her consultation, in the order in which the practice's queue stands."""

    page: int
    consultation: UUID
    entry: UUID


@dataclass
class Queue:
    """One practice: the pages that wait there, and those of its clinic."""

    ydernummer: Ydernummer
    clinic: UUID
    waiting: list[Waiting] = field(default_factory=list)
    desks: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Told:
    """What a press must bring: page → the event, and what its document must say."""

    pages: dict[int, tuple[str, dict[str, object]]]


class House:
    """``pages``: path and cookie of each, in the order in which they were made; each is a session of its own."""

    def __init__(self, folder: Path, database_url: str, redis_url: str) -> None:
        self.settings = settings_in(folder, database_url, redis_url)
        self.gateway = Gateway(self.settings)
        create_schema(self.gateway.engine)
        self.pages: list[tuple[str, str]] = []
        self.queues: list[Queue] = []
        self._tenants = [self._tenant(cvr) for cvr in islice(filter(_is_cvr, map(str, count(99_110_000))), TENANTS)]
        stanza = Stanza(DOOR, "gp_system", "browser", None, {"serves": {"default": True}})
        self.gateway.connections.apply(stanza, "bench", "bench", self.gateway.clock.now())

    def fill(self, pages: int) -> None:
        """Practices with eight nurses' pages and two of their clinic each, until there are so many pages."""
        while len(self.pages) < pages:
            self._open_practice(len(self.queues))

    def _tenant(self, cvr: str) -> UUID:
        id = self.gateway.ids.new()
        self.gateway.organisations.apply_tenant(Tenant(id, cvr, f"Kommune {cvr}", "municipality"))
        return id

    def _open_practice(self, number: int) -> None:
        """Every other practice is reached by the rule for whoever is left, the others by name."""
        g, ydernummer = self.gateway, Ydernummer(f"{number + 1:06d}")
        queue = Queue(ydernummer, g.ids.new())
        g.organisations.apply_clinic(Clinic(queue.clinic, f"Klinik {number}", False, (ydernummer,)))
        if number % 2:
            g.practices.set_routes(ydernummer, [DOOR])
        for desk in range(DESKS):
            queue.desks.append(
                self._page("/live/clinic", CLINIC_COOKIE, self._doctor(queue.clinic, f"{number}-{desk}"))
            )
        for place in range(NURSES):
            queue.waiting.append(self._nurse(queue, self._tenants[(number + place) % TENANTS], f"{number}-{place}"))
        self.queues.append(queue)

    def _page(self, path: str, cookie: str, token: str) -> int:
        self.pages.append((path, f"{self.settings.cookie(cookie)}={token}"))
        return len(self.pages) - 1

    def _doctor(self, clinic: UUID, name: str) -> str:
        g = self.gateway
        person = g.organisations.recognise_clinic_user("idp-clinic", name, f"Læge {name}", "laege", [clinic])
        grant = Grant(name, f"Læge {name}", "laege", "Klinik", True, "idp-clinic")
        return g.access.open_clinic(clinic, person, grant, g.clock.now(), id=g.ids.new())[0]

    def _nurse(self, queue: Queue, tenant: UUID, name: str) -> Waiting:
        g, now = self.gateway, self.gateway.clock.now()
        grant = Grant(name, f"Sygeplejerske {name}", "Sygeplejerske", "Kommune", True, "idp")
        token, session = g.access.open_employee(tenant, grant, now, id=g.ids.new())
        begun = replace(draft(tenant, at=now), responsible=session.person)
        stored = g.store.commit(placed(begun, queue.ydernummer, at=now, connections=(DOOR,)))
        page = self._page(f"/live/consultation/{stored.id}", EMPLOYEE_COOKIE, token)
        return Waiting(page, stored.id, stored.entries[-1].id)

    def press(self, number: int) -> Told:
        """Queue ``number`` changes once: in even ones the third in it is seen, in odd ones she leaves it, and whoever
        waits behind her has another number. Returns when it is committed."""
        queue = self.queues[number]
        third = queue.waiting[2]
        clinic: dict[str, object] = {"waiting": NURSES - number % 2, "unseen": NURSES - 1}
        told: dict[int, tuple[str, dict[str, object]]]
        if number % 2:
            self._act(third, lambda c, by: queueing.withdraw(c, "solved", *by.stamp), NURSE)
            told = {w.page: ("state", {"position": place}) for place, w in enumerate(queue.waiting[3:], start=3)}
            told[third.page] = ("state", {"entry_status": "withdrawn", "id": str(third.consultation)})
        else:
            self._act(third, lambda c, by: queueing.see(c, third.entry, *by.stamp), DOCTOR)
            told = {third.page: ("state", {"position": 3, "id": str(third.consultation)})}
        return Told(told | dict.fromkeys(queue.desks, ("changed", clinic)))

    def _act(self, waiting: Waiting, move: object, actor: object) -> None:
        by: Acting[None] = acting(None, actor, self.gateway.ports)  # type: ignore[arg-type]
        perform(move, SystemScope(), waiting.consultation, by)  # type: ignore[arg-type]

    def opened(self, first: int, last: int) -> Iterator[str]:
        """A line for the browser for each of these pages."""
        return (f"{path}\t{cookie}" for path, cookie in self.pages[first:last])


def _is_cvr(digits: str) -> bool:
    try:
        Cvr.parse(digits, "cvr")
    except InvalidField:
        return False
    return True
