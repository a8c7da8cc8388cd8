"""Who follows along: found by the consultation on the page, by the practice where it waits, and each in her turn."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

from gateway.domain.scope import ClinicScope
from gateway.domain.session import SessionKind

T = TypeVar("T")


@dataclass(eq=False, slots=True)
class Subscriber:
    """An open stream: of one consultation (and the queue it stands in), or of a clinic's practices. ``token`` is the
    login it was opened by, ``clinic`` whose waiting room it shows."""

    token: str
    kind: SessionKind
    consultation: UUID | None = None
    clinic: ClinicScope | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)
    ydernumre: frozenset[str] = frozenset()
    over: bool = False

    def end(self) -> None:
        """Nothing more is told: the reader left, or may not read any more."""
        self.over = True
        self.news.set()


class Turns(Generic[T]):
    """Everybody once in ``seconds``, a part at a time: who came one after the other have turns one after the other."""

    def __init__(self, seconds: float, parts: int) -> None:
        self.pause = seconds / parts
        self._parts: list[set[T]] = [set() for _ in range(parts)]
        self._next = itertools.count()
        self._step: int | None = None

    @contextmanager
    def joined(self, one: T) -> Iterator[None]:
        part = self._parts[next(self._next) % len(self._parts)]
        part.add(one)
        try:
            yield
        finally:
            part.discard(one)

    def due(self, now: float) -> list[T]:
        """Whose turn it has become since the last call; ``now`` in seconds of any steady clock. Whoever calls late gets
        all whose turns have passed, each once."""
        step, last = int(now / self.pause), self._step
        self._step = step
        passed = min(step - last, len(self._parts)) if last is not None else 1
        steps = range(step - passed + 1, step + 1)
        return [one for each in steps for one in self._parts[each % len(self._parts)]]


class Subscribers:
    """All open streams of the process."""

    def __init__(self) -> None:
        self._all: set[Subscriber] = set()
        self._about = defaultdict[UUID, set[Subscriber]](set)
        self._waiting = defaultdict[str, set[Subscriber]](set)
        self._desks = defaultdict[str, set[Subscriber]](set)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Subscriber]:
        return iter(tuple(self._all))

    def add(self, one: Subscriber) -> None:
        self._all.add(one)
        if one.consultation is not None:
            self._about[one.consultation].add(one)
        if one.clinic is not None:
            self.put_at(one, frozenset(each.digits for each in one.clinic.ydernumre))

    def remove(self, one: Subscriber) -> None:
        self._all.discard(one)
        self.put_at(one, frozenset())
        if one.consultation is not None:
            _take_out(self._about, one.consultation, one)

    def put_at(self, one: Subscriber, ydernumre: frozenset[str]) -> None:
        """She waits at these practices now, or shows their waiting rooms."""
        index = self._waiting if one.clinic is None else self._desks
        for left in one.ydernumre - ydernumre:
            _take_out(index, left, one)
        for come in ydernumre - one.ydernumre if one in self._all else ():
            index[come].add(one)
        one.ydernumre = ydernumre

    def practices(self) -> set[str]:
        """Where somebody waits."""
        return set(self._waiting)

    def waiting_at(self, ydernumre: Iterable[str]) -> set[Subscriber]:
        return {one for each in ydernumre for one in self._waiting.get(each, ())}

    def concerned(self, consultations: Iterable[UUID], moved: Iterable[str], touched: Iterable[str]) -> set[Subscriber]:
        """Pages of these consultations, of whoever waits where queues moved, and of clinics where anything happened."""
        about = {one for each in consultations for one in self._about.get(each, ())}
        desks = {one for each in touched for one in self._desks.get(each, ())}
        return about | desks | self.waiting_at(moved)


def _take_out(index: dict[T, set[Subscriber]], key: T, one: Subscriber) -> None:
    held = index.get(key)
    if held is not None:
        held.discard(one)
        if not held:
            del index[key]
