"""A practice's system that nobody can call: it fetches from our door over a real socket, and its people work."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from werkzeug.serving import make_server

from adapters.gp_system.soap.door import PATH
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.store.peers.connections import Stanza
from simulators import wire
from tests.support.consultations import REASON
from tests.support.doors.soap_world import NAME, SoapWorld
from tests.support.peers.adapter_peers import simulator
from tests.support.processes.relaying import until


def test_its_people_see_take_and_lay_back(tmp_path: Path) -> None:
    world = SoapWorld(tmp_path)
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    door, keys = f"http://127.0.0.1:{server.server_port}{PATH}", tmp_path / "keys"
    with simulator("soap", "--gateway", door, "--keys", str(keys), "--every", "0.2") as address:
        trusted(world, keys / "peer.pem")
        with wire.client(60, f"http://127.0.0.1:{urlsplit(address).port}") as hand:
            worked_with(world, hand)
    server.shutdown()
    server.server_close()
    world.gateway.engine.dispose()


def trusted(world: SoapWorld, certificate: Path) -> None:
    stanza = {"caller_issuer": "GPSYS", "caller_certificates": f"file:{certificate}", "caller_id": "99440007"}
    world.gateway.connections.apply(Stanza(NAME, "gp_system", "soap", None, stanza), "t", "t", datetime.now(UTC))


def worked_with(world: SoapWorld, hand: httpx.Client) -> None:
    entry = world.entry()

    def row() -> dict[str, Any]:
        return dict(hand.get("/queue").json().get(str(entry), {}))

    def use(which: str) -> None:
        answer = hand.post(f"/queue/{entry}/{which}", data={"user": "lha", "name": "Lise Hansen"})
        assert answer.status_code == 204

    until("the entry is fetched", lambda: row().get("status") == "waiting")
    assert row()["texts"]["Reason"] == REASON
    until("and received", lambda: world.row(entry).received_at is not None)
    use("accept")
    assert world.row(entry).accepted_by.startswith(f"{NAME}:")
    until("our row says it is theirs", lambda: row()["said"] == "yours")
    use("put-back")
    assert world.row(entry).status is EntryStatus.RECEIVED
    until("our row says that it waits", lambda: (row()["said"], row()["status"]) == ("waiting", "waiting"))
    use("reject")
    assert world.row(entry).status is EntryStatus.REJECTED
    assert world.row(entry).ended_text == "Afvist"
    assert row()["status"] == "over"
