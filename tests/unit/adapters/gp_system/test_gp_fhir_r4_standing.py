"""Our row decides, but treads on no claim it has not heard; only legal moves; our echo is no claim."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fhir.resources.R4B.task import Task

from adapters.contract import samples
from adapters.gp_system.fhir_r4.mapping import first_task
from adapters.gp_system.fhir_r4.standing import next_version
from adapters.wire.task.claims import claims_of, who_id_of
from adapters.wire.task.words import BUSINESS, MOVES, OUTPUT, STATUS, TERMINAL, Json, said_in
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.peers.messages import EntryMessage, PeerVerb

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PEER = "torvet-fhir"


def fresh(**fields: Any) -> EntryMessage:
    return samples.message("034835", entry=samples.entry("034835", NOW), **fields)


def stored(task: Json, version: int = 1) -> Json:
    Task.model_validate(task)
    at = (NOW + timedelta(seconds=version)).isoformat()
    return {**task, "meta": {"versionId": str(version), "lastUpdated": at}}


def brought(task: Json, message: EntryMessage) -> list[Json]:
    """Every version on the way, each a valid R4 Task and a legal move."""
    versions: list[Json] = []
    for number in range(2, 12):
        version = next_version(task, message, PEER, NOW)
        if version is None:
            return versions
        assert version.task["status"] in (task["status"], *MOVES.get(task["status"], ()))
        task = stored(version.task, number)
        versions.append(task)
        if version.last:
            assert next_version(task, message, PEER, NOW) is None, "said once is said"
            return versions
    raise AssertionError("never done")


def by_peer(task: Json, status: str, who: str = "", business: str = "", **fields: Any) -> Json:
    """What the practice's own system does to the Task."""
    changed = {**task, "status": status, **fields}
    changed.pop("businessStatus", None)
    if business:
        changed["businessStatus"] = {"coding": [{"system": BUSINESS, "code": business}]}
    if who:
        kind = {"coding": [{"system": OUTPUT, "code": "accepted-by"}]}
        changed["output"] = [{"type": kind, "valueString": who}]
    return stored(changed, int(task["meta"]["versionId"]) + 1)


def verbs(task: Json) -> set[PeerVerb]:
    return {claim.verb for claim in claims_of(task, PEER, NOW)}


def waiting(message: EntryMessage) -> Json:
    return by_peer(stored(first_task(message, NOW)), "received")


def row_accepted(message: EntryMessage, by: str, name: str) -> EntryMessage:
    return samples.moved(
        message, EntryStatus.ACCEPTED, accepted_by=by, accepted_name=name, received_at=NOW, seen_at=NOW
    )


def own_winner(message: EntryMessage, task: Json) -> EntryMessage:
    return row_accepted(message, who_id_of(task, PEER), "Lise Hansen")


@pytest.mark.parametrize("status", list(EntryStatus))
@pytest.mark.parametrize("at_peer", ["requested", "received", "accepted", "in-progress"])
def test_every_state_of_our_row_reaches_every_state_of_the_task_legally(at_peer: str, status: EntryStatus) -> None:
    message = fresh()
    task = waiting(message)
    task = by_peer(task, at_peer, who="Lise Hansen" if at_peer in ("accepted", "in-progress") else "")
    versions = brought(task, samples.moved(samples.moved(message, status), status))
    final = versions[-1] if versions else task
    assert not ({PeerVerb.ACCEPT, PeerVerb.REJECT} & verbs(final)) or status.waits
    if status.ended:
        assert final["status"] in TERMINAL
        assert final["status"] == STATUS[status] or at_peer == "in-progress"


def test_an_accept_not_heard_yet_is_left_alone_and_still_claimed() -> None:
    message = fresh()
    taken = by_peer(waiting(message), "accepted", who="Lise Hansen")
    corrected = replace(samples.moved(message, EntryStatus.RECEIVED), reason="Rettet")
    (version,) = brought(taken, corrected)
    assert version["status"] == "accepted"
    assert version["description"] == "Rettet"
    assert PeerVerb.ACCEPT in verbs(version)


def test_an_accept_heard_is_no_claim_any_more() -> None:
    message = fresh()
    taken = by_peer(waiting(message), "accepted", who="Lise Hansen")
    (version,) = brought(taken, own_winner(message, taken))
    assert verbs(version) == set()
    assert said_in(version) is not None


def test_somebody_else_won_and_the_task_names_the_winner() -> None:
    message = fresh()
    taken = by_peer(waiting(message), "accepted", who="Lise Hansen")
    (version,) = brought(taken, row_accepted(message, "clinic-user-7", "Omar Saleh"))
    assert [output["valueString"] for output in version["output"]] == ["Omar Saleh"]
    assert verbs(version) == set()


