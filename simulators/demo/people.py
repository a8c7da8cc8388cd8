"""The two people of a scripted consultation, each through the doors a real one uses."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx

from simulators.demo.browser import Browser, GaveUp, Watch, until
from simulators.demo.setup import PASSWORD
from simulators.demo.stack import Stack

ATTEMPTS = 5
REASON = "Sår på venstre skinneben, væsker mere end i går. Ønsker vurdering af, om der skal antibiotika til."


class Nurse:
    """Mette Holm in Fjordby: launches from the record page and uses the JSON twin of her pages."""

    def __init__(self, stack: Stack, username: str = "mette", watch: Watch | None = None) -> None:
        self._stack = stack
        self._browser = Browser(watch)
        self._username = username
        self.consultation = ""

    def launch(self, record: str, *, door: str = "smart") -> str:
        """Log in at the care system, press the record's button; the consultation's id."""
        self.log_in_to_record_system()
        landed = _as_often_as_interrupted(lambda: self._press_launch(record, door))
        landed.raise_for_status()
        self._learn_session()
        return self.consultation

    def _press_launch(self, record: str, door: str) -> httpx.Response:
        address = f"{self._stack['eoj'].address}/records/{record}"
        view = _field(self._browser.get(address).text, "view")
        landed = self._browser.post_form(f"{address}/launch/{door}", view=view)
        return self._redeem(str(landed.url)) if door == "signed" else landed

    def log_in_to_record_system(self) -> None:
        eoj = self._stack["eoj"].address
        self._browser.post_form(f"{eoj}/login", username=self._username, password=PASSWORD)

    def _redeem(self, address: str) -> httpx.Response:
        """What the page's script does: the code stands in the fragment, which no server is sent."""
        code = address.partition("#code=")[2]
        gateway = self._stack.gateway_url
        return self._browser.get(gateway + str(self._browser.call(f"{gateway}/start", {"code": code})["next"]))

    def start_by_number(self, number: str, *, realm: str = "fjordby") -> str:
        """Standing alone: log in at her organisation, type the number, say yes to the card; the consultation's id."""
        gateway = self._stack.gateway_url
        _log_in(self._browser, f"{gateway}/login/login-{realm}", self._username)
        self._browser.csrf = self._browser.read(f"{gateway}/api/v1/session")["csrf"]
        card = self._browser.post_form(f"{gateway}/ny/borger", cpr=number, csrf_token=self._browser.csrf)
        token = _field(card.text, "token")
        self._browser.post_form(f"{gateway}/ny/bekraeft", token=token, csrf_token=self._browser.csrf)
        self._learn_session()
        return self.consultation

    def notes_on_the_record(self, record: str) -> int:
        """How many notes the record's own page shows."""
        page = self._browser.get(f"{self._stack['eoj'].address}/records/{record}/journal")
        page.raise_for_status()
        return page.text.count('data-testid="journal-note"')

    def _learn_session(self) -> None:
        """The token her requests carry, and the consultation the launch brought her to."""
        session = self._browser.read(f"{self._stack.gateway_url}/api/v1/session")
        self._browser.csrf = session["csrf"]
        self.consultation = session["consultation"] or ""
        if not self.consultation:
            raise GaveUp("launching", "no consultation in the session")

    def place(self, ydernummer: str = "034835", **more: Any) -> dict[str, Any]:
        """One choice, one text, one button."""
        fields = {
            "ydernummer": ydernummer,
            "consent": {"answer": "given"},
            "form": "assisted",
            "reason": REASON,
            "role": "Sygeplejerske",
            "workplace": "Hjemmesygeplejen Nord",
            "phone": "99000101",
        }
        return self.act("place", {**fields, **more})

    def act(self, verb: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One verb; repeating one that has happened already is harmless."""
        url = f"{self._stack.gateway_url}/api/v1/consultations/{self.consultation}/{verb}"
        return self._browser.call(url, body)

    def state(self) -> dict[str, Any]:
        return self._browser.read(f"{self._stack.gateway_url}/api/v1/consultations/{self.consultation}/state")

    def cookies(self) -> str:
        """Her cookies for the gateway's host, as a browser sends them to its event stream."""
        return self._browser.cookies("gateway.localhost")

    async def ticket(self) -> str:
        """A ticket for her seat, fetched anew at each joining."""
        answer = await asyncio.to_thread(self.act, "ticket", {})
        return str(answer["ticket"])

    def wait_for(self, what: str, patience: float = 60.0, **wanted: Any) -> dict[str, Any]:
        """The state once all ``wanted`` fields have (one of) their values."""

        def reached() -> dict[str, Any] | None:
            state = self.state()
            fits = all(state.get(k) in v if isinstance(v, tuple) else state.get(k) == v for k, v in wanted.items())
            return state if fits else None

        try:
            found: dict[str, Any] = until(what, reached, patience)
        except GaveUp as fault:
            state = self.state()
            raise GaveUp(*fault.args, {k: state.get(k) for k in ("status", "entry_status", *wanted)}) from None
        return found

    def close(self) -> None:
        self._browser.close()


class Doctor:
    """Lise Hansen at Lægerne Torvet: takes the call in the practice's own system, talks through our call page."""

    def __init__(
        self, stack: Stack, username: str = "lise", realm: str = "laegerne-torvet", watch: Watch | None = None
    ) -> None:
        self._stack = stack
        self._browser = Browser(watch)
        self._username = username
        self._realm = realm
        self.entry = ""

    def open_own_system(self) -> None:
        self._browser.post_form(f"{self._stack['gp'].address}/login", username=self._username, password=PASSWORD)

    def waiting(self) -> list[str]:
        """Ids of the entries in the practice's own queue; looking marks them as seen, as its screen does."""
        gp = self._stack["gp"].address
        rows = re.findall(r'data-task="([0-9a-f-]{36})"', self._browser.get(f"{gp}/queue/rows").text)
        return list(dict.fromkeys(rows))

    def accept_in_own_system(self, entry: str) -> None:
        self.entry = entry
        self._browser.post_form(f"{self._stack['gp'].address}/queue/{entry}/accept")

    def reject_in_own_system(self, entry: str, reason: str, text: str = "") -> None:
        self._browser.post_form(f"{self._stack['gp'].address}/queue/{entry}/reject", reason=reason, text=text)

    def log_in(self) -> None:
        """At the clinic's own identity provider, as the link in the entry asks for."""
        gateway = self._stack.gateway_url
        _log_in(self._browser, f"{gateway}/login/login-{self._realm}", self._username)
        self._browser.csrf = self._browser.read(f"{gateway}/api/v1/clinic/session")["csrf"]

    def act(self, verb: str, body: dict[str, Any] | None = None, entry: str = "") -> dict[str, Any]:
        return self._browser.call(f"{self._stack.gateway_url}/api/v1/entries/{entry or self.entry}/{verb}", body)

    async def ticket(self) -> str:
        answer = await asyncio.to_thread(self.act, "ticket", {})
        return str(answer["ticket"])

    def close(self) -> None:
        self._browser.close()


def _log_in(browser: Browser, address: str, username: str) -> None:
    """Through the identity provider and back; ``address`` is our own login's."""

    def once() -> httpx.Response:
        page = browser.get(address)
        if 'id="password"' in page.text:
            page = browser.post_form(str(page.url), username=username, password=PASSWORD)
        return page

    _as_often_as_interrupted(once)


def _as_often_as_interrupted(arrive: Callable[[], httpx.Response]) -> httpx.Response:
    """A login or launch whose one-time word was spent by a process that then died ends at a page (410) that says so
    and asks to begin again; a person does."""
    for _ in range(ATTEMPTS):
        landed = arrive()
        if landed.status_code != httpx.codes.GONE:
            return landed
    raise GaveUp("arriving", ATTEMPTS)


def _field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    if found is None:
        raise GaveUp("looking for the field", name)
    return found.group(1)
