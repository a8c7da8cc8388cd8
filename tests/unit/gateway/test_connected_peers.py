"""One connection that cannot be built is nobody else's trouble, and what is due to it stays due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from gateway.domain.capability import Capability
from gateway.domain.errors import ConfigFault, NotFound, PeerBusy
from gateway.domain.peers.delivery import Outcome
from gateway.domain.peers.verdict import judged
from gateway.peers.building import Books, Workshop
from gateway.peers.connected import ConnectedPeers
from gateway.store.peers.connections import ActiveConnection
from simulators.signing import SigningKey

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


class Appearing(Connections):
    """Another process puts the connections in force after this one has read the rows."""

    def __init__(self, *later: ActiveConnection) -> None:
        super().__init__()
        self._later = later

    def active(self, kind: str | None = None) -> Sequence[ActiveConnection]:
        read, self._active = self._active, self._later
        return read


TENANT = UUID(int=1)
LAUNCHING = {
    "tenant": str(TENANT),
    "issuer": "https://eoj.example",
    "audience": "https://laegebro.example",
    "write_back": "eoj",
}
LOGIN = {
    "tenant": str(TENANT),
    "issuer": "https://login.example",
    "client_id": "laegebro",
    "client_secret": "env:PATH",
    "token_endpoint_auth_method": "client_secret_post",
    "right": "laegebro",
}
SIGNED = ActiveConnection(
    "eoj-new", "eoj", "signed_launch", TENANT, {**LAUNCHING, "jwks": SigningKey.generated().public_jwks()}, 1
)
FIRST_MEETINGS: dict[str, tuple[ActiveConnection, Callable[[ConnectedPeers], Any]]] = {
    "a signed launch": (SIGNED, lambda known: known.signed_launch("https://eoj.example")),
    "a practice system by name": (SOUND, lambda known: known.gp_system("torvet-hl7")),
    "a caller at a door": (SOUND, lambda known: known.systems("gp_system", "hl7v2", peer_facility="TORVET")[0]),
    "the login of an organisation": (
        ActiveConnection("login-new", "identity", "oidc", TENANT, LOGIN, 1),
        lambda known: known.identity("login-new"),
    ),
}


@pytest.mark.parametrize("first", FIRST_MEETINGS)
def test_a_connection_put_in_force_by_another_process_is_known_when_it_is_first_asked_for(first: str) -> None:
    connection, meet = FIRST_MEETINGS[first]
    unused = cast(Any, None)
    books = Books(cast(Any, Appearing(connection)), unused, unused)
    known = ConnectedPeers(unused, books, Workshop(unused, unused, unused), unused, unused)
    assert known.able(Capability.POLLABLE) == [], "the rows were read when there were none"
    assert meet(known)
