"""Which of our public keys are shown, from when and for how long (AD14)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from adapters.wire.oauth.client_key import ClientKey, new_client_key
from gateway.peers.published import BELIEVED, STILL_SHOWN, PublishedKeys
from gateway.store.peers.connections import Stanza
from tests.support.consultations import KOMMUNE_A
from tests.unit.web.console.console_world import ConsoleWorld


class Clock:
    """As far ahead as a test says."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def world(tmp_path: Path) -> ConsoleWorld:
    return ConsoleWorld(tmp_path, console_secrets=str(tmp_path / "peers"))


def laid(place: Path) -> tuple[str, str]:
    """A new key's reference, and the id under which it is shown."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(new_client_key())
    return f"file:{place}", ClientKey.from_pem(place.read_text()).kid


def shown(world: ConsoleWorld, clock: Clock) -> set[str]:
    keys = PublishedKeys(world.gateway.settings, world.gateway.connections, clock).jwks()["keys"]
    assert all("d" not in each for each in keys) and STILL_SHOWN.total_seconds() > BELIEVED
    return {str(each["kid"]) for each in keys}


def record(world: ConsoleWorld, key: str, owner: UUID | None = None) -> Stanza:
    config = {"base_url": "http://127.0.0.1:1/fhir", "client_id": "us", "client_key": key}
    return Stanza("gp-ny", "gp_system", "fhir_r4", owner, config, synthetic=True)


def test_a_replaced_key_is_shown_until_its_last_assertion_is_dead_and_a_dropped_one_no_longer(
    world: ConsoleWorld, tmp_path: Path
) -> None:
    g, clock = world.gateway, Clock()
    (old, first), (new, second), (never, third) = (laid(tmp_path / "peers" / "operator" / name) for name in "abc")
    g.connections.apply(record(world, old), "t", "t", g.clock.now())
    assert {first} < shown(world, clock)
    g.drafts.save("gp-ny", 1, record(world, never).config, "t", g.clock.now())
    assert {first, third} < shown(world, clock)
    g.drafts.drop("gp-ny", 2, "t", g.clock.now())
    assert third not in shown(world, clock)
    g.connections.apply(record(world, new), "t", "t", g.clock.now())
    clock.ahead = STILL_SHOWN - timedelta(minutes=1)
    assert {first, second} < shown(world, clock)
    clock.ahead = STILL_SHOWN + timedelta(minutes=1)
    assert second in shown(world, clock) and first not in shown(world, clock)


def test_a_key_that_an_organisation_keeps_itself_opens_no_other_peer(world: ConsoleWorld, tmp_path: Path) -> None:
    key, kid = laid(tmp_path / "peers" / str(KOMMUNE_A) / "own.pem")
    g = world.gateway
    g.connections.apply(record(world, key, KOMMUNE_A), "t", "t", g.clock.now())
    assert kid not in shown(world, Clock())
    world.gateway.settings = world.gateway.settings.model_copy(update={"console_secrets": ""})
    assert kid in shown(world, Clock()), "a file of the machine, named by whoever runs it"
