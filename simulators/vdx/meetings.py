"""Meetings and how far their rooms are. A room of the pool is ready at once; another one takes its time."""

import secrets
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


class Refused(Exception):
    """``code``: a detailed_error_code; ``status``: 400, 404 or 406."""

    def __init__(self, status: int, code: int) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass
class Meeting:
    """``told`` is what its maker said. ``moves``: the states that follow, each at a moment of the monotonic clock."""

    uuid: str
    short_id: str
    told: Json
    status: str
    host_pin: int
    moves: list[tuple[float, str]] = field(default_factory=list)


class Meetings:
    """``pool``: how many ready rooms there are; ``pace``: seconds that each step of provisioning takes."""

    def __init__(self, pool: int, pace: float) -> None:
        self.pool, self.pace = pool, pace
        self.refusals: list[int] = []  # codes for the next meetings that are asked for
        self.stuck = ""  # the state that the next meeting stays in
        self._lock = threading.RLock()
        self._kept: dict[str, Meeting] = {}
        self.deleted: list[str] = []

    def all(self) -> list[Meeting]:
        with self._lock:
            for meeting in self._kept.values():
                self._move(meeting)
            return list(self._kept.values())

    def find(self, identity: str) -> Meeting:
        with self._lock:
            if identity not in self._kept:
                raise Refused(404, 11)
            self._move(self._kept[identity])
            return self._kept[identity]

    def make(self, told: Json) -> Meeting:
        with self._lock:
            if self.refusals:
                raise Refused(400, self.refusals.pop(0))
            external = told.get("externalId")
            if external and any(each.told.get("externalId") == external for each in self._kept.values()):
                raise Refused(400, 21)
            pooled = told.get("meetingType") == "POOL"
            if pooled and self.pool < 1:
                raise Refused(400, 20)
            self.pool -= pooled
            identity = told.get("uuid") or str(uuid.uuid4())
            short = "".join(secrets.choice(LETTERS) for _ in range(12))
            made = Meeting(identity, short, dict(told), "AWAITS_PROVISION", 1000 + secrets.randbelow(9000))
            self._provision(made, pooled)
            self._kept[identity] = made
            return made

    def change(self, identity: str, told: Json) -> Meeting:
        """In PROVISIONED_OK only the end is changed; an end that has passed takes the room down."""
        with self._lock:
            meeting = self.find(identity)
            if meeting.status not in ("AWAITS_PROVISION", "PROVISIONED_OK"):
                raise Refused(406, 12)
            whole = meeting.status == "AWAITS_PROVISION"
            meeting.told.update(told if whole else {k: v for k, v in told.items() if k == "endTime"})
            if not whole and datetime.fromisoformat(meeting.told["endTime"]) <= datetime.now(UTC):
                meeting.status = "STARTING_TO_DEPROVISION"
                self._after(meeting, "DEPROVISION_OK")
            return meeting

    def delete(self, identity: str) -> None:
        with self._lock:
            if self.find(identity).status != "AWAITS_PROVISION":
                raise Refused(406, 13)
            del self._kept[identity]
            self.deleted.append(identity)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self.deleted.clear()
            self.refusals.clear()
            self.stuck = ""

    def _provision(self, meeting: Meeting, pooled: bool) -> None:
        if self.stuck:
            meeting.status, self.stuck = self.stuck, ""
        elif pooled:
            meeting.status = "PROVISIONED_OK"
        else:
            self._after(meeting, "STARTING_TO_PROVISION", "PROVISIONED_OK")

    def _after(self, meeting: Meeting, *states: str) -> None:
        now = time.monotonic()
        meeting.moves = [(now + self.pace * step, state) for step, state in enumerate(states, 1)]

    def _move(self, meeting: Meeting) -> None:
        while meeting.moves and meeting.moves[0][0] <= time.monotonic():
            meeting.status = meeting.moves.pop(0)[1]
