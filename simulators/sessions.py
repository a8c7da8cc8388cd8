"""Who is logged in at a simulator's screens: a random cookie value that points at server-side state."""

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from simulators.directory import Organisation, User


@dataclass
class Session:
    """One logged-in browser; `values` holds what a screen needs to remember."""

    organisation: Organisation
    user: User
    auth_time: int
    sid: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    values: dict[str, Any] = field(default_factory=dict)


class SessionStore:
    """Sessions under one cookie name: ports share cookies, so each server has its own name."""

    def __init__(self, cookie: str) -> None:
        self._cookie = cookie
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def current(self) -> Session | None:
        with self._lock:
            return self._sessions.get(request.cookies.get(self._cookie, ""))

    def begin(self, response: Response, organisation: Organisation, user: User) -> Session:
        """Log the browser in; an earlier session of the same browser ends."""
        self._forget()
        session = Session(organisation, user, int(time.time()))
        key = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[key] = session
        response.set_cookie(self._cookie, key, httponly=True, samesite="Lax")
        return session

    def end(self, response: Response) -> None:
        self._forget()
        response.delete_cookie(self._cookie)

    def _forget(self) -> None:
        with self._lock:
            self._sessions.pop(request.cookies.get(self._cookie, ""), None)
