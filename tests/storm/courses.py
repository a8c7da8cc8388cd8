"""The people of a storm: each takes one consultation its whole way over the product's own doors, and is patient.

What a door has answered with 2xx is *acknowledged*: it must be found at the peers afterwards. Whatever was not is
repeated, as a care system's back end and a page do by themselves.
"""

from __future__ import annotations

import random
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from simulators import wire
from simulators.signing import issued_now
from tests.storm.grounds import Grounds, mark
from tests.support.processes.canaries import Citizen

PATIENCE = 90.0
WAITS = 20.0  # for the practice; then she rings instead, as she would
PAUSE = 0.3
PRACTICES = ("034835", "047155")
COURSES = ("phone", "phone", "phone", "taken", "withdrawn")
CVR, EMPLOYEE = "99110007", "FJ-1001"


class NeverAnswered(Exception):
    """An act was not acknowledged within ``PATIENCE``; ``args`` are the act and the last status."""


@dataclass
class Course:
    """What became of one consultation, as far as it was acknowledged."""

    number: int
    kind: str
    acknowledged: list[str] = field(default_factory=list)
    diverted: str = ""  # the act after which it went another way, and why
    id: str = ""
    entry: str = ""

    @property
    def mark(self) -> str:
        return f"{self.number:05}"


class Nurse:
    """One employee's session after another: a launch from the record opens each."""

    def __init__(self, grounds: Grounds, citizens: list[Citizen]) -> None:
        self._grounds = grounds
        self._citizens = citizens
        self._gateway = grounds.stack.gateway_url
        self._http = wire.client(10)
        self._csrf = ""
        self.answers: Counter[str] = Counter()

    def close(self) -> None:
        self._http.close()

    def run(self, course: Course) -> None:
        """The whole course; what is refused by the state it is in ends it there."""
        course.id = self.patiently("launch", lambda: self.launched(course))
        course.acknowledged.append("launch")
        self.act(course, "place", placing(course))
        if course.kind == "withdrawn":
            self.act(course, "withdraw", {"reason": "solved"})
            return
        if course.kind == "taken":
            self._waits(course)
        self.act(course, "hold-by-phone", {"clinician": "Lise Hansen"})
        self.act(course, "approve-note", {"text": f"Penicillin i syv dage. {mark(course.number)}"})

    def patiently(self, what: str, once: Callable[[], Any], within: float = PATIENCE) -> Any:
        """Again until it gives something; ``NeverAnswered`` when she has no more patience."""
        deadline, last = time.monotonic() + within, "nothing"
        while time.monotonic() < deadline:
            try:
                found = once()
            except httpx.TransportError as fault:
                last = type(fault).__name__
            except Again as fault:
                last = str(fault)
            else:
                if found is not None:
                    return found
            self.answers[f"{what} {last}"] += 1
            time.sleep(PAUSE)
        raise NeverAnswered(what, last)

    def launched(self, course: Course) -> str:
        """The consultation's id: a token posted by the record's back end, the address opened by her browser."""
        token = self._grounds.key.sign(self._claims(course))
        headers = {"Content-Type": "application/jwt", "Accept": "application/json"}
        answer = self._http.post(f"{self._gateway}/api/v1/launches", content=token, headers=headers)
        if answer.status_code != 201:
            raise Again(answer.status_code)
        code = answer.json()["address"].partition("#code=")[2]
        redeemed = self._http.post(f"{self._gateway}/start", json={"code": code})
        if redeemed.status_code != 200:
            raise Again(redeemed.status_code)
        session = self._http.get(f"{self._gateway}/api/v1/session")
        if session.status_code != 200:
            raise Again(session.status_code)
        self._csrf = session.json()["csrf"]
        return str(session.json()["consultation"])

    def _claims(self, course: Course) -> dict[str, Any]:
        citizen = self._citizens[course.number]
        return {
            "iss": self._grounds.stack["eoj"].address,
            "aud": self._gateway,
            **issued_now(60),
            "jti": str(uuid.uuid4()),
            "sub": EMPLOYEE,
            "name": "Mette Holm",
            "roles": ["laegebro-start"],
            "organisation_cvr": CVR,
            "title": "Sygeplejerske",
            "workplace": "Hjemmesygeplejen Nord",
            "patient": {
                "reference": f"Patient/{citizen.reference}",
                "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": citizen.cpr}],
                "name": f"{citizen.given} {citizen.family}",
                "birthDate": citizen.born.isoformat(),
                "gender": "female",
            },
            "general_practitioner": {"ydernummer": "034835", "source": "eoj"},
        }

    def act(self, course: Course, verb: str, body: dict[str, Any]) -> None:
        document = self.patiently(verb, lambda: self._acted(course, verb, body))
        if course.diverted:
            raise Diverted
        course.entry = str(document.get("entry") or course.entry)
        course.acknowledged.append(verb)

    def _acted(self, course: Course, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{self._gateway}/api/v1/consultations/{course.id}/{JSON_NAMES.get(verb, verb)}"
        answer = self._http.post(url, json=body, headers={"X-CSRF-Token": self._csrf, "Origin": self._gateway})
        if answer.is_success:
            return dict(answer.json())
        if answer.status_code in (409, 422):
            course.diverted = f"{verb}: {answer.status_code} {answer.json().get('reason', '')}"
            return {}
        if answer.status_code in (
            401,
            403,
        ):  # ended by a stepped clock: from the record again
            self.launched(course)
        raise Again(answer.status_code)

    def _waits(self, course: Course) -> None:
        try:
            self._taken(course)
        except NeverAnswered as fault:
            self.answers[f"{fault.args[0]} given up"] += 1

    def _taken(self, course: Course) -> None:
        """The practice takes the call on its own screen, and her page is told."""
        entry = self.patiently("received", lambda: self._state(course, "entry", entry_status="received"), WAITS)
        with self._grounds.stack.client() as doctor:
            gp = self._grounds.stack["gp"].address
            doctor.post(f"{gp}/login", data={"username": "lise", "password": "videodemo"})
            doctor.post(f"{gp}/queue/{entry}/accept")
        self.patiently("calling", lambda: self._state(course, "entry", status="calling"), WAITS)
        course.acknowledged.append("accept")

    def _state(self, course: Course, name: str, **wanted: str) -> str | None:
        answer = self._http.get(f"{self._gateway}/api/v1/consultations/{course.id}/state")
        if answer.status_code != 200:
            raise Again(answer.status_code)
        state = answer.json()
        return str(state[name]) if all(state.get(key) == value for key, value in wanted.items()) else None


class Again(Exception):
    """Not acknowledged: to be repeated."""


class Diverted(Exception):
    """The consultation's state did not allow what was asked."""


JSON_NAMES = {"hold-by-phone": "phone", "approve-note": "approve"}


def placing(course: Course) -> dict[str, Any]:
    return {
        "ydernummer": PRACTICES[course.number % len(PRACTICES)],
        "consent": {"answer": "given"},
        "form": "assisted",
        "reason": f"Sår på venstre skinneben, væsker mere end i går. {mark(course.number)}",
        "role": "Sygeplejerske",
        "workplace": "Hjemmesygeplejen Nord",
        "phone": "99000101",
    }


def drawn(seed: int, count: int) -> list[Course]:
    """Which way each consultation goes."""
    source = random.Random(seed)
    return [Course(number, source.choice(COURSES)) for number in range(count)]
