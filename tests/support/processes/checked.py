"""An installation for ``laegebro check``: everything it asks for is there and well, until a test spoils one thing."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.cli.applying import Applier
from gateway.cli.checking.command import Part, of_gateway
from gateway.cli.checking.finding import Finding
from gateway.cli.document import read
from gateway.settings import Settings
from gateway.wiring import Gateway
from simulators.demo.setup import REGISTER
from tests.support.clinic_world import settings_in

HOUSE = """
[[tenant]]
name = "Fjordby Kommune"
cvr = "99110007"
type = "municipality"
synthetic = true
[[clinic]]
name = "Lægerne Torvet"
ydernumre = ["034835"]
synthetic = true
[[connection]]
name = "login"
kind = "identity"
adapter = "oidc"
tenant = "99110007"
synthetic = true
[connection.settings]
issuer = "http://127.0.0.1:{port}/login"
client_id = "laegebro"
right = "start"
subject_claim = "sub"
[[connection]]
name = "login-clinic"
kind = "identity"
adapter = "oidc"
clinic = "Lægerne Torvet"
synthetic = true
[connection.settings]
issuer = "http://127.0.0.1:{port}/login"
client_id = "laegebro"
right = "clinic"
subject_claim = "sub"
[[connection]]
name = "waiting-room"
kind = "gp_system"
adapter = "browser"
synthetic = true
[[practice]]
ydernummer = "034835"
routes = ["waiting-room"]
synthetic = true
"""


@dataclass
class Public:
    """The proxy with everything behind it, and a login server. ``answers`` overrules what an address gives:
    (status, document). ``keeps_back``: events arrive all at once."""

    port: int = 0
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    keeps_back: bool = False

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def public_side() -> Iterator[Public]:
    said = Public()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/live/flow":
                self._flow()
                return
            status, document = said.answers.get(self.path, (404, {}))
            self._begin(status)
            self.wfile.write(json.dumps(document).encode())

        def _flow(self) -> None:
            self._begin(200)
            if said.keeps_back:
                time.sleep(1.0)
            self.wfile.write(b"data: 1\n\n")
            if not said.keeps_back:
                time.sleep(1.0)
            self.wfile.write(b"data: 2\n\n")

        def _begin(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing of it is for anybody."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    said.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield said
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Installation:
    """``settings`` may be replaced before ``faults`` are asked for."""

    folder: Path
    settings: Settings
    public: Public
    gateway: Gateway

    def set(self, **values: Any) -> None:
        self.settings = self.settings.model_copy(update=values)

    def apply(self, document: str) -> None:
        file = self.folder / "connections.toml"
        file.write_text(document, encoding="utf-8")
        Applier(self.gateway, "test", "test").apply(read(file))

    def faults(self, *parts: Part) -> dict[str, str]:
        return {each.what: each.fault for each in self.findings(*parts) if each.fault}

    def findings(self, *parts: Part) -> list[Finding]:
        opened = Gateway(self.settings).to_read()
        found = list(of_gateway(opened, parts))
        opened.engine.dispose()
        return found


def installation(folder: Path, database_url: str, redis_url: str, public: Public, media_url: str) -> Installation:
    """Applied, with a register of today, a relay and a worker that were heard of just now, and all addresses served."""
    urls = {"public_url": public.address, "live_url": public.address, "media_url": media_url}
    settings = settings_in(folder, database_url, redis_url, **urls)
    for file in folder.iterdir():
        file.chmod(0o600)
    hook = f"{public.address}/hook"
    settings = settings.model_copy(update={"alarm_webhooks": hook, "yderregister_days": 20_000})
    gateway = Gateway(settings)
    made = Installation(folder, settings, public, gateway)
    made.apply(HOUSE.format(port=public.port))
    gateway.providers.import_file(REGISTER, "test", datetime.now(UTC))
    for process in ("relay", "worker"):
        gateway.alarms.beat(process, "here")
    public.answers = {
        "/.well-known/jwks.json": (200, gateway.peers.jwks()),
        "/health": (200, {"status": "up"}),
        "/health/ready": (200, {"status": "ready"}),
        "/live/health": (200, {"status": "up"}),
        "/login/.well-known/openid-configuration": (200, _discovery(f"{public.address}/login")),
    }
    return made


def _discovery(issuer: str) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0 §3."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
    }


def certificate(starts_in: timedelta, ends_in: timedelta) -> bytes:
    """A self-signed one in PEM, by when it is in force from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([]), datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now + starts_in).not_valid_after(now + ends_in)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
