"""The verdict over a storm: what was acknowledged, held against what the peers themselves hold.

*Lost*: acknowledged, and not there. *Doubled*: there more than once. *Stuck*: given up although all troubles were
passing ones. *Unsettled*: still owed long after the last trouble. *Overdue*: a state past its clock that nobody ended.
*Untrue*: we say filed, the record has nothing; or the practice still shows as waiting what has ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Engine, func, select

from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables import consultation
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.engine import db_now, transaction
from tests.storm.courses import Course

Journal = Mapping[str, Mapping[str, Sequence[str]]]  # key → kind → status of each
ENDED = frozenset(("cancelled", "completed", "failed", "rejected"))
CLOCK_GRACE = timedelta(seconds=30)


@dataclass
class Verdict:
    """Names of what went wrong, by how; all empty is a storm that was weathered."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    overdue: list[str] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, list[str]]:
        return {name: found for name, found in vars(self).items() if found}


@dataclass(frozen=True)
class Debts:
    """What our own rows say when all is over."""

    stuck: Sequence[str]
    due: Sequence[str]
    overdue: Sequence[str]
    filed: frozenset[str]  # consultations whose note's row is done


def debts_of(engine: Engine, only: Collection[str] | None = None) -> Debts:
    """``only``: of these consultations."""
    d, c = delivery.c, consultation.c
    with transaction(engine, SystemScope(), read_only=True) as connection:
        rows = connection.execute(select(d.consultation, d.kind, d.status, d.fault, d.attempts)).all()
        rows = [row for row in rows if only is None or str(row.consultation) in only]
        late = db_now(connection) - CLOCK_GRACE
        late_ones = connection.execute(select(c.id, c.status).where(c.deadline_at < late)).all()
        overdue = [row for row in late_ones if only is None or str(row.id) in only]
    named = [(row.status, f"{row.consultation} {row.kind} after {row.attempts}: {row.fault}") for row in rows]
    return Debts(
        stuck=[name for status, name in named if status == "stuck"],
        due=[name for status, name in named if status == "due"],
        overdue=[f"{row.id} {row.status}" for row in overdue],
        filed=frozenset(str(row.consultation) for row in rows if row.kind == "note" and row.status == "done"),
    )


def count_due(engine: Engine) -> int:
    with transaction(engine, SystemScope(), read_only=True) as connection:
        query = select(func.count()).select_from(delivery).where(delivery.c.status == "due")
        return int(connection.execute(query).scalar_one())


def judge(courses: Iterable[Course], practice: Journal, record: Journal, debts: Debts) -> Verdict:
    """``practice`` and ``record``: the journals of the two peers."""
    verdict = Verdict(stuck=list(debts.stuck), unsettled=list(debts.due), overdue=list(debts.overdue))
    for course in courses:
        _judge_entry(course, practice, verdict)
        _judge_filed(course, "DocumentReference", record, verdict)
        _judge_filed(course, "Encounter", record, verdict)
        if course.id in debts.filed and not record.get(course.mark, {}).get("DocumentReference"):
            verdict.untrue.append(f"{course.mark} note said to be filed")
    return verdict


def _judge_entry(course: Course, practice: Journal, verdict: Verdict) -> None:
    known = practice.get(course.entry, {}).get("Task", ()) if course.entry else ()
    marked = practice.get(course.mark, {}).get("Task", ())
    if "place" in course.acknowledged and not known:
        verdict.lost.append(f"{course.mark} entry")
    if max(len(known), len(marked)) > 1:
        verdict.doubled.append(f"{course.mark} entry x{max(len(known), len(marked))}")
    ended = {"hold-by-phone", "withdraw"} & set(course.acknowledged)
    if ended and any(status not in ENDED for status in known):
        verdict.untrue.append(f"{course.mark} entry still {' '.join(known)}")


def _judge_filed(course: Course, kind: str, record: Journal, verdict: Verdict) -> None:
    found = record.get(course.mark, {}).get(kind, ())
    if "approve-note" in course.acknowledged and not found:
        verdict.lost.append(f"{course.mark} {kind}")
    if len(found) > 1:
        verdict.doubled.append(f"{course.mark} {kind} x{len(found)}")
