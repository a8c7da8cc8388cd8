"""Our cookies: over https every one is ``__Host-``, so that no other host of the domain can plant or read it.

RFC 6265bis §4.1.3.2: Secure, Path=/ and no Domain, or the browser drops it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, request
from werkzeug import Response

if TYPE_CHECKING:
    from gateway.settings import Settings


def read(name: str) -> str | None:
    return request.cookies.get(_settings().cookie(name))


def put(response: Response, name: str, value: str, seconds: int) -> None:
    """Kept for so many seconds; no script of a page can read it, and other sites' requests do not carry it."""
    settings = _settings()
    response.set_cookie(
        settings.cookie(name), value, seconds, path="/", samesite="Lax", secure=settings.secure_cookies, httponly=True
    )


def drop(response: Response, name: str) -> None:
    settings = _settings()
    response.delete_cookie(
        settings.cookie(name), path="/", samesite="Lax", secure=settings.secure_cookies, httponly=True
    )


def _settings() -> Settings:
    found: Settings = current_app.extensions["gateway"].settings
    return found
