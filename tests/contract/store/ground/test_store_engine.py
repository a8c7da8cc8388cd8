"""What the database acknowledges is on disk, and nothing waits for ever (requirements.md F11–F13)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select, text

from gateway.domain.scope import SystemScope, TenantScope
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.ground import engine as ground
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import UNAVAILABLE, at_leisure, db_now, open_engine, transaction
from gateway.store.ground.tables_once import used_token
from gateway.store.migrations.creation import create_schema
from tests.support import consultations as make
from tests.support.databases import PostgresServer


def test_sqlite_is_durable_patient_and_checks_its_keys(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    wanted = {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 10000, "foreign_keys": 1, "secure_delete": 1}
    with engine.connect() as connection:
        assert {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted} == wanted
    engine.dispose()


def test_a_whole_countrys_register_may_take_its_time_and_nothing_after_it(postgres_engine: Engine) -> None:
    limits = text("SELECT current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout')")
    with at_leisure(postgres_engine) as connection:
        assert connection.execute(limits).one() == ("10min", "10min")
    with transaction(postgres_engine, SystemScope()) as connection:
        assert connection.execute(limits).one() == ("2s", "5s")


def test_postgres_gives_up_on_what_takes_too_long(postgres_engine: Engine) -> None:
    wanted = {
        "statement_timeout": "2s",
        "lock_timeout": "1s",
        "idle_in_transaction_session_timeout": "5s",
        "TimeZone": "UTC",
        "synchronous_commit": "on",
    }
    with postgres_engine.connect() as connection:
        assert {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in wanted} == wanted


def test_the_databases_clock_is_aware_and_utc(store_engine: Engine) -> None:
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        told = db_now(connection)
    assert told.tzinfo is UTC and abs(told - datetime.now(UTC)) < timedelta(minutes=5)


def test_whatever_is_raised_inside_leaves_nothing_behind(store_engine: Engine) -> None:
    with pytest.raises(RuntimeError), transaction(store_engine, SystemScope()) as connection:
        connection.execute(insert(used_token).values(issuer="i", jti="j", expires_at=make.NOW))
        raise RuntimeError
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        assert connection.execute(select(used_token)).all() == []


def test_a_moment_comes_back_as_the_same_moment_in_utc(store_engine: Engine) -> None:
    zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    moments = st.datetimes(datetime(1990, 1, 2), datetime(2090, 1, 1), timezones=zones)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(moments, min_size=1, max_size=6))
    def comes_back(given_moments: list[datetime]) -> None:
        with store_engine.connect() as connection, connection.begin() as rolled_back:
            connection.execute(text("DELETE FROM used_token"))
            for number, at in enumerate(given_moments):
                connection.execute(insert(used_token).values(issuer="i", jti=str(number), expires_at=at))
            told = connection.execute(select(used_token.c.expires_at).order_by(used_token.c.expires_at)).scalars().all()
            rolled_back.rollback()
        assert told == sorted(given_moments) and all(moment.tzinfo is UTC for moment in told)

    comes_back()


def test_a_naive_moment_is_refused(store_engine: Engine) -> None:
    with pytest.raises(Exception, match="time zone"), transaction(store_engine, SystemScope()) as connection:
        connection.execute(insert(used_token).values(issuer="i", jti="j", expires_at=datetime(2026, 11, 23)))


def test_connections_that_the_server_dropped_are_replaced(
    postgres_engine: Engine, postgres_server: PostgresServer, vault: Vault
) -> None:
    store = SqlConsultationStore(postgres_engine, vault)
    committed = store.commit(make.waiting())
    # With a time-out the server answers only when the process is gone, so that nothing races with its last word.
    postgres_server.run(
        "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity"
        f" WHERE datname = '{postgres_engine.url.database}'"
    )
    assert store.load(TenantScope(make.KOMMUNE_A), committed.id) == committed


def test_a_lock_nobody_releases_is_said_to_be_unavailable(postgres_engine: Engine, vault: Vault) -> None:
    store = SqlConsultationStore(postgres_engine, vault)
    with postgres_engine.connect() as hog, hog.begin():
        hog.execute(text("LOCK TABLE consultation IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(UNAVAILABLE):
            store.commit(make.waiting())
    assert store.commit(make.waiting()).version == 1


def test_a_writer_on_sqlite_waits_for_that_of_another_process_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    mine, others = open_engine(url), open_engine(url)
    create_schema(mine)
    with ThreadPoolExecutor(1) as pool:
        with transaction(others, SystemScope()):
            waiting = pool.submit(spend, mine, "waited")
            assert not waiting.done()
        waiting.result(30)
    monkeypatch.setattr(ground, "LOCK_WAIT_SECONDS", 0.05)
    with transaction(others, SystemScope()), pytest.raises(UNAVAILABLE):
        spend(mine, "gave-up")
    with transaction(mine, SystemScope(), read_only=True) as connection:
        assert connection.execute(select(used_token.c.jti)).scalars().all() == ["waited"]
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 10000


def spend(engine: Engine, jti: str) -> None:
    with transaction(engine, SystemScope()) as connection:
        connection.execute(insert(used_token).values(issuer="i", jti=jti, expires_at=make.NOW))


def full(engine: Engine) -> Callable[[], None]:
    """Leave the SQLite file no room to grow; the answer gives it room again."""
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(count: int) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {count}")

    limit(pages)
    return lambda: limit(2**30)


def test_a_full_disk_refuses_and_acknowledges_nothing(tmp_path: Path, vault: Vault) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'full.db'}")
    create_schema(engine)
    store = SqlConsultationStore(engine, vault)
    make_room, acknowledged = full(engine), []
    with pytest.raises(UNAVAILABLE):
        while True:
            acknowledged.append(store.commit(make.waiting()))
    make_room()
    assert [store.load(SystemScope(), c.id) for c in acknowledged] == acknowledged
    assert store.commit(make.waiting()).version == 1
    assert len(store.open_of_employee(make.KOMMUNE_A, make.NURSE.id)) == len(acknowledged) + 1
    engine.dispose()
