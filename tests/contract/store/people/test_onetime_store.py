"""A one-time secret is given away once, in time, and to the browser it is bound to."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from gateway.domain.scope import SystemScope
from gateway.domain.session import OneTimeSecret
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.people.onetime import SqlOneTimeStore
from gateway.store.people.tables import onetime

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
END = NOW + timedelta(seconds=30)
SECRET = OneTimeSecret("launch", END, '{"for": "canary"}')


@pytest.fixture
def store(store_engine: Engine) -> SqlOneTimeStore:
    return SqlOneTimeStore(store_engine, Vault.generate())


def test_it_is_given_once(store: SqlOneTimeStore) -> None:
    store.keep(SECRET, "token")
    assert store.peek("launch", "token", NOW) == "fresh"
    assert store.take("launch", "token", NOW) == SECRET
    assert store.take("launch", "token", NOW) is None
    assert store.peek("launch", "token", END) == "used"


def test_sixteen_takers_at_once_get_it_once(store: SqlOneTimeStore) -> None:
    store.keep(SECRET, "token")
    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(lambda _: store.take("launch", "token", NOW), range(16)))
    assert taken.count(SECRET) == 1
    assert taken.count(None) == 15


def test_d20_a_launch_address_is_good_until_its_last_moment(store: SqlOneTimeStore) -> None:
    store.keep(SECRET, "token")
    assert store.take("launch", "token", END) is None
    assert store.peek("launch", "token", END) == "expired"
    assert store.take("launch", "token", END - timedelta(microseconds=1)) == SECRET


def test_an_unknown_token_or_another_kind_is_unknown(store: SqlOneTimeStore) -> None:
    store.keep(SECRET, "token")
    assert store.peek("launch", "other", NOW) == "unknown"
    assert store.peek("login", "token", NOW) == "unknown"
    assert store.take("login", "token", NOW) is None
    assert store.peek("launch", "token", NOW) == "fresh"


def test_a_bound_secret_is_not_used_up_by_another_browser(store: SqlOneTimeStore) -> None:
    bound = OneTimeSecret("login", END, "{}", binding="browser-1")
    store.keep(bound, "token")
    for wrong in ("", "browser-2"):
        assert store.take("login", "token", NOW, wrong) is None
    assert store.take("login", "token", NOW, "browser-1") == bound


def test_an_unbound_secret_is_given_to_whoever_comes_first(store: SqlOneTimeStore) -> None:
    store.keep(SECRET, "token")
    assert store.take("launch", "token", NOW, "browser-1") == SECRET


def test_neither_token_nor_payload_nor_binding_lies_in_clear(store: SqlOneTimeStore, store_engine: Engine) -> None:
    store.keep(OneTimeSecret("login", END, "canary-payload", binding="canary-binding"), "canary-token")

    def written() -> str:
        with transaction(store_engine, SystemScope(), read_only=True) as connection:
            return repr(connection.execute(select(onetime)).all())

    assert "canary" not in written()
    store.take("login", "canary-token", NOW, "canary-binding")
    assert "payload" not in written()
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        assert connection.execute(select(onetime.c.payload)).scalar_one() == b""


def test_a_short_code_cannot_be_tried_out_on_a_copy_of_the_table(store: SqlOneTimeStore, store_engine: Engine) -> None:
    store.keep(OneTimeSecret("pairing", END, "{}", binding="nurse"), "ABCD2345")
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        row = connection.execute(select(onetime)).one()
    plain = [hashlib.new(name, word).digest() for name in ("sha256", "sha1", "md5") for word in (b"ABCD2345", b"nurse")]
    assert row.token_hash not in plain and row.binding_hash not in plain
    elsewhere = SqlOneTimeStore(store_engine, Vault.generate())
    assert elsewhere.take("pairing", "ABCD2345", NOW, "nurse") is None, "another key finds nothing"
    assert store.read("pairing", "ABCD2345", NOW, "colleague") is None
    assert store.read("pairing", "ABCD2345", NOW, "nurse") == "{}"
    assert store.take("pairing", "ABCD2345", NOW, "nurse") is not None


def test_what_expired_is_forgotten_later(store: SqlOneTimeStore) -> None:
    store.keep(SECRET, "token")
    assert store.forget_expired(END) == 0
    assert store.forget_expired(END + timedelta(days=1)) == 1
    assert store.peek("launch", "token", NOW) == "unknown"
