"""One whole consultation through all real processes, with two people who send picture and sound both ways."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulators.demo.browser import GaveUp, Watch, until
from simulators.demo.people import REASON, Doctor, Nurse
from simulators.demo.stack import Stack
from simulators.participant import ScriptedParticipant

RECORD = "r-1001"
FRAMES = 20
FILED_WITHIN = 120.0
Between = Callable[[str], None]


@dataclass(frozen=True)
class Words:
    """What the two people write."""

    reason: str = REASON
    note: str = "Penicillin i syv dage. Ny kontrol på fredag."


def _nothing(_step: str) -> None:
    """No fault between the steps."""


class Consultation:
    """The steps in their order; ``between`` is called after each with its name (a test kills there).

    ``watch`` is shown every HTTP answer either of the two people is given.
    """

    def __init__(
        self,
        stack: Stack,
        between: Between = _nothing,
        record: str = RECORD,
        words: Words | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._stack = stack
        self._between = between
        self._words = words or Words()
        self.record = record
        self.nurse = Nurse(stack, watch=watch)
        self.doctor = Doctor(stack, watch=watch)
        self.short_id = ""
        self.frames: dict[str, int] = {}
        self.joins: dict[str, int] = {}

    def run(self) -> None:
        """From the record to the receipt; raises ``GaveUp`` where a step never happens."""
        self.launch()
        self.wait_in_queue()
        self.accept()
        asyncio.run(self.talk())
        self.write_back()

    def launch(self) -> None:
        self.nurse.launch(self.record)
        self._between("launched")
        state = self.nurse.place(reason=self._words.reason)
        self.short_id = str(state["short_id"])
        self._between("placed")

    def wait_in_queue(self) -> None:
        self.nurse.wait_for("the practice's system to receive the entry", entry_status="received")
        self._between("received")

    def accept(self) -> None:
        self.doctor.open_own_system()
        entry = str(self.nurse.state()["entry"])
        until("the entry on the practice's screen", lambda: entry in self.doctor.waiting())
        self.doctor.accept_in_own_system(entry)
        self._between("accepted")
        self.nurse.wait_for("the ring", status="calling")
        self.doctor.log_in()
        self.nurse.act("answer")
        self._between("answered")

    async def talk(self) -> None:
        """Both join; the talk counts as begun when media flows from both sides."""
        signal = self._stack.signal_url
        people = {
            "nurse": ScriptedParticipant(signal, self.nurse.ticket),
            "doctor": ScriptedParticipant(signal, self.doctor.ticket),
        }
        try:
            for person in people.values():
                await person.start()
            await self._decoded(people, FRAMES)
            await asyncio.to_thread(self.nurse.wait_for, "the talk", 60.0, status="in-call")
            await asyncio.to_thread(self._between, "talking")
            await self._decoded(people, FRAMES * 2)
            await asyncio.to_thread(self.nurse.act, "hang-up")
        finally:
            for person in people.values():
                await person.stop()
        self.frames = {name: person.frames_received for name, person in people.items()}
        self.joins = {name: person.joins for name, person in people.items()}
        await asyncio.to_thread(self._between, "hung-up")

    async def _decoded(self, people: dict[str, ScriptedParticipant], more: int) -> None:
        wanted = {name: person.frames_received + more for name, person in people.items()}
        for _ in range(600):
            if all(person.frames_received >= wanted[name] for name, person in people.items()):
                return
            await asyncio.sleep(0.1)
        raise TimeoutError({name: person.state for name, person in people.items()})

    def write_back(self) -> None:
        self.nurse.act("approve", {"text": self._words.note, "clinician": "Lise Hansen"})
        self._between("approved")
        until("the note to be filed", self._filed, FILED_WITHIN)
        self._between("filed")

    def _filed(self) -> bool:
        rails = self.nurse.state()["note"]
        refused = [rail["fault"] for rail in rails if rail["state"] == "refused"]
        if refused:
            raise GaveUp("filing the note", *refused)
        return bool(rails) and all(rail.get("filed_at") for rail in rails)

    def notes_in_the_record(self) -> dict[str, int]:
        """How many documents the care system's own store holds, by their identifier."""
        return stored(self._stack, "eoj", "DocumentReference")

    def close(self) -> None:
        self.nurse.close()
        self.doctor.close()


def stored(stack: Stack, simulator: str, kind: str) -> dict[str, int]:
    """A simulator's own count of the resources it holds, by business identifier."""
    with stack.client() as client:
        log: dict[str, Any] = client.get(f"{stack[simulator].address}/_sim/log").json()
    counts: dict[str, int] = log["stored"].get(kind, {})
    return counts
