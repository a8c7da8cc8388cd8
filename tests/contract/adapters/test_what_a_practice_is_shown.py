"""An agreement and a round of three read in every practice's system, whatever its language is, or are refused (D2, D9).

What the employee writes while she waits: ``test_what_the_employee_writes.py``.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC
from importlib import import_module
from itertools import product
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

import adapters.gp_system
import gateway.certify.benches as benches
from adapters.contract import samples
from adapters.gp_system.fhir_pull.mapping import standing_task
from gateway.domain.capability import Capability
from gateway.domain.consultation.aggregate import Kind
from gateway.domain.errors import PeerCannot
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.practice import COPENHAGEN
from gateway.services.compose import entry_message
from simulators.gp import queue_view
from tests.support.consultations import case
from tests.unit.web.acts.stage import Stage
from tests.unit.web.nurse_world import OWN

ADAPTERS = sorted(each.name for each in iter_modules(adapters.gp_system.__path__) if each.ispkg)
WHO = "Peter Vang i receptionen"
ZONES, CLOCKS = (COPENHAGEN, UTC), ("%H.%M", "%H:%M", "%Y%m%d%H%M")
ROUND = "Gennemgang af 3 borgere: Medicin på plejehjemmet"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("shown"))


def of_three(stage: Stage, message: EntryMessage) -> EntryMessage:
    """As the product composes it: nobody is named, and how many they are is said."""
    people = tuple(case(number, practice=OWN) for number in range(3))
    made = stage.at("waiting", kind=Kind.ROUND, cases=people, reason="Medicin på plejehjemmet")
    composed = entry_message(made, made.entries[-1].id, stage.gateway.organisation(made.tenant), "https://us.example")
    return replace(message, citizen=None, consent="", reason=composed.reason)


def shown(name: str, message: EntryMessage, bench: Any) -> str:
    """What the practice has of it: its own screen, row or thread, or the document that it fetches."""
    if name == "fhir_pull":
        return json.dumps(standing_task(message, 1, message.entry.requested_at), ensure_ascii=False)
    bench.system.enqueue(message)
    if name == "fhir_r4":
        return json.dumps(queue_view.row(bench.task(message)), ensure_ascii=False)
    look = next(getattr(bench, each) for each in ("row", "thread") if hasattr(bench, each))
    return json.dumps(look(message), ensure_ascii=False)


def our_waiting_room(stage: Stage, **changes: Any) -> str:
    stage.at("waiting", **changes)
    return stage.doctor.client.get("/klinik").get_data(as_text=True)


@pytest.mark.parametrize("name", ADAPTERS)
def test_an_agreement_and_a_round_of_three_read_there(name: str, stage: Stage, tmp_path: Path) -> None:
    if name == "browser":
        people = tuple(case(number, practice=OWN) for number in range(3))
        page = our_waiting_room(stage, kind=Kind.ROUND, cases=people, reason="Medicin på plejehjemmet", agreed_with=WHO)
        assert ROUND in page and f"med {WHO}" in page
        return
    with import_module(f"{benches.__name__}.{name}").bench(tmp_path) as bench:
        agreed = samples.message(bench.ydernummer, agreed_with=WHO)
        text = shown(name, agreed, bench)
        assert agreed.agreed_at is not None and WHO in text
        assert any(agreed.agreed_at.astimezone(zone).strftime(form) in text for zone, form in product(ZONES, CLOCKS))
        several = of_three(stage, samples.message(bench.ydernummer, agreed_with=WHO))
        if Capability.ANNOUNCES in bench.system.capabilities:
            with pytest.raises(PeerCannot):
                bench.system.enqueue(several)
        else:
            assert ROUND in shown(name, several, bench)
