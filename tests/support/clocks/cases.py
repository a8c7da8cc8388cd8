"""Which cases of a parametrised test run under a shifted clock: another choice each day, so that all are met in time.

Of a test with one parameter one case is taken; of a test with several parameters (each promise by each adapter) as
many as it takes to meet each value of each parameter once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32


@dataclass(frozen=True)
class Case:
    """One test as pytest collected it. ``values``: each parameter with what tells its values apart."""

    id: str
    function: str
    values: tuple[tuple[str, str], ...] = ()


def chosen(cases: Iterable[Case], turn: int) -> frozenset[str]:
    """Ids of the cases that run in this turn; the same for every process that collects the same cases."""
    functions: dict[str, list[Case]] = {}
    for case in cases:
        functions.setdefault(case.function, []).append(case)
    return frozenset(id for of_one in functions.values() for id in _chosen_of_one(of_one, turn))


def _chosen_of_one(cases: Sequence[Case], turn: int) -> Iterable[str]:
    met: set[tuple[str, str]] = set()
    for case in sorted(cases, key=lambda each: (crc32(f"{turn} {each.id}".encode()), each.id)):
        if not met or (len(case.values) > 1 and set(case.values) - met):
            met |= set(case.values) or {(case.id, "")}
            yield case.id
