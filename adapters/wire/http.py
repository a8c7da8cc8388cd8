"""One outbound HTTP call to a peer, sorted into the domain's errors: every adapter that speaks HTTP goes through here.

Never follows a redirect, never reads more than a megabyte, never takes longer than it was given, and never puts an
address, a body or a header into an error or a log line.

=============================  =====================================================================
what happened                  what the caller meets
=============================  =====================================================================
not connected                  ``PeerUnavailable(phase="connecting")``: certainly not done
cut off while sending          ``PeerUnavailable(phase="sending")``: unknown
no answer, 408, other 5xx      ``PeerUnavailable(phase="awaiting the answer")``: unknown
503, 429, 423                  ``PeerBusy``: the peer says nothing was done
401                            a new login and one repetition, then ``PeerRefused``
3xx, other 4xx                 ``PeerRefused``, unless the caller listed the status in ``expect``
an answer that cannot be read  a read: ``PeerRefused("invalid-answer")``; a write: unknown
=============================  =====================================================================
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import httpcore
import httpx

from adapters.wire.transport import LOOPBACK, Transport, is_loopback_name, within
from gateway.domain.errors import PeerBusy, PeerRefused, PeerUnavailable, Phase

# httpx writes every address at INFO, and an address may hold what a log may not.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

SIZE_LIMIT = 1_000_000
BUSY = frozenset({423, 429, 503})
FORM = "application/x-www-form-urlencoded"
FHIR_JSON = "application/fhir+json"
FHIR_HEADERS = {"Accept": FHIR_JSON, "Content-Type": FHIR_JSON}
_NOT_CONNECTED = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout, httpcore.UnsupportedProtocol)
_NOT_SENT = (httpcore.WriteError, httpcore.WriteTimeout, httpcore.LocalProtocolError)
_NOT_HEARD = (httpcore.ReadError, httpcore.ReadTimeout, httpcore.RemoteProtocolError)
# A code is a word. Digits are refused, so that no identity number travels inside one.
_CODE = re.compile(r"[A-Za-z][A-Za-z_-]{0,79}")


class Auth(Protocol):
    """How we prove ourselves to a peer. May call the peer; whatever fails there, the call itself was not made."""

    def header(self) -> str:
        """The value of ``Authorization``."""

    def renew(self, refused: str) -> None:
        """The peer refused this header: forget it, so that the next ``header`` logs in again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the peer said; header names lower-case."""

    peer: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    is_read: bool = True

    @property
    def kind(self) -> str:
        """The media type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON; a wrong content type, a repeated key or anything else unreadable is a fault."""
        kind = self.kind
        if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
            raise self.unreadable()
        try:
            return parse_json(self.body)
        except ValueError as fault:
            raise self.unreadable() from fault

    def unreadable(self) -> PeerRefused | PeerUnavailable:
        """The fault for an answer that makes no sense: after a write nobody knows what was done."""
        if self.is_read:
            return PeerRefused(self.peer, "invalid-answer")
        return PeerUnavailable(self.peer, "awaiting the answer")


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
        public_only: bool = False,
    ) -> None:
        self.peer = peer
        self.base_url = checked_url(base_url).rstrip("/")
        self._total = total_timeout
        self._auth = auth
        self._client = httpx.Client(
            transport=Transport(public_only=public_only),
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
            return answer
        raise refusal_of(answer)

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
        try:
            with self._client.stream(method, address, content=content, headers=headers) as response:
                names = {name.lower(): value for name, value in response.headers.items()}
                return Answer(self.peer, response.status_code, names, self._body(response, is_read), is_read)
        except _NOT_CONNECTED:
            phase: Phase = "connecting"
        except _NOT_SENT:
            phase = "sending"
        except (*_NOT_HEARD, httpx.HTTPError, httpx.InvalidURL):
            phase = "awaiting the answer"
        # Raised outside the handlers: the library's own fault may quote what was sent.
        raise PeerUnavailable(self.peer, phase)

    def _address(self, path: str) -> str:
        """Below the base, or a whole address from a discovery document; credentials go to the base alone."""
        if not path.startswith(("http://", "https://")):
            return f"{self.base_url}/{path.lstrip('/')}"
        if self._auth is not None and not path.startswith(f"{self.base_url}/"):
            raise PeerRefused(self.peer, "foreign-address")
        try:
            return checked_url(path)
        except ValueError:
            raise PeerRefused(self.peer, "invalid-address") from None

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


@contextmanager
def certainly_not_done() -> Iterator[None]:
    """For what precedes a write (login, looking first): whatever got lost there, the write was never sent."""
    try:
        yield
    except PeerUnavailable as fault:
        raise PeerUnavailable(fault.peer, "connecting") from None


def refusal_of(answer: Answer) -> PeerBusy | PeerRefused | PeerUnavailable:
    """The domain's word for a status outside 2xx."""
    if answer.status in BUSY:
        return PeerBusy(answer.peer, f"http-{answer.status}", _seconds(answer.headers.get("retry-after", "")))
    if answer.status >= 500 or answer.status == 408:
        return PeerUnavailable(answer.peer, "awaiting the answer")
    return PeerRefused(answer.peer, coded_issue(answer) or f"http-{answer.status}")


def coded_issue(answer: Answer) -> str:
    """The code of an OperationOutcome's first issue (FHIR R4 §2.32), never its text; "" where there is none."""
    try:
        issue = parse_json(answer.body)["issue"][0]
        codings = issue.get("details", {}).get("coding") or [{}]
        code = codings[0].get("code") or issue.get("code")
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _seconds(retry_after: str) -> int | None:
    """Delay in seconds; the date form of RFC 9110 §10.2.3 is left to our own schedule."""
    return int(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 7 else None


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


def parse_json(body: bytes | str) -> Any:
    """Strict JSON: no repeated keys (two readers would see two things), no NaN. Raises ``ValueError``."""
    try:
        return json.loads(body, object_pairs_hook=_unrepeated, parse_constant=_no_constant)
    except RecursionError as fault:
        raise ValueError("nested too deeply") from fault


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ValueError("repeated key")
    return unique


def _no_constant(_name: str) -> Any:
    raise ValueError("not a number")
