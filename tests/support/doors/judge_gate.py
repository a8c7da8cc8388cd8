"""The gate before the judge: the same verdict on every official example and on every mutant of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from adapters.wire.medcom import structure
from adapters.wire.medcom.judging import judged
from adapters.wire.medcom.table import generations
from tests.support.doors.medcom_mutants import mutants
from tests.support.doors.medcom_rich import event_of, messages

Json = dict[str, Any]
CONTEXTS = {"care-communication-message": "cc504", "acknowledgement-message": "ack"}
Verdicts = Callable[[str, dict[str, Json]], dict[str, bool]]


def official(packages: Path) -> Iterator[tuple[str, Json]]:
    """Every message example of every package that is one of the two kinds."""
    for file in sorted(packages.glob("*/package/example/*.json")):
        found = json.loads(file.read_text(encoding="utf-8"))
        if found.get("resourceType") == "Bundle" and found.get("type") == "message" and event_of(found) in CONTEXTS:
            yield f"{file.parents[2].name}-{file.stem}", found


def is_let_in(bundle: Json, event: str) -> bool:
    return not structure.faults(bundle) and not judged(bundle, generations()[event])


def disagreements(packages: Path, verdicts: Verdicts) -> list[str]:
    """Names of messages of which gate and judge say different things; prints how many there were."""
    wrong: list[str] = []
    for event, context in CONTEXTS.items():
        examples = {name: each for name, each in official(packages) if event_of(each) == event}
        rich = {f"rich-{number}": each for number, each in enumerate(messages(event))}
        broken = {"-".join(each.rule): each.bundle for each in mutants(messages(event), generations()[event])}
        asked = {**examples, **rich, **broken}
        said = verdicts(context, asked)
        wrong += [name for name, each in asked.items() if is_let_in(each, event) != said[name]]
        wrong += [name for name in [*examples, *rich] if not said[name]]
        print(f"gate: {context}: {len(examples)} official examples, {len(broken)} mutants, {len(wrong)} disagreements")
    return wrong
