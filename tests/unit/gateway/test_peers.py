"""One connection that cannot be built is nobody else's trouble, and what is due to it stays due."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from gateway.building import Books, Workshop
from gateway.domain.errors import ConfigFault, NotFound, PeerBusy
from gateway.domain.peers.delivery import Outcome
from gateway.domain.peers.verdict import judged
from gateway.peers import ConnectedPeers
from gateway.store.peers.connections import ActiveConnection

LINE = {
    "host": "127.0.0.1",
    "port": 2575,
    "tls": False,
    "our_application": "LAEGEBRO",
    "our_facility": "KOMMUNE",
    "peer_application": "PRAKSIS",
    "peer_facility": "TORVET",
}
SOUND = ActiveConnection("torvet-hl7", "gp_system", "hl7v2", None, LINE, 1)


def keyed(folder: Path) -> ActiveConnection:
    """Its operator has named a file that is not on this machine."""
    names = {"caller_issuer": "GPSYS", "caller_id": "99440007", "caller_certificates": f"file:{folder / 'no.pem'}"}
    return ActiveConnection("havnen-soap", "gp_system", "soap", None, names, 2)


class Connections:
    def __init__(self, *active: ActiveConnection) -> None:
        self._active = active

    def active(self, kind: str | None = None) -> Sequence[ActiveConnection]:
        return self._active

    def paused(self, kind: str) -> list[Any]:
        return []


def peers(*active: ActiveConnection) -> ConnectedPeers:
    unused = cast(Any, None)
    books = Books(cast(Any, Connections(*active)), unused, unused)
    return ConnectedPeers(unused, books, Workshop(unused, unused, unused), unused, unused)


def test_a_new_revision_whose_secret_is_not_here_stops_nobody_else(tmp_path: Path) -> None:
    known = peers(keyed(tmp_path), SOUND)
    assert (known.announcing(), known.pollable(), known.notifying()) == (frozenset(), ["torvet-hl7"], [])
    with pytest.raises(PeerBusy) as fault:
        known.gp_system("havnen-soap")
    assert judged(fault.value).outcome is Outcome.NOT_DONE, "its rows wait for the operator"


def test_a_typed_number_needs_no_other_organisations_care_system(tmp_path: Path) -> None:
    broken = ActiveConnection("elsewhere", "eoj", "smart_fhir", None, {"tenant": str(UUID(int=9))}, 1)
    known = peers(broken)
    with pytest.raises(NotFound):
        known.eoj_of_tenant(UUID(int=1))


def test_a_process_does_not_start_with_a_connection_that_is_unsound(tmp_path: Path) -> None:
    with pytest.raises(ConfigFault):
        peers(keyed(tmp_path)).build_all()


def test_what_could_not_be_built_is_tried_again_only_after_a_while(tmp_path: Path) -> None:
    workshop, connection = Workshop(*[cast(Any, None)] * 3), keyed(tmp_path)
    for _ in range(2):
        with pytest.raises(PeerBusy) as fault:
            workshop.adapter(connection)
        assert fault.value.code == "cannot-be-built-here"
