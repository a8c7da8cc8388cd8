"""Brings messages to the other side's access point, each until it is taken; signs every call with this side's key."""

import queue
import threading
import time
from typing import Any

import httpx

from simulators import wire
from simulators.signing import SigningKey, issued_now

Json = dict[str, Any]
GIVEN_UP = 30.0


class Outbox:
    """`answers`: the status of each message brought, newest last."""

    def __init__(self, address: str | None, key: SigningKey, client_id: str) -> None:
        self._address = address
        self._key = key
        self._client_id = client_id
        self._waiting: queue.Queue[Json] = queue.Queue()
        self.answers: list[int] = []
        threading.Thread(target=self._run, name="outbox", daemon=True).start()

    def turn_to(self, address: str) -> None:
        """From now on messages are brought there."""
        self._address = address

    def send(self, message: Json, delay: float) -> None:
        if delay:
            threading.Timer(delay, self._waiting.put, (message,)).start()
        else:
            self._waiting.put(message)

    def _run(self) -> None:
        pause = threading.Event()
        with wire.client(10.0) as http:
            while True:
                message = self._waiting.get()
                ends = time.monotonic() + GIVEN_UP
                while self._address and not self._brought(http, message) and time.monotonic() < ends:
                    pause.wait(0.2)

    def _brought(self, http: httpx.Client, message: Json) -> bool:
        claims = {"iss": self._client_id, "sub": self._client_id, "aud": self._address, **issued_now(60)}
        headers = {"Authorization": f"Bearer {self._key.sign(claims)}", "Content-Type": "application/fhir+json"}
        try:
            status = http.post(str(self._address), json=message, headers=headers).status_code
        except httpx.HTTPError:
            return False
        self.answers.append(status)
        return status < 500
