"""What the employee writes while she waits reads in the practice's own system, whatever its language is (C05, N10)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any
from uuid import uuid4

import pytest

import gateway.certify.benches as benches
from adapters.contract import samples
from gateway.domain.capability import Capability
from gateway.domain.consultation.queue_entry import EntryStatus, Remark
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.people import ActorKind

LATE = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)  # half past midnight in Denmark
WORDS = "Borgeren er blevet dårligere: 39,8° – æøå & <br>"
# Our own waiting room and a system that fetches from us show the row itself.
OURS = {"browser", "fhir_pull"}
NAMES = sorted(each.name for each in iter_modules(benches.__path__) if not each.name.startswith("_"))


def written(message: EntryMessage, *texts: str) -> EntryMessage:
    entry = message.entry
    said = [
        Remark(uuid4(), entry.id, entry.ydernummer, LATE + timedelta(minutes=n), str(ActorKind.EMPLOYEE), "", text)
        for n, text in enumerate(texts)
    ]
    return replace(message, remarks=tuple(said))


def held(bench: Any, message: EntryMessage) -> str:
    """Everything the peer has of it, by whichever look its bench has."""
    look = next(getattr(bench, name) for name in ("task", "row", "thread") if hasattr(bench, name))
    return json.dumps(look(message), ensure_ascii=False)


def benches_with_a_peer() -> list[str]:
    return [
        name for name in NAMES if name not in OURS and hasattr(import_module(f"{benches.__name__}.{name}"), "bench")
    ]


def test_every_practice_adapter_with_a_peer_is_tried() -> None:
    assert {"fhir_r4", "hl7v2", "medcom", "soap"} <= set(benches_with_a_peer())


@pytest.mark.parametrize("name", benches_with_a_peer())
def test_it_reads_there_with_its_time_and_is_gone_with_the_wrong_citizen(name: str, tmp_path: Path) -> None:
    with import_module(f"{benches.__name__}.{name}").bench(tmp_path) as bench:
        planned = Capability.ANNOUNCES in bench.system.capabilities
        message = samples.message(bench.ydernummer)
        bench.system.enqueue(message)
        said = written(samples.moved(message, EntryStatus.RECEIVED), WORDS, "Vi skal være færdige kl. 1.00")
        bench.system.update(said)
        there = held(bench, message)
        for text in ("kl. 0.30: ", "blevet dårligere: 39,8° – æøå", "kl. 0.31: Vi skal være færdige"):
            assert text in there, f"{text!r} does not read at {name}"
        if not planned:  # a message that was sent cannot be taken back
            wrong = replace(said.entry, status=EntryStatus.WITHDRAWN, ended_reason="wrong-citizen")
            bench.system.update(replace(said, entry=replace(wrong, revision=wrong.revision + 1), remarks=()))
            assert "blevet dårligere" not in held(bench, message)
