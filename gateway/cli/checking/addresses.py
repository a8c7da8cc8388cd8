"""The public addresses as a browser meets them: name, port, certificate, then who answers there and how."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Any

import httpx

from adapters.wire.oauth.client_key import ClientKey
from adapters.wire.transport import Transport, within
from adapters.wire.trial.reach import reach
from gateway.cli.checking.finding import Finding, found
from gateway.cli.trial_words import told_in_words
from gateway.domain.errors import ConfigFault
from gateway.settings import Settings, secret

PATIENCE = 10.0  # seconds for one address
APART = 0.5  # seconds; the live process leaves one between the two events of /live/flow
_NO_ANSWER = (httpx.HTTPError, OSError)


def address_findings(settings: Settings) -> Iterator[Finding]:
    reached = yield from reached_at("public_url", settings.public_url)
    if not reached:
        return
    yield from found("public_url: web process", lambda: _require_ours(settings))
    yield from found("public_url: ready", lambda: _require_ready(settings.public_url))
    yield from found("public_url: encryption", lambda: _require_strict(settings.public_url))
    live = list(found("live_url: live process", lambda: _require_live(settings.live_url)))
    yield from live
    if not live[0].fault:
        yield from found("live_url: events arrive at once", lambda: _require_unbuffered(settings.live_url))


def reached_at(setting: str, address: str) -> Generator[Finding, None, bool]:
    """True where host, port and certificate are well."""
    last = list(reach(address))[-1]
    where = f"{setting}: {last.host}:{last.port}"
    words = told_in_words(last.told).replace("the peer's", "its").replace("the peer", "the proxy")
    yield Finding(where, f"{last.step}: {words}" if last.told else "")
    return not last.told


def _asked(address: str) -> httpx.Response:
    try:
        with within(PATIENCE), httpx.Client(transport=Transport(), trust_env=False, timeout=PATIENCE) as client:
            return client.get(address)
    except _NO_ANSWER as fault:
        raise ConfigFault(f"no answer to {address} ({type(fault).__name__})") from None
    except Exception as fault:  # httpcore's own
        raise ConfigFault(f"no answer to {address} ({type(fault).__name__})") from None


def _document(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return {}


def _require_ours(settings: Settings) -> None:
    answer = _asked(f"{settings.public_url}/.well-known/jwks.json")
    if answer.status_code in (502, 503, 504):
        raise ConfigFault(f"the proxy answers {answer.status_code}: systemctl status laegebro-web")
    own = ClientKey.from_pem(secret(settings.client_key)).public_jwk()
    if answer.status_code == 400:
        raise ConfigFault("refuses this host name: the proxy must pass on the Host header that the browser sent")
    said = _document(answer)
    if own not in (said.get("keys") or () if isinstance(said, dict) else ()):
        raise ConfigFault("somebody else answers there: its keys are not those of client_key; look at the proxy")


def _require_ready(public_url: str) -> None:
    answer = _asked(f"{public_url}/health/ready")
    said = _document(answer)
    if answer.status_code != 200:
        raise ConfigFault(f"not ready (HTTP {answer.status_code}), waiting for {said.get('for', 'something unknown')}")


def _require_strict(public_url: str) -> None:
    if public_url.startswith("https://") and "strict-transport-security" not in _asked(f"{public_url}/health").headers:
        raise ConfigFault("no Strict-Transport-Security: the proxy must pass on X-Forwarded-Proto, or proxies is wrong")


def _require_live(live_url: str) -> None:
    answer = _asked(f"{live_url}/live/health")
    if _document(answer) != {"status": "up"}:
        told = f"HTTP {answer.status_code} to /live/health"
        raise ConfigFault(f"{told}: the proxy must take /live/ to the live process (systemctl status laegebro-live)")


def _require_unbuffered(live_url: str) -> None:
    """The live process sends two events with a pause between: both at once means that somebody kept the first."""
    began = time.monotonic()
    try:
        with (
            within(PATIENCE),
            httpx.Client(transport=Transport(), trust_env=False, timeout=PATIENCE) as client,
            client.stream("GET", f"{live_url}/live/flow") as answer,
        ):
            events = answer.iter_bytes()
            next(events)
            first = time.monotonic() - began
            for _ in events:
                pass
            whole = time.monotonic() - began
    except Exception as fault:  # httpx's or httpcore's, or an empty answer
        raise ConfigFault(f"the stream breaks off ({type(fault).__name__})") from None
    if whole - first < APART:
        raise ConfigFault("the proxy keeps events back: proxy_buffering off for /live/")
