"""Standing alone: choose the organisation, log in at its own identity provider, and log out again there and here."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import access, attempts
from gateway.domain.errors import AccessRefused, InvalidField, LaunchRefused, PeerError
from gateway.domain.peers.messages import LoginResult, PendingLogin
from gateway.domain.people import Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.domain.session import Grant, OneTimeSecret, Session
from gateway.rate_limits import Per
from gateway.store.people.organisations import Clinic
from gateway.web import cookies, guards, languages
from gateway.web.acts import pressed
from gateway.web.forms import Nothing
from gateway.web.guards import current_gateway, open_to
from gateway.web.help.topics import contacts
from gateway.web.rendering import page

blueprint = Blueprint("login", __name__)

LONGEST = 200  # of what the token says
PENDING = timedelta(minutes=10)
LAST_CHOICE = "laegebro_organisation"  # the provider's name, no person
FORCE = "laegebro_force"  # after "Log af" the next login asks for the password again (D5)
HOME = {"employee": "/", "clinic": "/klinik", "admin": "/konsol"}
ENTRY = "/klinik/kald/"  # a practice system's link to one call
KINDS = ("employee", "clinic", "console")


@blueprint.get("/login")
@open_to("public")
def choose() -> ResponseReturnValue:
    """Organisations to choose from, the last one on this device first. Whoever opens a call from her practice's own
    system on a device where a clinic was chosen before comes straight to its login (C13): a minute's ring may run."""
    kind, peers = _kind_asked(), current_gateway().peers
    last = cookies.read(LAST_CHOICE) or ""
    named = [(name, peers.label(name)) for name in peers.identities(kind)]
    onward, why, sought = (request.args.get(each, "") for each in ("next", "hvorfor", "q"))
    if kind == "clinic" and onward.startswith(ENTRY) and last in dict(named) and not cookies.read(FORCE):
        return redirect(url_for("login.begin", identity=last, next=own_path(onward)))
    wanted = [identity for identity in named if sought.strip().casefold() in identity[1].casefold()]
    ordered = sorted(wanted, key=lambda identity: (identity[0] != last, identity[1]))
    asked = {"last": last, "kind": kind, "onward": own_path(onward), "why": why, "sought": sought.strip()}
    return page("arrival/choose.html", 200, identities=ordered, out=peers.standstill.logins(kind), **asked)


def _kind_asked() -> str:
    """Whose login is asked for: an employee's unless the address says otherwise."""
    asked = request.args.get("kind", "")
    return asked if asked in KINDS else "employee"


def own_path(address: str | None) -> str:
    """Only a path of ours may be returned to; anything else is nowhere.

    Blanks, tabs and line ends go as well: browsers drop them, and ``/<tab>/elsewhere`` becomes another host (WHATWG
    URL, "basic URL parser", step 3).
    """
    if not address or not address.startswith("/") or address.startswith("//"):
        return ""
    if "\\" in address or any(sign <= " " or sign == "\x7f" for sign in address):
        return ""
    return address


@blueprint.get("/login/<identity>")
@open_to("public")
def begin(identity: str) -> ResponseReturnValue:
    """To the identity provider, remembering what must come back."""
    gateway = current_gateway()
    provider = gateway.peers.identity(identity)
    force = bool(cookies.read(FORCE))
    onward = own_path(request.args.get("next"))
    address, pending = provider.begin(_return_address(), onward, secret=gateway.ids.secret, force=force)
    browser = guards.binding() or gateway.ids.secret()
    payload = json.dumps({"kind": _kind_asked(), "pending": asdict(pending)})
    kept = OneTimeSecret("login", gateway.clock.now() + PENDING, payload, browser)
    gateway.onetime.keep(kept, pending.state)
    response = make_response(redirect(address))
    guards.set_binding_cookie(response, browser)
    cookies.put(response, LAST_CHOICE, identity, 180 * 24 * 3600)
    return response


@blueprint.get("/login/callback")
@open_to("public")
def finish() -> ResponseReturnValue:
    """Back from the provider: a session for an employee or for a clinic's user."""
    gateway = current_gateway()
    now = gateway.clock.now()
    state, code = request.args.get("state", ""), request.args.get("code", "")
    kept = gateway.onetime.take("login", state, now, guards.binding()) if state else None
    if kept is None or not code:
        return page("arrival/not_logged_in.html", 410 if code else 403)
    asked = json.loads(kept.payload)
    pending = PendingLogin(**asked["pending"])
    try:
        result = gateway.peers.identity(pending.connection).finish(pending, code, _return_address(), now)
    except AccessRefused as fault:
        _end_sessions(pending.connection, fault.subject)
        _note_without_right(pending.connection, fault)
        tenant = gateway.peers.tenant_of(pending.connection)
        raise AccessRefused(fault.right, fault.subject, str(tenant or "")) from None
    opening = _open_console if asked["kind"] == "console" else _open
    token, session = opening(pending.connection, result)
    gateway.store.record_audit(_logged_in(session, result, now))
    response = make_response(redirect(pending.return_to or HOME[str(session.kind)], 303))
    guards.set_session_cookie(response, session, token)
    asked_again(response)
    return response


def _logged_in(session: Session, result: LoginResult, now: datetime) -> AuditRow:
    """Who logged in where, and how strongly she proved herself, as the signed id token says it."""
    amr = result.claims.get("amr")
    said = [result.claims.get("acr"), *(amr if isinstance(amr, list | tuple) else [])]
    proved = " ".join(str(each) for each in said if isinstance(each, str))[:LONGEST]
    return AuditRow(
        now,
        access.actor(session),
        session.grant.organisation,
        "write",
        "login",
        basis=f"{session.grant.connection}: {proved or 'not said how'}",
        channel="login",
        tenant=session.tenant,
    )


