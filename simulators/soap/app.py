"""This system over HTTP: the service at `/soap/queue`, its people's hands, and the test bench's door."""

import threading

from cryptography import x509
from flask import Flask, Response, jsonify, request
from pydantic import ValidationError

from simulators.faults import HangUp, Planned
from simulators.fhir.http import hang_up
from simulators.national.envelopes import Refused, envelope, fault
from simulators.national.faults import packed
from simulators.pages import page_app
from simulators.pages.practice import FORMS, Shown, local, screen
from simulators.soap.book import Row
from simulators.soap.contract import LB, NotHere
from simulators.soap.faults import Fault
from simulators.soap.fetching import Fetcher
from simulators.soap.service import PracticeService

PATH = "/soap/queue"
XML = "text/xml; charset=utf-8"
HANDS = {
    "seen": ("seen", ""),
    "accept": ("accepted", "taken"),
    "put-back": ("put-back", "waiting"),
    "reject": ("rejected", "over"),
    "colour": ("coloured", ""),  # an act nobody else has heard of
}


class Door:
    """From a request to its answer, as planned."""

    def __init__(self, service: PracticeService, faults: Planned[Fault]) -> None:
        self._service, self._faults = service, faults

    def call(self) -> Response:
        content = request.get_data()
        operation = request.headers.get("SOAPAction", "").strip('"').rpartition("#")[2]
        struck = self._faults.strikes(operation)
        if struck is not None and struck.mode == "busy":
            return Response(b"", 503, {"Retry-After": "1"})
        if struck is not None and struck.mode == "late-apply":
            threading.Timer(struck.delay, self._service.answer, (content,)).start()
            raise HangUp
        try:
            _refuse(struck)
            answer = self._service.answer(content)
        except (Refused, NotHere) as refusal:
            status = 200 if struck is not None and struck.mode == "fault-200" else 500
            return Response(_faulted(refusal), status, content_type=XML)
        return _as_planned(answer, struck)


def _refuse(struck: Fault | None) -> None:
    if struck is None:
        return
    if struck.mode == "refuse":
        raise NotHere(struck.code or "refused")
    if struck.mode in ("fault", "fault-200"):
        raise Refused(struck.code, "DGWS error", "Client" if struck.code else "Server")


def _faulted(refusal: Refused | NotHere) -> bytes:
    if isinstance(refusal, Refused):
        return fault(refusal)
    detail = f'<lb:QueueFault xmlns:lb="{LB}"><lb:Code>{refusal.code}</lb:Code></lb:QueueFault>'
    said = f"<faultcode>soapenv:Client</faultcode><faultstring>refused</faultstring><detail>{detail}</detail>"
    return envelope("", f"<soapenv:Fault>{said}</soapenv:Fault>")


def _as_planned(answer: bytes, struck: Fault | None) -> Response:
    mode = None if struck is None else struck.mode
    if mode == "drop-reply":
        raise HangUp
    if mode == "effect-then-500":
        return Response(b"<html>Intern fejl", 500, content_type="text/html")
    if mode == "garbage":
        return Response(b"<html>Planlagt vedligehold", 200, content_type=XML)
    if mode == "multipart":
        body, kind = packed(answer)
        return Response(body, 200, content_type=kind)
    return Response(answer, 200, content_type=XML)


def practice_app(service: PracticeService, fetcher: Fetcher | None = None) -> Flask:
    """`/soap/queue` is what a peer is offered; everything else is this side's own. With a `fetcher` the hands' acts are
    brought to the gateway at once."""
    app, faults = page_app(__name__, "gp", "Lægesystem"), Planned[Fault]()
    app.register_error_handler(HangUp, lambda _: hang_up())
    app.add_url_rule(PATH, "soap", Door(service, faults).call, methods=["POST"])
    _hands(app, service, fetcher)
    _bench(app, service, faults)
    return app


def _hands(app: Flask, service: PracticeService, fetcher: Fetcher | None) -> None:
    book = service.book

    @app.post("/queue/<entry_id>/<hand>")
    def use(entry_id: str, hand: str) -> tuple[str, int]:
        what, status = HANDS[hand]
        try:
            done = book.act(entry_id, what, status, **dict(request.form))
        except KeyError:
            return "no such entry", 404
        except ValueError:
            return "over", 409
        if fetcher is not None:
            fetcher.bring(done)
        return "", 204

    @app.get("/queue")
    def show() -> Response:
        with book.lock:
            return jsonify({entry_id: vars(row) for entry_id, row in book.rows.items()})

    @app.get("/")
    def shown() -> str:
        with book.lock:
            return screen([_shown(row) for row in book.rows.values() if row.status != "over"])


def _shown(row: Row) -> Shown:
    said = row.texts
    when = " ".join(filter(None, (local(said.get("AgreedAt", "")), _with(said.get("AgreedWith", "")))))
    facts = {
        "Drejer sig om": said.get("Reason", ""),
        "Hvem taler": FORMS.get(said.get("Form", ""), ""),
        "Aftalt": when,
        "Besked fra medarbejderen": said.get("Message", ""),
        "Samtykke": said.get("Consent", ""),
        "Fra": ", ".join(filter(None, (said.get(f"Sender/{name}", "") for name in ("Employee", "Workplace", "Phone")))),
    }
    whom = " ".join(filter(None, (row.citizen.get("Name", ""), row.citizen.get("Identifier", ""))))
    return Shown(row.entry_id, f"{row.status} {row.who}".strip(), facts, whom, said.get("Link", ""))


def _with(who: str) -> str:
    return f"med {who}" if who else ""


def _bench(app: Flask, service: PracticeService, faults: Planned[Fault]) -> None:
    @app.post("/_sim/faults")
    def plan() -> tuple[Response, int]:
        try:
            faults.plan(Fault.model_validate(request.get_json(force=True)))
        except ValidationError as error:
            return jsonify(error.errors(include_input=False, include_context=False, include_url=False)), 422
        return jsonify({}), 201

    @app.get("/_sim/log")
    def log() -> Response:
        return jsonify({"heard": [vars(each) for each in service.heard], "created": service.book.created})

    @app.post("/_sim/revoke")
    def revoke() -> tuple[str, int]:
        """A certificate of its authority, as PEM, is believed no longer."""
        service.revoked.add(x509.load_pem_x509_certificate(request.get_data()).serial_number)
        return "", 204

    @app.post("/_sim/reset")
    def start_afresh() -> tuple[str, int]:
        faults.clear()
        service.heard.clear()
        service.book.reset()
        return "", 204
