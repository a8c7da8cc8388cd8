"""What the worlds of MedCom messages share: our door served in this process, and how an access point proves itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Flask
from werkzeug.serving import make_server

from gateway.wiring import Gateway
from simulators.signing import SigningKey


class AccessPointSide:
    """``name``: of the connection whose access point calls. ``their_key``: its own."""

    name: str
    gateway: Gateway
    their_key: SigningKey

    def headers(self) -> dict[str, str]:
        """As the access point calls the door."""
        now = int(datetime.now(UTC).timestamp())
        audience = self.gateway.peers.door_address(self.name)
        claims = {"iss": "access-point", "sub": "access-point", "aud": audience, "iat": now, "exp": now + 60}
        return {"Authorization": f"Bearer {self.their_key.sign(claims)}", "Content-Type": "application/fhir+json"}

    def letters(self, subject: UUID) -> list[Any]:
        """Of a queue entry, or of a citizen's case."""
        return list(self.gateway.letters.thread(self.name, subject))


@contextmanager
def served(app: Flask, port: int) -> Iterator[None]:
    server = make_server("127.0.0.1", port, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield
    finally:
        server.shutdown()
        serving.join(30)
        server.server_close()
