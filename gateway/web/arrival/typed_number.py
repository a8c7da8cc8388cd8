"""A typed number or no number: a citizen found in the record, confirmed on a card before anything is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from gateway.domain.capability import Capability
from gateway.domain.citizen.citizen import UNNUMBERED, Citizen
from gateway.domain.consultation.opening import CALLED_LENGTH
from gateway.domain.errors import InvalidField, NotFound, PeerBusy, TooOften
from gateway.domain.identifiers import CitizenId, Cpr, Ydernummer, parse_citizen_id, require_no_number
from gateway.domain.launch import Agreement, Launch, LaunchChannel, PracticeClaim, launch_key
from gateway.domain.peers.messages import FoundCitizen
from gateway.domain.people import EmployeeIdentity
from gateway.domain.practice import danish_day
from gateway.domain.records import SEARCH_LIMITED, AuditRow
from gateway.domain.session import OneTimeSecret
from gateway.services.launch import require_matching_world
from gateway.web import guards, limits
from gateway.web.guards import current_gateway

CARD = timedelta(minutes=5)
KIND = "typed"
BY_NUMBER = "number:"  # a record reference; sealed wherever it is kept, as the number is
AGREED_LENGTH = 200


def identifier_of(number: str) -> CitizenId:
    """``InvalidField`` on ``cpr`` for what is no number, or one of another world (D18)."""
    identifier = parse_citizen_id(number, path="cpr")
    require_matching_world(identifier, current_gateway().organisation(guards.my_tenant()))
    return identifier


def note_search(citizen: CitizenId) -> None:
    """That she asked about somebody is written before it is known whether there is a record. ``TooOften`` where she
    asks more often than anybody's work needs: then nothing is looked up, and the log review hears of it."""
    try:
        limits.require_search()
    except TooOften:
        if limits.is_first_report():
            _write_search(SEARCH_LIMITED, citizen)
        raise
    _write_search("citizen-search", citizen)


def _write_search(what: str, citizen: CitizenId) -> None:
    session, gateway = guards.current_session(), current_gateway()
    row = AuditRow(
        gateway.clock.now(),
        guards.me(),
        session.grant.organisation,
        "read",
        what,
        channel=str(LaunchChannel.LOGIN),
        tenant=session.tenant,
        citizen=citizen,
    )
    gateway.store.record_audit(row)


def find(identifier: CitizenId, name: str = "") -> FoundCitizen:
    """The citizen of that number, in the tenant's own care system; ``InvalidField`` on ``cpr`` where none is. Where
    that cannot be asked, she is who the employee says, by ``name``."""
    gateway = current_gateway()
    eoj = gateway.peers.eoj(gateway.peers.eoj_of_tenant(guards.my_tenant()))
    if Capability.CITIZEN_SEARCH not in eoj.capabilities:
        return _told(identifier, name)
    found = eoj.find_citizen(identifier)
    if found is None:
        raise InvalidField("cpr", "no-record")
    return found


def _told(identifier: CitizenId, name: str) -> FoundCitizen:
    """The record is named by the number itself, which is what its system takes notes by."""
    if not name.strip():
        raise InvalidField("name", "required")
    born = identifier.birth_date if isinstance(identifier, Cpr) else None
    return FoundCitizen(Citizen(identifier, name.strip(), born), f"{BY_NUMBER}{identifier.value}", None)


def asks_name() -> bool:
    """Whether the tenant's care system cannot be asked who a number is."""
    peers = current_gateway().peers
    with suppress(NotFound, PeerBusy):
        return Capability.CITIZEN_SEARCH not in peers.eoj(peers.eoj_of_tenant(guards.my_tenant())).capabilities
    return False


def keep_card(found: FoundCitizen, channel: LaunchChannel = LaunchChannel.LOGIN, connection: str | None = None) -> str:
    """Remember whom the card shows, sealed and for five minutes; the page carries only the token."""
    gateway = current_gateway()
    token = gateway.ids.secret()
    expires = gateway.clock.now() + CARD
    system = gateway.peers.eoj_of_tenant(guards.my_tenant()) if connection is None else connection
    payload = json.dumps(card(found, channel, system))
    gateway.onetime.keep(OneTimeSecret(KIND, expires, payload, str(guards.current_session().id)), token)
    return token