def test_nobody_answered_and_the_task_waits_again_as_put_back() -> None:
    message = fresh()
    taken = by_peer(waiting(message), "accepted", who="Lise Hansen")
    accepted = own_winner(message, taken)
    (said,) = brought(taken, accepted)
    missed = samples.moved(accepted, EntryStatus.RECEIVED, accepted_by="", accepted_name="", misses=1)
    (version,) = brought(said, replace(missed, availability="away"))
    assert (version["status"], "output" in version) == ("received", False)
    assert version["businessStatus"]["coding"][0]["code"] == "put-back"
    assert version["businessStatus"]["text"] == "Medarbejderen er ikke ved skærmen"
    assert PeerVerb.PUT_BACK not in verbs(version), "our own put back is no claim"


def test_put_back_is_a_decision_even_where_the_accept_was_never_answered() -> None:
    """The first update was lost on the way: two revisions without a new text are an accept and a put back."""
    message = fresh()
    taken = by_peer(waiting(message), "accepted", who="Lise Hansen")
    row = own_winner(message, taken)
    back = samples.moved(row, EntryStatus.RECEIVED, accepted_by="", accepted_name="", misses=1)
    assert brought(taken, back)[-1]["status"] == "received"


def test_a_put_back_not_heard_yet_stands_and_is_claimed() -> None:
    message = fresh()
    taken = by_peer(waiting(message), "accepted", who="Lise Hansen")
    accepted = own_winner(message, taken)
    back = by_peer(taken, "received", business="put-back")
    (version,) = brought(back, accepted)
    assert version["status"] == "received"
    assert PeerVerb.PUT_BACK in verbs(version)


def test_a_rejected_task_is_final_and_stays_a_claim_until_our_row_follows() -> None:
    message = fresh()
    rejected = by_peer(waiting(message), "rejected", statusReason={"text": "Afvist videokonsultation"})
    assert brought(rejected, row_accepted(message, "clinic-user-7", "Omar Saleh")) == []
    assert PeerVerb.REJECT in verbs(rejected)


def test_a_seen_not_heard_yet_survives_a_corrected_text() -> None:
    message = fresh()
    seen = by_peer(waiting(message), "received", business="seen")
    corrected = replace(samples.moved(message, EntryStatus.RECEIVED, received_at=NOW), reason="Rettet")
    (version,) = brought(seen, replace(corrected, availability="away"))
    assert PeerVerb.SEEN in verbs(version)


def test_an_old_message_never_overwrites_a_newer_one() -> None:
    message = fresh()
    newer = samples.moved(samples.moved(message, EntryStatus.RECEIVED), EntryStatus.WITHDRAWN)
    cancelled = brought(waiting(message), newer)[-1]
    older = replace(samples.moved(message, EntryStatus.RECEIVED), reason="En ældre tekst")
    assert brought(cancelled, older) == []
    taken = row_accepted(samples.moved(message, EntryStatus.RECEIVED), "clinic-user-7", "Omar Saleh")
    assert brought(brought(waiting(message), taken)[-1], older) == []


def test_the_wrong_citizen_is_erased_even_from_an_ended_task() -> None:
    message = fresh()
    rejected = by_peer(waiting(message), "rejected", statusReason={"text": "Afvist videokonsultation"})
    wrong = samples.moved(message, EntryStatus.WITHDRAWN, ended_reason="wrong-citizen")
    for task in (rejected, waiting(message)):
        final = brought(task, wrong)[-1]
        assert "for" not in final and "description" not in final
        assert samples.TEST_CPR not in str(final) and samples.TEST_NAME not in str(final)
        assert "Berggren" not in str(final)


def test_what_is_not_ours_is_kept() -> None:
    message = fresh()
    foreign = {"type": {"text": "kø"}, "valueString": "3"}
    task = by_peer(waiting(message), "received", note=[{"text": "Ring først"}], output=[foreign])
    task["identifier"] = [*task["identifier"], {"system": "https://vendor.example", "value": "17"}]
    final = brought(task, samples.moved(message, EntryStatus.WITHDRAWN))[-1]
    assert final["note"] == [{"text": "Ring først"}]
    assert foreign in final["output"]
    assert task["identifier"] == final["identifier"]


def test_every_way_between_two_states_ends() -> None:
    """Any state our row can take, after any claim of the practice, over three messages in a row."""
    states = list(EntryStatus)
    for at_peer, first, second in itertools.product(("received", "accepted"), states, states):
        message = fresh()
        task = by_peer(waiting(message), at_peer, who="Lise Hansen" if at_peer == "accepted" else "")
        for status in (first, second):
            message = samples.moved(message, status)
            task = (brought(task, message) or [task])[-1]
