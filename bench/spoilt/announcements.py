"""Announcements of launches as a door: the care system's line, with its certificate shown."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import hl7 as python_hl7

from bench.spoilt.door import Door
from bench.spoilt.lines import SILENT, error_of, may_be_silent, spoilt_er7, status_of
from gateway.certify.eoj.hl7v2 import CERTIFICATE
from gateway.domain.consultation.case import CitizenCase
from gateway.store.ground.engine import open_engine
from gateway.store.migrations.creation import create_schema
from tests.support.peers.announcing_world import AnnouncingWorld
from tests.support.spoiling import er7_spoiling

_CONTROL = re.compile(r"[\x00-\x1f\\]")
_SEGMENT = re.compile(rb"(MSH|SCH|EVN|PID|PD1|PV1|RGS)\|")
STANDS_OPEN = 409  # at a colleague of hers: told, and nothing is written


@contextmanager
def hl7v2(folder: Path) -> Iterator[Door]:
    """Both kinds of message, about several citizens, by one employee; one is taken for an hour."""
    template = folder / "template.db"
    engine = open_engine(f"sqlite:///{template}")
    create_schema(engine)
    engine.dispose()
    world = AnnouncingWorld(folder, template, announcement_life=3600)
    good = [_renumbered(world.frame(record, kind=kind)) for record in ("r-1002", "r-1003") for kind in ("SIU", "ADT")]
    yield Door(_Line(world).send, good, er7_spoiling.bombs(good[0]), spoilt_er7, lambda frame: _undone(world, frame))
    world.close()


def _renumbered(frame: bytes) -> bytes:
    """With a control id that each spoilt message replaces by its own."""
    fields = frame.split(b"|")
    fields[9] = b"CONTROL"
    return b"|".join(fields)


class _Line:
    """As the listener serves it, without the socket (``lines.py`` has one)."""

    def __init__(self, world: AnnouncingWorld) -> None:
        self._world = world

    def send(self, content: bytes) -> tuple[int, float]:
        begun = time.perf_counter()
        return self._status(content), time.perf_counter() - begun

    def _status(self, content: bytes) -> int:
        door = self._world.door
        with suppress(Exception):
            told = door.refuse(content[:2000]) if len(content) > 256_000 else door.answered(content, CERTIFICATE)
            if not told:
                return SILENT if may_be_silent(content) else 500
            answer = _segments(told)
            stands = error_of(answer).startswith("206") and answer["ERR"][2].startswith("PID")
            return STANDS_OPEN if stands else status_of(answer)
        return 500


def _segments(answer: bytes) -> Mapping[str, Sequence[str]]:
    return {line.split("|")[0]: line.split("|") for line in answer.decode("latin-1").split("\r") if line}


def _undone(world: AnnouncingWorld, frame: bytes) -> str:
    """A draft stands on the list of the employee who is named, about the record or the number that is named."""
    if not all(_SEGMENT.match(line) for line in frame.split(b"\r") if line):
        return ""  # a line end within a field: we keep the text whole, and that library cuts it
    with suppress(Exception):  # what that library cannot read, it has no opinion of
        message = python_hl7.parse(frame.decode("utf-8"))
        by_appointment = str(message.segment("MSH")[9][0][0]) == "SIU"
        who = str((message.segment("SCH")[20] if by_appointment else message.segment("EVN")[5])[0][0])
        numbers = [_CONTROL.sub("", str(each)) for each in message.segment("PID")[3]]
        found = [case for one in world.list_of(_CONTROL.sub("", who).strip()) for case in one.cases]
        told = [each for each in found if any(_is_among(one, numbers) for one in _names(each))]
        return "" if told else "no draft about that citizen on her list"
    return ""


def _names(case: CitizenCase) -> list[str]:
    identifier = case.citizen.identifier if case.citizen else None
    return [case.record_ref.removeprefix("Patient/"), *([identifier.value] if identifier else [])]


def _is_among(number: str, told: Sequence[str]) -> bool:
    return any(each.startswith(number) for each in told)
