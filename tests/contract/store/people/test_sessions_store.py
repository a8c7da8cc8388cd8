"""A session is a row: it ends by idleness, by its limit, by hand, and never in the middle of a talk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select, update

from gateway.domain.errors import NotFound
from gateway.domain.scope import SystemScope
from gateway.domain.session import Grant, Session, SessionKind
from gateway.store.ground.crypto import Unreadable, Vault
from gateway.store.ground.engine import transaction
from gateway.store.people.sessions import SqlSessionStore
from gateway.store.people.tables import session as table

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
TENANT = UUID("00000000-0000-7000-8000-000000000001")
GRANT = Grant("sub-canary", "Canary Name", "nurse", "Fjord", True, "fjord-oidc", "AUT-CANARY")


@pytest.fixture
def store(store_engine: Engine) -> SqlSessionStore:
    return SqlSessionStore(store_engine, Vault.generate())


def nurse(**changed: object) -> Session:
    session = Session(
        id=uuid4(),
        kind=SessionKind.EMPLOYEE,
        person="employee-1",
        grant=GRANT,
        tenant=TENANT,
        clinic=None,
        created_at=NOW,
        expires_at=NOW + timedelta(hours=8),
        csrf="csrf-canary",
        id_token="id-token-canary",
    )
    return replace(session, **changed)  # type: ignore[arg-type]


def minutes(number: float) -> datetime:
    return NOW + timedelta(minutes=number)


def test_a_session_is_read_by_its_token_as_it_was_opened(store: SqlSessionStore) -> None:
    clinic = nurse(kind=SessionKind.CLINIC, tenant=None, clinic=uuid4(), suspended=True, idle_minutes=600)
    for session, token in ((nurse(), "t1"), (clinic, "t2")):
        store.open(session, token)
        assert store.read(token, NOW) == session
    assert store.read("t3", NOW) is None
    assert store.read("", NOW) is None


def test_idleness_ends_it_and_use_keeps_it(store: SqlSessionStore) -> None:
    store.open(nurse(), "used")
    store.open(nurse(), "idle")
    assert store.read("used", minutes(29)) is not None
    assert store.read("used", minutes(58)) is not None
    assert store.read("idle", minutes(30)) is None


def test_a_citizens_context_suspends_idleness_but_not_the_limit(store: SqlSessionStore) -> None:
    session = nurse(citizen_consultation=uuid4())
    store.open(session, "token")
    assert store.read("token", minutes(179)) is not None
    store.amend(replace(session, citizen_consultation=None))
    assert store.read("token", minutes(200)) is not None
    assert store.read("token", minutes(479)) is None
    store.amend(session)
    assert store.read("token", minutes(479)) is not None
    assert store.read("token", minutes(480)) is None


def test_the_row_is_touched_at_most_once_a_minute(store: SqlSessionStore, store_engine: Engine) -> None:
    def seen_at() -> datetime:
        with transaction(store_engine, SystemScope(), read_only=True) as connection:
            moment: datetime = connection.execute(select(table.c.seen_at)).scalar_one()
        return moment

    store.open(nurse(), "token")
    store.read("token", NOW + timedelta(seconds=59))
    assert seen_at() == NOW
    store.read("token", NOW + timedelta(seconds=60))
    assert seen_at() == minutes(1)


def test_an_amended_session_keeps_its_token(store: SqlSessionStore) -> None:
    session = nurse()
    store.open(session, "token")
    amended = replace(session, citizen_consultation=uuid4(), suspended=True, grant=replace(GRANT, role="leader"))
    store.amend(amended)
    assert store.read("token", NOW) == amended


def test_an_ended_session_opens_nothing_and_cannot_come_back(store: SqlSessionStore) -> None:
    session = nurse()
    store.open(session, "token")
    store.end(session.id)
    store.end(session.id)
    assert store.read("token", NOW) is None
    with pytest.raises(NotFound):
        store.amend(session)


def test_all_sessions_of_one_employee_end_and_nobody_elses(store: SqlSessionStore) -> None:
    others = (nurse(tenant=uuid4()), nurse(grant=replace(GRANT, subject="another"), person="another"))
    for number, session in enumerate((nurse(), nurse(), *others)):
        store.open(session, f"t{number}")
    assert store.end_all_of(nurse().person, TENANT, "sub-canary") == 2
    assert [store.read(f"t{number}", NOW) is not None for number in range(4)] == [False, False, True, True]


def test_expired_rows_are_forgotten(store: SqlSessionStore) -> None:
    store.open(nurse(), "t1")
    store.open(nurse(expires_at=minutes(10)), "t2")
    assert store.forget_expired(minutes(10)) == 1
    assert store.read("t1", minutes(10)) is not None


def test_no_token_name_or_subject_lies_in_clear(store: SqlSessionStore, store_engine: Engine) -> None:
    store.open(nurse(), "token-canary")
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        written = repr(connection.execute(select(table)).all())
    assert "canary" not in written.lower()


def test_credentials_moved_to_another_session_cannot_be_read(store: SqlSessionStore, store_engine: Engine) -> None:
    mine, other = nurse(), nurse()
    store.open(mine, "mine")
    store.open(other, "other")
    with transaction(store_engine, SystemScope()) as connection:
        taken = connection.execute(select(table.c.credentials).where(table.c.id == other.id)).scalar_one()
        connection.execute(update(table).where(table.c.id == mine.id).values(credentials=taken))
    with pytest.raises(Unreadable):
        store.read("mine", NOW)
