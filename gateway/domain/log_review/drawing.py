"""Which looks of a month are drawn for review: some at random, and some by rules of risk. Pure.

Chance is a keyed hash of the row's number: whoever holds the key draws the same rows again, and nobody can choose them.
Two rules of the requirement cannot be decided from what is held: whether the citizen is a colleague or has the same
surname (names are erased with the texts, and only keyed hashes stay), and who was on duty (no roster is held: hours of
the organisation stand in for it).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from heapq import nsmallest
from uuid import UUID

from gateway.domain.people import ActorKind
from gateway.domain.practice import COPENHAGEN, Span, danish_day

MOST_CITIZENS = 30  # that one person looks at in a day before it is looked into
OF_A_RULE = 10  # of what a rule finds, so many are drawn; the number found is said
ITS_OWN = frozenset({ActorKind.EMPLOYEE, ActorKind.ADMIN})  # an organisation reviews its own people's looks


class Rule(StrEnum):
    """Why a row is in the sample."""

    RANDOM = "random"
    NO_RELATION = "no-relation"  # at a consultation that was never hers, of a workplace she has no list of
    PROTECTED = "protected"  # the citizen's name and address are protected
    OUT_OF_HOURS = "out-of-hours"
    MANY = "many"  # more than ``MOST_CITIZENS`` citizens on one day
    ALONE = "alone"  # done by one person in an emergency where two are asked for


@dataclass(frozen=True, slots=True)
class Look:
    """A row of the trail, without the name in it."""

    seq: int
    at: datetime
    verb: str
    what: str
    consultation: UUID | None
    citizen: bytes | None = field(repr=False)
    kind: ActorKind
    person: str

    @property
    def is_look(self) -> bool:
        return self.verb == "read" and self.citizen is not None and self.kind in ITS_OWN

    @property
    def is_alone(self) -> bool:
        """Also as it was written before the command's own name stood there: ``connections activate-alone``."""
        act, about = self.what.split(" ")[1:2], self.what.split(" ")[2:3]
        return about == ["alone:"] or any(each.endswith("-alone") for each in act)


@dataclass(frozen=True, slots=True)
class Known:
    """What is held of the consultations that were looked at: whose each was, and who has its workplace's list."""

    near: Mapping[UUID, frozenset[str]] = field(default_factory=dict)
    protected: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Terms:
    """``size``: how many at random. ``hours``: of an ordinary day; looks outside them are out of hours."""

    size: int
    hours: Span
    rank: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Sample:
    """``rules`` by the row's number, in the trail's order; ``found``: how many rows each rule found, before some of
    them were drawn. ``found`` of RANDOM: all looks of the month."""

    rules: Mapping[int, tuple[Rule, ...]]
    found: Mapping[Rule, int]


def draw(rows: Sequence[Look], known: Known, terms: Terms) -> Sample:
    looks = [row for row in rows if row.is_look]
    by_rule: dict[Rule, Sequence[Look]] = {
        Rule.RANDOM: looks,
        Rule.NO_RELATION: [each for each in looks if _has_no_relation(each, known)],
        Rule.PROTECTED: [each for each in looks if each.consultation in known.protected],
        Rule.OUT_OF_HOURS: [each for each in looks if not _is_within(each.at, terms.hours)],
        Rule.MANY: _of_busy_days(looks),
        Rule.ALONE: [row for row in rows if row.is_alone],
    }
    drawn: dict[int, list[Rule]] = defaultdict(list)
    for rule, found in by_rule.items():
        most = {Rule.RANDOM: terms.size, Rule.ALONE: len(found)}.get(rule, OF_A_RULE)
        for seq in nsmallest(most, (each.seq for each in found), key=terms.rank):
            drawn[seq].append(rule)
    rules = {seq: tuple(drawn[seq]) for seq in sorted(drawn)}
    return Sample(rules, {rule: len(found) for rule, found in by_rule.items()})


def _has_no_relation(look: Look, known: Known) -> bool:
    """Administrators look by their task, not by a workplace."""
    if look.kind is not ActorKind.EMPLOYEE or look.consultation is None:
        return False
    return look.person not in known.near.get(look.consultation, frozenset())


def _is_within(at: datetime, hours: Span) -> bool:
    return hours.opens <= at.astimezone(COPENHAGEN).time() < hours.closes


def _of_busy_days(looks: Iterable[Look]) -> Sequence[Look]:
    """One look, the first, of each citizen that was too many on her day."""
    days: dict[tuple[str, date], dict[bytes, Look]] = defaultdict(dict)
    for each in looks:
        days[each.person, danish_day(each.at)].setdefault(each.citizen or b"", each)
    return [look for day in days.values() for look in list(day.values())[MOST_CITIZENS:]]
