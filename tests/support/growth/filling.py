"""A database after long use: a constant number of consultations a day, for as many days as the count needs.

A tenth of everything is one nurse's, at one workplace and one practice, and half of it is one municipality's, so that
a statement that reads all of somebody's history is seen. What nobody has seen to (a note that did not come through,
one that lacks the doctor's name) stays a share of the whole, but fills a page of the one nurse's and workplace's lists,
and a pass of the erasure, at every size; how many are open is the same at every size.

The newest ``ONE_BY_ONE`` are sealed each for itself, and so is everything that still has its text. Of the rest, whose
texts are erased, five thousand at a time are one block's (multiplying.py).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta
from itertools import chain, islice
from uuid import UUID, uuid4

from sqlalchemy import Engine, Table, func, select, text, update

from gateway.domain.consultation import opening
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.peers.delivery import Outcome, Receipt
from gateway.domain.peers.letter import Letter, LetterKind
from gateway.domain.peers.subscription import Subscription, SubscriptionStatus
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables import breach
from gateway.store.consultation.tables import consultation as root
from gateway.store.ground.engine import at_leisure, db_now, transaction
from gateway.store.ground.upsert import insert_new, upsert
from gateway.store.peers import tables as peer_tables
from gateway.store.people.tables_organisations import tenant
from gateway.store.register import register_imports
from gateway.store.watch.tables import difference
from gateway.web.nurse.workplace import PAGE
from gateway.wiring import Gateway
from tests.support.growth.beside import Makers, digits, filled_beside
from tests.support.growth.history import Lived, Owner, Row, tables_of_consultations, without_indexes, write
from tests.support.growth.multiplying import Block
from tests.unit.web.acts import exercises
from tests.unit.web.acts.stage import Stage
from tests.unit.web.nurse_world import OWN, STATION, TENANT

A_DAY = 50  # consultations
MAIN = 0.1  # share of the one nurse, workplace and practice
OPEN = 100
KEPT = timedelta(days=30)  # texts after closing
BATCH = 2000
SHUFFLED = 20_000  # consultations among which the order of the rows is left to chance
ONE_BY_ONE, BLOCK = 12_000, 5_000
MANY = 50_000  # from so many on the indexes are made afterwards
FEWER = 4  # consultations to each row of a table that names none
# Share of each course among the closed ones.
COURSES = {"filed": 0.92, "abandoned": 0.04, "stuck": 0.02, "nameless": 0.01, "to retract": 0.01}
ERASED_IN_TIME = ("filed", "abandoned")
KEEPING = {course: share for course, share in COURSES.items() if course not in ERASED_IN_TIME}
Course = tuple[Lived, Owner, datetime]  # what was lived, whose this one is, when it began


class Filling:
    """Lives each course once on the stage, then writes copies."""

    def __init__(self, stage: Stage, writer: Engine | None = None, seed: int = 1) -> None:
        """``writer``: an engine that row-level security does not hold, where the database has any: COPY needs it."""
        self._writer = writer or stage.gateway.engine
        self._stage, self._dice = stage, random.Random(seed)
        self.gateway: Gateway = stage.gateway
        self.now = self.gateway.clock.now()
        self._tenants = [self._organisation(number) for number in range(20)]
        self._main = Owner(TENANT, stage.nurse.session.person, STATION["workplace"], str(OWN), "eoj-nexus")
        self._lived = self._live()
        self._open = [self._as_it_stands(stage.at(state)) for state in ("draft", "waiting", "talk")]
        self.stored = 0
        self.as_lived: Counter[str] = Counter()  # rows by table, had the gateway itself written all that is stored
        self._block: tuple[Block, int, list[Lived]] | None = None
        self._others = [self._owner(n) for n in range(400)]
        self._makers = Makers(self._others, self.now, self._furnished(), self.gateway.engine.dialect.name == "sqlite")

    def grow_to(self, count: int) -> None:
        """``count`` consultations in all; the days before those that are there already."""
        with without_indexes(self._writer) if count - self.stored >= MANY else nullcontext():
            self._consultations_to(count)
            for start in range(self.stored, count, SHUFFLED):
                self._beside(start, min(count, start + SHUFFLED))
        self.stored = count
        self._gather_statistics()

    def _consultations_to(self, count: int) -> None:
        first = [] if self.stored else [*self._opened(), *self._unseen()]
        blocks = max(0, count - max(self.stored, ONE_BY_ONE)) // BLOCK
        end = count - blocks * BLOCK
        todo = chain(first, self._closed(self.stored, end - len(first)))
        while courses := list(islice(todo, SHUFFLED)):
            self._write_shuffled(courses)
        for start in range(end, count, BLOCK):
            self._write_block(start)

    def _write_shuffled(self, courses: list[Course]) -> None:
        self._dice.shuffle(courses)  # what a list shows does not lie side by side in the database's pages
        for start in range(0, len(courses), BATCH):
            self._write_courses(courses[start : start + BATCH])

    def _write_block(self, start: int) -> None:
        """Those from ``start`` on: what is erased is the first block's, what is not is written one by one."""
        if self._block is None:
            self._block = self._first_block(start)
            return
        block, begun, erased = self._block
        rest = [self._keeping(start + self._dice.randrange(BLOCK)) for _ in range(BLOCK - len(erased))]
        self._write_shuffled(rest)
        with at_leisure(self._writer) as connection:
            block.write_copy(connection, (start - begun) // A_DAY, self._dice)
        for lived in erased:
            self.as_lived.update(lived.written)

    def _first_block(self, start: int) -> tuple[Block, int, list[Lived]]:
        """With where it begins, and what was lived of each of its consultations."""
        courses = list(self._closed(start, start + BLOCK))
        erased = [each for each in courses if each[0].erased]
        self._write_shuffled([each for each in courses if not each[0].erased])
        self._dice.shuffle(erased)
        rows = self._rows(erased)
        self._write(rows)
        return Block(rows, sqlite=self.gateway.engine.dialect.name == "sqlite"), start, [each[0] for each in erased]

    def _write_courses(self, courses: list[Course]) -> None:
        self._write(self._rows(courses))

    def _rows(self, courses: list[Course]) -> list[tuple[Table, Row]]:
        for lived, _owner, _begun in courses:
            self.as_lived.update(lived.written)
        return [row for lived, owner, begun in courses for row in lived.copy(owner, begun, self._dice)]

    def _keeping(self, number: int) -> Course:
        course = self._dice.choices(list(KEEPING), list(KEEPING.values()))[0]
        return self._lived[course], self._whose(), self._begun(number)

    def _begun(self, number: int) -> datetime:
        return self.now - timedelta(days=(number + 1) / A_DAY)

    def _closed(self, start: int, end: int) -> Iterator[Course]:
        for number in range(start, end):
            begun = self._begun(number)
            course = self._dice.choices(list(COURSES), list(COURSES.values()))[0]
            gone = self.now - begun > KEPT and course in ERASED_IN_TIME
            yield self._lived[f"{course}, erased" if gone else course], self._whose(), begun

    def _opened(self) -> Iterator[Course]:
        for number in range(OPEN):
            owner = self._main if number < OPEN * MAIN / 2 else self._others[number % len(self._others)]
            yield self._open[number % len(self._open)], owner, self.now - timedelta(minutes=number % 7)

    def _unseen(self) -> Iterator[Course]:
        for number in range(PAGE + 1):
            yield self._lived["stuck"], self._main, self.now - KEPT - timedelta(days=number + 1)

    def _whose(self) -> Owner:
        return self._main if self._dice.random() < MAIN else self._dice.choice(self._others)

    def _owner(self, number: int) -> Owner:
        """Every other one works for the main municipality."""
        whose = TENANT if number % 2 else self._tenants[number // 2 % len(self._tenants)]
        workplace = f"Arbejdssted {number % 100}"
        return Owner(whose, f"employee-{number}", workplace, digits(number % 200), f"eoj-{number % 20}")

    def _organisation(self, number: int) -> UUID:
        id = a_tenant(number)
        values = {"id": id, "cvr": f"{number:08}", "name": f"Kommune {number}", "type": "municipality", "settings": {}}
        with transaction(self.gateway.engine, SystemScope()) as connection:
            upsert(connection, tenant, values | {"kommunekode": f"{number:04}", "synthetic": True})
        return id

    def _live(self) -> dict[str, Lived]:
        """Each course, as it stands now and, for those that are erased in time, as it is afterwards."""
        s, lived = self._stage, {}
        for course in COURSES:
            made = {
                "filed": lambda: self._filed(s, Outcome.DONE),
                "stuck": lambda: self._filed(s, Outcome.REFUSED),
                "abandoned": lambda: s.world.does(s.at("draft"), lambda c: opening.abandon(c, s.now, SYSTEM)),
                "nameless": lambda: exercises.nameless(s),
                "to retract": lambda: self._to_retract(s),
            }[course]()
            self._settle_all(Outcome.REFUSED if course == "stuck" else Outcome.DONE)
            self._leave_traces(made)
            lived[course] = self._as_it_stands(made)
            if course in ERASED_IN_TIME:
                self._erase(made.id)
                lived[f"{course}, erased"] = self._as_it_stands(made)
        return lived

    def _leave_traces(self, consultation: Consultation) -> None:
        """What a course may leave beside it: an open page, a letter, a picture, a breach to be reported."""
        g, now = self.gateway, self.now
        g.presence.seen([consultation.id], now - timedelta(minutes=30))
        parent = {"tenant": consultation.tenant, "consultation": consultation.id}
        for entry in consultation.entries:
            g.letters.keep("venteværelse", Letter(uuid4(), entry.id, LetterKind.ANNOUNCED, now, uuid4(), "text"))
            seen = parent | {"entry": entry.id, "at": now, "kind": "wrong-citizen", "ydernummer": str(OWN)}
            with transaction(g.engine, SystemScope()) as connection:
                insert_new(connection, breach, seen)
        with transaction(g.engine, SystemScope()) as connection:
            g.stills.putting(consultation.id, uuid4(), now, b"a picture")(connection)
        for row in g.store.deliveries_of(SystemScope(), consultation.id):
            found = {"delivery": row.id, "connection": row.connection, "what": "", "found_at": now, "settled_at": now}
            with transaction(g.engine, SystemScope()) as connection:
                insert_new(connection, difference, parent | found)

    def _filed(self, stage: Stage, _outcome: Outcome) -> Consultation:
        c = stage.at("review")
        answer = stage.nurse.send(f"/api/v1/consultations/{c.id}/approve", {"text": "Aftalt", **exercises.PERSON})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return c

    def _to_retract(self, stage: Stage) -> Consultation:
        c = self._filed(stage, Outcome.DONE)
        with transaction(self.gateway.engine, SystemScope()) as connection:
            asks = update(root).where(root.c.id == c.id).values(asks_person=True, keeps_text=True, undone=True)
            connection.execute(asks)
        return c

    def _settle_all(self, outcome: Outcome) -> None:
        outbox = self.gateway.outbox
        while (mine := outbox.claim(timedelta(minutes=1))) is not None:
            fault = "" if outcome is Outcome.DONE else "record-locked"
            receipt = None if fault else Receipt(uuid4().hex)
            outbox.settle(mine, outcome, pause=timedelta(0), receipt=receipt, fault=fault)

    def _erase(self, id: UUID) -> None:
        with transaction(self.gateway.engine, SystemScope()) as connection:
            long_ago = db_now(connection) - timedelta(days=1)
            connection.execute(update(root).where(root.c.id == id).values(erase_after=long_ago))
        assert self.gateway.erasure.erase_texts() == 1

    def _as_it_stands(self, consultation: Consultation) -> Lived:
        return Lived(self.gateway, consultation.id, self._main)

    def _beside(self, start: int, end: int) -> None:
        rows: list[tuple[Table, Row]] = []
        for table in filled_beside():
            rows += self._makers.rows(table, start // FEWER, end // FEWER)
        self._write(rows)

    def _write(self, rows: list[tuple[Table, Row]]) -> None:
        with at_leisure(self._writer) as connection:
            write(connection, rows)

    def _furnished(self) -> UUID:
        """Connected systems, one import of SOR and of the insured in force, and a system that subscribes; its id."""
        book, now = self.gateway.subscriptions, self.now
        wanted = Subscription(
            UUID(int=7), "venteværelse", SubscriptionStatus.REQUESTED, "http://127.0.0.1:1/", (), 60, 5, 10, True, now
        )
        book.add(wanted)
        with transaction(self.gateway.engine, SystemScope()) as connection:
            for number in range(20):
                system = {"name": f"gp-{number}", "kind": "gp_system", "created_at": now}
                insert_new(connection, peer_tables.connection, system)
            for register in ("sor", "sikrede"):
                values = {"layout": register, "as_of": now.date(), "imported_at": now, "slot": "a"}
                new = register_imports.begin(connection, register, None, values)
                register_imports.activate(connection, register, new, {"total": 1}, "test", now)
        return wanted.id

    def counted(self) -> Counter[str]:
        """The rows that are there, of each table that names a consultation."""
        with at_leisure(self._writer) as connection:
            tables = tables_of_consultations()
            return Counter(
                {t.name: connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables}
            )

    def _gather_statistics(self) -> None:
        """What PostgreSQL's autovacuum does by itself; on SQLite the gateway runs without statistics."""
        if self.gateway.engine.dialect.name == "postgresql":
            with self.gateway.engine.connect() as connection:
                connection.execute(text("SET statement_timeout = 0"))
                connection.execute(text("ANALYZE"))
                connection.commit()


def a_tenant(number: int) -> UUID:
    """One of the other organisations."""
    return UUID(int=0x7 << 76 | 0b10 << 62 | number)
