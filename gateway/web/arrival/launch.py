"""The two launches from the care record: SMART App Launch in the browser, the signed launch with its one-time address.

What they prove becomes a draft by ``services.launch``; the way onward is the consultation's own page.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnsupportedMediaType

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import AccessRefused, InvalidField
from gateway.domain.launch import Launch
from gateway.domain.peers.messages import Envelope, PendingLaunch
from gateway.domain.session import Grant, OneTimeSecret, Session
from gateway.ports.rows import Write
from gateway.services.changing import Together
from gateway.web import guards, limits
from gateway.web.acts import answers
from gateway.web.answers import Launched
from gateway.web.arrival import replaced_record, second_launch
from gateway.web.arrival.drafting import accept, grant_of
from gateway.web.forms import json_object
from gateway.web.guards import current_gateway, open_to
from gateway.web.rendering import page

blueprint = Blueprint("launch", __name__)

PENDING = timedelta(minutes=10)
ADDRESS = timedelta(seconds=30)


@blueprint.get("/launch/smart")
@open_to("public")
def smart() -> ResponseReturnValue:
    """SMART App Launch 2.x §3.1: the EOJ opens this with ``iss`` and ``launch``."""
    gateway = current_gateway()
    issuer, context = request.args.get("iss", ""), request.args.get("launch", "")
    if not issuer or not context:
        raise InvalidField("iss" if not issuer else "launch", "required")
    system = gateway.peers.interactive_launch(issuer)
    address, pending = system.begin(issuer, context, _smart_return(), secret=gateway.ids.secret)
    browser = guards.binding() or gateway.ids.secret()
    expires = gateway.clock.now() + PENDING
    gateway.onetime.keep(OneTimeSecret("smart", expires, json.dumps(asdict(pending)), browser), pending.state)
    response = make_response(redirect(address))
    guards.set_binding_cookie(response, browser)
    return response


@blueprint.get("/launch/smart/callback")
@open_to("public")
def smart_return() -> ResponseReturnValue:
    """The browser is back from the EOJ, with a code or with the reason why not."""
    gateway = current_gateway()
    if "error" in request.args:
        return page("arrival/launch_stopped.html", 403, denied=request.args["error"] == "access_denied")
    state, code = request.args.get("state", ""), request.args.get("code", "")
    kept = gateway.onetime.take("smart", state, gateway.clock.now(), guards.binding()) if state and code else None
    if kept is None:
        return page("arrival/launch_over.html", 410, why=_why("smart", state))
    pending = PendingLaunch(**json.loads(kept.payload))
    system = gateway.peers.interactive_launch_named(pending.connection)
    return _land(system.finish(pending, code, _smart_return(), gateway.clock.now()))


def _smart_return() -> str:
    return f"{current_gateway().settings.public_url}/launch/smart/callback"


def _land(launch: Launch) -> ResponseReturnValue:
    """Open the employee's session and the draft, and go to it."""
    gateway = current_gateway()
    now = gateway.clock.now()
    token, session = gateway.access.open_employee(launch.tenant, grant_of(launch), now, id=gateway.ids.new())
    try:
        go_on = replaced_record.offer if launch.replacing else second_launch.onward_from
        onward = go_on(launch, session)
    except InvalidField:
        gateway.access.end(session)
        raise
    response = make_response(redirect(onward, 303))
    guards.set_session_cookie(response, session, token)
    return response


@blueprint.post("/api/v1/launches")
@open_to("peer")
@answers(Launched, body="application/jwt", status=201)
def signed() -> ResponseReturnValue:
    """A care system's back end posts a signed token and gets an address that works once, for thirty seconds."""
    gateway = current_gateway()
    if request.mimetype != "application/jwt":
        raise UnsupportedMediaType
    body = request.get_data()
    now = gateway.clock.now()
    headers = {name.lower(): value for name, value in request.headers.items()}
    envelope = Envelope(headers, request.args.to_dict(flat=False), body)
    launch, used = gateway.peers.signed_launch(_claimed_issuer(body)).verify(envelope, now)
    limits.require_launch(launch.connection)
    grant = grant_of(launch)
    if not grant.right:
        raise AccessRefused("start-consultations", tenant=str(launch.tenant))
    person, recognition = gateway.employees.recognition(launch.tenant, grant, now)
    code = gateway.ids.secret()

    def together(asked: bool) -> Together:
        def beside(found: Consultation) -> Sequence[Write]:
            secret = OneTimeSecret("launch", now + ADDRESS, json.dumps(_waiting(launch, grant, found, asked)))
            return recognition, gateway.onetime.keeping(secret, code)

        return Together([used], beside=beside)

    met = second_launch.asked_about(launch, person, together(asked=True))
    consultation = met.other or accept(launch, person, together=together(asked=False), met=met)
    answer = {
        "address": f"{gateway.settings.public_url}/start#code={code}",
        "consultation": consultation.short_id,
        "expires_in": int(ADDRESS.total_seconds()),
    }
    return jsonify(answer), 201


def _waiting(launch: Launch, grant: Grant, found: Consultation, asked: bool) -> dict[str, Any]:
    """What the one-time address leads to: the launch's own consultation, or the question about another one."""
    return {
        "tenant": str(launch.tenant),
        "grant": {name: getattr(grant, name) for name in Grant.__slots__},
        "consultation": str(found.id),
        "asked": second_launch.written(launch, found) if asked else None,
    }


def _claimed_issuer(body: bytes) -> str:
    """Who the token says it is from: only to find the keys that must then prove it."""
    parts = body.strip().split(b".")
    if len(parts) != 3:
        raise InvalidField("token", "malformed")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise InvalidField("token", "malformed") from None
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    if not isinstance(issuer, str):
        raise InvalidField("iss", "required")
    return issuer


@blueprint.get("/start")
@open_to("public")
def start() -> ResponseReturnValue:
    """The one-time address: its code is in the fragment, which only the page's own script sees."""
    return page("arrival/start.html")


@blueprint.post("/start")
@open_to("public")
def redeem() -> ResponseReturnValue:
    """Take the code once; the session lands in this browser."""
    gateway = current_gateway()
    code = str(json_object().get("code", ""))
    now = gateway.clock.now()
    kept = gateway.onetime.take("launch", code, now) if code else None
    if kept is None:
        return jsonify(next=url_for("launch.over", why=_why("launch", code))), 410
    payload = json.loads(kept.payload)
    token, session = gateway.access.open_employee(
        UUID(payload["tenant"]), Grant(**payload["grant"]), now, id=gateway.ids.new()
    )
    response = jsonify(next=_redeemed(session, payload))
    guards.set_session_cookie(response, session, token)
    return response


def _redeemed(session: Session, payload: dict[str, Any]) -> str:
    if payload["asked"]:
        return second_launch.question(session, payload["asked"])
    current_gateway().access.see_citizen(session, UUID(payload["consultation"]))
    return url_for("consultation.show", id=UUID(payload["consultation"]))


def _why(kind: str, token: str) -> str:
    gateway = current_gateway()
    return gateway.onetime.peek(kind, token, gateway.clock.now()) if token else "unknown"


@blueprint.get("/start/slut/<why>")
@open_to("public")
def over(why: str) -> ResponseReturnValue:
    """A used or expired address is never a dead end: the consultation is kept."""
    return page("arrival/launch_over.html", 410, why=why)
