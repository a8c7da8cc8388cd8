"""The access point over HTTP, and the hands of the people and of the test bench behind it."""

from typing import Any, get_args

from flask import Blueprint, Flask, Response, jsonify, request
from joserfc import jwt
from joserfc.errors import JoseError
from pydantic import ValidationError

from simulators.faults import Effect, Fault, Faults, HangUp
from simulators.fhir.http import as_response, hang_up
from simulators.fhir.outcome import Answer, refused
from simulators.medcom.flaws import Flaw
from simulators.medcom.mailbox import Mailbox, Policy, Thread
from simulators.medcom.outbox import Outbox
from simulators.oauth.clients import ASSERTION_ALGORITHMS, ClientKeys
from simulators.pages import page_app
from simulators.pages.practice import Shown, screen
from simulators.signing import SigningKey

Json = dict[str, Any]


def medcom_app(
    mailbox: Mailbox, outbox: Outbox, key: SigningKey, callers: ClientKeys | None, pages: Blueprint | None = None
) -> Flask:
    """`pages`: of the care system behind the mailbox; without one it is a practice, and `/` shows what it was sent."""
    looks = ("gp", "Lægesystem") if pages is None else ("eoj", "Fjordby Kommune")
    app, faults = page_app(__name__, *looks), Faults()
    if pages is not None:
        app.register_blueprint(pages)
    else:
        app.add_url_rule("/", "inbox", lambda: _inbox(mailbox))
    app.register_error_handler(HangUp, lambda _: hang_up())

    @app.post("/messages")
    def take() -> Response:
        if callers is not None and not _is_genuine(callers, request.headers.get("Authorization", "")):
            return as_response(refused(401, "login", "no genuine token"))
        bundle = request.get_json(force=True)
        if not _is_message(bundle):
            return as_response(refused(422, "structure", "no message"))
        return as_response(_taken(mailbox, faults, bundle))

    @app.get("/.well-known/jwks.json")
    def keys() -> Response:
        return jsonify(key.public_jwks())

    _hands(app, mailbox)
    _bench(app, mailbox, outbox, faults)
    _turning(app, mailbox, outbox)
    return app


def _inbox(mailbox: Mailbox) -> str:
    """Each thread with its messages, the newest first, as the doctor reads them."""
    with mailbox.lock:
        return screen([_shown(name, each) for name, each in mailbox.threads.items()], hands=False)


def _shown(name: str, thread: Thread) -> Shown:
    count = len(thread.texts)
    facts = {f"{number}. meddelelse": thread.texts[number - 1] for number in range(count, 0, -1)}
    _, named, link = thread.texts[-1].rpartition("Venteværelset: ")
    return Shown(name, "Meddelelse", facts, thread.citizen, link if named else "")


def _taken(mailbox: Mailbox, faults: Faults, bundle: Json) -> Answer:
    answer = faults.perform("messages", _taking(mailbox, bundle))
    if mailbox.flaw == "files-what-it-refuses" and answer.status in (422, 423):
        mailbox.take(bundle)
    return answer


def _taking(mailbox: Mailbox, bundle: Json) -> Effect:
    def effect() -> Answer:
        mailbox.take(bundle)
        return Answer(202)

    return effect


def _is_genuine(callers: ClientKeys, authorization: str) -> bool:
    scheme, _, token = authorization.partition(" ")
    try:
        claims = jwt.decode(token, callers.current(), algorithms=ASSERTION_ALGORITHMS).claims
        jwt.JWTClaimsRegistry(exp={"essential": True}).validate(claims)
    except (JoseError, ValueError):
        return False
    return scheme == "Bearer"


def _is_message(bundle: Any) -> bool:
    try:
        return bool(bundle["entry"][0]["resource"]["resourceType"] == "MessageHeader" and bundle["id"])
    except (LookupError, TypeError):
        return False


def _hands(app: Flask, mailbox: Mailbox) -> None:
    @app.get("/threads")
    def threads() -> Response:
        with mailbox.lock:
            return jsonify({name: thread.shown() for name, thread in mailbox.threads.items()})

    @app.post("/threads/<thread>/reply")
    def answer(thread: str) -> tuple[str, int]:
        try:
            return mailbox.reply(thread, request.form["text"], int(request.form.get("times", 1))), 202
        except KeyError:
            return "no such thread", 404


def _bench(app: Flask, mailbox: Mailbox, outbox: Outbox, faults: Faults) -> None:
    @app.post("/_sim/faults")
    def plan_fault() -> tuple[Response, int]:
        try:
            faults.plan(Fault.model_validate(request.get_json(force=True)))
        except ValidationError as error:
            return jsonify(error.errors(include_input=False, include_context=False, include_url=False)), 422
        return jsonify({}), 201

    @app.post("/_sim/policy")
    def plan_policy() -> tuple[Response, int]:
        try:
            mailbox.plan(Policy.model_validate(request.get_json(force=True)))
        except ValidationError as error:
            return jsonify(error.errors(include_input=False, include_context=False, include_url=False)), 422
        return jsonify({}), 201

    @app.get("/_sim/headers")
    def headers() -> Response:
        with mailbox.lock:
            return jsonify([thread.headers for thread in mailbox.threads.values()])

    @app.get("/_sim/log")
    def log() -> Response:
        with mailbox.lock:
            said = [each["entry"][0]["resource"]["response"] for each in mailbox.acknowledged]
            seen = {"received": dict(mailbox.received), "envelopes": list(mailbox.envelopes)}
            envelopes = [each["id"] for each in mailbox.acknowledged]
        return jsonify({**seen, "acknowledged": said, "in": envelopes, "brought": list(outbox.answers)})

    @app.post("/_sim/reset")
    def start_afresh() -> tuple[str, int]:
        mailbox.reset()
        faults.clear()
        return "", 204


def _turning(app: Flask, mailbox: Mailbox, outbox: Outbox) -> None:
    @app.post("/_sim/push")
    def turn_to() -> tuple[str, int]:
        outbox.turn_to(str(request.get_json(force=True)["url"]))
        return "", 204

    @app.post("/_sim/flaw")
    def plant() -> tuple[str, int]:
        flaw = request.get_json(force=True)["flaw"]
        if flaw not in get_args(Flaw):
            return "no such flaw", 422
        mailbox.flaw = flaw
        return "", 204
