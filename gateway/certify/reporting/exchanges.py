"""Requests and answers of one promise as a report may show them: no secret, no number, and nobody's name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from adapters.wire.overhearing import Said, overhearing
from adapters.wire.trial.shown import hiding, shown

MOST = 12  # exchanges of one promise that are shown


@dataclass(frozen=True, slots=True)
class Exchange:
    """``request`` and ``answer`` as text: first line, fields, an empty line and the body."""

    request: str
    answer: str


class Exchanges:
    """Those of the promise that is tried; ``persons``: names and numbers that are hidden wherever they stand."""

    def __init__(self, persons: Iterable[str]) -> None:
        self._words = hiding(persons)
        self._kept: list[Exchange] = []
        self._more = 0

    @contextmanager
    def heard(self) -> Iterator[None]:
        with overhearing(self._hear):
            yield

    def _hear(self, request: Said, answer: Said) -> None:
        if len(self._kept) >= MOST:
            self._more += 1
            return
        self._kept.append(Exchange(shown(request, self._words), shown(answer, self._words)))

    def taken(self) -> tuple[Sequence[Exchange], int]:
        """Since the last time, and how many more there were."""
        kept, more = tuple(self._kept), self._more
        self._kept, self._more = [], 0
        return kept, more


def persons_of(bench: Any, others: Iterable[str]) -> list[str]:
    """Everybody a bench's test data names, and each part of a name by itself: HL7 writes the family name first."""
    citizen = getattr(bench, "citizen", None)
    names = [*others, *([citizen.name] if citizen else [])]
    return [*names, *(part for name in names for part in name.split() if len(part) > 2)]
