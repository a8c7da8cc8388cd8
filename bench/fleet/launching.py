"""Launches one after the other on several lines, each of another citizen; one in so many goes its whole way."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.storm.courses import Again, Course, Diverted, NeverAnswered, Nurse
from tests.storm.grounds import Grounds
from tests.support.processes.canaries import Citizen

LINES = 8  # for each web process
WHOLE = 10
PEOPLE = 500
KINDS = ("phone", "withdrawn")


class Launcher(Nurse):
    """A care system's back end, and the employee who goes on from there."""

    def launch(self, course: Course) -> None:
        """The address is made, and nobody opens it."""
        self.patiently("launch", lambda: self._posted(course))
        course.acknowledged.append("launch")

    def _claims(self, course: Course) -> dict[str, Any]:
        """By one of many employees: launches of the same one wait for her row."""
        return super()._claims(course) | {"sub": f"FJ-{2000 + course.number % PEOPLE}"}

    def _posted(self, course: Course) -> bool:
        token = self._grounds.key.sign(self._claims(course))
        headers = {"Content-Type": "application/jwt", "Accept": "application/json"}
        answer = self._http.post(f"{self._gateway}/api/v1/launches", content=token, headers=headers)
        if answer.status_code != 201:
            raise Again(answer.status_code)
        return True


class Launching:
    """``launched`` were acknowledged so far, each of a citizen of its own; ``waits``: seconds of those that go no
    further; ``courses``: those that went their whole way."""

    def __init__(self, grounds: Grounds, citizens: list[Citizen]) -> None:
        self._grounds, self._citizens = grounds, citizens
        first = {citizen.cpr: number for number, citizen in reversed(list(enumerate(citizens)))}
        self._numbers = iter(sorted(first.values()))  # nobody twice
        self._lock = threading.Lock()
        self.launched = 0
        self.waits: list[float] = []
        self.courses: list[Course] = []
        self.failed: Counter[str] = Counter()

    @contextmanager
    def going(self, lines: int, whole: int = WHOLE) -> Iterator[None]:
        """While the block runs; whatever is begun is ended."""
        stop = threading.Event()
        threads = [threading.Thread(target=self._line, args=(stop, whole), daemon=True) for _ in range(lines)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _line(self, stop: threading.Event, whole: int) -> None:
        launcher = Launcher(self._grounds, self._citizens)
        while not stop.is_set():
            course = self._next()
            began = time.monotonic()
            try:
                (launcher.run if course.number % whole == 0 else launcher.launch)(course)
            except (Diverted, NeverAnswered) as fault:
                launcher.answers[f"{type(fault).__name__} {' '.join(map(str, fault.args))}"] += 1
            self._count(course, time.monotonic() - began, whole)
        with self._lock:
            self.failed.update(launcher.answers)
        launcher.close()

    def _next(self) -> Course:
        with self._lock:
            number = next(self._numbers)
            return Course(number, KINDS[number % 7 % len(KINDS)])

    def _count(self, course: Course, seconds: float, whole: int) -> None:
        with self._lock:
            self.launched += "launch" in course.acknowledged
            if course.number % whole == 0:
                self.courses.append(course)
            else:
                self.waits.append(seconds)
