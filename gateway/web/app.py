"""The web process: where browsers, care systems and practice systems come in.

``create_app`` puts together what stands in its own modules: guards, forgery protection, words, problems, screens.
"""

from __future__ import annotations

import time
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import structlog
from apiflask import APIFlask
from flask import Flask, Response, g, request

from gateway.logs import log
from gateway.web import csrf, guards, problems, rendering

if TYPE_CHECKING:
    from gateway.wiring import Gateway

LARGEST_BODY = 1_000_000
BLUEPRINTS = (
    "gateway.web.launch",
    "gateway.web.second_launch",
    "gateway.web.login",
    "gateway.web.mine",
    "gateway.web.workplace",
    "gateway.web.consultation",
    "gateway.web.start",
    "gateway.web.queue",
    "gateway.web.arranging",
    "gateway.web.call",
    "gateway.web.handover",
    "gateway.web.citizen",
    "gateway.web.device",
    "gateway.web.note",
    "gateway.web.rounds",
    "gateway.web.api",
    "gateway.web.clinic",
    "gateway.web.clinic_call",
    "gateway.web.doors",
    "gateway.web.fhir",
    "gateway.web.soap",
    "gateway.web.medcom",
    "gateway.web.timeline",
)


def create_app(gateway: Gateway) -> Flask:
    """The WSGI application around one process's set of parts."""
    app = APIFlask(
        "gateway.web", title="Lægebro", version="1", spec_path="/api/openapi.json", docs_path=None, json_errors=False
    )
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["SECURITY_POLICY"] = content_policy(gateway)
    app.extensions["gateway"] = gateway
    rendering.install(app)
    problems.install(app)
    app.before_request(_begin)
    app.before_request(guards.admit)
    app.before_request(csrf.protect)
    app.after_request(_harden)
    app.after_request(_note)
    for name in BLUEPRINTS:
        if find_spec(name) is not None:
            app.register_blueprint(import_module(name).blueprint)
    guards.require_all_guarded(app)
    return app


def content_policy(gateway: Gateway) -> str:
    """Only our own scripts and styles; live updates and signalling are the two other origins a page talks to."""
    s = gateway.settings
    media_socket = "ws" + s.media_url.removeprefix("http")
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "media-src 'self' blob:",
            f"connect-src 'self' {s.live_url} {s.media_url} {media_socket}",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def _begin() -> None:
    g.begun = time.monotonic()
    g.request_code = guards.current_gateway().ids.short()
    structlog.contextvars.bind_contextvars(request=g.request_code)


def _harden(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = response.headers.get(
        "Content-Security-Policy", guards.configured("SECURITY_POLICY")
    )
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(self), microphone=(self), display-capture=(), geolocation=()"
    if request.endpoint == "static":
        headers["Cache-Control"] = "no-cache"
    else:
        headers["Cache-Control"] = "no-store"
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def _note(response: Response) -> Response:
    """One line per request: the route's pattern, never the address with its values."""
    if request.endpoint != "static":
        rule = request.url_rule.rule if request.url_rule else "-"
        milliseconds = round((time.monotonic() - g.begun) * 1000) if "begun" in g else -1
        log(__name__).info("answered", method=request.method, route=rule, status=response.status_code, ms=milliseconds)
    structlog.contextvars.unbind_contextvars("request")
    return response