def _end_sessions(connection: str, subject: str) -> None:
    """Her organisation has just said that she has no right here: what is still open of hers ends too."""
    gateway = current_gateway()
    tenant = gateway.peers.tenant_of(connection)
    gateway.sessions.end_all_of(gateway.barrings.person(tenant, connection, subject), tenant, subject)


def _note_without_right(connection: str, fault: AccessRefused) -> None:
    """She has proved who she is, and has no right here."""
    gateway = current_gateway()
    tenant = gateway.peers.tenant_of(connection)
    who = Actor(ActorKind.EMPLOYEE, gateway.barrings.person(tenant, connection, fault.subject))
    why = f"{connection}: without the right"
    row = AuditRow(gateway.clock.now(), who, "", attempts.REFUSED, "login", basis=why, channel="login", tenant=tenant)
    attempts.record(gateway, row, {Per.ADDRESS: request.remote_addr or ""})


def _return_address() -> str:
    return f"{current_gateway().settings.public_url}/login/callback"


def _open_console(connection: str, result: LoginResult) -> tuple[str, Session]:
    gateway = current_gateway()
    if connection not in gateway.peers.identities("console"):
        raise AccessRefused("console")
    tenant = gateway.peers.tenant_of(connection)
    organisation = gateway.organisation(tenant).name if tenant else gateway.peers.label(connection)
    grant = _granted(connection, result, organisation)
    now, id = gateway.clock.now(), gateway.ids.new()
    return gateway.access.open_console(tenant, grant, now, id=id, id_token=result.id_token)


def _open(connection: str, result: LoginResult) -> tuple[str, Session]:
    gateway = current_gateway()
    now, id = gateway.clock.now(), gateway.ids.new()
    if connection in gateway.peers.identities("employee"):
        owner = gateway.peers.owner_of(connection)
        grant = _granted(connection, result, gateway.organisation(owner).name)
        return gateway.access.open_employee(owner, grant, now, id=id, id_token=result.id_token)
    clinics = _clinics(connection, result) if connection in gateway.peers.identities("clinic") else []
    if not clinics:
        raise AccessRefused("clinic")
    clinic = clinics[0]
    grant = _granted(connection, result, clinic.name)
    if not grant.right:
        raise AccessRefused("clinic")
    person = gateway.organisations.recognise_clinic_user(
        connection, grant.subject, grant.name, grant.role, [c.id for c in clinics]
    )
    return gateway.access.open_clinic(clinic.id, person, grant, now, id=id, id_token=result.id_token)


def _granted(connection: str, login: LoginResult, organisation: str) -> Grant:
    """What the provider's claims come to here."""
    claims = login.claims
    role = str(claims.get("clinic_role") or claims.get("role") or "")
    authorisation, console = str(claims.get("authorisation") or ""), tuple(claims.get("console", ()))
    right, places = bool(claims["right"]), tuple(claims.get("workplaces", ()))
    return Grant(login.subject, login.name, role, organisation, right, connection, authorisation, console, places)


def _clinics(connection: str, result: LoginResult) -> list[Clinic]:
    """Where this login may sit: the connection's own clinic; of several, those whose ydernumre the login names."""
    gateway = current_gateway()
    found = [gateway.organisations.clinic(id) for id in gateway.peers.clinics_of(connection)]
    known = [clinic for clinic in found if clinic is not None]
    if len(known) < 2:
        return known
    claim = result.claims.get("ydernumre")
    said = {str(number) for number in claim} if isinstance(claim, (list, tuple)) else {str(claim)}
    return [clinic for clinic in known if said & {str(number) for number in clinic.ydernumre}]


@pressed(blueprint, "/logout", "anyone")
def end(_form: Nothing) -> ResponseReturnValue:
    """ "Log af": our session and the provider's; the device can be handed on."""
    return leave()


def leave() -> ResponseReturnValue:
    gateway = current_gateway()
    session = guards.current_session()
    gateway.access.end(session)
    goodbye = f"{gateway.settings.public_url}{url_for('login.ended', kind=str(session.kind))}"
    onward = _provider_end(session, goodbye) or goodbye
    # A page rather than a redirect: form-action 'self' holds for the whole chain a form starts.
    response = make_response(*page("arrival/leaving.html", onward=onward))
    cookies.drop(response, access.COOKIES[session.kind])
    ask_again(response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def ask_again(response: Response) -> None:
    """The next login in this browser asks for credentials, whatever the provider remembers (``prompt=login``)."""
    cookies.put(response, FORCE, "1", 12 * 3600)


def asked_again(response: Response) -> None:
    """Whoever is here has just proved who she is."""
    cookies.drop(response, FORCE)


def _provider_end(session: Session, goodbye: str) -> str:
    """Where the provider ends its session; "" for a launch from the record, or where the provider is silent."""
    if not session.id_token:
        return ""
    try:
        return current_gateway().peers.identity(session.grant.connection).end_session(session.id_token, goodbye)
    except (PeerError, LaunchRefused):
        return ""


@blueprint.get("/logget-af")
@open_to("public")
def ended() -> ResponseReturnValue:
    return page("arrival/ended.html", kind=request.args.get("kind", "employee"))


@blueprint.post("/sprog")
@open_to("public")
def choose_language() -> ResponseReturnValue:
    chosen = request.form.get("language", "")
    if chosen not in languages.OF_ALL:
        raise InvalidField("language", "unknown")
    response = redirect(own_path(request.form.get("next")) or "/", 303)
    cookies.put(response, languages.COOKIE, chosen, languages.KEPT)
    return response


@blueprint.get("/tilgaengelighed")
@open_to("public")
def accessibility() -> ResponseReturnValue:
    return page("arrival/accessibility.html", contacts=contacts())
