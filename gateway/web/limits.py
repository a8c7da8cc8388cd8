"""Rates of the web process: every request is counted for its address and its session, a few things besides."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g, request

from gateway.rate_limits import Per, What
from gateway.web.forms import DOORS
from gateway.web.guards import current_gateway, current_session

COUNTED: Mapping[str, What] = {
    "login.begin": What.ARRIVAL,
    "login.finish": What.ARRIVAL,
    "provider_logout.logged_out": What.ARRIVAL,
    "launch.smart": What.ARRIVAL,
    "launch.smart_return": What.ARRIVAL,
    "launch.redeem": What.ARRIVAL,
    "device.claim": What.CODE,
    "guest.follow_link": What.CODE,
    "citizen.take-back-device": What.CODE,
}
TICKETS = ("join", "join-json", "probe-json")  # the act's endpoint, in whichever wing
UNCOUNTED = ("static", "doors.health.up", "doors.health.ready")  # probes ask always, whatever else is going on


def require_address() -> None:
    """Before anything is read: ``TooOften`` where this address has asked too often."""
    if request.endpoint not in UNCOUNTED and request.blueprint != DOORS:
        require_call()


def require_call() -> None:
    """One more call from this address."""
    current_gateway().rate_limits.require(What.REQUEST, {Per.ADDRESS: _address()})


def require_session() -> None:
    """After it is known who asks: her session's rate, and those of the few things that are counted besides."""
    endpoint, whose = request.endpoint or "", _whose()
    if endpoint in UNCOUNTED or request.blueprint == DOORS:
        return
    limits = current_gateway().rate_limits
    limits.require(What.REQUEST, whose)
    if endpoint in COUNTED:
        limits.require(COUNTED[endpoint], whose | {Per.ADDRESS: _address()})
    elif endpoint.rpartition(".")[2] in TICKETS:
        limits.require(What.TICKET, whose)


def require_launch(connection: str) -> None:
    """One more launch by a system that has proved itself."""
    current_gateway().rate_limits.require(What.LAUNCH, {Per.SYSTEM: connection})


def require_search() -> None:
    """One more look for a citizen by number, whichever page asks."""
    current_gateway().rate_limits.require(What.CITIZEN_SEARCH, _whose())


def is_first_report() -> bool:
    """Whether that this employee was stopped has not been written down within the minute."""
    return current_gateway().rate_limits.allows(What.SEARCH_REPORT, {Per.PERSON: current_session().person})


def _whose() -> dict[Per, str]:
    session = g.get("session")
    if session is None:
        return {}
    whose = {Per.SESSION: str(session.id), Per.PERSON: session.person}
    return whose | ({Per.ORGANISATION: str(session.tenant)} if session.tenant else {})


def _address() -> str:
    return request.remote_addr or ""
