"""Every adapter that sends says each invented consultation or why it cannot, calls nobody, and says a difference."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import flask
import pytest
from flask_babel import Babel

from adapters.contract.scenarios import BY_NAME, SCENARIOS
from adapters.discovery import find_adapter, found_adapters
from gateway.certify.benches.hl7v2 import connected
from gateway.connecting.sampling import message_of, scenarios_of
from gateway.domain.errors import PeerCannot
from gateway.ports.peers import Rendering, TriedOut
from gateway.web.words.samples import scenario_words

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
# They are called, and call nobody: there is nothing to send.
PULLED = {("gp_system", "browser"), ("gp_system", "fhir_pull"), ("eoj", "signed_launch")}


def senders() -> Iterator[tuple[str, str]]:
    for kind in ("gp_system", "eoj"):
        yield from ((kind, each.name) for each in found_adapters(kind))


def test_there_are_as_many_as_promised_each_with_words() -> None:
    assert len(BY_NAME) == len(SCENARIOS) >= 30
    app = flask.Flask(__name__)
    Babel(app)
    with app.test_request_context():
        assert set(scenario_words()) == set(BY_NAME)
    assert "refusal" not in scenarios_of("gp_system") and "refusal" in scenarios_of("eoj")


@pytest.mark.parametrize(("kind", "name"), list(senders()))
def test_whoever_is_called_offers_its_steps_and_shows_what_it_sends(kind: str, name: str) -> None:
    made = find_adapter(kind, name).adapter
    assert (hasattr(made, "rendered")) is ((kind, name) not in PULLED)
    calls = (kind, name) not in {("gp_system", "browser"), ("gp_system", "fhir_pull")}
    assert hasattr(made, "trial") is calls


def _said(peer: Rendering, kind: str, name: str) -> str:
    try:
        return peer.rendered(message_of(kind, BY_NAME[name]), NOW)
    except PeerCannot as fault:
        return f"cannot {fault.capability}"


def test_hl7_says_what_care_asks_for() -> None:
    peer = connected("127.0.0.1", 1)
    assert isinstance(peer, TriedOut)
    assert "251248-9996" in _said(peer, "gp_system", "cpr") or "2512489996" in _said(peer, "gp_system", "cpr")
    hostile = _said(peer, "gp_system", "hostile")
    assert "\\F\\" in hostile and "A|B" not in hostile
    assert all(_said(peer, "gp_system", each) for each in scenarios_of("gp_system"))
