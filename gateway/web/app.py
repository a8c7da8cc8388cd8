"""The web process: where browsers, care systems and practice systems come in.

``create_app`` puts together what stands in its own modules: guards, forgery protection, words, problems, screens.
"""

from __future__ import annotations

import time
from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, Flask, Response, g, request
from werkzeug.exceptions import SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

from gateway import web
from gateway.logs import log
from gateway.web import csrf, forms, guards, limits, problems, rendering
from gateway.web.build import HEADER, build

if TYPE_CHECKING:
    from gateway.wiring import Gateway

LARGEST_BODY = 1_000_000
STATIC = (
    "/static/"  # after it the build: a page gets the files it was made with, or none (nginx asks the other process)
)
BEATS = ("/internal/rooms", "/health", "/health/ready")  # asked every few seconds: no news while all is well
SHARING = ("clinic_call.call",)  # pages on which a screen may be shared
# This module, the one that builds an application at import, and the server's settings.
NOT_ROUTES = {"gateway.web.app", "gateway.web.wsgi", "gateway.web.gunicorn_settings", "gateway.web.gunicorn_worker"}


def create_app(gateway: Gateway) -> Flask:
    """The WSGI application around one process's set of parts."""
    app = Flask("gateway.web", static_url_path=f"{STATIC}{build()}")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["SECURITY_POLICY"] = content_policy(gateway)
    app.config["TRUSTED_HOSTS"] = trusted_hosts(gateway)
    app.extensions["gateway"] = gateway
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]  # no view is a coroutine: nobody looks
    behind = gateway.settings.proxies
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=behind, x_proto=behind)  # type: ignore[method-assign]
    rendering.install(app)
    problems.install(app)
    app.register_error_handler(SecurityError, _unknown_host)
    app.before_request(_begin)
    app.before_request(_refuse_other_builds)
    app.before_request(limits.require_address)
    app.before_request(guards.admit)
    app.before_request(limits.require_session)
    app.before_request(forms.require_text)
    app.before_request(forms.require_once)
    app.before_request(csrf.protect)
    app.after_request(_harden)
    app.after_request(_note)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    guards.require_all_guarded(app)
    return app


def _unknown_host(_fault: Exception) -> Response:
    """Asked for under a name that is not ours: no page, for a page would link to that name."""
    return Response("400: unknown host name\n", 400, mimetype="text/plain")


def blueprints() -> list[Blueprint]:
    """Every ``blueprint`` that a module of ``gateway.web`` defines, in the order of the modules' names."""
    names = sorted(module.name for module in walk_packages(web.__path__, "gateway.web.") if not module.ispkg)
    modules = [import_module(name) for name in names if name not in NOT_ROUTES]
    return list(dict.fromkeys(module.blueprint for module in modules if hasattr(module, "blueprint")))


def trusted_hosts(gateway: Gateway) -> list[str] | None:
    """Names under which a request may ask for us in production: the public one, and this machine for its own processes.
    Another one is 400 before anything is read (a link made from it would lead elsewhere)."""
    settings = gateway.settings
    return [settings.public_host, "localhost", "127.0.0.1"] if settings.environment == "production" else None


def content_policy(gateway: Gateway) -> str:
    """Only our own scripts and styles; live updates and signalling are the other origins a page talks to."""
    s = gateway.settings
    media = " ".join(f"{url} ws{url.removeprefix('http')}" for url in s.media_url_list)
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "worker-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "media-src 'self' blob:",
            f"connect-src 'self' {s.live_url} {media}",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def _begin() -> None:
    g.begun = time.monotonic()
    g.request_code = guards.current_gateway().ids.short()
    structlog.contextvars.bind_contextvars(request=g.request_code)


def _refuse_other_builds() -> Response | None:
    """A file of a build that this process does not have; nobody is looked up for it and no page is made."""
    if request.path.startswith(STATIC) and request.endpoint != "static":
        return Response("404: not a file of this build\n", 404, mimetype="text/plain")
    return None


def _harden(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = response.headers.get(
        "Content-Security-Policy", guards.configured("SECURITY_POLICY")
    )
    headers["X-Content-Type-Options"] = "nosniff"
    headers[HEADER] = build()
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    screen = "(self)" if request.endpoint in SHARING else "()"
    headers["Permissions-Policy"] = f"camera=(self), microphone=(self), display-capture={screen}, geolocation=()"
    kept = request.endpoint == "static" and response.status_code < 400
    headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-store"
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response


def _note(response: Response) -> Response:
    """One line per request: the route's pattern, never the address with its values."""
    if not request.path.startswith(STATIC):
        rule = request.url_rule.rule if request.url_rule else "-"
        milliseconds = round((time.monotonic() - g.begun) * 1000) if "begun" in g else -1
        write = log(__name__).debug if rule in BEATS and response.status_code < 400 else log(__name__).info
        write("answered", method=request.method, route=rule, status=response.status_code, ms=milliseconds)
    structlog.contextvars.unbind_contextvars("request")
    return response
