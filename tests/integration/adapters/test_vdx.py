"""The Video-API v2 over a real socket: codes, states, delete rules; and the simulator's answers by the API's shapes."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from adapters.video.vdx import Settings, mapping
from adapters.wire.http import PeerHttp
from adapters.wire.oauth.client_key import new_client_key
from adapters.wire.oauth.own_certificate import showing
from adapters.wire.transport import Transport, system_context
from gateway.certify.video.vdx import Bench as VdxBench
from gateway.certify.video.vdx import vdx_system
from gateway.domain.call_room import RoomStanding, room_key
from gateway.domain.errors import ConfigFault, PeerBusy, PeerError, PeerIll, PeerRefused, PeerUnclear
from simulators.vdx.shapes import CREATE_MEETING, DETAILED_ERROR, MEETING, PATCH_MEETING, SCHEDULING_INFO
from tests.support.peers.certificates import certificate_of, pem_of, rsa_pem

EXAMPLES = Path(__file__).parents[3] / "adapters/video/vdx/examples"


@pytest.fixture(scope="module")
def vdx() -> Iterator[VdxBench]:
    with vdx_system() as (address, secret):
        bench = VdxBench(address, secret)
        yield bench
        bench.close()


@pytest.fixture(autouse=True)
def afresh(vdx: VdxBench) -> None:
    vdx.hand.post("/_sim/reset")
    vdx.plan(pool=1000, pace=0.1)


def now() -> datetime:
    return datetime.now(UTC)


def status(vdx: VdxBench, key: UUID) -> str:
    return next(each["status"] for each in vdx.seen()["kept"] if each["uuid"] == str(key))


def test_a_room_of_the_pool_is_ready_at_once(vdx: VdxBench) -> None:
    room = vdx.system.open(uuid4(), now())
    assert room.standing is RoomStanding.READY and room.link.startswith(f"{vdx.address}/room/")
    assert room.host_pin.isdigit()
    assert [each["meetingType"] for each in vdx.seen()["asked"]] == ["POOL"]


def test_an_empty_pool_gives_a_meeting_of_its_own(vdx: VdxBench) -> None:
    vdx.plan(pool=0, pace=30)
    assert vdx.system.open(uuid4(), now()).standing is RoomStanding.PREPARING
    assert [each["meetingType"] for each in vdx.seen()["asked"]] == ["POOL", "NORMAL"]


def test_a_short_id_that_is_taken_is_asked_for_again_and_not_for_ever(vdx: VdxBench) -> None:
    vdx.plan(refusals=[24, 24])
    assert vdx.system.open(uuid4(), now()).standing is RoomStanding.READY
    vdx.plan(refusals=[24] * 9)
    with pytest.raises(PeerBusy):
        vdx.system.open(uuid4(), now())


@pytest.mark.parametrize("code", sorted(set(range(10, 37)) - {20, 21, 24}))
def test_no_other_refusal_is_tried_again(vdx: VdxBench, code: int) -> None:
    vdx.plan(refusals=[code] * 9)
    with pytest.raises(PeerRefused) as refused:
        vdx.system.open(uuid4(), now())
    assert refused.value.code == f"vdx-{code}" and len(vdx.seen()["asked"]) == 1


def test_a_key_that_is_taken_by_a_meeting_nobody_finds_is_said(vdx: VdxBench) -> None:
    vdx.plan(refusals=[21])
    with pytest.raises(PeerRefused, match="vdx-21"):
        vdx.system.open(uuid4(), now())


def test_a_meeting_that_was_given_another_uuid_is_found_by_its_label(vdx: VdxBench) -> None:
    key = uuid4()
    told = mapping.meeting_for(key, now(), vdx.system.settings, mapping.POOL)
    token = vdx.hand.post("/auth/token", data={"client_secret": vdx.secret}).json()["access_token"]
    other = str(uuid4())
    vdx.hand.post("/v2/meetings", json={**told, "uuid": other}, headers={"Authorization": f"Bearer {token}"})
    assert vdx.system.open(key, now()).reference == other


def test_an_error_of_vdx_settles_nothing_and_the_next_try_finds_the_room(vdx: VdxBench) -> None:
    vdx.plan(trouble=["500"])
    with pytest.raises(PeerUnclear):
        vdx.system.open(uuid4(), now())
    assert vdx.system.open(uuid4(), now()).standing is RoomStanding.READY


def test_a_room_that_waits_is_deleted_and_one_in_use_is_ended_by_its_time(vdx: VdxBench) -> None:
    vdx.plan(stuck="AWAITS_PROVISION")
    waiting, used = uuid4(), uuid4()
    vdx.system.open(waiting, now())
    assert vdx.system.close(str(waiting), now()).standing is RoomStanding.GONE
    vdx.plan(pace=0.1)
    vdx.system.open(used, now())
    assert vdx.system.close(str(used), now()).standing is RoomStanding.CLOSING
    assert vdx.seen()["deleted"] == [str(waiting)]
    assert vdx.until(lambda: vdx.system.close(str(used), now()).standing is RoomStanding.GONE)
    assert status(vdx, used) == "DEPROVISION_OK"


@pytest.mark.parametrize("state", ["STARTING_TO_PROVISION", "STARTING_TO_DEPROVISION"])
def test_what_vdx_is_at_work_on_is_left_alone(vdx: VdxBench, state: str) -> None:
    key = uuid4()
    vdx.plan(stuck=state)
    vdx.system.open(key, now())
    assert vdx.system.close(str(key), now()).standing in (RoomStanding.PREPARING, RoomStanding.CLOSING)
    assert status(vdx, key) == state and not vdx.seen()["deleted"]


@pytest.mark.parametrize("state", ["PROVISION_PROBLEMS", "DEPROVISION_PROBLEMS"])
def test_what_vdx_has_to_mend_itself_is_said(vdx: VdxBench, state: str) -> None:
    vdx.plan(stuck=state)
    with pytest.raises(PeerRefused, match=state.lower().replace("_", "-")):
        vdx.system.open(uuid4(), now())


def test_a_link_that_leads_elsewhere_is_never_shown(vdx: VdxBench) -> None:
    strict = VdxBench(vdx.address, vdx.secret, links=["https://m.vconf.dk"])
    with pytest.raises(PeerIll, match="foreign-link"):
        strict.system.open(uuid4(), now())
    strict.close()


def test_a_wrong_secret_is_the_connections_trouble(vdx: VdxBench) -> None:
    wrong = VdxBench(vdx.address, "wrong")
    with pytest.raises(PeerIll):
        wrong.system.open(uuid4(), now())
    wrong.close()


def test_no_fault_knows_the_link_or_the_pin(vdx: VdxBench) -> None:
    room = vdx.system.open(uuid4(), now())
    assert room.link not in repr(room) and room.host_pin not in repr(room)
    strict = VdxBench(vdx.address, vdx.secret, links=["https://m.vconf.dk"])
    with pytest.raises(PeerError) as refused:
        strict.system.open(UUID(room.reference), now())
    assert room.link not in repr(refused.value)
    strict.close()


def test_the_key_tells_nobody_our_own_rooms_name() -> None:
    assert room_key("secret-room") == room_key("secret-room") != room_key("other-room")
    assert "secret" not in str(room_key("secret-room"))


# --- by the API's own shapes ---


def valid(shape: object, document: object) -> bool:
    checker = Draft202012Validator.FORMAT_CHECKER
    return Draft202012Validator(shape, format_checker=checker).is_valid(document)  # type: ignore[arg-type]


def test_what_is_sent_is_the_golden_meeting_and_valid(vdx: VdxBench) -> None:
    golden = json.loads((EXAMPLES / "create-meeting.json").read_text())
    at = datetime(2026, 11, 24, 8, 15, 3, 250, tzinfo=UTC)
    key = UUID("5b0ff1de-2f5e-5f0c-9a55-0b8d0a4b8f10")
    told = mapping.meeting_for(key, at, vdx.system.settings, mapping.POOL)
    assert told == golden and valid(CREATE_MEETING, told) and valid(PATCH_MEETING, mapping.ending(at))


def test_every_answer_of_the_simulator_is_valid(vdx: VdxBench) -> None:
    key = uuid4()
    vdx.system.open(key, now())
    token = vdx.hand.post("/auth/token", data={"client_secret": vdx.secret}).json()["access_token"]
    with httpx.Client(base_url=str(vdx.hand.base_url), headers={"Authorization": f"Bearer {token}"}) as http:
        assert valid(MEETING, http.get(f"/v2/meetings/{key}").json())
        assert valid({"type": "array", "items": MEETING}, http.get("/v2/meetings", params={"label": str(key)}).json())
        assert valid(SCHEDULING_INFO, http.get(f"/v2/scheduling-info/{key}").json())
        refused = [http.get("/v2/meetings"), http.get(f"/v2/meetings/{uuid4()}"), http.delete(f"/v2/meetings/{key}")]
        refused.append(http.post("/v2/meetings", json={"subject": "x" * 101}))
        assert [each.status_code for each in refused] == [406, 404, 406, 400]
        assert all(valid(DETAILED_ERROR, each.json()) for each in refused)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"practices": []}, "practices"),
        ({"practices": ["34835"]}, "practices"),
        ({"links": ["https://m.vconf.dk/x"]}, "links"),
        ({"base_url": "http://vdx.example"}, "base_url"),
        ({"longest_call": 5}, "longest_call"),
        ({"cpr": "x"}, "cpr"),
    ],
)
def test_a_setting_that_is_wrong_is_named(vdx: VdxBench, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        Settings.model_validate(vdx.stanza(**wrong))


def test_our_certificate_is_shown_to_login_and_api(tmp_path: Path) -> None:
    """A server that asks for one, as a VDX that is entered by certificate; without it nobody gets in."""
    pem = rsa_pem()
    own = {"env:CERT": pem_of(certificate_of(pem)), "env:KEY": pem}
    context = showing("env:CERT", "env:KEY", own.__getitem__)
    assert context is not None
    with asking_for(own["env:CERT"], own["env:KEY"], tmp_path) as (port, seen):
        context.load_verify_locations(cadata=own["env:CERT"])
        context.check_hostname = False
        PeerHttp("vdx", f"https://localhost:{port}", transport=Transport(trust=context)).get("v2/info")
        assert seen == ["laegebro"]
        bare = system_context()
        bare.load_verify_locations(cadata=own["env:CERT"])
        bare.check_hostname = False
        with pytest.raises(PeerError):
            PeerHttp("vdx", f"https://localhost:{port}", transport=Transport(trust=bare)).get("v2/info")
    assert seen == ["laegebro"]


@contextmanager
def asking_for(certificate: str, key: str, folder: Path) -> Iterator[tuple[int, list[str]]]:
    """Its port, and the common name of each certificate it was shown."""
    (folder / "server.pem").write_text(key + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    context.load_verify_locations(cadata=certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown = self.connection.getpeercert()  # type: ignore[attr-defined]
            seen.append(next(value for ((name, value),) in shown["subject"] if name == "commonName"))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1], seen
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    "told",
    [
        {"tls_certificate": "env:CERT"},
        {"tls_key": "env:KEY"},
        {"client_secret": None},
    ],
)
def test_who_we_are_is_said_in_full(told: dict[str, str | None], vdx: VdxBench) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({name: value for name, value in vdx.stanza(**told).items() if value is not None})


def test_a_login_that_knows_our_certificate_needs_no_secret(vdx: VdxBench) -> None:
    stanza = vdx.stanza(tls_certificate="env:CERT", tls_key="env:KEY")
    del stanza["client_secret"]
    assert Settings.model_validate(stanza).client(None).proof("https://login.example", now()).form == {
        "client_id": "laegebro"
    }


def test_a_certificate_of_another_key_is_told_at_once() -> None:
    other = {"env:CERT": pem_of(certificate_of(rsa_pem())), "env:KEY": new_client_key()}
    with pytest.raises(ConfigFault, match="tls_certificate"):
        showing("env:CERT", "env:KEY", other.__getitem__)
