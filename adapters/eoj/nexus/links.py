"""Walking a hypermedia API: every address comes from a link, and no link leads away from the configured origin."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from adapters.wire.answer import Answer
from adapters.wire.http import PeerHttp
from adapters.wire.remembered import Remembered
from gateway.domain.errors import PeerIll, PeerUnclear

Json = dict[str, Any]
NO_LINK = "no-link"
SOON = 10.0  # seconds: longer than from filing a note to reading it back
MOST_KEPT = 200
_WORD = re.compile(r"[A-Za-z]{1,60}")


class Recent:
    """What was read within the last ten seconds, by a key; never a fault, nor that nothing was found. Thread-safe: of
    two at once both may read."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: dict[str, tuple[float, Any]] = {}

    def of(self, key: str, read: Callable[[], Any]) -> Any:
        until, found = self._kept.get(key, (0.0, None))
        if self._now() < until:
            return found
        found, now = read(), self._now()
        if found is None:
            return None
        live = [(each, kept) for each, kept in list(self._kept.items()) if kept[0] > now]
        self._kept = {**dict(live[-MOST_KEPT:]), key: (now + SOON, found)}
        return found


class Links:
    """``http`` has the origin as its base and refuses every other one; ``home`` is the address of the home document."""

    def __init__(self, http: PeerHttp, home: str, now: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._home_url = home
        self._home = Remembered(self.read_home)
        self._recent = Recent(now)

    @property
    def home(self) -> Json:
        return self._home.current()

    def read(self, document: Json, rel: str) -> Any:
        return self._http.get(self.address(document, rel)).json()

    def read_again(self, document: Json, rel: str) -> Any:
        """As ``read``, but what was read within the last ten seconds serves again: for how a record is laid out, never
        for what is filed in it."""
        address = self.address(document, rel)
        return self._recent.of(address, lambda: self._http.get(address).json())

    def ask(self, document: Json, rel: str, body: Json) -> Answer:
        """A question that is posted, so that no number stands in an address; 404 comes back as an answer."""
        return self._http.send("POST", self.address(document, rel), body, is_read=True, expect=(404,))

    def write(self, method: str, document: Json, rel: str, body: Json) -> Json:
        return require_object(self._http.peer, self._http.send(method, self.address(document, rel), body).json(), True)

    def address(self, document: Json, rel: str) -> str:
        """``PeerIll`` where the link is missing (a right that our user lacks), or leads to another origin."""
        links = document.get("_links")
        link = links.get(rel) if isinstance(links, Mapping) else None
        href = link.get("href") if isinstance(link, Mapping) else None
        if not isinstance(href, str) or not href:
            raise PeerIll(self._http.peer, f"{NO_LINK}-{rel}" if _WORD.fullmatch(rel) else NO_LINK)
        address = urljoin(self._home_url, href)
        if not address.startswith(f"{origin_of(self._home_url)}/"):
            raise PeerIll(self._http.peer, "foreign-address")
        return address

    def has(self, document: Json, rel: str) -> bool:
        links = document.get("_links")
        return isinstance(links, Mapping) and isinstance(links.get(rel), Mapping)

    def read_home(self) -> Json:
        """Fetched anew."""
        return require_object(self._http.peer, self._http.get(self._home_url).json())


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def require_object(peer: str, found: Any, sent: bool = False) -> Json:
    if not isinstance(found, dict):
        raise PeerUnclear(peer, "invalid-answer", sent=sent)
    return found


def require_list(peer: str, found: Any) -> list[Json]:
    """The objects of a list; what is no object in it is somebody else's."""
    if not isinstance(found, list):
        raise PeerUnclear(peer, "invalid-answer", sent=False)
    return [each for each in found if isinstance(each, dict)]


def named(found: list[Json], name: str) -> Json | None:
    """The one of that name, however it is spaced («- Alt», «-Alt»); the first of several."""
    wanted = _squeezed(name)
    return next((each for each in found if _squeezed(each.get("name")) == wanted), None)


def _squeezed(name: Any) -> str:
    return "".join(str(name or "").split()).casefold()
