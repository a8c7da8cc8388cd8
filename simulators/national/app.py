"""The national services' HTTP side: the two addresses as they are written at home, and the test bench's door."""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Blueprint, Flask, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulators.faults import HangUp, Planned
from simulators.fhir.http import hang_up
from simulators.national.envelopes import Refused, Request, fault, read_request, require_medcom_prefix
from simulators.national.faults import Fault, before_the_work, packed
from simulators.national.keys import Authority, KeyPair
from simulators.national.persons import Registration
from simulators.national.services import Counts, CprService, Sts, Terms

STS_PATH = "/sts/services/NewSecurityTokenService"
CPR_PATH = "/stamdata-cpr-ws/service/DetGodeCPROpslag-1.0.4"
XML = "text/xml; charset=utf-8"


class Wanted(BaseModel):
    """A certificate asked for at the test bench's door."""

    model_config = ConfigDict(extra="forbid")
    cvr: str = Field(pattern=r"^[0-9]{8}$")
    name: str = Field(min_length=1, max_length=100)


@dataclass(frozen=True)
class Keys:
    """Made at start; nothing of it is ever written down unless a folder was named for it."""

    authority: Authority
    sts: KeyPair

    @classmethod
    def generated(cls) -> "Keys":
        authority = Authority()
        return cls(authority, authority.issue("Simuleret STS (ikke OCES)", "33257872"))


@dataclass
class National:
    """Both services, their faults and their counts."""

    keys: Keys
    registration: Registration
    terms: Terms = field(default_factory=Terms)
    faults: Planned[Fault] = field(default_factory=Planned[Fault])
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self.sts = Sts(self.keys.authority, self.keys.sts, self.terms, self.counts)
        self.cpr = CprService(self.registration, self.keys.sts, self.terms, self.counts)

    def call_sts(self) -> Response:
        # A refusal by the STS travels under HTTP 200, as it does at home.
        return self._answered("sts", lambda: self.sts.issue(read_request(request.get_data())), 200)

    def call_cpr(self) -> Response:
        return self._answered("cpr", lambda: self.cpr.ask(self._read()), 500)

    def _read(self) -> Request:
        require_medcom_prefix(request.get_data())
        return read_request(request.get_data())

    def _answered(self, route: str, work: Callable[[], bytes], fault_status: int) -> Response:
        self.counts.note(f"{route} requests")
        struck = self.faults.strikes(route)
        if struck is not None and struck.mode == "down-503":
            return Response(b"", 503, {"Retry-After": "1"})
        try:
            if struck is not None:
                before_the_work(struck)
            answer = work()
        except Refused as refusal:
            self.counts.note(f"{route} faults")
            status = 200 if struck is not None and struck.mode == "fault-200" else fault_status
            return Response(fault(refusal), status, content_type=XML)
        return _as_planned(answer, struck)

    def reset(self) -> None:
        self.faults.clear()
        self.counts.clear()
        self.cpr.forget()


def _as_planned(answer: bytes, struck: Fault | None) -> Response:
    mode = None if struck is None else struck.mode
    if mode == "drop-reply":
        raise HangUp
    if mode == "multipart":
        body, kind = packed(answer)
        return Response(body, 200, content_type=kind)
    if mode == "garbage":
        return Response(b"<html>Planlagt vedligehold", 200, content_type=XML)
    if mode == "doctype":
        head, _, rest = answer.partition(b"\n")
        return Response(head + b"<!DOCTYPE x [<!ENTITY y 'z'>]>" + rest, 200, content_type=XML)
    return Response(answer, 200, content_type=XML)


def national_app(national: National) -> Flask:
    """STS and look-up service under their own paths, `/_sim` beside them."""
    app = Flask(__name__)
    app.register_error_handler(HangUp, lambda _: hang_up())
    app.add_url_rule(STS_PATH, "sts", national.call_sts, methods=["POST"])
    app.add_url_rule(CPR_PATH, "cpr", national.call_cpr, methods=["POST"])
    app.register_blueprint(_bench(national), url_prefix="/_sim")
    return app


def _bench(national: National) -> Blueprint:
    blueprint = Blueprint("sim", __name__)

    @blueprint.post("/faults")
    def plan() -> tuple[Response, int]:
        try:
            national.faults.plan(Fault.model_validate(request.get_json(force=True)))
        except ValidationError as error:
            return jsonify(error.errors(include_input=False, include_context=False, include_url=False)), 422
        return jsonify([each.model_dump() for each in national.faults.planned()]), 201

    @blueprint.get("/log")
    def log() -> Response:
        return jsonify(national.counts.told())

    @blueprint.post("/reset")
    def start_afresh() -> tuple[str, int]:
        national.reset()
        return "", 204

    @blueprint.get("/sts.pem")
    def sts_certificate() -> Response:
        return Response(national.keys.sts.certificate_pem(), content_type="application/x-pem-file")

    @blueprint.post("/certificates")
    def certificate() -> tuple[Response, int]:
        """A caller's key with its certificate: what an organisation orders at home, and gets in days."""
        try:
            wanted = Wanted.model_validate(request.get_json(force=True))
        except ValidationError as error:
            return jsonify(error.errors(include_input=False, include_context=False, include_url=False)), 422
        pair = national.keys.authority.issue(wanted.name, wanted.cvr)
        return jsonify({"key": pair.key_pem(), "certificate": pair.certificate_pem()}), 201

    return blueprint
