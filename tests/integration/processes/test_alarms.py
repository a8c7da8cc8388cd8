"""A row that stands still reaches a person by mail and webhook: once at its start, once at its end, naming nobody."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from gateway.alarms.watch import Watch
from gateway.domain.alarm import AlarmKind, Condition, Host, Limits
from gateway.domain.peers.delivery import Outcome
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import open_engine, transaction
from gateway.store.migrations.creation import create_schema
from gateway.store.peers.connections import Stanza
from gateway.store.watch.tables import alarm_notice
from gateway.wiring import Gateway
from tests.support.clinic_world import TENANTS
from tests.support.commands import operator
from tests.support.consultations import CITIZENS, NOW, NURSE, REASON
from tests.support.processes.relaying import DOOR, Debts
from tests.support.repairing import repairs
from tests.support.telling import Hook, Mailbox, mailbox, webhook
from workers.task import attempt_row

LONG = timedelta(hours=1)


@dataclass
class World:
    debts: Debts
    mails: Mailbox
    hook: Hook
    watch: Watch

    @property
    def gateway(self) -> Gateway:
        return self.debts.gateway

    def look(self) -> None:
        self.watch.look()
        self.tell()

    def tell(self) -> None:
        """As if the pauses were over."""
        with transaction(self.gateway.engine, SystemScope()) as connection:
            connection.execute(update(alarm_notice).where(alarm_notice.c.sent_at.is_(None)).values(due_at=NOW))
        self.watch.tell()

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails.mails]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    url = f"sqlite:///{tmp_path / 'alarms.db'}"
    engine = open_engine(url)
    create_schema(engine)
    engine.dispose()
    (tmp_path / "hook-key").write_text("hemmelig", encoding="utf-8")
    with mailbox() as mails, webhook() as hook:
        debts = Debts(tmp_path, url, "redis://127.0.0.1:1/0")
        told = {
            "alarm_mail_to": "drift@example.dk",
            "alarm_mail_from": "laegebro@example.dk",
            "alarm_smtp": mails.url,
            "alarm_webhooks": hook.url,
            "alarm_webhook_key": f"file:{tmp_path / 'hook-key'}",
        }
        debts.settings = debts.settings.model_copy(update=told)
        debts.gateway = debts.another()
        yield World(debts, mails, hook, Watch(debts.gateway, "relay", lambda: Host("here")))


def stand_still(world: World) -> object:
    world.debts.owe()
    claimed = world.gateway.outbox.claim(LONG)
    assert claimed is not None
    world.gateway.outbox.settle(claimed, Outcome.REFUSED, pause=timedelta(0), fault="http-422")
    return claimed.id


def test_a_stuck_row_is_told_once_when_it_stands_and_once_when_it_is_over(world: World) -> None:
    world.look()
    assert world.mails.mails == [] and world.hook.bodies == []
    id = stand_still(world)
    with capture_logs() as lines:
        for _ in range(3):
            world.look()
    assert world.subjects() == [f"Lægebro: 1 leverancer står fast og kræver handling – {DOOR}"]
    assert [(b["kind"], b["edge"], b["subject"], b["owner"]) for b in world.hook.bodies] == [
        ("delivery-stuck", "start", DOOR, "organisation")
    ]
    assert [(one["event"], one["kind"]) for one in lines if one["event"].startswith("alarm")] == [
        ("alarm-started", "delivery-stuck")
    ]
    repairs(world.gateway.engine).replay(id)  # type: ignore[arg-type]
    assert attempt_row(world.gateway, id) is Outcome.DONE  # type: ignore[arg-type]
    for _ in range(3):
        world.look()
    assert len(world.mails.mails) == 2 and world.subjects()[1].startswith("Lægebro: OVERSTÅET: ")
    assert [b["edge"] for b in world.hook.bodies] == ["start", "end"]


def test_nothing_that_is_told_is_about_a_person(world: World) -> None:
    stand_still(world)
    world.look()
    bodies = [mail.get_content() for mail in world.mails.mails] + [raw.decode() for raw in world.hook.raw]
    said = " ".join([*bodies, *(raw.decode("utf-8", "replace") for raw in world.mails.raw)])
    assert said and not [word for person in CITIZENS for word in person if word in said]
    assert NURSE.name not in said and REASON not in said and "drift" in said


def test_a_place_that_is_away_is_told_later_and_the_others_at_once(world: World) -> None:
    world.mails.refuse, world.hook.refuse = 2, 1
    stand_still(world)
    world.look()
    assert (world.mails.mails, world.hook.bodies) == ([], [])
    world.tell()
    assert (len(world.mails.mails), len(world.hook.bodies)) == (0, 1)
    world.tell()
    world.tell()
    assert (len(world.mails.mails), len(world.hook.bodies)) == (1, 1)


def test_a_webhook_can_tell_that_it_is_ours(world: World) -> None:
    stand_still(world)
    world.look()
    (headers,), (body,) = world.hook.headers, world.hook.raw
    expected = hmac.new(b"hemmelig", body, hashlib.sha256).hexdigest()
    assert headers["X-Laegebro-Signature"] == f"sha256={expected}"
    assert headers["Idempotency-Key"].endswith(".start")


def test_an_organisation_hears_of_its_own_alarms(world: World) -> None:
    own = replace(TENANTS[0], settings={"alarm_mail": ["kommune@example.dk"]})
    world.gateway.organisations.apply_tenant(own)
    stand_still(world)
    world.look()
    assert sorted(str(mail["To"]) for mail in world.mails.mails) == ["drift@example.dk", "kommune@example.dk"]


def test_an_overdue_row_an_unknown_one_and_an_ill_connection_are_told(world: World) -> None:
    world.debts.owe()
    claimed = world.gateway.outbox.claim(LONG)
    assert claimed is not None
    world.gateway.outbox.settle(claimed, Outcome.UNKNOWN, pause=LONG, fault="unavailable: sending")
    world.gateway.practices.note_failure(DOOR, "connecting", world.gateway.clock.now())
    none = timedelta(0)
    world.watch._limits = Limits(none, none, none, LONG)
    world.look()
    kinds = {"delivery-unknown", "delivery-overdue", "connection-ill"}
    assert {one["kind"] for one in world.hook.bodies} == kinds
    world.gateway.connections.pause(DOOR, "test", "planned", world.gateway.clock.now())
    world.look()
    over = {one["kind"] for one in world.hook.bodies if one["edge"] == "end"}
    assert over == kinds, "what is planned is no alarm"


def test_a_record_that_is_held_for_too_long_is_an_alarm_of_its_own(world: World) -> None:
    world.debts.owe()
    claimed = world.gateway.outbox.claim(LONG)
    assert claimed is not None
    world.gateway.outbox.settle(claimed, Outcome.TO_ASK, pause=LONG, fault="record-locked")
    none = timedelta(0)
    world.watch._limits = Limits(none, LONG, LONG, LONG)
    world.look()
    (told,) = world.hook.bodies
    assert (told["kind"], told["owner"], told["subject"]) == ("record-locked", "organisation", DOOR)
    (mail,) = world.mails.mails
    assert "låst journal" in str(mail["Subject"])


def test_a_dead_worker_is_told_by_whoever_lives(world: World) -> None:
    Watch(world.gateway, "worker").look()
    world.look()
    assert world.hook.bodies == []
    world.watch._limits = Limits(silent=timedelta(0))
    world.look()
    assert {(b["kind"], b["subject"], b["owner"]) for b in world.hook.bodies} >= {
        ("process-silent", "worker", "operations")
    }


def test_an_ending_certificate_is_told_once_at_each_step(world: World) -> None:
    book = world.gateway.alarms
    targets = world.watch._places.targets(world.gateway.organisations.tenants())
    for step in (60, 60, 30, 30, 7, 0):
        book.update({Condition(AlarmKind.ENDING, DOOR, None, step)}, targets)
        world.tell()
        world.tell()
    assert [b["count"] for b in world.hook.bodies] == [60, 30, 7, 0]
    assert {b["edge"] for b in world.hook.bodies[1:]} == {"reminder"}
    assert "er udløbet" in world.subjects()[-1] and "inden 60 dage" in world.subjects()[0]


def test_a_process_that_cannot_read_the_file_neither_begins_nor_ends_it(world: World, tmp_path: Path) -> None:
    ending = Condition(AlarmKind.ENDING, "eoj-apart", None, 7)
    config = {"client_certificate": f"file:{tmp_path}/elsewhere.pem"}
    stanza = Stanza("eoj-apart", "eoj", "smart_fhir", None, config)
    world.gateway.connections.apply(stanza, "test", "test", world.gateway.clock.now())
    world.gateway.alarms.update({ending}, {})
    world.look()
    assert ending in {each.condition for each in world.gateway.alarms.active()}


def test_the_commands_list_alarms_and_try_the_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    laegebro = operator(world.debts.settings, monkeypatch)
    assert "No alarms." in laegebro("alarms").output
    stand_still(world)
    world.look()
    assert DOOR in laegebro("alarms").output and "organisation" in laegebro("alarms").output
    tried = laegebro("alarms", "test")
    assert tried.exit_code == 0 and "webhook:0: told" in tried.output, tried.output
    assert len(world.mails.mails) == 2
    world.hook.refuse = 1
    assert laegebro("alarms", "test").exit_code == 1
