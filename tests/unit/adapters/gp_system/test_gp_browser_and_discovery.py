"""The waiting room of our own, and how adapters are found."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from adapters.contract import samples
from adapters.discovery import adapter_names, find_adapter, found_adapters
from adapters.gp_system.browser import Adapter, Settings
from gateway.domain.capability import Capability
from gateway.domain.errors import ConfigFault, PeerCannot

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def waiting_room() -> Adapter:
    return Adapter("torvet", Settings(), lambda reference: reference, clock=lambda: NOW)


def test_a_row_is_received_the_moment_it_is_sent() -> None:
    message = samples.message("034835")
    for receipt in (waiting_room().enqueue(message), waiting_room().update(message)):
        assert receipt.received_at == NOW
        assert receipt.reference == str(message.entry.id)


def test_nothing_ever_comes_home_over_a_wire() -> None:
    assert waiting_room().changes("") == ([], "")
    assert waiting_room().read(samples.message("034835").entry.id) == []


def test_what_it_has_no_use_for_is_said() -> None:
    room = waiting_room()
    assert Capability.PROBE not in room.capabilities
    with pytest.raises(PeerCannot):
        room.probe(samples.message("034835"))
    with pytest.raises(PeerCannot):
        room.keep_subscribed("https://x.example", "t")


def test_a_stanza_holds_nothing_else() -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"base_url": "https://x.example"})


def test_adapters_are_found_by_their_folder() -> None:
    assert {"browser", "fhir_r4"} <= set(adapter_names("gp_system"))
    found = find_adapter("gp_system", "fhir_r4")
    assert (found.kind, found.name) == ("gp_system", "fhir_r4")
    assert callable(found.module.parse_notification)
    assert [each.name for each in found_adapters("gp_system")] == adapter_names("gp_system")


def test_what_is_not_there_is_a_fault_of_the_stanza() -> None:
    for kind, name in (("gp_system", "telepathy"), ("weather", "fhir_r4"), ("gp_system", "../eoj")):
        with pytest.raises(ConfigFault):
            find_adapter(kind, name)