def take_card(token: str) -> Launch | None:
    """The launch of whom the confirmed card showed; None when it is used or too old."""
    gateway = current_gateway()
    kept = gateway.onetime.take(KIND, token, gateway.clock.now(), str(guards.current_session().id))
    return launch_on(json.loads(kept.payload)) if kept else None


def card(found: FoundCitizen, channel: LaunchChannel, connection: str) -> dict[str, Any]:
    """What a launch needs beside who is logged in. ``connection``: the system whose record it is."""
    return {"found": written(found), "channel": str(channel), "connection": connection}


def launch_on(card: Mapping[str, Any]) -> Launch:
    """By whoever is logged in: the same record by the same employee is the same consultation."""
    found, connection = read(card["found"]), str(card["connection"])
    now = current_gateway().clock.now()
    return Launch(
        tenant=guards.my_tenant(),
        channel=LaunchChannel(card["channel"]),
        connection=connection,
        key=launch_key(connection, found.record_ref, guards.current_session().grant.subject, now),
        employee=employee(),
        citizen=found.citizen,
        record_ref=found.record_ref,
        practice=found.practice,
    )


def launch_without_number(called: str, because: str, agreed: Agreement) -> Launch:
    """No record and no number: the ydernummer and the agreement are what there is (N19)."""
    require_called(called)
    require_because(because)
    require_agreed(agreed)
    return Launch(
        tenant=guards.my_tenant(),
        channel=LaunchChannel.LOGIN,
        connection="",
        key=f"without-number:{current_gateway().ids.secret()}",
        employee=employee(),
        citizen=Citizen(None, called.strip()),
        agreement=agreed,
        unnumbered_because=because,
    )


def require_called(called: str) -> None:
    """What to call her, without a number in it (U16)."""
    if not called.strip():
        raise InvalidField("called", "required")
    if len(called) > CALLED_LENGTH:
        raise InvalidField("called", "too-long")
    require_no_number("called", called)


def require_because(because: str) -> None:
    """Why there is no number, as one of the answers."""
    if because not in UNNUMBERED:
        raise InvalidField("because", "required")


def launch_of_many(ydernummer: Ydernummer, agreed: Agreement, *, advice: bool) -> Launch:
    """A round, whose citizens come from their records one by one, or advice about nobody in particular (N18)."""
    if not advice:
        require_agreed(agreed)
    now = current_gateway().clock.now()
    return Launch(
        tenant=guards.my_tenant(),
        channel=LaunchChannel.LOGIN,
        connection="",
        key=f"{'advice' if advice else 'round'}:{current_gateway().ids.secret()}",
        employee=employee(),
        citizen=None,
        practice=PracticeClaim(ydernummer, "employee", danish_day(now)),
        agreement=agreed if agreed.with_whom or agreed.at else None,
        advice=advice,
    )


def require_agreed(agreed: Agreement) -> None:
    """Whoever agreed to it in the practice is named (N07)."""
    if not agreed.with_whom.strip():
        raise InvalidField("agreed_with", "required")
    if len(agreed.with_whom) > AGREED_LENGTH:
        raise InvalidField("agreed_with", "too-long")


def employee() -> EmployeeIdentity:
    """Who is logged in, as a launch would have told her."""
    grant = guards.current_session().grant
    return EmployeeIdentity(grant.subject, grant.name, grant.right, grant.authorisation, grant.role)


def written(found: FoundCitizen) -> dict[str, Any]:
    """As JSON, to be sealed."""
    citizen, practice = found.citizen, found.practice
    identifier = citizen.identifier
    return {
        "identifier": [identifier.value, identifier.system] if identifier else None,
        "name": citizen.name,
        "birth_date": citizen.birth_date.isoformat() if citizen.birth_date else None,
        "gender": citizen.gender,
        "protected": citizen.protected,
        "record_ref": found.record_ref,
        "practice": [str(practice.ydernummer), practice.source, practice.as_of.isoformat()] if practice else None,
    }


def read(kept: Mapping[str, Any]) -> FoundCitizen:
    identifier, practice = kept["identifier"], kept["practice"]
    citizen = Citizen(
        identifier=parse_citizen_id(*identifier) if identifier else None,
        name=kept["name"],
        birth_date=date.fromisoformat(kept["birth_date"]) if kept["birth_date"] else None,
        gender=kept["gender"],
        protected=kept["protected"],
    )
    claim = PracticeClaim(Ydernummer(practice[0]), practice[1], date.fromisoformat(practice[2])) if practice else None
    return FoundCitizen(citizen, kept["record_ref"], claim)
