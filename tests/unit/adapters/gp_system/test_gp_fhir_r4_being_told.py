"""Subscriptions, notifications and the polling cursor: tolerant, capped, and repeating nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fhir.resources.R4B.subscription import Subscription
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.gp_system.fhir_r4 import Settings, parse_notification, read_notification
from adapters.gp_system.fhir_r4.cursor import Cursor
from adapters.gp_system.fhir_r4.subscription import stands, subscription
from gateway.domain.peers.messages import Envelope

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def envelope(body: object) -> Envelope:
    return Envelope({}, {}, body if isinstance(body, bytes) else json.dumps(body).encode())


def notification(kind: str, total: int, *focus: str) -> dict[str, Any]:
    events = [
        {
            "name": "notification-event",
            "part": [
                {"name": "event-number", "valueString": str(total - len(focus) + 1 + n)},
                {"name": "focus", "valueReference": {"reference": each}},
            ],
        }
        for n, each in enumerate(focus)
    ]
    named = [
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(total)},
    ]
    status = {"resourceType": "Parameters", "parameter": [*named, *events]}
    return {"resourceType": "Bundle", "type": "history", "entry": [{"resource": status}]}


def test_the_subscription_is_valid_and_asks_for_ids_only() -> None:
    wanted = subscription("https://gateway.example/notify/1", "secret")
    Subscription.model_validate(wanted)
    assert wanted["channel"]["_payload"]["extension"][0]["valueCode"] == "id-only"
    assert subscription("https://gateway.example/notify/1", "other")["id"] == wanted["id"]


def test_a_subscription_that_stands_is_left_alone() -> None:
    wanted = subscription("https://gateway.example/notify/1", "secret")
    assert stands({**wanted, "status": "active"}, wanted)
    hidden = {**wanted, "channel": {k: v for k, v in wanted["channel"].items() if k != "header"}}
    assert stands(hidden, wanted)
    assert not stands({**wanted, "status": "error"}, wanted)
    assert not stands(subscription("https://gateway.example/notify/1", "former"), wanted)


def test_entries_are_named_once_whatever_form_the_reference_has() -> None:
    one, two = uuid4(), uuid4()
    body = notification("event-notification", 9, f"http://x/fhir/Task/{one}", f"Task/{two}/_history/3", f"Task/{one}")
    assert parse_notification(envelope(body)) == [one, two]


def test_handshake_and_heartbeat_name_nobody() -> None:
    for kind in ("handshake", "heartbeat"):
        told = read_notification(envelope(notification(kind, 4)))
        assert (told.kind, told.total, told.entries) == (kind, 4, ())


def test_a_gap_is_seen() -> None:
    third = read_notification(envelope(notification("event-notification", 3, f"Task/{uuid4()}")))
    assert third.follows(2)
    assert third.follows(3), "a repetition is no gap"
    assert not third.follows(1)
    assert not read_notification(envelope(notification("heartbeat", 5))).follows(4)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b"{}" + b" " * 300_000])
def test_what_cannot_be_read_names_nobody(body: bytes) -> None:
    assert parse_notification(envelope(body)) == []


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(body: bytes) -> None:
    parse_notification(envelope(body))


def test_a_flood_of_events_is_cut() -> None:
    body = notification("event-notification", 1000, *[f"Task/{UUID(int=n)}" for n in range(1000)])
    assert len(parse_notification(envelope(body))) == 500


def task(identity: str, version: int, seconds: int) -> dict[str, Any]:
    at = (NOW + timedelta(seconds=seconds)).isoformat()
    return {"id": identity, "meta": {"versionId": str(version), "lastUpdated": at}}


def test_a_cursor_remembers_only_what_can_come_again() -> None:
    overlap = timedelta(seconds=10)
    cursor = Cursor(NOW).after([task("a", 1, 1), task("b", 1, 30)], overlap)
    again = Cursor.decoded(cursor.encoded())
    assert again == cursor
    assert set(cursor.seen) == {"b"}
    assert not cursor.is_news(task("b", 1, 30))
    assert cursor.is_news(task("b", 2, 31))
    assert cursor.since == NOW + timedelta(seconds=30)


@pytest.mark.parametrize(
    "text", ["", "now", "{}", "[1]", '{"since": 1, "seen": {}}', '{"since":"2026-01-01","seen":{}}']
)
def test_a_strange_cursor_is_none(text: str) -> None:
    assert Cursor.decoded(text) is None


def test_a_stanza_with_an_unknown_word_or_an_open_secret_is_refused() -> None:
    good = {"base_url": "https://gp.example/fhir/", "client_id": "laegebro", "client_key": "env:GP_KEY"}
    assert Settings(**good).base_url == "https://gp.example/fhir"
    for bad in (
        {"colour": "blue"},
        {"client_key": "-----BEGIN"},
        {"base_url": "http://gp.example"},
        {"poll_interval": 0},
    ):
        with pytest.raises(ValidationError):
            Settings(**{**good, **bad})
