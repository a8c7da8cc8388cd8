"""Which practices' calls are held elsewhere, and by whom: read from the connections of kind ``video``."""

from __future__ import annotations

from gateway.domain.errors import PeerBusy
from gateway.domain.identifiers import Ydernummer
from gateway.ports.call_rooms import CallRooms
from gateway.services.call_rooms.elsewhere import Elsewhere
from gateway.services.call_rooms.own import OwnRooms
from gateway.store.people.outside_rooms import SqlOutsideRooms
from gateway.wiring import Gateway

KIND = "video"


def elsewhere(gateway: Gateway) -> Elsewhere:
    """The parts of one process, put together for the calls that are held in another system."""
    book = SqlOutsideRooms(gateway.engine, gateway.vault)
    return Elsewhere(book, lambda y, synthetic: keeper_of(gateway, y, synthetic), lambda name: _keeper(gateway, name))


def keeper_of(gateway: Gateway, ydernummer: Ydernummer, synthetic: bool) -> str:
    """The first connection, by name, that says it keeps that practice's rooms; "" for our own media. An invented
    consultation goes to an invented connection only, and a real one never does (D18)."""
    for connection in gateway.connections.active(KIND):
        named = connection.config.get("practices", ())
        if connection.synthetic is synthetic and ydernummer.digits in named:
            return connection.name
    return ""


def _keeper(gateway: Gateway, name: str) -> CallRooms:
    """``PeerBusy`` where the connection is not in use, or cannot be built on this machine."""
    if not name:
        return OwnRooms()
    for connection in gateway.connections.active(KIND):
        if connection.name == name:
            keeper: CallRooms = gateway.peers.system_of(KIND, connection.adapter, name)
            return keeper
    raise PeerBusy(name, "connection-not-active")
