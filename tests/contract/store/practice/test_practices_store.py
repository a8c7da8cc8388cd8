"""Connected, open and attended are three facts about a practice, known before the queue."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine

from gateway.domain.errors import NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.people import Actor, ActorKind
from gateway.domain.practice import AgreementPolicy, Attended, Span, VideoHours
from gateway.store.peers.connections import SqlConnectionBook, Stanza
from gateway.store.practice.practices import SqlPracticeBook

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # a Monday, 11:00 in Copenhagen
YDER, OTHER = Ydernummer("034835"), Ydernummer("009164")
CLINIC = UUID("00000000-0000-7000-8000-00000000000c")
LENE = Actor(ActorKind.CLINIC, "user-1", "Lene", "sekretær")
DAYTIME = VideoHours(
    weekly={0: (Span(time(8), time(12)), Span(time(13), time(16))), 4: ()},
    exceptions={date(2026, 12, 24): ()},
    switch=True,
    switch_until=datetime(2026, 3, 2, 17, 30, tzinfo=UTC),
)


@pytest.fixture
def book(store_engine: Engine) -> SqlPracticeBook:
    connections = SqlConnectionBook(store_engine)
    for name, kind, adapter in (
        ("gp-fhir", "gp_system", "fhir_r4"),
        ("gp-browser", "gp_system", "browser"),
        ("eoj", "eoj", "smart_fhir"),
    ):
        connections.apply(Stanza(name, kind, adapter, None, {}), "anna", "go", NOW)
    return SqlPracticeBook(store_engine)


def test_only_active_practice_systems_are_routes(book: SqlPracticeBook, store_engine: Engine) -> None:
    assert book.routes(YDER) == []
    book.set_routes(YDER, ["gp-browser", "eoj", "gp-fhir", "gp-fhir"])
    assert book.routes(YDER) == ["gp-browser", "gp-fhir"]
    assert book.routes(OTHER) == []
    SqlConnectionBook(store_engine).pause("gp-browser", "bo", "planned", NOW)
    assert book.routes(YDER) == ["gp-fhir"]
    assert book.ydernumre_of("gp-fhir") == [YDER]
    book.set_routes(YDER, [])
    assert book.routes(YDER) == []


def test_a_route_to_an_unknown_connection_changes_nothing(book: SqlPracticeBook) -> None:
    book.set_routes(YDER, ["gp-fhir"])
    with pytest.raises(NotFound):
        book.set_routes(YDER, ["gp-browser", "gp-nowhere"])
    assert book.routes(YDER) == ["gp-fhir"]


def test_hours_come_back_as_they_were_set(book: SqlPracticeBook) -> None:
    assert book.hours(YDER) == VideoHours()
    book.set_hours(YDER, DAYTIME, LENE, NOW)
    assert book.hours(YDER) == DAYTIME
    book.set_hours(YDER, VideoHours(switch=False), LENE, NOW)
    assert book.hours(YDER) == VideoHours(switch=False)


def test_hours_and_profile_are_changed_apart(book: SqlPracticeBook) -> None:
    book.set_hours(YDER, DAYTIME, LENE, NOW)
    book.set_profile(YDER, agreement=AgreementPolicy.REQUIRED, direct_phone="99001011", synthetic=True, at=NOW)
    book.set_hours(YDER, VideoHours(switch=True), LENE, NOW)
    state = book.state(YDER, NOW)
    assert (state.agreement, state.direct_phone) == (AgreementPolicy.REQUIRED, "99001011")
    assert (state.open, book.is_synthetic(YDER), book.is_synthetic(OTHER)) == (True, True, False)


def test_what_the_practice_says_itself_is_kept_with_who_said_it_and_outlives_the_set_up(book: SqlPracticeBook) -> None:
    book.set_profile(YDER, direct_phone="99001011", at=NOW)
    assert (book.set_direct_phone(YDER, "99001011", LENE, NOW), book.changes(YDER)) == (False, [])
    assert book.set_direct_phone(YDER, "31221100", LENE, NOW)
    book.set_agreement(YDER, AgreementPolicy.FREE, LENE, NOW)
    book.set_profile(YDER, agreement=AgreementPolicy.REQUIRED, direct_phone="99001011", synthetic=True, at=NOW)
    state = book.state(YDER, NOW)
    assert (state.agreement, state.direct_phone, state.synthetic) == (AgreementPolicy.FREE, "31221100", True)
    by = f"{LENE.kind}:{LENE.id}"
    said = [(change.what, change.value, change.by) for change in book.changes(YDER)]
    assert said == [("agreement", "free", by), ("direct-phone", "31221100", by)]
    assert book.changes(OTHER) == []
    for on in (True, True, False):
        book.set_relay_only(YDER, on, LENE, NOW)
        assert (book.relays_only(YDER), book.relays_only(OTHER)) == (on, False)
    assert [(change.what, change.value) for change in book.changes(YDER)[:2]] == [
        ("relay-only", "off"),
        ("relay-only", "on"),
    ]


@pytest.mark.parametrize("routes", [[], ["gp-fhir"]])
@pytest.mark.parametrize("opens", [True, False])
def test_connected_and_open_are_independent(book: SqlPracticeBook, routes: list[str], opens: bool) -> None:
    book.set_routes(YDER, routes)
    book.set_hours(YDER, VideoHours(weekly={0: (Span(time(8 if opens else 13), time(16)),)}), LENE, NOW)
    state = book.state(YDER, NOW)
    assert (state.connected, state.open) == (bool(routes), opens)
    assert state.closes_at == (datetime(2026, 3, 2, 15, 0, tzinfo=UTC) if opens else None)
    later = datetime(2026, 3, 9, 7, 0, tzinfo=UTC) if opens else datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert state.reopens_at == later


@pytest.mark.parametrize(
    ("routes", "unseen"),
    [
        (["gp-browser"], Attended.NO),
        (["gp-fhir"], Attended.UNKNOWN),
        (["gp-browser", "gp-fhir"], Attended.UNKNOWN),
        ([], Attended.NO),
    ],
)
def test_a_system_that_answers_is_not_a_person_who_looks(
    book: SqlPracticeBook, routes: list[str], unseen: Attended
) -> None:
    book.set_routes(YDER, routes)
    assert book.attended(YDER, NOW) is unseen
    book.attend(CLINIC, [YDER, OTHER], NOW)
    book.attend(CLINIC, [YDER], NOW + timedelta(seconds=30))
    assert book.attended(YDER, NOW + timedelta(seconds=89)) is Attended.YES
    assert book.state(YDER, NOW + timedelta(seconds=89)).attended is Attended.YES
    assert book.attended(YDER, NOW + timedelta(seconds=90)) is unseen
    assert book.attended(OTHER, NOW + timedelta(seconds=60)) is Attended.NO


def test_a_practice_is_reachable_while_one_of_its_connections_answers(book: SqlPracticeBook) -> None:
    book.set_routes(YDER, ["gp-fhir", "gp-browser"])
    assert book.state(YDER, NOW).reachable
    book.note_failure("gp-fhir", "connecting", NOW)
    book.note_failure("gp-fhir", "awaiting the answer " * 9, NOW + timedelta(minutes=1))
    assert book.failing_since("gp-fhir") == NOW
    assert book.state(YDER, NOW).reachable
    book.note_failure("gp-browser", "connecting", NOW)
    assert not book.state(YDER, NOW).reachable
    book.note_success("gp-fhir", NOW + timedelta(minutes=2))
    assert book.failing_since("gp-fhir") is None
    assert book.state(YDER, NOW).reachable


def test_a_substitute_takes_over_for_a_time(book: SqlPracticeBook) -> None:
    book.substitute(YDER, OTHER, date(2026, 7, 1), date(2026, 7, 22), "lene", NOW)
    days = (date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 21), date(2026, 7, 22))
    assert [list(book.substitutes(YDER, day)) for day in days] == [[], [OTHER], [OTHER], []]
