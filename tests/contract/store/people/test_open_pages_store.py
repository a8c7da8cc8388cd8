"""The sessions of many open pages, asked about together: no page is told more than it would be alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select

from gateway.domain.scope import SystemScope
from gateway.domain.session import SessionKind
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.people.sessions import SqlSessionStore
from gateway.store.people.tables import barring
from gateway.store.people.tables import session as table
from tests.contract.store.people.test_sessions_store import GRANT, NOW, TENANT, minutes, nurse

AT = minutes(40)


@pytest.fixture
def store(store_engine: Engine) -> SqlSessionStore:
    return SqlSessionStore(store_engine, Vault.generate())


def open_one_of_each(store: SqlSessionStore, engine: Engine) -> list[str]:
    """A session for each way in which one may stand 40 minutes later."""
    mine, barred = nurse(), replace(nurse(), person="barred", grant=replace(GRANT, subject="barred"))
    every = {
        "used": nurse(),
        "idle": nurse(),
        "with-a-citizen": nurse(citizen_consultation=uuid4()),
        "expired": nurse(expires_at=AT, citizen_consultation=uuid4()),
        "asleep": nurse(suspended=True, citizen_consultation=uuid4()),
        "at-a-clinic": nurse(kind=SessionKind.CLINIC, tenant=None, clinic=uuid4(), idle_minutes=600),
        "ended": mine,
        "barred": barred,
    }
    for token, session in every.items():
        store.open(session, token)
    store.read("used", minutes(29))
    store.end(mine.id)
    with transaction(engine, SystemScope()) as connection:
        connection.execute(barring.insert().values(person="barred", tenant=TENANT, barred_at=NOW))
    return [*every, "never-opened"]


def test_each_opens_what_it_opens_alone_and_one_that_sleeps_opens_no_page(
    store: SqlSessionStore, store_engine: Engine
) -> None:
    tokens = open_one_of_each(store, store_engine)
    kinds, due = store.of_open_pages(tokens, AT)
    alone = {token: store.read(token, AT) for token in tokens}
    assert kinds == {token: one.kind for token, one in alone.items() if one is not None and not one.suspended}
    assert set(kinds) == {"used", "with-a-citizen", "at-a-clinic"}, "otherwise this shows little"
    assert set(due) == {one.id for token, one in alone.items() if one is not None and token in kinds}
    assert store.of_open_pages([], AT) == ({}, [])


def test_being_asked_about_is_use_once_a_minute(store: SqlSessionStore, store_engine: Engine) -> None:
    for token in ("one", "other"):
        store.open(nurse(), token)
    assert store.of_open_pages(["one", "other"], NOW + timedelta(seconds=59))[1] == []
    _, due = store.of_open_pages(["one"], minutes(1))
    store.touch(due, minutes(1))
    store.touch([], minutes(2))
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        assert sorted(connection.execute(select(table.c.seen_at)).scalars()) == [NOW, minutes(1)]
    assert store.read("one", minutes(30)) is not None
    assert store.read("other", minutes(30)) is None
