"""What Prometheus reads: every figure that is promised, no person, few labels, each attempt counted once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from gateway.domain.alarm import AlarmKind, Condition
from gateway.domain.errors import ConfigFault
from gateway.domain.peers.delivery import Outcome
from gateway.domain.room import Heartbeat, NodeState
from gateway.metrics import exporter, names
from gateway.store.ground.engine import open_engine
from gateway.store.migrations.creation import create_schema
from gateway.wiring import Gateway
from tests.architecture.source import ROOT
from tests.support.consultations import CITIZENS, NURSE, REASON
from tests.support.processes.relaying import DOOR, Debts

LONG = timedelta(hours=1)
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
PROMISED = {value[0] for name, value in vars(names).items() if name.isupper()}


@pytest.fixture
def debts(tmp_path: Path) -> Debts:
    url = f"sqlite:///{tmp_path / 'metrics.db'}"
    engine = open_engine(url)
    create_schema(engine)
    engine.dispose()
    return Debts(tmp_path, url, "redis://127.0.0.1:1/0")


@pytest.fixture
def scraped(debts: Debts) -> Iterator[Any]:
    port = exporter.serve(exporter.of_the_gateway(debts.gateway), "127.0.0.1:0")
    yield lambda: httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text


def samples(text: str) -> Samples:
    found = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {(one.name, frozenset(one.labels.items())): one.value for one in found}


def value(text: str, name: str, **labels: str) -> float | None:
    return samples(text).get((name, frozenset(labels.items())))


def ended(gateway: Gateway, debts: Debts, outcome: Outcome, fault: str = "") -> None:
    debts.owe()
    claimed = gateway.outbox.claim(LONG)
    assert claimed is not None
    gateway.outbox.settle(claimed, outcome, pause=LONG, fault=fault)


def test_every_promised_figure_is_there_and_says_what_the_rows_say(debts: Debts, scraped: Any) -> None:
    g = debts.gateway
    first = scraped()
    for outcome, fault in (
        (Outcome.DONE, ""),
        (Outcome.REFUSED, "http-422"),
        (Outcome.UNKNOWN, "unavailable: sending"),
    ):
        ended(g, debts, outcome, fault)
    g.alarms.update([Condition(AlarmKind.STUCK, DOOR, None)], {})
    g.alarms.beat("relay", "one")
    for name, unsealed in (("media-1", 2), ("media-2", 1)):
        g.rooms.note(Heartbeat(name, 1, (), NodeState(name, "", 4, 0.1, False, unsealed)), datetime.now(UTC))
    said = scraped()
    assert value(first, "laegebro_database_up") == 1
    assert value(said, "laegebro_deliveries", connection=DOOR, kind="enqueue", state="stuck") == 1
    assert value(said, "laegebro_deliveries", connection=DOOR, kind="enqueue", state="unknown") == 1
    for outcome in ("done", "refused", "unknown"):
        assert value(said, "laegebro_attempts_total", connection=DOOR, outcome=outcome) == 1
    assert value(said, "laegebro_attempt_seconds_count", connection=DOOR) == 3
    assert value(said, "laegebro_connection_state", connection=DOOR, kind="gp_system", state="well") == 1
    assert value(said, "laegebro_alarms", alarm="delivery-stuck", subject=DOOR, owner="operations") == 1
    assert value(said, "laegebro_rooms", state="occupied") == 0
    assert (value(first, "laegebro_unsealed_seats"), value(said, "laegebro_unsealed_seats")) == (0, 3)
    present = {name for name, _ in samples(said)}
    missing = {one for one in PROMISED - {names.STREAMS[0]} if not any(name.startswith(one) for name in present)}
    # A register nobody imported has no age; nothing differs; no lease was lost.
    assert missing <= {names.REGISTER_AGE[0], names.DIFFERENCES[0], names.LOST[0]}


def test_an_attempt_is_counted_once_however_often_it_is_scraped(debts: Debts, scraped: Any) -> None:
    scraped()
    ended(debts.gateway, debts, Outcome.DONE)
    for _ in range(3):
        said = scraped()
    assert value(said, "laegebro_attempts_total", connection=DOOR, outcome="done") == 1
    ended(debts.another(), debts, Outcome.DONE)
    assert value(scraped(), "laegebro_attempts_total", connection=DOOR, outcome="done") == 2


def test_no_label_is_a_person_or_an_id(debts: Debts, scraped: Any) -> None:
    for _ in range(5):
        ended(debts.gateway, debts, Outcome.REFUSED, "http-422")
    said = scraped()
    for word in (*[word for person in CITIZENS for word in person], NURSE.name, REASON):
        assert word not in said
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-|LB-[0-9A-Z]{4}|\b\d{10}\b", said)
    labels = {name for family in text_string_to_metric_families(said) for s in family.samples for name in s.labels}
    ours = {"connection", "kind", "state", "outcome", "register", "process", "alarm", "subject", "owner", "le"}
    assert labels <= ours


def test_more_deliveries_make_no_more_lines(debts: Debts, scraped: Any) -> None:
    scraped()
    ended(debts.gateway, debts, Outcome.REFUSED, "http-422")
    before = len(samples(scraped()))
    for number in range(10):
        ended(debts.gateway, debts, Outcome.REFUSED, f"code-{number}")
    assert len(samples(scraped())) == before


def test_a_database_that_is_away_is_said_and_nothing_else(tmp_path: Path, debts: Debts) -> None:
    away = Gateway(debts.settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/none/x.db"}))
    port = exporter.serve(exporter.of_the_gateway(away), "127.0.0.1:0")
    said = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
    assert value(said, "laegebro_database_up") == 0 and "laegebro_deliveries{" not in said


@pytest.mark.parametrize("listen", ["localhost", "127.0.0.1:http", "127.0.0.1:99999"])
def test_a_wrong_address_is_named(listen: str) -> None:
    with pytest.raises(ConfigFault, match="LAEGEBRO_METRICS_LISTEN"):
        exporter.serve(exporter.of_a_process(), listen)


def test_a_port_that_is_taken_is_named() -> None:
    port = exporter.serve(exporter.of_the_streams(lambda: 3), "127.0.0.1:0")
    said = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
    assert value(said, "laegebro_live_streams") == 3
    with pytest.raises(ConfigFault, match="LAEGEBRO_METRICS_LISTEN"):
        exporter.serve(exporter.of_a_process(), f"127.0.0.1:{port}")


def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((ROOT / "config" / "alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_rule_is_over_metrics_that_exist_and_says_what_to_do(rule: dict[str, Any]) -> None:
    used = set(re.findall(r"laegebro_\w+", rule["expr"]))
    series = {one + suffix for one in PROMISED for suffix in ("", "_total", "_bucket", "_count", "_sum")}
    assert used and used <= series
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("page", "ticket") and {"summary", "action"} <= set(rule["annotations"])


def test_the_dashboard_shows_every_metric_by_its_own_labels() -> None:
    """Each expression is over series that exist, by labels they have; panels do not lie upon each other."""
    board = json.loads((ROOT / "config" / "dashboard.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    asked += [each["query"]["query"] for each in board["templating"]["list"] if each["type"] == "query"]
    shown = {re.sub("_(total|bucket)$", "", name) for each in asked for name in re.findall(r"laegebro_\w+", each)}
    assert shown == set(PROMISED)
    labels = {
        word for each in asked for group in re.findall(r"(?:by|on) \((.*?)\)", each) for word in group.split(", ")
    }
    labels |= {word for each in asked for word in re.findall(r"[{,](\w+)=", each)}
    assert labels <= set(re.findall(r"\w+", (ROOT / "gateway/metrics/states.py").read_text(encoding="utf-8"))) | {
        "le"
    } | {"outcome"}
    cells = [(p["gridPos"]["x"] + x, p["gridPos"]["y"] + y) for p in board["panels"] for x, y in inside(p["gridPos"])]
    assert len(cells) == len(set(cells)) and max(x for x, _ in cells) < 24


def inside(place: dict[str, int]) -> list[tuple[int, int]]:
    return [(x, y) for x in range(place["w"]) for y in range(place["h"])]


def test_every_metric_is_documented_and_nothing_else_is() -> None:
    told = set(re.findall(r"`(laegebro_\w+)`", (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")))
    counters = {names.ATTEMPTS[0], names.LOST[0]}
    assert told == {f"{one}_total" if one in counters else one for one in PROMISED}
