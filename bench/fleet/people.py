"""Who is at work while processes are restarted: calls that last, pages and their streams, and rings that must be heard.

All go through nginx. Whatever is not answered as on a quiet day is counted, none of it is tried again by stealth.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aiohttp

from bench.rooms.house import Call, Side
from gateway.access import CLINIC_COOKIE, EMPLOYEE_COOKIE
from gateway.domain.identifiers import Ydernummer
from gateway.domain.session import Grant
from gateway.wiring import Gateway
from tests.storm.courses import Again, Course, Nurse, placing
from tests.storm.grounds import Grounds
from tests.support.processes.canaries import Citizen

ROOM = Ydernummer("012041")  # the practice whose waiting room is ours, in the browser
HEARD_WITHIN = 10.0
SEND_WITHIN = 20.0  # as gateway/web/static/js/shared/api.js
RETRY = 1.0  # seconds, as the stream itself tells browsers
PAUSE = 1.5  # seconds between two requests of a page


def doctor(gateway: Gateway, web: str, name: str) -> Side:
    """A clinic's user who is logged in; ``door`` is left to the call."""
    clinic = gateway.organisations.clinic_of_practice(ROOM)
    assert clinic is not None
    person = gateway.organisations.recognise_clinic_user("login-havnen", f"subject-{name}", name, "laege", [clinic.id])
    grant = Grant(f"subject-{name}", name, "laege", clinic.name, True, "login-havnen")
    token, session = gateway.access.open_clinic(clinic.id, person, grant, gateway.clock.now(), id=gateway.ids.new())
    return Side("doctor", (gateway.settings.cookie(CLINIC_COOKIE), token), session.csrf, web)


class Ringing(Nurse):
    """A nurse whose practice answers in the browser: the doctor's accept makes her page ring."""

    def __init__(self, grounds: Grounds, citizens: list[Citizen], gateway: Gateway, name: str) -> None:
        super().__init__(grounds, citizens)
        self._http.timeout = SEND_WITHIN
        self.doctor = doctor(gateway, self._gateway, name)
        self._cookie = gateway.settings.cookie(EMPLOYEE_COOKIE)

    def ring(self, course: Course) -> None:
        """Launched, placed and accepted."""
        self.place(course)
        self.accept(course)

    def place(self, course: Course) -> None:
        course.id = self.patiently("launch", lambda: self.launched(course))
        course.acknowledged.append("launch")
        self.act(course, "place", placing(course) | {"ydernummer": str(ROOM)})

    def accept(self, course: Course) -> None:
        address = f"{self._gateway}/api/v1/entries/{course.entry}/accept"
        name, value = self.doctor.cookie
        headers = {"X-CSRF-Token": self.doctor.csrf, "Origin": self._gateway, "Cookie": f"{name}={value}"}
        self.patiently("accept", lambda: _whole(self._http.post(address, json={}, headers=headers)))

    @property
    def session(self) -> tuple[str, str]:
        return self._cookie, str(self._http.cookies.get(self._cookie))

    def call(self, course: Course) -> Call:
        """Both sides of it, each with where its tickets are."""
        api = f"{self._gateway}/api/v1"
        nurse = Side("nurse", self.session, self._csrf, f"{api}/consultations/{course.id}/ticket")
        doctor = Side("doctor", self.doctor.cookie, self.doctor.csrf, f"{api}/entries/{course.entry}/ticket")
        return Call("", course.id, (nurse, doctor))


def _whole(answer: Any) -> Any:
    if not answer.is_success:
        raise Again(answer.status_code)
    return answer.json()


@dataclass
class Page:
    """One page that is open: it asks for itself and its state, and follows its stream as a browser does."""

    cookie: tuple[str, str]
    addresses: tuple[str, ...]
    stream: str
    http: aiohttp.ClientSession
    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    cuts: int = 0
    gaps: list[float] = field(default_factory=list)  # seconds without a stream, at each cut
    told: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"{self.cookie[0]}={self.cookie[1]}"}

    async def ask(self) -> None:
        while True:
            for address in self.addresses:
                await self._ask(address)
                await asyncio.sleep(PAUSE)

    async def _ask(self, address: str) -> None:
        start = time.monotonic()
        try:
            async with self.http.get(address, headers=self.headers, allow_redirects=False) as answer:
                await answer.read()
                if answer.status != 200:
                    self.failed.append(f"status {answer.status} of {address.rpartition('/')[2]}")
        except (aiohttp.ClientError, TimeoutError) as fault:
            self.failed.append(type(fault).__name__)
        self.seconds.append(time.monotonic() - start)

    async def follow(self) -> None:
        while True:
            cut = time.monotonic()
            try:
                await self._read(cut)
            except (aiohttp.ClientError, TimeoutError) as fault:
                self.failed.append(f"stream {type(fault).__name__}")
            self.cuts += 1
            await asyncio.sleep(RETRY)

    async def _read(self, cut: float) -> None:
        """Until it ends, which is no failure: whoever reads opens a new one."""
        limit = aiohttp.ClientTimeout(total=None, sock_read=30)
        async with self.http.get(self.stream, headers=self.headers, timeout=limit) as answer:
            if answer.status != 200:
                self.failed.append(f"stream {answer.status}")
                return
            first = True
            try:
                async for line in answer.content:
                    if line.startswith(b"data: {") and line != b"data: {}\n":
                        self.told.append((time.monotonic(), json.loads(line[6:])))
                        if first and self.cuts:
                            self.gaps.append(time.monotonic() - cut + RETRY)
                        first = False
            except aiohttp.ClientPayloadError:
                return


@dataclass
class Effects:
    """What was done and what came of it."""

    courses: list[Course] = field(default_factory=list)
    rings: list[float] = field(default_factory=list)  # seconds from accept to the nurse's stream saying so
    unheard: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)  # acts that were not answered as they should be
    stop: threading.Event = field(default_factory=threading.Event)

    def failed(self) -> Counter[str]:
        """Waiting for somebody else's act is no failure."""
        waited = ("received nothing", "calling nothing", "received given up", "calling given up")
        return Counter({what: often for what, often in self.answers.items() if what not in waited})


def seated_calls(grounds: Grounds, citizens: list[Citizen], gateway: Gateway, many: int) -> list[Call]:
    calls = []
    for number in range(many):
        nurse, course = Ringing(grounds, citizens, gateway, f"Doctor {number}"), Course(number, "call")
        nurse.ring(course)
        calls.append(nurse.call(course))
        nurse.close()
    return calls


def id_of(call: Call) -> UUID:
    return UUID(call.consultation)
