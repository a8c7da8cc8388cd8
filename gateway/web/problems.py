"""Every error as an answer: problem+json for programs (RFC 9457), a page with a way on for people.

What happened · what it means · what to do now, and a code to read aloud (U03). Never the value that was wrong.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from gateway.domain import errors
from gateway.domain.session import SessionKind
from gateway.logs import log
from gateway.store.ground.engine import UNAVAILABLE
from gateway.web import refusals
from gateway.web.csrf import Forged
from gateway.web.guards import NotLoggedIn
from gateway.web.refused import Problem, access_barred, access_refused, launch_refused, too_many
from gateway.web.rendering import page
from gateway.web.words.fields import FIELD_WORDS
from gateway.web.words.http import HTTP_TITLES
from gateway.web.words.practice import practice_message
from gateway.web.words.records import ways_on


def install(app: Flask) -> None:
    app.register_error_handler(NotLoggedIn, _ask_to_log_in)
    app.register_error_handler(Forged, _answer)
    app.register_error_handler(errors.LaegebroError, _answer)
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(500, _answer)
    for away in UNAVAILABLE:
        app.register_error_handler(away, _database_away)


def wants_json() -> bool:
    """Programs speak to ``/api``, ``/fhir``, ``/internal``, ``/media`` and ``/soap``; whoever sends or prefers JSON
    gets it elsewhere too."""
    if request.path.startswith(("/api/", "/fhir/", "/internal/", "/media/", "/soap/")) or request.is_json:
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best in ("application/json", "application/problem+json")


def _ask_to_log_in(fault: NotLoggedIn) -> ResponseReturnValue:
    if wants_json():
        return as_json(Problem(401, "not-logged-in", _("Du er ikke logget på.")))
    onward = request.path if request.method == "GET" else ""
    return redirect(url_for("login.choose", kind=fault.kind, next=onward or None), 303)


def _answer(fault: Exception) -> ResponseReturnValue:
    problem = problem_of(fault)
    refusals.record(fault)
    if problem.status >= 500 and not isinstance(fault, (errors.PeerError, errors.UnderMaintenance)):
        log(__name__).error("failed", exc_info=getattr(fault, "original_exception", None) or fault)
    elif isinstance(fault, errors.LaunchRefused):
        log(__name__).warning("launch-refused", reason=fault.reason)
    elif isinstance(fault, errors.TooOften):
        return _too_often(fault, problem)
    return as_json(problem) if wants_json() else as_page(problem)


def _too_often(fault: errors.TooOften, problem: Problem) -> ResponseReturnValue:
    """RFC 6585 §4: 429 with Retry-After in seconds."""
    response = make_response(as_json(problem) if wants_json() else as_page(problem))
    response.headers["Retry-After"] = str(fault.retry_after)
    return response


def _database_away(fault: Exception) -> ResponseReturnValue:
    """The database is away, frozen or full: nothing was half done; come back in a moment (requirements.md F11–F13)."""
    log(__name__).error("database-away", fault=type(getattr(fault, "orig", None) or fault).__name__)
    problem = replace(_unexpected(fault), status=503, kind="database-away")
    response = make_response(as_json(problem) if wants_json() else as_page(problem))
    response.headers["Retry-After"] = "2"
    return response


def as_json(problem: Problem) -> Response:
    body: dict[str, Any] = {
        "type": f"urn:laegebro:{problem.kind}",
        "title": problem.title,
        "status": problem.status,
        "code": g.get("request_code", ""),
    } | dict(problem.extra)
    if problem.means or problem.advice:
        body["detail"] = f"{problem.means} {problem.advice}".strip()
    response = make_response(jsonify(body), problem.status)
    response.mimetype = "application/problem+json"
    return response


def as_page(problem: Problem) -> ResponseReturnValue:
    full = problem
    if not problem.advice:
        full = replace(problem, advice=_("Gå til dine konsultationer, og prøv igen."))
    confined = g.get("session") is not None and g.session.kind is SessionKind.CITIZEN
    actions = ways_on(dict(problem.extra).get("reason", ""))
    template = "citizen/problem.html" if confined else "errors/problem.html"
    return page(template, problem.status, problem=full, actions=actions)


def problem_of(fault: Exception) -> Problem:
    for kind, describe in _DESCRIBED:
        if isinstance(fault, kind):
            described: Problem = describe(fault)
            return described
    return _unexpected(fault)


def _invalid_field(fault: errors.InvalidField) -> Problem:
    status = 400 if fault.reason in ("malformed", "not-json", "not-an-object", "unknown-key", "repeated-key") else 422
    return Problem(
        status,
        "invalid-field",
        _("Noget i formularen mangler eller er forkert."),
        field_message(fault.field, fault.reason),
        _("Gå tilbage, og ret feltet."),
        (("field", fault.field), ("reason", fault.reason)),
    )


def _under_maintenance(fault: errors.UnderMaintenance) -> Problem:
    return Problem(
        503,
        "under-maintenance",
        _("Planlagt vedligehold"),
        fault.words,
        _("Prøv igen senere. Haster det, så ring til klinikken."),
        (("connection", fault.connection),),
    )


def _not_found(_fault: Exception) -> Problem:
    return Problem(
        404,
        "not-found",
        _("Siden findes ikke."),
        _("Den er afsluttet, eller du har ikke adgang til den."),
        _("Gå til dine konsultationer."),
    )


def _practice_not_found(fault: errors.PracticeNotFound) -> Problem:
    return Problem(
        422,
        "practice-not-found",
        _("Klinikken kan ikke få kaldet."),
        practice_message(fault),
        _("Vælg en anden læge, eller ring."),
        (("field", "ydernummer"), ("reason", fault.reason), ("phone", fault.phone)),
    )


def _transition_refused(fault: errors.TransitionRefused) -> Problem:
    means = _("Konsultationen er kommet videre i mellemtiden.")
    advice = _("Åbn konsultationen igen for at se, hvor den er.")
    if fault.because == "not-discussed":
        means = _("I taler ikke om den borger nu. Teksten er ikke gemt.")
        advice = _("Skriv om den borger, I taler om.")
    elif fault.because in ("locked", "full"):
        means = _("Samtalen er låst for flere.") if fault.because == "locked" else _("Der er ikke plads til flere.")
        advice = _("Lås op, eller fjern en gæst først.")
    return Problem(
        409,
        "transition-refused",
        _("Det kan ikke lade sig gøre nu."),
        means,
        advice,
        (("verb", fault.verb), ("state", fault.state), ("because", fault.because), ("who", fault.who)),
    )


def _repeated(fault: Exception) -> Problem:
    kind = "replayed" if isinstance(fault, errors.Replayed) else "concurrent-change"
    return Problem(
        409,
        kind,
        _("Det er allerede gjort."),
        _("Den samme handling er modtaget før."),
        _("Gå til dine konsultationer: konsultationen er gemt."),
    )


def _peer(fault: errors.PeerError) -> Problem:
    if isinstance(fault, errors.PeerRefused) and fault.code == "no-access":
        said = _("Borgeren findes, men Lægebro har ikke adgang til journalen.")
        todo = _("Start fra borgerens journal, eller bed din leder om at få rettigheden ordnet.")
        why = _("Omsorgssystemet viser den ikke for Lægebro. Intet er gået tabt.")
        return Problem(403, "no-access", said, why, todo)
    status = 503 if isinstance(fault, (errors.PeerUnavailable, errors.PeerBusy)) else 502
    return Problem(
        status,
        "peer",
        _("Et andet system svarer ikke."),
        _("Vi kunne ikke hente oplysningerne. Intet er gået tabt."),
        _("Prøv igen om lidt, eller ring til klinikken."),
    )


def _forged(_fault: Exception) -> Problem:
    return Problem(
        403,
        "forged",
        _("Siden var for gammel."),
        _("Din handling blev ikke udført."),
        _("Genindlæs siden, og prøv igen."),
    )


def _http(fault: HTTPException) -> Problem:
    status = fault.code or 500
    if status == 404:
        return _not_found(fault)
    if status not in HTTP_TITLES:
        return _unexpected(fault) if status >= 500 else Problem(status, "refused", _("Afvist."))
    kinds = {400: "malformed", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-type"}
    return Problem(status, kinds[status], HTTP_TITLES[status]())


def _unexpected(_fault: Exception) -> Problem:
    return Problem(
        500,
        "unexpected",
        _("Noget gik galt hos os."),
        _("Det, du havde gemt, er ikke gået tabt."),
        _("Prøv igen. Sker det igen, så ring til support og læs fejlkoden op."),
    )


_DESCRIBED: tuple[tuple[type[Exception], Any], ...] = (
    (errors.InvalidField, _invalid_field),
    (errors.LaunchRefused, launch_refused),
    (errors.AccessRefused, access_refused),
    (errors.AccessBarred, access_barred),
    (errors.UnderMaintenance, _under_maintenance),
    (errors.NotFound, _not_found),
    (errors.TooOften, too_many),
    (errors.PracticeNotFound, _practice_not_found),
    (errors.TransitionRefused, _transition_refused),
    (errors.Replayed, _repeated),
    (errors.ConcurrentChange, _repeated),
    (errors.PeerError, _peer),
    (Forged, _forged),
    (HTTPException, _http),
)


def field_message(field: str, reason: str) -> str:
    """The sentence that stands beside the field."""
    words = FIELD_WORDS.get((field, reason)) or FIELD_WORDS.get(("*", reason))
    return words() if words else _("Feltet er ikke udfyldt rigtigt.")
