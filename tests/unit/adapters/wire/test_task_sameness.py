"""A Task that a library read and wrote again is the same Task; one whose meaning was touched is another."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.task import Task

from adapters.contract import samples
from adapters.gp_system import fhir_pull
from adapters.gp_system.fhir_pull.acts import acts_in
from adapters.gp_system.fhir_pull.mapping import standing_task
from adapters.gp_system.fhir_pull.unfit import Unfit
from adapters.gp_system.fhir_r4.standing import next_version
from adapters.wire.task.sameness import differing
from adapters.wire.task.writing import written
from gateway.domain.consultation.queue_entry import EntryStatus

Json = dict[str, Any]
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
EXAMPLES = sorted((Path(fhir_pull.__file__).parent / "examples").glob("*.task.json"))


def tasks() -> dict[str, Json]:
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in EXAMPLES}


def everywhere(change: Callable[[str, Any], Any]) -> Callable[[Json], Json]:
    def walked(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: walked(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [walked(each, name) for each in value]
        return change(name, value)

    return lambda task: dict(walked(task))


def times(form: Callable[[str], str]) -> Callable[[Json], Json]:
    names = ("authoredOn", "lastModified", "lastUpdated", "valueDateTime", "start")
    return everywhere(lambda name, value: form(value) if name in names else value)


def renamed(names: dict[str, str], mark: str = "") -> Callable[[Json], Json]:
    def rename(name: str, value: Any) -> Any:
        if name == "reference" and isinstance(value, str) and value.startswith("#"):
            return f"#{names.get(value[1:], value[1:])}"
        return mark + names[value] if name == "id" and value in names else value

    return everywhere(rename)


def by_fhir_resources(task: Json) -> Json:
    return dict(json.loads(Task.model_validate(deepcopy(task)).model_dump_json()))


def shuffled(task: Json) -> Json:
    names = [*task]
    random.Random(4).shuffle(names)
    return {name: task[name] for name in names} | {"contained": task["contained"][::-1]}


def typed(task: Json) -> Json:
    kinds = {each["id"]: each["resourceType"] for each in task["contained"]}
    put = deepcopy(task)
    for name in {"for", "requester"} & set(put):
        put[name]["type"] = kinds[put[name]["reference"][1:]]
    return put


def narrated(task: Json) -> Json:
    text = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Task</div>'}
    return {**task, "text": text, "contained": [{**each, "text": text, "meta": {}} for each in task["contained"]]}


LIBRARIES: dict[str, Callable[[Json], Json]] = {
    "as it is": lambda task: task,
    "offset for Z": times(lambda at: at.replace("Z", "+00:00")),
    "Danish winter": times(lambda at: at.replace("T09:", "T10:").replace("Z", "+01:00") if "T09:" in at else at),
    "microseconds": times(lambda at: at.replace(".000Z", ".000000Z")),
    "no fraction": times(lambda at: at.replace(".000Z", "Z")),
    "seven digits": times(lambda at: at.replace(".000Z", ".0000000+00:00")),
    "contained numbered": renamed({"citizen": "1", "employee": "2"}),
    "contained swapped": renamed({"citizen": "employee", "employee": "citizen"}),
    "contained by UUID": renamed({"citizen": "6f1c1cf0-0000-4000-8000-000000000001", "employee": "x.2"}),
    "contained with a hash, as DSTU2 did": renamed({"citizen": "citizen", "employee": "employee"}, "#"),
    "another order": shuffled,
    "empty elements": lambda task: {**task, "note": [], "partOf": None, "_authoredOn": {}, "basedOn": [None][:0]},
    "types of references": typed,
    "generated text": narrated,
    "fhir.resources": by_fhir_resources,
    "CRLF": everywhere(lambda name, value: value.replace("\n", "\r\n") if isinstance(value, str) else value),
}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", tasks())
def test_written_anew_is_the_same(name: str, library: str) -> None:
    task = tasks()[name]
    put = LIBRARIES[library](deepcopy(task))
    free = {"meta", "text", "lastModified"}
    assert set(differing(put, task)) <= free and set(differing(task, put)) <= free
    assert acts_in(put, task, "torvet-pull", NOW) == []


@pytest.mark.parametrize("name", tasks())
def test_every_value_that_is_touched_is_found(name: str) -> None:
    """Each leaf of what is ours to say, once: a second earlier, another number, another name."""
    task = tasks()[name]
    theirs = {"meta", "text", "lastModified", "note", "status", "statusReason", "businessStatus", "output"}
    for path in leaves({key: value for key, value in task.items() if key not in theirs}):
        put = deepcopy(task)
        place: Any = put
        for step in path[:-1]:
            place = place[step]
        if path[0] == "contained" and path[-1] == "id":
            continue  # a name alone; what refers to it by another name is found below
        place[path[-1]] = touched(place[path[-1]])
        assert path[0] in differing(put, task) or (path[0] == "contained" and differing(put, task)), path


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [leaf for step, each in steps for leaf in leaves(each, (*path, step))]
    return found or [path]


def touched(value: str) -> str:
    return value.replace("2026-11", "2026-12") if value.startswith("2026-11") else f"{value}x"


def test_a_reference_to_another_of_what_is_contained_is_another_reference() -> None:
    task = next(each for each in tasks().values() if "for" in each)
    assert "requester" in differing({**task, "requester": {"reference": "#citizen"}}, task)
    with pytest.raises(Unfit) as refused:
        acts_in({**task, "requester": {"reference": "#citizen"}}, task, "torvet-pull", NOW)
    assert refused.value.element == "Task.requester"


def test_what_refers_in_circles_costs_nothing() -> None:
    many = [{"reference": f"#{n}"} for n in range(60)]
    circle = [{"resourceType": "Basic", "id": str(n), "extension": many} for n in range(60)]
    put = {"resourceType": "Task", "contained": circle, "input": many}
    assert differing(put, {"resourceType": "Task"}) == ["contained", "input"]


# --- the same at a practice's own server -----------------------------------------------------------------------------


def standing(**fields: Any) -> Any:
    entry = samples.entry("034835", NOW, status=EntryStatus.RECEIVED, received_at=NOW, **fields)
    return samples.message("034835", entry=entry)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_server_that_writes_our_task_anew_has_kept_it(library: str) -> None:
    message = standing()
    task = standing_task(message, 1, NOW)
    kept = LIBRARIES[library](deepcopy(task))
    assert next_version(kept, message, "torvet-fhir", NOW) is None


def test_a_wrong_citizen_goes_also_where_the_server_has_renamed_her() -> None:
    task = LIBRARIES["contained numbered"](standing_task(standing(), 1, NOW))
    assert samples.TEST_CPR in json.dumps(task)
    gone = samples.message(
        "034835",
        entry=samples.entry("034835", NOW, status=EntryStatus.WITHDRAWN, ended_reason="wrong-citizen"),
    )
    version = written(task, gone, "cancelled", "cancelled", "")
    assert samples.TEST_CPR not in json.dumps(version) and len(version["contained"]) == 1
