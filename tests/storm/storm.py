"""One storm: many consultations at once while the plan's blows fall; then calm, and the judge."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from gateway.store.ground.engine import open_engine
from gateway.store.ground.faults import DatabaseFault
from tests.storm.blows import Striker, Struck
from tests.storm.courses import Course, Diverted, NeverAnswered, Nurse, drawn
from tests.storm.grounds import Grounds, Setting, marked_citizens, opened
from tests.storm.judge import Verdict, count_due, debts_of, judge
from tests.storm.plan import Blow, planned

AT_ONCE = 12
SETTLED_WITHIN = 180.0


@dataclass
class Report:
    """What happened in one storm."""

    setting: Setting
    asked: int
    struck: list[Struck] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)
    never: list[str] = field(default_factory=list)  # acts that were not acknowledged in time
    answers: Counter[str] = field(default_factory=Counter)  # why acts were repeated
    peers: Counter[str] = field(default_factory=Counter)  # faults of the peers, by interaction and mode
    missing: dict[str, str] = field(default_factory=dict)
    verdict: Verdict = field(default_factory=Verdict)
    seconds: float = 0.0
    settled_after: float = 0.0

    @property
    def seen(self) -> int:
        return sum(each.seen for each in self.struck)

    @property
    def acknowledged(self) -> Counter[str]:
        return Counter(verb for course in self.courses for verb in course.acknowledged)

    def lines(self) -> list[str]:
        """For people: the seed first, since it repeats the plan."""
        s = self.setting
        kinds = Counter(each.blow.kind for each in self.struck if each.seen)
        return [
            f"storm seed={s.seed} database={s.database} careless={','.join(sorted(s.careless)) or 'none'}",
            f"  {len(self.courses)} consultations in {self.seconds:.0f} s, settled {self.settled_after:.0f} s later; "
            f"acknowledged: {dict(self.acknowledged)}",
            f"  {self.seen} of {self.asked} faults struck: {dict(kinds)}; left out: {self.missing or 'none'}",
            f"  {sum(self.peers.values())} faults of the peers",
            f"  repeated acts: {sum(self.answers.values())}; never acknowledged: {self.never or 'none'}; "
            f"diverted: {[c.diverted for c in self.courses if c.diverted] or 'none'}",
            f"  verdict: {self.verdict.faults or 'nothing lost, doubled, stuck, unsettled, overdue or untrue'}",
        ]


def storm(folder: Path, setting: Setting, faults: int, at_once: int = AT_ONCE) -> Report:
    """Raise it, let it pass, judge it."""
    report = Report(setting, faults)
    with opened(folder, setting) as grounds:
        report.missing = dict(grounds.missing)
        blows = planned(setting.seed, setting.consultations, faults, left_out=list(grounds.missing))
        began = time.monotonic()
        _rage(grounds, blows, report, at_once)
        report.seconds = time.monotonic() - began
        report.peers = _peers_faults(grounds)
        grounds.calm_peers()
        _settle(grounds, report)
    return report


def _rage(grounds: Grounds, blows: Sequence[Blow], report: Report, at_once: int) -> None:
    """Everybody at once; the blows fall one after the other, each when so many consultations have begun."""
    setting = grounds.setting
    report.courses = drawn(setting.seed, setting.consultations)
    waiting: queue.SimpleQueue[Course] = queue.SimpleQueue()
    for course in report.courses:
        waiting.put(course)
    people = [threading.Thread(target=_work, args=(grounds, waiting, report), daemon=True) for _ in range(at_once)]
    for person in people:
        person.start()
    striker = Striker(grounds)
    report.struck = striker.struck
    for blow in blows:
        while setting.consultations - waiting.qsize() < blow.after and any(p.is_alive() for p in people):
            time.sleep(0.05)
        striker.strike(blow)
    for person in people:
        person.join()


def _work(grounds: Grounds, waiting: queue.SimpleQueue[Course], report: Report) -> None:
    nurse = Nurse(grounds, marked_citizens(grounds.setting).citizens)
    while True:
        try:
            course = waiting.get_nowait()
        except queue.Empty:
            break
        try:
            nurse.run(course)
        except Diverted:
            pass
        except NeverAnswered as fault:
            report.never.append(f"{course.mark} {' '.join(map(str, fault.args))}")
    report.answers.update(nurse.answers)
    nurse.close()


def _peers_faults(grounds: Grounds) -> Counter[str]:
    return Counter(
        {
            f"{peer} {name}": count
            for peer in ("eoj", "gp")
            for name, count in grounds.told(peer, "_sim/log")["faults"].items()
        }
    )


def _settle(grounds: Grounds, report: Report) -> None:
    """Wait until nothing is owed, at most ``SETTLED_WITHIN``; then ask both peers what they hold.

    Where the database follows the host's clock (SQLite), what was written while that stood ahead is due by that clock
    only: so the time until then is let pass, by the clock."""
    engine = open_engine(grounds.database.url)
    began = time.monotonic()
    ahead = max((each.blow.step for each in report.struck), default=0)
    if ahead > 0 and grounds.clock is not None:
        grounds.clock.step(ahead)
    grounds.database.start()
    while _still_owed(engine) and time.monotonic() - began < SETTLED_WITHIN:
        time.sleep(0.5)
    report.settled_after = time.monotonic() - began
    practice, record = grounds.told("gp", "_storm/journal"), grounds.told("eoj", "_storm/journal")
    report.verdict = judge(report.courses, practice, record, debts_of(engine))
    engine.dispose()


def _still_owed(engine: Engine) -> bool:
    try:
        return bool(count_due(engine))
    except DatabaseFault:
        return True
