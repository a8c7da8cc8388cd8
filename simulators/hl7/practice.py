"""The practice's own book: appointments as they came, who took them, and everything its people did, numbered."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

OVER = ("Complete", "Cancelled", "Noshow")
KEPT_BY_US = "99GP"  # notes of this system's own


@dataclass
class Appointment:
    """``notes``: what each was about and its text. ``said``: what the caller wants back when it asks."""

    placer: str
    filler: str
    status: str = "Pending"
    said: str = ""
    who: str = ""
    patient: str = ""
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def revision(self) -> int:
        number = self.said.partition("/")[0]
        return int(number) if number.isdigit() else 0


@dataclass(frozen=True)
class Act:
    """One thing somebody here did."""

    number: int
    placer: str
    what: str
    status: str
    at: datetime
    user: str = ""
    name: str = ""
    reason: str = ""
    text: str = ""


class Book:
    """Guarded by one lock; ``told`` hears of every act while it is held."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.appointments: dict[str, Appointment] = {}
        self.acts: list[Act] = []
        self.created: dict[str, int] = {}
        self._numbers = count(1)

    def reset(self) -> None:
        with self.lock:
            self.appointments.clear()
            self.created.clear()

    def book(self, placer: str) -> Appointment | None:
        """A new appointment; None where there is one already."""
        with self.lock:
            if placer in self.appointments:
                return None
            made = Appointment(placer, f"GP{next(self._numbers):06d}")
            self.appointments[placer] = made
            self.created[placer] = self.created.get(placer, 0) + 1
            return made

    def act(self, placer: str, what: str, status: str, **words: str) -> Act:
        """KeyError where there is no such appointment; ValueError where it is over."""
        with self.lock:
            appointment = self.appointments[placer]
            if appointment.status in OVER:
                raise ValueError(appointment.status)
            appointment.status = status
            if what in ("ACCEPT", "PUTBACK"):
                appointment.who = words.get("name", "")
            done = Act(len(self.acts) + 1, placer, what, status, datetime.now(UTC), **words)
            self.acts.append(done)
            return done

    def after(self, number: int, limit: int) -> list[Act]:
        with self.lock:
            return self.acts[number : number + limit]
