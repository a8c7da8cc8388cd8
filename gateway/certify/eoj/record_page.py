"""An employee in the browser before the simulated care system: she logs in, opens a record and presses *start*."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

from adapters.contract.launch_promises import Flaw
from adapters.eoj.smart_fhir import Adapter
from adapters.wire.transport import LOOPBACK
from gateway.domain.launch import Launch


class RecordPage:
    """``adapters.contract.launch_promises.LaunchBench`` over SMART App Launch; ``address`` as the care system announces
    it, ``gateway`` where it sends the browser back to."""

    record = "Patient/r-1002"
    cpr = "0201609996"
    employee = "Mette Holm"

    def __init__(self, adapter: Adapter, address: str, gateway: str) -> None:
        self._adapter, self._address, self._gateway = adapter, address, gateway
        self._callback = f"{gateway}/launch/smart/callback"

    def press(self, flaw: Flaw | None = None) -> Callable[[], Launch]:
        browser = _Browser(self._address, self._gateway)
        browser.follow(f"{self._address}/login", username="mette", password="videodemo")  # noqa: S106
        pressed = browser.follow(f"{self._address}/records/r-1002/launch/smart", view=secrets.token_urlsafe(12))
        if flaw is not None:
            browser.post(f"{self._address}/_sim/launch", {"flaw": str(flaw)})
        pending = self._adapter.begin(
            pressed["iss"], pressed["launch"], self._callback, secret=lambda: secrets.token_urlsafe(32)
        )
        code = browser.follow(pending[0])["code"]
        return lambda: self._adapter.finish(pending[1], code, self._callback, datetime.now(UTC))

    def close(self) -> None:
        self._adapter.close()


class _Browser:
    """Follows redirects until one leads to the gateway. Names below ``.localhost`` are this machine."""

    def __init__(self, address: str, gateway: str) -> None:
        self._gateway, self._host = gateway, urlsplit(address).netloc
        port = urlsplit(address).port
        self._base = f"http://{LOOPBACK}:{port}"
        self._http = httpx.Client(timeout=30, trust_env=False)

    def post(self, address: str, words: dict[str, str]) -> None:
        self._http.post(self._local(address), json=words).raise_for_status()

    def follow(self, address: str, **form: str) -> dict[str, str]:
        """The words of the redirect that leads to the gateway; {} where a page is shown instead."""
        answer = self._ask(address, form)
        while answer.is_redirect:
            target = urljoin(address, answer.headers["location"])
            if target.startswith(self._gateway):
                return dict(parse_qsl(urlsplit(target).query))
            address, answer = target, self._ask(target, {})
        return {}

    def _ask(self, address: str, form: dict[str, str]) -> httpx.Response:
        headers = {"Host": self._host, "Origin": f"http://{self._host}"}
        if form:
            return self._http.post(self._local(address), data=form, headers=headers)
        return self._http.get(self._local(address), headers=headers)

    def _local(self, address: str) -> str:
        parts = urlsplit(address)
        return f"{self._base}{parts.path}" + (f"?{parts.query}" if parts.query else "")
