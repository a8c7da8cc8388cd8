"""This system behind a firewall: nobody calls it, so it fetches its queue from a FHIR door and puts its acts back."""

import logging
import threading
import time
from typing import Any
from uuid import uuid4

import httpx

from simulators.fhir.outcome import Json
from simulators.fhir.store import ResourceStore
from simulators.signing import SigningKey, issued_now
from simulators.wire import client

log = logging.getLogger("simulators")
FHIR_JSON = "application/fhir+json"
TRIES = 3
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Fetcher:
    """Keeps the store's Tasks as the door has them; a change made on the screen goes back with the version it was made
    from. What the door refuses is fetched anew."""

    def __init__(self, door: str, client_id: str, key: SigningKey, store: ResourceStore) -> None:
        self._door, self._client_id, self._key, self._store = door.rstrip("/"), client_id, key, store
        self._http = client(timeout=30)
        self._known: dict[str, str] = {}  # when the door last changed each Task
        self._fetching = threading.local()
        self._good_until = 0.0
        store.listeners.append(self._bring)

    def keep_fetching(self, every: float) -> None:
        """For ever, on a thread of its own."""

        def work() -> None:
            pause = threading.Event()
            while not pause.wait(every):
                try:
                    self.fetch()
                except httpx.HTTPError as fault:
                    log.info("not fetched: %s", type(fault).__name__)

        threading.Thread(target=work, daemon=True).start()

    def fetch(self) -> None:
        following = f"{self._door}/Task?_count=100"
        while following:
            bundle = self._asked("GET", following).raise_for_status().json()
            for entry in bundle.get("entry", []):
                self._keep(entry["resource"])
            links = {each["relation"]: each["url"] for each in bundle.get("link", [])}
            following = links.get("next", "")

    def _keep(self, task: Json) -> None:
        """An answer that was under way while a newer one came says nothing."""
        changed = task["meta"]["lastUpdated"]
        with self._store.lock:
            if changed <= self._known.get(task["id"], ""):
                return
            self._known[task["id"]] = changed
            self._fetching.now = True
            try:
                self._store.write(task)
            finally:
                self._fetching.now = False

    def _bring(self, _before: Json | None, after: Json) -> None:
        if getattr(self._fetching, "now", False) or after["resourceType"] != "Task":
            return
        try:
            self._keep(self._put(after, f"{self._door}/Task/{after['id']}"))
        except httpx.HTTPError as fault:
            self._known.pop(after["id"], None)
            log.info("not taken: %s", type(fault).__name__)

    def _put(self, task: Json, address: str) -> Json:
        """Over the door's newest version: it may have moved since it was fetched; the door judges the act itself."""
        left = TRIES
        while True:
            newest = self._asked("GET", address).raise_for_status().headers["ETag"]
            answer = self._asked("PUT", address, json=task, headers={"Content-Type": FHIR_JSON, "If-Match": newest})
            left -= 1
            if answer.status_code != 412 or not left:
                return dict(answer.raise_for_status().json())

    def _asked(self, method: str, address: str, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        if time.monotonic() > self._good_until:
            self._log_in()
        return self._http.request(method, address, headers=headers, **body)

    def _log_in(self) -> None:
        """SMART Backend Services."""
        claims = {"iss": self._client_id, "sub": self._client_id, "aud": f"{self._door}/token", "jti": str(uuid4())}
        form = {
            "grant_type": "client_credentials",
            "scope": "system/Task.rus",
            "client_assertion_type": BEARER,
            "client_assertion": self._key.sign({**claims, **issued_now(200)}),
        }
        answer = self._http.post(f"{self._door}/token", data=form).raise_for_status().json()
        self._http.headers["Authorization"] = f"Bearer {answer['access_token']}"
        self._good_until = time.monotonic() + int(answer["expires_in"]) / 2
