"""Many practices read in one look are told as each is alone, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

from sqlalchemy import Engine

from gateway.domain.identifiers import Ydernummer
from gateway.domain.people import SYSTEM
from gateway.domain.practice import Attended
from gateway.masterdata.layouts import opened_sor
from gateway.store.peers.connections import SqlConnectionBook
from gateway.store.practice.practices import SqlPracticeBook
from gateway.store.register.sor import SqlSorDirectory
from tests.contract.store.practice.test_practices_store import DAYTIME, NOW
from tests.contract.store.practice.test_routing import IN_SOR, connect
from tests.unit.masterdata.sor_files import practice, tree

NAMED, PAUSED, RESTING, LOOKED, INVENTED, AWAY, UNKNOWN = (Ydernummer(f"03483{n}") for n in range(7))
ALL = [NAMED, PAUSED, RESTING, LOOKED, INVENTED, AWAY, UNKNOWN, IN_SOR]


def arrange(engine: Engine, book: SqlPracticeBook) -> None:
    SqlSorDirectory(engine, opened_sor).import_file(BytesIO(tree(practice(), "2026-02-01")), "anna", NOW)
    unit = SqlSorDirectory(engine, opened_sor).unit_of(IN_SOR, NOW.date())
    connect(engine, "rest", {"default": True})
    connect(engine, "supplied", {"supplier": [unit.supplier] if unit else []})
    connect(engine, "invented", {"default": True}, synthetic=True)
    for name in ("silent", "asleep"):
        connect(engine, name)
    book.set_routes(NAMED, ["silent"])
    book.set_routes(PAUSED, ["silent", "rest"])
    book.set_routes(RESTING, ["asleep"])
    SqlConnectionBook(engine).pause("asleep", "bo", "planned", NOW)
    book.note_failure("silent", "connecting", NOW)
    book.note_failure("supplied", "connecting", NOW)
    book.set_hours(NAMED, DAYTIME, SYSTEM, NOW)
    book.set_hours(PAUSED, replace(DAYTIME, paused_until=NOW + timedelta(hours=1)), SYSTEM, NOW)
    book.set_direct_phone(PAUSED, "99001122", SYSTEM, NOW)
    book.set_profile(INVENTED, synthetic=True, at=NOW)
    for each in (NAMED, IN_SOR, AWAY):
        book.substitute(AWAY, each, NOW.date(), None, "anna", NOW)
    book.attend_each({(uuid4(), LOOKED), (uuid4(), LOOKED), (uuid4(), RESTING)}, NOW)
    book.attend(uuid4(), [NAMED], NOW - timedelta(minutes=1))


def test_each_is_told_as_it_is_alone(store_engine: Engine) -> None:
    book = SqlPracticeBook(store_engine)
    arrange(store_engine, book)
    many = book.states(ALL, NOW)
    assert many == {each: book.state(each, NOW) for each in ALL}
    said = {(s.connected, s.reachable, s.open, s.attended) for s in many.values()}
    assert len(said) >= 4 and many[LOOKED].attended is Attended.YES, "otherwise this shows little"
    assert many[AWAY].substitutes and not many[IN_SOR].reachable
    assert book.states([], NOW) == {}
