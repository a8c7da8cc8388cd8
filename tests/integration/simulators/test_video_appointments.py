"""Agreed consultations as FUT's video appointments at a practice system that asks for them: once, in step, valid."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from adapters.contract import samples
from adapters.gp_system.fhir_r4 import Settings
from adapters.gp_system.fhir_r4.settings import VideoAppointments
from adapters.gp_system.fhir_r4.video_appointment import says_the_same, video_appointment
from gateway.certify.benches.fhir_r4 import Bench, new_key, practice_system
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import PeerError
from gateway.domain.peers.messages import EntryMessage
from simulators.gp.appointment_rules import broken

Json = dict[str, Any]
TEAM = "https://organization.ehealth.example/fhir/CareTeam/108752"
AT = datetime(2026, 12, 1, 9, 15, tzinfo=UTC)
ASKED = VideoAppointments(responsible=TEAM)
SCOPE = "system/Task.crus system/Subscription.crus system/Appointment.crus"
ASKING = {"video_appointments": {"responsible": TEAM}, "scope": SCOPE}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder: Path = tmp_path_factory.mktemp("appointments")
    pem = new_key()
    with practice_system(folder, pem) as address:
        made = Bench(address, pem, **ASKING)
        yield made
        made.system.close()


def agreed(bench: Bench, **more: Any) -> EntryMessage:
    return replace(samples.message(bench.ydernummer), agreed_at=AT, agreed_with="Lise Hansen", **more)


def there(bench: Bench, message: EntryMessage) -> list[Json]:
    """Every Appointment of that entry, by another login than the adapter's."""
    kept = bench.hand.get("/_sim/stored/Appointment").json()
    return [each for each in kept if each["identifier"][0]["value"] == str(message.entry.id)]


def test_an_agreed_consultation_is_announced_once(bench: Bench) -> None:
    message = agreed(bench)
    for _ in range(3):
        bench.system.enqueue(message)
    [found] = there(bench, message)
    assert (found["status"], found["start"], found["end"]) == (
        "booked",
        "2026-12-01T09:15:00.000Z",
        "2026-12-01T09:30:00.000Z",
    )
    assert bench.copies(message) == 1
    assert bench.system.probe(message) is not None


def test_one_that_is_not_agreed_is_not(bench: Bench) -> None:
    message = replace(samples.message(bench.ydernummer), agreed_at=None)
    bench.system.enqueue(message)
    assert there(bench, message) == []
    assert bench.system.probe(message) is not None


def test_nobody_who_has_not_asked_is_told(bench: Bench) -> None:
    plain, message = bench.connected(bench.address), agreed(bench)
    plain.enqueue(message)
    assert there(bench, message) == []
    plain.close()


@pytest.mark.parametrize("mode", ["effect-then-500", "drop-reply", "down-503"])
def test_a_fault_neither_loses_nor_doubles_it(bench: Bench, mode: str) -> None:
    message = agreed(bench)
    bench.hand.post("/_sim/faults", json={"route": "Appointment.create", "mode": mode}).raise_for_status()
    with pytest.raises(PeerError):
        bench.system.enqueue(message)
    bench.system.enqueue(replace(message, may_be_there=True))
    assert len(there(bench, message)) == 1 and bench.copies(message) == 1


def test_a_task_without_its_appointment_is_not_the_whole(bench: Bench) -> None:
    plain, message = bench.connected(bench.address), agreed(bench)
    plain.enqueue(message)
    assert bench.system.probe(message) is None
    bench.system.enqueue(message)
    assert bench.system.probe(message) is not None and len(there(bench, message)) == 1
    plain.close()


@pytest.mark.parametrize(
    ("ended", "status"), [(EntryStatus.WITHDRAWN, "cancelled"), (EntryStatus.EXPIRED, "cancelled")]
)
def test_it_ends_with_its_entry_and_keeps_what_the_service_added(bench: Bench, ended: EntryStatus, status: str) -> None:
    message = agreed(bench)
    bench.system.enqueue(message)
    over = replace(samples.moved(message, ended), agreed_at=AT)
    for _ in range(2):
        bench.system.update(over)
    [found] = there(bench, message)
    assert found["status"] == status
    assert [each["url"].rpartition("/")[2] for each in found["extension"]] == [
        "ehealth-responsible",
        "ehealth-meeting-url",
    ]


def test_another_time_moves_it(bench: Bench) -> None:
    message = agreed(bench)
    bench.system.enqueue(message)
    bench.system.update(replace(message, agreed_at=AT + timedelta(hours=1)))
    assert [each["start"] for each in there(bench, message)] == ["2026-12-01T10:15:00.000Z"]


def test_one_that_ended_before_it_was_announced_never_is(bench: Bench) -> None:
    message = replace(samples.moved(agreed(bench), EntryStatus.WITHDRAWN), agreed_at=AT)
    bench.system.update(message)
    assert there(bench, message) == []


# --- judged ---


@pytest.mark.parametrize("status", list(EntryStatus))
def test_what_is_said_is_valid(status: EntryStatus) -> None:
    message = replace(samples.message("034835"), agreed_at=AT)
    said = video_appointment(replace(message, entry=replace(message.entry, status=status)), ASKED)
    assert said is not None
    get_fhir_model_class("Appointment").model_validate(deepcopy(said))
    assert list(broken(said)) == []


MUTANTS: dict[str, Any] = {
    "meta.profile": lambda a: a.pop("meta"),
    "start": lambda a: a.pop("start"),
    "end": lambda a: a.pop("end"),
    "serviceType": lambda a: a.pop("serviceType"),
    "appointmentType": lambda a: a.update(appointmentType={"coding": [{"system": "x", "code": "ROUTINE"}]}),
    "extension": lambda a: a.pop("extension"),
    "participant": lambda a: a["participant"].pop(0),
}


@pytest.mark.parametrize("element", MUTANTS)
def test_the_practice_system_names_what_breaks_the_profile(element: str) -> None:
    said = video_appointment(replace(samples.message("034835"), agreed_at=AT), ASKED)
    assert said is not None
    MUTANTS[element](said)
    assert list(broken(said)) == [element]


def test_a_citizen_found_to_be_another_is_not_named() -> None:
    message = replace(samples.moved(samples.message("034835"), EntryStatus.WITHDRAWN, ended_reason="wrong-citizen"))
    said = video_appointment(replace(message, agreed_at=AT), ASKED)
    assert said is not None and len(said["participant"]) == 1


def test_moments_are_compared_by_meaning() -> None:
    said = video_appointment(replace(samples.message("034835"), agreed_at=AT), ASKED)
    assert said is not None
    assert says_the_same({**said, "start": "2026-12-01T10:15:00+01:00"}, said)
    assert not says_the_same({**said, "start": "2026-12-01T10:15:00Z"}, said)
    assert not says_the_same({**said, "start": "2026-12-01"}, said)


def test_what_cannot_be_announced_cannot_be_set_up() -> None:
    words = {"base_url": "https://gp.example/fhir", "client_id": str(uuid4()), "client_key": "env:KEY"}
    with pytest.raises(ValidationError, match="scope"):
        Settings.model_validate({**words, "video_appointments": {"responsible": TEAM}})
    with pytest.raises(ValidationError, match="responsible"):
        Settings.model_validate({**words, **ASKING, "video_appointments": {"responsible": "Lægerne"}})
