"""The FHIR adapter against a running practice system: other kinds of servers, races, lost notifications."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.contract import samples
from adapters.contract.gp_promises import PROMISES, Promise
from adapters.gp_system.fhir_r4 import read_notification
from gateway.certify.benches.fhir_r4 import Bench, new_key, practice_system
from gateway.certify.fault_server import FaultServer
from gateway.certify.notification_door import NotificationDoor
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import PeerRefused
from gateway.domain.peers.messages import PeerVerb

# A network of its own, and ids in notifications that are not ours: those two need update-as-create.
OTHERWISE = {"silence_has_three_phases", "a_notification_leads_to_the_claim"}


def without_update_create(path: str, body: bytes) -> bytes:
    """A server that chooses ids itself, as many do."""
    if not path.endswith("/metadata"):
        return body
    statement = json.loads(body)
    for resource in statement["rest"][0]["resource"]:
        resource["updateCreate"] = False
    return json.dumps(statement).encode()


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    pem = new_key()
    with practice_system(tmp_path_factory.mktemp("gp"), pem) as address:
        yield address, pem


@pytest.fixture
def bench(peer: tuple[str, str]) -> Iterator[Bench]:
    made = Bench(*peer)
    yield made
    made.close()


@pytest.fixture(scope="module")
def choosing_ids_itself(peer: tuple[str, str]) -> Iterator[Bench]:
    with FaultServer(peer[0], without_update_create) as network:
        made = Bench(*peer, network=network.url)
        yield made
        made.close()


@pytest.mark.parametrize("promise", [p for p in PROMISES if p.name not in OTHERWISE], ids=lambda p: p.name)
def test_a_server_that_chooses_ids_itself_is_served_as_well(promise: Promise, choosing_ids_itself: Bench) -> None:
    promise.try_on(choosing_ids_itself)


def test_that_server_really_chose_the_id(choosing_ids_itself: Bench) -> None:
    message = samples.message("034835")
    receipt = choosing_ids_itself.system.enqueue(message)
    assert receipt.reference != f"Task/{message.entry.id}"
    assert choosing_ids_itself.task(message)["id"] == receipt.reference.removeprefix("Task/")


def test_its_subscription_stands_once(choosing_ids_itself: Bench) -> None:
    with NotificationDoor() as door:
        for _ in range(3):
            choosing_ids_itself.system.keep_subscribed(door.endpoint, door.token)
        assert choosing_ids_itself.until(lambda: len(door.heard()) >= 1)
        assert [read_notification(each).kind for each in door.heard()] == ["handshake"]


def test_eight_hands_at_once_put_in_one_entry(bench: Bench) -> None:
    message = samples.message("034835")
    with ThreadPoolExecutor(8) as hands:
        receipts = list(hands.map(bench.system.enqueue, [message] * 8))
    assert bench.copies(message) == 1
    assert [receipt.replayed for receipt in receipts].count(False) == 1


def test_a_clinicians_click_between_reading_and_writing_is_not_overwritten(peer: tuple[str, str]) -> None:
    """If-Match refuses our stale version; the next look sees the accept and leaves it."""
    clicked = threading.Event()

    def click_after_the_read(path: str, body: bytes) -> bytes:
        if f"/Task/{message.entry.id}" in path and not clicked.is_set():
            clicked.set()
            hands.accept(message)
        return body

    message, hands = samples.message("034835"), Bench(*peer)
    hands.system.enqueue(message)
    _, cursor = hands.system.changes("")
    with FaultServer(peer[0], click_after_the_read) as network:
        racing = hands.connected(network.url)
        corrected = samples.moved(message, EntryStatus.RECEIVED)
        racing.update(replace(corrected, reason="Rettet midt i det hele"))
        racing.close()
    assert clicked.is_set()
    assert hands.task(message)["status"] == "accepted"
    assert hands.text_at_peer(message) == "Rettet midt i det hele"
    claims, _ = hands.system.changes(cursor)
    assert PeerVerb.ACCEPT in {claim.verb for claim in claims}
    hands.close()


def test_what_is_created_only_to_be_ended_knows_nobody(bench: Bench) -> None:
    message = samples.message("034835", reason="Sår på hælen")
    bench.system.update(samples.moved(message, EntryStatus.EXPIRED))
    answer = bench._store.get(f"Task/{message.entry.id}/_history").body.decode()
    assert '"cancelled"' in answer
    for secret in (samples.TEST_CPR, samples.TEST_NAME, "Bo Berggren", "Sår på hælen"):
        assert secret not in answer


@pytest.mark.parametrize("mode", ["drop-reply", "effect-then-500", "late-apply"])
def test_a_lost_answer_to_an_update_is_looked_up_at_once(mode: str, bench: Bench) -> None:
    message = samples.message("034835")
    bench.system.enqueue(message)
    bench.hand.post("/_sim/faults", json={"route": "Task.update", "mode": mode, "delay": 0.2})
    bench.system.update(samples.moved(message, EntryStatus.WITHDRAWN, ended_reason="solved"))
    effects = bench.log()["effects"][f"urn:ietf:rfc:3986|urn:uuid:{message.key}"]
    assert effects.get("Task.update") == 1
    assert bench.task(message)["status"] == "cancelled"


def test_a_lost_notification_shows_as_a_gap_and_polling_finds_the_claim(bench: Bench) -> None:
    message, other = samples.message("034835"), samples.message("034835")
    with NotificationDoor() as door:
        bench.system.keep_subscribed(door.endpoint, door.token)
        assert bench.until(lambda: len(door.heard()) == 1)
        _, cursor = bench.system.changes("")
        bench.system.enqueue(message)  # two events: arrived, received
        assert bench.until(lambda: len(door.heard()) == 3)
        last = read_notification(door.heard()[-1]).total
        bench.hand.post("/_sim/faults", json={"route": "Subscription.notify", "mode": "down-503"})
        bench.accept(message)
        bench.system.enqueue(other)
        assert bench.until(lambda: len(door.heard()) >= 4)
        assert not read_notification(door.heard()[3]).follows(last)
    claims, _ = bench.system.changes(cursor)
    assert (message.entry.id, PeerVerb.ACCEPT) in {(claim.entry_id, claim.verb) for claim in claims}


def test_a_subscription_the_server_gave_up_on_is_asked_for_again(bench: Bench) -> None:
    with NotificationDoor() as door:
        bench.system.keep_subscribed(door.endpoint, door.token)
        assert bench.until(lambda: len(door.heard()) == 1)
        bench.system.keep_subscribed(door.endpoint, "another-token")  # the door no longer knows us

        def shaken_again() -> bool:
            bench.system.keep_subscribed(door.endpoint, door.token)
            return len(door.heard()) >= 2

        assert bench.until(shaken_again)


def test_a_subscription_that_changes_under_our_hands_still_becomes_ours(peer: tuple[str, str]) -> None:
    """The server marks it *active* just as we write: our stale version is refused, and the next look writes again."""
    touched = threading.Event()

    def touch_after_the_read(path: str, body: bytes) -> bytes:
        if "/Subscription/" in path and not touched.is_set():
            touched.set()
            hands.system.keep_subscribed(door.endpoint, "a-newer-token")
        return body

    hands = Bench(*peer)
    with NotificationDoor() as door, FaultServer(peer[0], touch_after_the_read) as network:
        hands.system.keep_subscribed(door.endpoint, "an-older-token")
        racing = hands.connected(network.url)
        racing.keep_subscribed(door.endpoint, door.token)
        racing.close()
        assert touched.is_set()
        assert hands.until(lambda: len(door.heard()) >= 1)
    hands.close()


def test_more_changes_than_a_page_all_come_home(bench: Bench) -> None:
    _, cursor = bench.system.changes("")
    messages = [samples.message("034835") for _ in range(120)]
    with ThreadPoolExecutor(4) as hands:
        list(hands.map(bench.system.enqueue, messages))
    claims, _ = bench.system.changes(cursor)
    assert {message.entry.id for message in messages} <= {claim.entry_id for claim in claims}


def test_a_next_page_at_a_strangers_is_asked_of_our_peer_only(peer: tuple[str, str]) -> None:
    """Our token never leaves for another host, and a server that leads in circles is left."""
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        stranger.setblocking(False)
        address = f"http://127.0.0.1:{stranger.getsockname()[1]}/fhir/Task?_count=100"

        def lured(path: str, body: bytes) -> bytes:
            if "/Task?" not in path:
                return body
            bundle: dict[str, Any] = json.loads(body)
            bundle["link"] = [{"relation": "next", "url": address}]
            return json.dumps(bundle).encode()

        hands = Bench(*peer)
        with FaultServer(peer[0], lured) as network:
            system = hands.connected(network.url)
            _, cursor = system.changes("")
            system.changes(cursor)
            system.close()
        hands.close()
        with pytest.raises(BlockingIOError):
            stranger.accept()


def test_a_strangers_task_under_our_id_is_refused(bench: Bench, tmp_path: Path) -> None:
    message = samples.message("034835")
    bench.system.enqueue(message)
    task = bench.task(message)
    stolen = [{"system": "https://laegebro.dk/fhir/sid/queue-entry", "value": str(samples.message("034835").entry.id)}]
    headers = {"Content-Type": "application/fhir+json", "If-Match": f'W/"{task["meta"]["versionId"]}"'}
    bench._store.send("PUT", f"Task/{task['id']}", body={**task, "identifier": stolen}, headers=headers)
    with pytest.raises(PeerRefused) as refused:
        bench.system.enqueue(message)
    assert refused.value.code == "other-task-there"


def test_a_practice_that_is_not_there_is_refused_with_the_peers_code(bench: Bench) -> None:
    with pytest.raises(PeerRefused) as refused:
        bench.system.enqueue(samples.message("999997"))
    assert refused.value.code == "business-rule"
