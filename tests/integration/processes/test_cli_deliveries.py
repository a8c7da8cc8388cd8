"""``laegebro deliveries``: what is owed is seen and mended by an operator who reads nothing about a citizen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from gateway.cli.causes import in_words
from gateway.domain.errors import ConfigFault, TransitionRefused
from gateway.domain.peers.delivery import Outcome
from gateway.domain.scope import SystemScope
from gateway.store.migrations.creation import create_schema
from tests.support.commands import Command, operator
from tests.support.consultations import CITIZENS, NURSE, REASON
from tests.support.processes.relaying import DOOR, Debts, environment_of, until
from workers.task import attempt_row

LONG = timedelta(hours=1)


@pytest.fixture
def debts(tmp_path: Path) -> Debts:
    url = f"sqlite:///{tmp_path / 'cli.db'}"
    from gateway.store.ground.engine import open_engine

    engine = open_engine(url)
    create_schema(engine)
    engine.dispose()
    return Debts(tmp_path, url, "redis://127.0.0.1:1/0")


@pytest.fixture
def laegebro(debts: Debts, monkeypatch: pytest.MonkeyPatch) -> Command:
    return operator(debts.settings, monkeypatch)


def refused(debts: Debts, count: int = 1, outcome: Outcome = Outcome.REFUSED, fault: str = "http-422") -> list[UUID]:
    """Deliveries that were attempted once, with that end."""
    debts.owe(count)
    ids = []
    for _ in range(count):
        claimed = debts.gateway.outbox.claim(LONG)
        assert claimed is not None
        debts.gateway.outbox.settle(claimed, outcome, pause=LONG, fault=fault)
        ids.append(claimed.id)
    return ids


def test_the_list_is_by_connection_and_cause_in_words_and_as_json(debts: Debts, laegebro: Command) -> None:
    assert "Nothing is owed." in laegebro("deliveries").output
    refused(debts, 2)
    refused(debts, 1, Outcome.UNKNOWN, "unavailable: sending")
    shown = laegebro("deliveries").output
    assert shown.index("unknown") < shown.index("stuck"), "what may have arrived comes first"
    assert "http-422" in shown and in_words("unavailable: sending")[:20] in shown
    groups = json.loads(laegebro("deliveries", "--json").output)
    assert [(g["standing"], g["connection"], g["cause"], g["count"]) for g in groups] == [
        ("unknown", DOOR, "unavailable: sending", 1),
        ("stuck", DOOR, "http-422", 2),
    ]
    rows = json.loads(laegebro("deliveries", "list", "--only", "state=stuck", "--json").output)
    assert [row["cause"] for row in rows] == ["http-422"] * 2 and not {"tenant", "subject"} & set(rows[0])


def test_one_delivery_is_shown_with_its_attempts_and_without_a_person(debts: Debts, laegebro: Command) -> None:
    (id,) = refused(debts)
    for arguments in (("deliveries",), ("deliveries", "list"), ("deliveries", "show", id)):
        for as_json in ((), ("--json",)):
            shown = laegebro(*arguments, *as_json)
            assert shown.exit_code == 0, shown.output
            assert not [word for word in (*CITIZENS[0], NURSE.name, REASON) if word in shown.output]
    assert "The peer refused it (HTTP 422)" in laegebro("deliveries", "show", id).output
    assert json.loads(laegebro("deliveries", "show", id, "--json").output)["attempts"][0]["outcome"] == "refused"


def test_a_replayed_delivery_goes_by_its_own_row(debts: Debts, laegebro: Command) -> None:
    (id,) = refused(debts)
    assert laegebro("deliveries", "replay", id).exit_code == 0
    assert attempt_row(debts.another(), id) is Outcome.DONE
    assert "done" in laegebro("deliveries", "show", id).output
    again = laegebro("deliveries", "replay", id)
    assert isinstance(again.exception, TransitionRefused)


def test_many_are_shown_before_anything_is_done(debts: Debts, laegebro: Command) -> None:
    ids = refused(debts, 3)
    refused(debts, 2, Outcome.UNKNOWN, "unavailable: sending")
    seen = laegebro("deliveries", "replay-many", "--only", f"connection={DOOR}")
    assert "5: 0 are acknowledged (left alone), 2 may have arrived (asked first), 3 are sent" in seen.output
    assert debts.gateway.outbox.due() == []
    done = laegebro("deliveries", "replay-many", "--only", "state=stuck", "--yes", "--rate", 50)
    assert "3 replayed" in done.output and set(debts.gateway.outbox.due()) == set(ids)


def test_a_replay_of_many_is_stopped_by_a_signal_and_says_how_far_it_came(debts: Debts, tmp_path: Path) -> None:
    refused(debts, 30)
    command = [sys.executable, "-c", "from gateway.cli import main; main()", "deliveries", "replay-many"]
    process = subprocess.Popen(
        [*command, "--only", "state=stuck", "--yes", "--rate", "1"],
        env={**environment_of(debts.settings), "COLUMNS": "200"}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    until("it has begun", lambda: debts.gateway.outbox.due())
    os.kill(process.pid, signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 4 and "0 replayed" in said and "called back" in said, said
    assert debts.gateway.outbox.due() == [], "what nobody had attempted stands as it stood"
    assert sum(group.count for group in debts.gateway.owed.groups()) == 30


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("replay-many",), "replay-many"),
        (("replay-many", "--only", "state=lost"), "--only state"),
        (("replay-many", "--only", "citizen=2512489996"), "--only: citizen"),
        (("give-up", UUID(int=1), "--reason", " "), "--reason"),
        (("written-by-hand", UUID(int=1), "--reason", ""), "--reason"),
        (("replay", UUID(int=1), "--not-received"), "--reason"),
    ],
)
def test_a_mistake_is_named(laegebro: Command, arguments: tuple[object, ...], named: str) -> None:
    done = laegebro("deliveries", *arguments)
    assert isinstance(done.exception, ConfigFault) and named in str(done.exception)


def test_an_entry_told_by_telephone_is_owed_no_more(debts: Debts, laegebro: Command) -> None:
    (id,) = refused(debts)
    assert laegebro("deliveries", "written-by-hand", id, "--reason", "ringet til klinikken").exit_code == 0
    assert "Nothing is owed." in laegebro("deliveries").output
    (row,) = debts.gateway.store.deliveries_of(SystemScope(), debts.gateway.owed.row(id).consultation)
    assert row.status == "by-hand"


def test_every_code_the_product_gives_has_words() -> None:
    codes = ("unavailable: connecting", "unavailable: awaiting the answer", "poison", "http-422", "cannot: task",
             "fatal-error: MSG_Receiver_Identifier_UNKNOWN", "http-403", "lost", "paused", "")  # fmt: skip
    assert all(in_words(code) for code in codes if code) and in_words("") == ""
    assert in_words("http-422").startswith("The peer refused it (HTTP 422) and named no rule")
