"""The live process: news to whom they concern, to nobody else, and with or without Redis."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.access import CLINIC_COOKIE, EMPLOYEE_COOKIE
from gateway.domain.consultation.transferring import take_over
from gateway.domain.people import Actor, ActorKind
from gateway.domain.practice import Attended
from gateway.domain.records import Signature
from gateway.domain.scope import TenantScope
from gateway.rate_limits import RATES, What
from gateway.services import queue
from simulators import wire
from tests.support.acting import press
from tests.support.clinic_world import NEIGHBOUR, ClinicWorld, settings_in
from tests.support.consultations import CITIZENS, ELSEWHERE, KOMMUNE_B, NURSE, PRACTICE, REASON
from tests.support.processes.live_process import WITHIN, live_process, stream

ORIGIN = "http://gateway.localhost:8000"


@pytest.fixture
def frozen_redis() -> Iterator[str]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path, frozen_redis: str) -> Iterator[ClinicWorld]:
    database = tmp_path / "laegebro.db"
    database.write_bytes(sqlite_template.read_bytes())
    made = ClinicWorld(settings_in(tmp_path, f"sqlite:///{database}", frozen_redis))
    yield made
    made.gateway.engine.dispose()


def test_a_nurse_hears_at_once_and_again_when_her_call_is_seen_with_redis_frozen(world: ClinicWorld) -> None:
    nurse, desk = world.employee(), world.clinic_user()
    consultation = world.wait_in_queue(of=nurse)
    with (
        live_process(world.gateway.settings) as (_, address),
        stream(address, f"/live/consultation/{consultation.id}", {EMPLOYEE_COOKIE: nurse.token}) as (answer, reader),
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        first = reader.next("state")
        assert (first["status"], first["position"], first["seen_at"]) == ("waiting", 1, None)
        desk.post(f"/api/v1/entries/{world.entry_of(consultation)}/seen")
        while reader.next("state")["seen_at"] is None:
            pass
        said = "\n".join(reader.heard)
        assert re.search(r"^retry: [12]\d{3}$", said, re.MULTILINE), (
            "pages that are cut together do not come back together"
        )
        assert not any(name in said or cpr in said for cpr, name in CITIZENS)
        assert REASON not in said


def test_everybody_waiting_at_the_practice_gets_a_new_number(world: ClinicWorld) -> None:
    behind = world.employee("Anne Bech", KOMMUNE_B)
    first, second = world.wait_in_queue(), world.wait_in_queue(KOMMUNE_B, of=behind)
    with (
        live_process(world.gateway.settings) as (_, address),
        stream(address, f"/live/consultation/{second.id}", {EMPLOYEE_COOKIE: behind.token}) as (_, reader),
    ):
        assert reader.next("state")["position"] == 2
        g = world.gateway
        press(g.ports, first.id, NURSE, lambda c, by: queue.withdraw(c, "solved", by), TenantScope(first.tenant))
        assert reader.until("state", position=1)["version"] == second.version


def test_an_open_waiting_room_is_attended_and_hears_of_new_calls(world: ClinicWorld) -> None:
    waiting_nurse, desk = world.employee(), world.clinic_user()
    consultation = world.wait_in_queue(of=waiting_nurse)
    with live_process(world.gateway.settings) as (_, address):
        own = (address, f"/live/consultation/{consultation.id}", {EMPLOYEE_COOKIE: waiting_nurse.token})
        with stream(*own) as (_, nurse), stream(address, "/live/clinic", {CLINIC_COOKIE: desk.token}) as (_, clinic):
            assert clinic.next("changed") | {"seq": 0} == {"seq": 0, "waiting": 1, "unseen": 1}
            nurse.until("state", attended="yes")
            assert world.gateway.practices.attended(PRACTICE, world.gateway.clock.now()) is Attended.YES
            world.wait_in_queue(KOMMUNE_B)
            clinic.until("changed", waiting=2, unseen=2)


def test_a_clinic_hears_nothing_of_what_happens_at_another_practice(world: ClinicWorld) -> None:
    ours, theirs = world.clinic_user(), world.clinic_user("Omar Saleh", clinic=NEIGHBOUR)
    with (
        live_process(world.gateway.settings) as (_, address),
        stream(address, "/live/clinic", {CLINIC_COOKIE: ours.token}) as (_, here),
        stream(address, "/live/clinic", {CLINIC_COOKIE: theirs.token}) as (_, there),
    ):
        there.until("changed", waiting=0)
        world.wait_in_queue()
        here.until("changed", waiting=1, unseen=1)
        world.wait_in_queue(KOMMUNE_B, practice=ELSEWHERE)
        assert there.next("changed")["waiting"] == 1, "its own call is the first news it gets"


def test_a_colleagues_stream_is_closed_to_her_and_does_not_count_as_an_open_page(world: ClinicWorld) -> None:
    consultation, colleague = world.wait_in_queue(of=world.employee()), world.employee("Karim Aziz")
    with live_process(world.gateway.settings) as (_, address):
        way = f"{address}/live/consultation/{consultation.id}"
        with wire.client(WITHIN) as http:
            http.cookies.update({EMPLOYEE_COOKIE: colleague.token})
            assert http.get(way).status_code == 404
    gone = world.gateway.presence.gone_since(world.gateway.clock.now() + timedelta(hours=1))
    assert consultation.id not in dict(gone), "nobody has had its page open"


def test_a_session_that_opens_streams_without_end_is_slowed_and_another_is_not(world: ClinicWorld) -> None:
    greedy, other = world.employee(), world.employee("Karim Aziz")
    most = next(rate.amount for rate in RATES if rate.what is What.STREAM)
    with live_process(world.gateway.settings) as (_, address), wire.client(WITHIN) as http:
        way = f"{address}/live/consultation/{world.gateway.ids.new()}"

        def opened(token: str) -> Any:
            return http.get(way, headers={"Cookie": f"{EMPLOYEE_COOKIE}={token}"})

        assert {opened(greedy.token).status_code for _ in range(most)} == {404}
        stopped = opened(greedy.token)
        assert stopped.status_code == 429 and int(stopped.headers["Retry-After"]) >= 1
        assert opened(other.token).status_code == 404


def test_whoever_loses_it_is_told_so_and_her_stream_ends(world: ClinicWorld) -> None:
    nurse = world.employee()
    consultation = world.wait_in_queue(of=nurse)
    colleague = Actor(ActorKind.EMPLOYEE, world.employee("Karim Aziz").person, "Karim Aziz", "Sygeplejerske")
    with (
        live_process(world.gateway.settings) as (_, address),
        stream(address, f"/live/consultation/{consultation.id}", {EMPLOYEE_COOKIE: nurse.token}) as (_, reader),
    ):
        reader.next("state")
        scope = TenantScope(consultation.tenant)
        press(world.gateway.ports, consultation.id, colleague, lambda c, by: take_over(c, None, *by.stamp), scope)
        while (said := reader.next("state")) != {"gone": True}:
            assert said["id"] == str(consultation.id)


def test_whoever_is_barred_has_no_stream_any_more(world: ClinicWorld) -> None:
    desk, other = world.clinic_user(), world.clinic_user("Omar Saleh")
    own, others = {CLINIC_COOKIE: desk.token}, {CLINIC_COOKIE: other.token}
    with (
        live_process(world.gateway.settings) as (_, address),
        stream(address, "/live/clinic", own) as (_, mine),
        stream(address, "/live/clinic", others) as (_, theirs),
    ):
        mine.next("changed")
        theirs.next("changed")
        hand = world.gateway.signed(Signature("anna", "people bar", "fratrådt")).barrings
        hand.bar(desk.person, "subject-Lise Hansen", None, world.gateway.clock.now())
        with pytest.raises(AssertionError, match="the stream ended"):
            mine.until("changed", waiting=99)
        world.wait_in_queue(KOMMUNE_B)
        theirs.until("changed", waiting=1)


def test_it_is_nobody_elses_stream(world: ClinicWorld) -> None:
    nurse = world.employee()
    consultation, mine = world.wait_in_queue(of=nurse), {EMPLOYEE_COOKIE: nurse.token}
    stranger = {EMPLOYEE_COOKIE: world.employee("Anne Bech", KOMMUNE_B).token}
    desk = {CLINIC_COOKIE: world.clinic_user().token}
    alone = {EMPLOYEE_COOKIE: world.citizen(consultation.id).token}
    path = f"/live/consultation/{consultation.id}"
    with live_process(world.gateway.settings) as (_, address):

        def status(way: str, cookies: dict[str, str], **headers: str) -> int:
            with wire.client(WITHIN) as http:
                http.cookies.update(cookies)
                return http.get(address + way, headers=headers).status_code

        assert status(path, stranger) == 404
        assert status(path, desk) == 401
        assert status(path, {}) == 401
        assert status("/live/clinic", mine) == 401
        assert status(path, alone) == 401, "a device with the citizen hears only what its page may know"
        assert status("/live/citizen", mine) == 401
        assert status("/live/clinic", alone) == 401
        assert status("/live/consultation/nonsense", mine) == 404
        assert status(path, mine, Origin="http://elsewhere.localhost") == 403
        with stream(address, path, mine, Origin=ORIGIN) as (answer, _):
            assert answer.headers["access-control-allow-origin"] == ORIGIN
            assert answer.headers["access-control-allow-credentials"] == "true"
            assert answer.headers["cache-control"] == "no-store"


def test_it_says_our_public_keys_as_the_web_process_does(world: ClinicWorld) -> None:
    path = "/.well-known/jwks.json"
    with live_process(world.gateway.settings) as (_, address), wire.client(WITHIN) as http:
        keys = http.get(address + path).json()
    assert keys == world.app.test_client().get(path).get_json()
    assert keys["keys"] and "d" not in keys["keys"][0]


def test_it_stops_when_told_to_with_streams_open(world: ClinicWorld) -> None:
    nurse = world.employee()
    consultation = world.wait_in_queue(of=nurse)
    with live_process(world.gateway.settings) as (process, address):
        way = (address, f"/live/consultation/{consultation.id}", {EMPLOYEE_COOKIE: nurse.token})
        with stream(*way) as (_, reader):
            reader.next("state")
            process.send_signal(signal.SIGTERM)
            assert process.wait(WITHIN) == 0
