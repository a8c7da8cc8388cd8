"""Sealed documents of every form are read for ever: the golden ones were written once and are never written again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.store.consultation import document
from tests.support import consultations as make

GOLDEN = Path(__file__).parents[2] / "fixtures" / "documents"
FILES = sorted(GOLDEN.glob("*.json"))


def test_every_form_there_has_been_has_golden_documents() -> None:
    assert {path.stem.partition("-")[0] for path in FILES} == {f"form{n}" for n in range(1, document.SCHEMA + 1)}
    assert len(document.UPCASTERS) == document.SCHEMA - 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_golden_document_is_read_and_nothing_of_it_is_lost(path: Path) -> None:
    number = path.stem.partition("-")[0].removeprefix("form")
    read = document.read(f"{number} ".encode() + path.read_bytes())
    again = document.written(read)
    assert document.read(again) == read
    if int(number) == document.SCHEMA:
        assert json.loads(again.partition(b" ")[2]) == json.loads(path.read_text(encoding="utf-8"))


def reached(value: Any) -> Iterator[tuple[str, Any]]:
    """``Type.field`` and value of everything in it, however deep."""
    if isinstance(value, tuple):
        for each in value:
            yield from reached(each)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            inner = getattr(value, field.name)
            yield f"{type(value).__name__}.{field.name}", inner
            yield from reached(inner)


def test_the_golden_documents_say_something_in_every_field() -> None:
    """So that a field which is renamed or left out turns the test above red."""
    newest = [path for path in FILES if path.stem.startswith(f"form{document.SCHEMA}-")]
    said: dict[str, bool] = {}
    for path in newest:
        read = document.read(b"%d " % document.SCHEMA + path.read_bytes())
        for name, value in reached(read):
            said[name] = said.get(name, False) or value not in (None, "", b"", (), False, 0)
    beside = {f"Consultation.{name}" for name in ("events", "debts", "stored", "sealing_key")}
    assert {name for name, known in said.items() if not known} == beside


def test_a_made_up_older_form_is_lifted_step_by_step() -> None:
    """Form 1 called the reason ``text``; form 2 had no room yet."""

    def reason_by_its_name(old: dict[str, Any]) -> dict[str, Any]:
        return {**{k: v for k, v in old.items() if k != "text"}, "reason": old["text"]}

    def with_room(old: dict[str, Any]) -> dict[str, Any]:
        return {**old, "room": f"room-{old['id']}"}

    consultation = replace(make.waiting(), events=(), debts=())
    newest = json.loads(document.written(consultation).partition(b" ")[2])
    second = {k: v for k, v in newest.items() if k != "room"}
    first = {**{k: v for k, v in second.items() if k != "reason"}, "text": newest["reason"]}
    wanted = replace(consultation, room=f"room-{consultation.id}")
    steps = (reason_by_its_name, with_room)
    for number, old in ((b"1", first), (b"2", second), (b"3", {**newest, "room": wanted.room})):
        assert document.read(number + b" " + json.dumps(old).encode(), steps) == wanted


@pytest.mark.parametrize("number", [b"2", b"0", b"", b"x", b"-1", b"99999999999"])
def test_a_document_of_a_newer_release_is_not_guessed_at(number: bytes) -> None:
    text = document.written(make.draft()).partition(b" ")[2]
    with pytest.raises(document.UnknownDocument) as fault:
        document.read(number + b" " + text)
    assert "Berggren" not in str(fault.value)


def test_a_moment_comes_back_as_the_same_moment_whatever_zone_it_was_said_in() -> None:
    summer = datetime.fromisoformat("2026-10-25T02:30:00+02:00")
    consultation = replace(make.draft(), agreed_at=summer, events=())
    read = document.read(document.written(consultation))
    assert read.agreed_at == summer == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
