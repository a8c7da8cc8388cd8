"""The product as it runs, with a connection for each kind of client; and node, where other people's programs run.

One gateway serves its web application on a socket and its MLLP listener as a process; every client is a stranger to it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.serialization import Encoding

from adapters.wire.dgws.header import Flow, header
from adapters.wire.dgws.sts import security
from adapters.wire.soap import NAMESPACES
from gateway.store.peers.connections import Stanza
from tests.support.consultations import PRACTICE
from tests.support.doors.dgws_samples import signer
from tests.support.doors.fhir_world import TORVET, FhirWorld, served
from tests.support.doors.mllp_process import CONNECTION, STANZA, mllp_process
from tests.support.doors.soap_world import CVR, ISSUER, NAME, START, card

HERE = Path(__file__).parent
WITHIN = 120  # seconds for a whole client


@dataclass
class Product:
    """``mllp`` is the listener's port, ``address`` the web application's."""

    fhir: FhirWorld
    folder: Path
    mllp: int = 0

    @property
    def gateway(self) -> Any:
        return self.fhir.gateway

    @property
    def address(self) -> str:
        return str(self.gateway.settings.public_url)

    def connect(self, name: str, kind: str, adapter: str, stanza: dict[str, Any]) -> None:
        self.gateway.connections.apply(Stanza(name, kind, adapter, None, stanza), "t", "t", datetime.now(UTC))

    def entries(self, connection: str, count: int = 2) -> list[UUID]:
        return [self.fhir.entry(PRACTICE, connection) for _ in range(count)]


@contextmanager
def product(folder: Path, template: Path) -> Iterator[Product]:
    with served(folder, template) as fhir:
        made = Product(fhir, folder)
        certificates = folder / "callers.pem"
        certificates.write_bytes(signer("GPSYS", START).certificate.public_bytes(Encoding.PEM))
        callers = {"caller_issuer": ISSUER, "caller_id": CVR, "caller_certificates": f"file:{certificates}"}
        made.connect(NAME, "gp_system", "soap", callers)
        made.connect(CONNECTION, "gp_system", "hl7v2", {**STANZA, "charset": "8859/1"})
        fhir.gateway.practices.set_routes(PRACTICE, [TORVET, NAME, CONNECTION])
        with mllp_process(made) as (_, port):
            made.mllp = port
            yield made


def soap_headers() -> str:
    """wsse:Security with a signed card, and medcom:Header, as text that stands alone."""
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    both = (security(card(), datetime.now(UTC)) + header(Flow(uuid4(), uuid4()))).decode()
    for start in ("<wsse:Security", "<medcom:Header"):
        both = both.replace(start, start + declared, 1)
    return both


def node(script: str, asked: Any) -> Any:
    """What the script printed, as JSON."""
    done = subprocess.run(
        command(script), input=json.dumps(asked), capture_output=True, text=True, cwd=HERE, timeout=WITHIN, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def command(script: str) -> Sequence[str]:
    assert (HERE / "node_modules").is_dir(), "the clients are not installed: make clients"
    return [str(Path(sys.executable).with_name("node")), str(HERE / script)]


class Talking:
    """A node program that answers one line with one line."""

    def __init__(self, script: str, first: str = "") -> None:
        self._process = subprocess.Popen(
            command(script), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE, process_group=0
        )
        if first:
            self._say(first)

    def _say(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text)
        self._process.stdin.flush()

    def hear(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def ask(self, **asked: Any) -> Any:
        self._say(json.dumps(asked) + "\n")
        return self.hear()

    def finish_saying(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()

    def end(self) -> None:
        """With the program itself: ``node`` is a wheel's script that starts it."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(WITHIN)
