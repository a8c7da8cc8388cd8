"""One outbound HTTP call to a peer, sorted into the domain's errors: every adapter that speaks HTTP goes through here.

Never follows a redirect, never reads more than a megabyte, never takes longer than it was given, and never puts an
address, a body or a header into an error or a log line.

==============================  ====================================================================
what happened                   what the caller meets
==============================  ====================================================================
not connected                   ``PeerUnavailable(phase="connecting")``: certainly not done
no such name, TLS not agreed    ``PeerIll``
cut off while sending, silence  ``PeerUnavailable`` with its phase
401                             a new login and one repetition, then as any status
3xx, 4xx, 5xx                   what ``meaning/http.py`` says, unless the caller listed it in ``expect``
an answer that cannot be read   ``PeerUnclear``
==============================  ====================================================================

``is_read``: the call only asks, so nothing it meets makes a row unknown or refuses it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import httpcore
import httpx

from adapters.wire.answer import Answer, refusal_of
from adapters.wire.effect import note_sent
from adapters.wire.overhearing import Said, pass_on
from adapters.wire.transport import LOOPBACK, Transport, is_loopback_name, trouble_of, within
from gateway.domain.errors import PeerBusy, PeerError, PeerIll, PeerUnavailable, Phase

# httpx writes every address at INFO, and an address may hold what a log may not.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

SIZE_LIMIT = 1_000_000
DECLINING = (409, 412)  # of a condition that we set: nothing was done
FORM = "application/x-www-form-urlencoded"
FHIR_JSON = "application/fhir+json"
FHIR_HEADERS = {"Accept": FHIR_JSON, "Content-Type": FHIR_JSON}
_NOT_CONNECTED = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout, httpcore.UnsupportedProtocol)
_NOT_SENT = (httpcore.WriteError, httpcore.WriteTimeout, httpcore.LocalProtocolError)
_NOT_HEARD = (httpcore.ReadError, httpcore.ReadTimeout, httpcore.RemoteProtocolError)


class Auth(Protocol):
    """How we prove ourselves to a peer. May call the peer; whatever fails there, the call itself was not made."""

    def header(self) -> str:
        """The value of ``Authorization``."""

    def renew(self, refused: str) -> None:
        """The peer refused this header: forget it, so that the next ``header`` logs in again."""


class PeerHttp:
    """Calls to one peer below ``base_url``. Thread-safe; ``close`` ends its connections.

    ``path`` may be relative to the base ("Patient/_search") or a whole address that a discovery document named.
    """

    def __init__(
        self,
        peer: str,
        base_url: str,
        *,
        connect_timeout: float = 2.0,
        total_timeout: float = 10.0,
        auth: Auth | None = None,
        transport: Transport | None = None,
    ) -> None:
        self.peer = peer
        self.base_url = checked_url(base_url).rstrip("/")
        self._total = total_timeout
        self._auth = auth
        self._client = httpx.Client(
            transport=transport or Transport(),
            timeout=httpx.Timeout(total_timeout, connect=connect_timeout, pool=connect_timeout),
            follow_redirects=False,
            trust_env=False,
        )

    def get(
        self, path: str, *, headers: Mapping[str, str] | None = None, expect: Collection[int] = (), accept: str = ""
    ) -> Answer:
        return self.send("GET", path, headers=_accepting(accept, headers), expect=expect, is_read=True)

    def post_form(
        self,
        path: str,
        fields: Mapping[str, str] | Sequence[tuple[str, str]],
        *,
        headers: Mapping[str, str] | None = None,
        expect: Collection[int] = (),
        accept: str = "",
    ) -> Answer:
        """A form in the body: where FHIR searches put what an address must not hold."""
        content = urlencode(fields).encode()
        words = {**_accepting(accept, headers), "Content-Type": FORM}
        return self.send("POST", path, content, headers=words, expect=expect, is_read=True)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        expect: Collection[int] = (),
        is_read: bool = False,
    ) -> Answer:
        """One call. ``body``: bytes as they are, anything else as JSON. ``headers`` go before our own ``Accept`` and
        ``Content-Type`` of ``application/json``. ``expect`` lists statuses outside 2xx that come back as an answer."""
        words = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            words.setdefault("Content-Type", "application/json")
        with within(self._total):
            answer = self._attempt(method, path, body, words, is_read)
        if answer.status in expect or 200 <= answer.status < 300:
            if not is_read and answer.status not in DECLINING:
                note_sent()
            return answer
        fault = refusal_of(answer)
        if not is_read and not isinstance(fault, PeerBusy):
            note_sent()
        raise fault

    def close(self) -> None:
        self._client.close()

    def _attempt(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str], is_read: bool
    ) -> Answer:
        if self._auth is None:
            return self._once(method, path, content, headers, is_read)
        proof = self._auth.header()
        answer = self._once(method, path, content, {**headers, "Authorization": proof}, is_read)
        if answer.status != 401:
            return answer
        # 401 says that nothing was done (RFC 9110 §15.5.2), so a repetition with a new login is safe.
        self._auth.renew(proof)
        return self._once(method, path, content, {**headers, "Authorization": self._auth.header()}, is_read)

    def _once(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str], is_read: bool) -> Answer:
        address = self._address(path)
        asked = Said(f"{method} {address}", headers, content or b"")
        try:
            with self._client.stream(method, address, content=content, headers=headers) as response:
                names = {name.lower(): value for name, value in response.headers.items()}
                answer = Answer(self.peer, response.status_code, names, self._body(response, is_read), is_read)
            pass_on(asked, Said(str(answer.status), names, answer.body))
            return answer
        except (*_NOT_CONNECTED, *_NOT_SENT, *_NOT_HEARD, httpx.HTTPError, httpx.InvalidURL) as met:
            fault = self._silence(met, is_read)
        pass_on(asked, Said(f"no answer ({type(fault).__name__} {' '.join(map(str, fault.args[1:2]))})"))
        # Raised outside the handlers: the library's own fault may quote what was sent.
        raise fault

    def _silence(self, met: Exception, is_read: bool) -> PeerError:
        phase: Phase = "awaiting the answer"
        if isinstance(met, _NOT_CONNECTED):
            phase = "connecting"
        elif isinstance(met, _NOT_SENT):
            phase = "sending"
        sent = phase != "connecting" and not is_read
        if sent:
            note_sent()
        trouble = trouble_of(met.__cause__ or met.__context__ or met)
        return PeerIll(self.peer, trouble, sent) if trouble else PeerUnavailable(self.peer, phase, sent)

    def _address(self, path: str) -> str:
        """Below the base, or a whole address from a discovery document; credentials go to the base alone."""
        if not path.startswith(("http://", "https://")):
            return f"{self.base_url}/{path.lstrip('/')}"
        if self._auth is not None and not path.startswith(f"{self.base_url}/"):
            raise PeerIll(self.peer, "foreign-address")
        try:
            return checked_url(path)
        except ValueError:
            raise PeerIll(self.peer, "invalid-address") from None

    def _body(self, response: httpx.Response, is_read: bool) -> bytes:
        """At most the size limit. A packed answer was never asked for and could unfold to anything."""
        spoilt = Answer(self.peer, response.status_code, {}, b"", is_read)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise spoilt.unreadable()
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > SIZE_LIMIT:
                raise spoilt.unreadable()
        return bytes(body)


def _accepting(accept: str, headers: Mapping[str, str] | None) -> dict[str, str]:
    return ({"Accept": accept} if accept else {}) | dict(headers or {})


def checked_url(text: str) -> str:
    """An address we may call: https, or plain http on this machine. Raises ``ValueError`` without repeating it."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError as fault:
        raise ValueError("not an address") from fault
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or parts.fragment:
        raise ValueError("not an http(s) address")
    if parts.scheme == "http" and not (is_loopback_name(host) or host in (LOOPBACK, "::1")):
        raise ValueError("plain http is only for this machine")
    return text
