"""The Video-API over HTTP, with its login, the page that a room's link leads to, and the test bench's door."""

import hmac
import secrets
import time
from typing import Any

from flask import Blueprint, Flask, Response, request
from jsonschema import Draft202012Validator

from simulators.vdx.answers import answer, hal, meeting_of, problem, refusal, scheduling_of
from simulators.vdx.meetings import Meetings, Refused
from simulators.vdx.shapes import CREATE_MEETING, PATCH_MEETING

Json = dict[str, Any]
LIFETIME = 300  # seconds of a token
PAGE = "<!doctype html><html lang=da><meta charset=utf-8><title>VDX</title><h1 data-testid=vdx-room>Mødet {short}</h1>"


class Vdx:
    """``base``: its public address; ``trouble``: what the next requests meet ("500")."""

    def __init__(self, base: str, secret: str, meetings: Meetings) -> None:
        self.base, self.secret, self.meetings = base, secret, meetings
        self.tokens: dict[str, float] = {}
        self.trouble: list[str] = []
        self.asked: list[Json] = []  # every body of a meeting that was asked for

    def is_let_in(self, header: str) -> bool:
        return self.tokens.get(header.removeprefix("Bearer "), 0.0) > time.monotonic()


def vdx_app(vdx: Vdx) -> Flask:
    app = Flask(__name__)
    app.register_error_handler(Refused, refusal)

    @app.post("/auth/token")
    def token() -> Response:
        if not hmac.compare_digest(request.form.get("client_secret", "").encode(), vdx.secret.encode()):
            return answer({"error": "invalid_client"}, 401)
        made = secrets.token_urlsafe(24)
        vdx.tokens[made] = time.monotonic() + LIFETIME
        return answer({"access_token": made, "token_type": "Bearer", "expires_in": LIFETIME})

    @app.get("/room/<short>")
    def room(short: str) -> Response:
        found = any(each.short_id == short and each.status == "PROVISIONED_OK" for each in vdx.meetings.all())
        return Response(PAGE.format(short=short) if found else "<h1>Intet møde</h1>", 200 if found else 404)

    app.register_blueprint(_api(vdx), url_prefix="/v2")
    app.register_blueprint(_bench(vdx), url_prefix="/_sim")
    return app


def _api(vdx: Vdx) -> Blueprint:
    api, meetings = Blueprint("api", __name__), vdx.meetings

    @api.before_request
    def admit() -> Response | None:
        if not vdx.is_let_in(request.headers.get("Authorization", "")):
            return problem(401, 11)
        return problem(500, 11) if vdx.trouble and vdx.trouble.pop(0) == "500" else None

    def make() -> Response:
        told = _body(CREATE_MEETING)
        vdx.asked.append(told)
        return hal(meeting_of(vdx.base, meetings.make(told)))

    def delete(identity: str) -> Response:
        meetings.delete(identity)
        return Response(status=204)

    def change(identity: str) -> Response:
        return hal(meeting_of(vdx.base, meetings.change(identity, _body(PATCH_MEETING))))

    one, every = "/meetings/<identity>", "/meetings"
    api.add_url_rule("/info", "info", lambda: answer({"info": [{"key": "build", "value": {}}]}))
    api.add_url_rule(every, "make", make, methods=["POST"])
    api.add_url_rule(every, "search", lambda: _search(vdx))
    api.add_url_rule(one, "one", lambda identity: hal(meeting_of(vdx.base, meetings.find(identity))))
    api.add_url_rule(one, "change", change, methods=["PATCH"])
    api.add_url_rule(one, "delete", delete, methods=["DELETE"])
    api.add_url_rule(
        "/scheduling-info/<identity>",
        "scheduling",
        lambda identity: hal(scheduling_of(vdx.base, meetings.find(identity))),
    )
    return api


def _search(vdx: Vdx) -> Response:
    label = request.args.get("label")
    if not label:
        raise Refused(406, 36)
    found = [each for each in vdx.meetings.all() if label in each.told.get("labels", [])]
    return answer([meeting_of(vdx.base, each) for each in found])


def _bench(vdx: Vdx) -> Blueprint:
    bench = Blueprint("sim", __name__)

    @bench.post("/plan")
    def plan() -> Response:
        """``refusals``: codes for the next meetings; ``stuck``: the state the next one stays in; ``trouble``: what the
        next requests meet; ``pool``: how many ready rooms there are; ``pace``: seconds of each step."""
        told, meetings = request.get_json(force=True), vdx.meetings
        meetings.refusals = list(told.get("refusals", []))
        meetings.stuck = told.get("stuck", "")
        meetings.pool, meetings.pace = told.get("pool", meetings.pool), told.get("pace", meetings.pace)
        vdx.trouble = list(told.get("trouble", []))
        return Response(status=204)

    @bench.get("/meetings")
    def seen() -> Response:
        kept = [{"uuid": each.uuid, "status": each.status, "told": each.told} for each in vdx.meetings.all()]
        return answer({"kept": kept, "deleted": vdx.meetings.deleted, "asked": vdx.asked})

    @bench.post("/reset")
    def reset() -> Response:
        vdx.meetings.clear()
        vdx.asked.clear()
        vdx.trouble.clear()
        return Response(status=204)

    return bench


def _body(shape: Json) -> Json:
    told = request.get_json(force=True, silent=True)
    if not Draft202012Validator(shape, format_checker=Draft202012Validator.FORMAT_CHECKER).is_valid(told):
        raise Refused(400, 10)
    return dict(told)
