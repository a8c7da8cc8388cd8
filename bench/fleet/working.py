"""Consultations one after the other, in threads, for as long as processes are restarted: each act is counted once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import count

from bench.fleet.people import HEARD_WITHIN, Effects, Ringing
from gateway.wiring import Gateway
from tests.storm.courses import Course, Diverted, NeverAnswered, Nurse
from tests.storm.grounds import Grounds
from tests.support.processes.canaries import Citizen
from tests.support.processes.live_process import stream

KINDS = ("phone", "taken", "withdrawn")
BREATH = 0.5  # seconds between two consultations


class Work:
    """``begin`` starts the threads; ``end`` lets each finish what it has begun."""

    def __init__(self, grounds: Grounds, citizens: list[Citizen], gateway: Gateway, first: int) -> None:
        self._grounds, self._citizens, self._gateway = grounds, citizens, gateway
        self.effects = Effects()
        self._number = count(first)
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._steady, daemon=True) for _ in range(1)]
        self._threads.append(threading.Thread(target=self._rings, daemon=True))

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self.effects.stop.set()
        for thread in self._threads:
            thread.join(120)

    def _next(self, kind: str) -> Course:
        with self._lock:
            course = Course(next(self._number), kind or "")
            course.kind = kind or KINDS[course.number % len(KINDS)]
            self.effects.courses.append(course)
            return course

    def _steady(self) -> None:
        nurse = Ringing(self._grounds, self._citizens, self._gateway, "Steady")
        while not self.effects.stop.is_set():
            self._tried(lambda: nurse.run(self._next("")))
        self._close(nurse)

    def _rings(self) -> None:
        nurse = Ringing(self._grounds, self._citizens, self._gateway, "Ringing")
        while not self.effects.stop.is_set():
            self._tried(lambda: self._ring(nurse, self._next("ring")))
        self._close(nurse)

    def _tried(self, course: Callable[[], None]) -> None:
        self.effects.stop.wait(BREATH)
        try:
            course()
        except Diverted:
            self.effects.answers["diverted"] += 1
        except NeverAnswered as fault:
            self.effects.answers[f"never {fault.args[0]}"] += 1

    def _close(self, nurse: Nurse) -> None:
        with self._lock:
            self.effects.answers.update(nurse.answers)
        nurse.close()

    def _ring(self, nurse: Ringing, course: Course) -> None:
        """The stream is followed from before the accept; it may be cut and opened anew meanwhile."""
        nurse.place(course)
        heard, ended = threading.Event(), threading.Event()
        page = (nurse.session, f"/live/consultation/{course.id}", heard, ended)
        reader = threading.Thread(target=self._follow, args=page, daemon=True)
        reader.start()
        nurse.accept(course)
        began = time.monotonic()
        if heard.wait(HEARD_WITHIN):
            self.effects.rings.append(time.monotonic() - began)
        else:
            self.effects.unheard.append(course.mark)
        ended.set()
        nurse.act(course, "hold-by-phone", {"clinician": "Lise Hansen"})
        nurse.act(course, "approve-note", {"text": f"Penicillin i syv dage. storm-{course.mark}"})
        course.acknowledged.remove("place")  # no practice system holds an entry of a room in the browser

    def _follow(self, session: tuple[str, str], path: str, heard: threading.Event, ended: threading.Event) -> None:
        while not heard.is_set() and not ended.is_set():
            try:
                with stream(self._grounds.stack.gateway_url, path, dict([session])) as (_, reader):
                    reader.until("state", status="calling")
                    heard.set()
            except Exception:
                time.sleep(1.0)
