"""Forged requests stop here: every unsafe method of a session's routes needs our origin and the session's token."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from flask import g, request

from gateway.web.guards import audience_of, current_gateway

SAFE = ("GET", "HEAD", "OPTIONS")
FIELD = "csrf_token"
HEADER = "X-CSRF-Token"


class Forged(Exception):
    """The request does not come from one of our own pages."""


def protect() -> None:
    """Before each request. Doors of other systems carry no cookies and prove themselves otherwise."""
    audience = audience_of(request.endpoint)
    if request.method in SAFE or audience in (None, "peer"):
        return
    if not _own_origin():
        raise Forged
    if audience == "public":
        return
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if not g.session.csrf or not hmac.compare_digest(given.encode(), g.session.csrf.encode()):
        raise Forged


def _own_origin() -> bool:
    """Browsers say where an unsafe request comes from; a client that says nothing has only the token.

    Our pages send no referrer, and a form posted under that policy carries ``Origin: null`` (Fetch, "append a request
    Origin header"), so there the browser's ``Sec-Fetch-Site`` decides.
    """
    origin = request.headers.get("Origin")
    if origin is None or origin == "null":
        assumed = "same-origin" if origin is None else "cross-site"
        return request.headers.get("Sec-Fetch-Site", assumed) in ("same-origin", "none")
    ours = urlsplit(current_gateway().settings.public_url)
    return origin == f"{ours.scheme}://{ours.netloc}"
