"""A browser without a screen: cookies, redirects, and the patience of a person who reloads the page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import httpx

from simulators import wire

PATIENCE = 60.0
PAUSE = 0.25
ANSWERED = 500  # below this the server has answered; 502–504 are a server being started again
Watch = Callable[[httpx.Response], None]


class GaveUp(Exception):
    """Nothing worked within ``PATIENCE``; ``args`` say what was tried and the last status."""


class Browser:
    """One person's cookies. Calls are repeated while a server is away, as a page does by itself.

    ``watch`` is shown every answer, those that redirect too.
    """

    def __init__(self, watch: Watch | None = None) -> None:
        self._client = wire.client(20)
        self._client.follow_redirects = True
        if watch is not None:
            self._client.event_hooks = {"response": [watch]}
        self.csrf = ""

    def get(self, url: str) -> httpx.Response:
        return self._patiently("GET", url)

    def post_form(self, url: str, **fields: str) -> httpx.Response:
        return self._patiently("POST", url, data=fields)

    def call(self, url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """POST JSON with the session's token; the answer's document. Raises ``httpx.HTTPStatusError`` on 4xx."""
        headers = {"X-CSRF-Token": self.csrf, "Origin": _origin(url)}
        answer = self._patiently("POST", url, json=body or {}, headers=headers)
        answer.raise_for_status()
        document: dict[str, Any] = answer.json() if answer.content else {}
        return document

    def read(self, url: str) -> dict[str, Any]:
        answer = self.get(url)
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
        return document

    def _patiently(self, method: str, url: str, **how: Any) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE
        last: object = "nothing"
        while time.monotonic() < deadline:
            try:
                answer = self._client.request(method, url, **how)
            except httpx.TransportError as fault:
                last = type(fault).__name__
            else:
                if answer.status_code < ANSWERED:
                    return answer
                last = answer.status_code
            time.sleep(PAUSE)
        raise GaveUp(method, re.sub(r"[?#].*", "", url), last)

    def cookies(self, host: str) -> str:
        """The Cookie header for that host: ports share cookies."""
        return "; ".join(f"{c.name}={c.value}" for c in self._client.cookies.jar if c.domain.lstrip(".") == host)

    def close(self) -> None:
        self._client.close()


def _origin(url: str) -> str:
    parsed = httpx.URL(url)
    return f"{parsed.scheme}://{parsed.netloc.decode()}"


def until(what: str, done: Any, patience: float = PATIENCE) -> Any:
    """Ask ``done()`` until it gives something; ``GaveUp`` names what was waited for."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = done()
        if found:
            return found
        time.sleep(PAUSE)
    raise GaveUp("waiting for", what, patience)
