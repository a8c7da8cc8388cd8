"""Connections are versioned rows: every change says who, when and why, and can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from gateway.domain.errors import ConfigFault, NotFound
from gateway.store.peers.connections import SqlConnectionBook, Stanza

AT = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
TENANT = UUID("00000000-0000-7000-8000-000000000001")
CONFIG = {"base_url": "https://gp.example/fhir", "client_secret": "env:GP_SECRET", "poll": {"seconds": 5}}


@pytest.fixture
def book(store_engine: Engine) -> SqlConnectionBook:
    return SqlConnectionBook(store_engine)


def apply(book: SqlConnectionBook, config: Mapping[str, Any] = CONFIG, name: str = "gp-fjord") -> int | None:
    return book.apply(Stanza(name, "gp_system", "fhir_r4", None, config), "anna", "first", AT)


def test_d15_applying_the_same_twice_makes_no_new_revision(book: SqlConnectionBook) -> None:
    assert apply(book) == 1
    assert apply(book, dict(reversed(CONFIG.items()))) is None
    assert apply(book, CONFIG | {"poll": {"seconds": 9}}) == 2
    assert [(r.number, r.state, r.by, r.why) for r in book.history("gp-fjord")] == [
        (2, "active", "anna", "first"),
        (1, "active", "anna", "first"),
    ]


def test_an_active_connection_says_everything_its_adapter_needs(book: SqlConnectionBook) -> None:
    book.apply(Stanza("nexus", "eoj", "smart_fhir", TENANT, CONFIG, synthetic=True), "anna", "go", AT)
    apply(book)
    [eoj] = book.active("eoj")
    assert (eoj.name, eoj.kind, eoj.adapter, eoj.owner_tenant) == ("nexus", "eoj", "smart_fhir", TENANT)
    assert (eoj.config, eoj.revision, eoj.synthetic) == (CONFIG, 1, True)
    assert [found.name for found in book.active()] == ["gp-fjord", "nexus"]


def test_d15_a_change_to_one_connection_leaves_the_others_alone(book: SqlConnectionBook) -> None:
    apply(book, name="a")
    apply(book, name="b")
    apply(book, CONFIG | {"base_url": "https://new.example"}, name="a")
    assert [(found.name, found.revision) for found in book.active()] == [("a", 2), ("b", 1)]


def test_a_pause_is_a_revision_and_outlives_a_new_configuration(book: SqlConnectionBook) -> None:
    apply(book)
    assert book.pause("gp-fjord", "bo", "planned maintenance", AT) == 2
    assert book.pause("gp-fjord", "bo", "again", AT) is None
    assert apply(book) is None
    assert apply(book, CONFIG | {"x": 1}) == 3
    assert book.active() == []
    assert book.resume("gp-fjord", "bo", "done", AT) == 4
    assert book.active()[0].config == CONFIG | {"x": 1}


def test_a_retired_connection_comes_back_when_it_is_applied_again(book: SqlConnectionBook) -> None:
    apply(book)
    book.retire("gp-fjord", "bo", "contract ended", AT)
    assert book.active() == []
    assert apply(book) == 3
    assert len(book.active()) == 1


def test_a_rollback_is_a_new_revision_with_the_earlier_content(book: SqlConnectionBook) -> None:
    apply(book)
    with pytest.raises(NotFound):
        book.rollback("gp-fjord", "bo", "oops", AT)
    apply(book, CONFIG | {"x": 1})
    assert book.rollback("gp-fjord", "bo", "oops", AT) == 3
    assert (book.active()[0].config, book.active()[0].revision) == (CONFIG, 3)
    assert book.history("gp-fjord")[0].why == "oops"


@pytest.mark.parametrize(
    "config",
    [
        {"client_secret": "hunter2"},
        {"oauth": {"password": "hunter2"}},
        {"keys": [{"private_key": "hunter2"}]},
        {"signing": "-----BEGIN EC PRIVATE KEY-----\nhunter2"},
    ],
)
def test_a_secret_written_out_is_refused_and_not_repeated(book: SqlConnectionBook, config: dict[str, Any]) -> None:
    with pytest.raises(ConfigFault) as caught:
        apply(book, config)
    assert "gp-fjord" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert book.active() == []


def test_a_name_belongs_to_one_kind_and_owner(book: SqlConnectionBook) -> None:
    apply(book)
    for kind, owner in (("eoj", None), ("gp_system", TENANT), ("fax", None)):
        with pytest.raises(ConfigFault):
            book.apply(Stanza("gp-fjord", kind, "fhir_r4", owner, CONFIG), "anna", "first", AT)
    assert len(book.history("gp-fjord")) == 1


def test_what_was_never_applied_cannot_be_switched(book: SqlConnectionBook) -> None:
    with pytest.raises(NotFound):
        book.pause("nobody", "bo", "", AT)


def test_eight_at_once_make_eight_revisions_or_none_twice(book: SqlConnectionBook) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda n: apply(book, CONFIG | {"n": n}), range(8)))
        assert sorted(n for n in numbers if n) == list(range(1, 9))
        same = list(pool.map(lambda _: apply(book, CONFIG), range(8)))
    assert sum(number is not None for number in same) == 1
