"""A FHIR server of few words with its token server, that can be given any trouble: a care system or a practice's.

*Careful*: it keeps our ids, heeds ``If-None-Match`` and shows at once what it has. *Careless*: it makes its own ids,
overlooks every condition, and its index shows a resource only ``lag`` seconds later. Both keep a journal of creations,
by which a test judges.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from tests.support.peers.scripted_peer import Asked, Reply, ScriptedPeer

Json = dict[str, Any]
FHIR = {"Content-Type": "application/fhir+json"}
WRITES, READS, LOGIN = "writes", "reads", "login"


@dataclass(frozen=True)
class Trouble:
    """What meets the calls of one kind (``writes``, ``reads``, ``login``): an answer, or None for a line that is cut.
    ``effect``: the write takes effect all the same."""

    kind: str
    answer: Reply | None
    effect: bool = False


Strikes = Callable[[str], Trouble | None]


@dataclass
class SmallFhir:
    """``strikes`` is asked at every call; ``struck`` counts what it said."""

    peer: ScriptedPeer
    careful: bool = False
    lag: float = 0.0
    strikes: Strikes = field(default=lambda _: None)
    struck: int = 0
    created: Counter[str] = field(default_factory=Counter)  # "Kind value of the first identifier" → how often

    def __post_init__(self) -> None:
        self._held: dict[tuple[str, str], tuple[Json, float]] = {}
        self._lock = threading.Lock()
        self.peer.script = self.answer

    @property
    def base(self) -> str:
        return f"{self.peer.url}/fhir"

    def count(self, kind: str) -> list[int]:
        """How often each resource of that type was created."""
        with self._lock:
            return [often for name, often in self.created.items() if name.startswith(f"{kind} ")]

    def answer(self, asked: Asked) -> Reply:
        if asked.path.endswith("smart-configuration"):
            return Reply.json({"issuer": self.peer.url, "token_endpoint": f"{self.peer.url}/token"})
        kind = _kind_of(asked)
        trouble = self.strikes(kind)
        if trouble is None or trouble.kind != kind:
            return self._usual(asked)
        self.struck += 1
        if trouble.effect:
            self._usual(asked)
        return trouble.answer or Reply(raw=iter(()))

    def _usual(self, asked: Asked) -> Reply:
        path = urlsplit(asked.path)
        if path.path == "/token":
            return Reply.json({"access_token": "t", "token_type": "bearer", "expires_in": 300})
        steps = path.path.removeprefix("/fhir/").split("/")
        if steps == ["metadata"]:
            return _said(200, self._statement())
        if asked.method in ("GET", "POST") and (len(steps) == 1 or steps[-1] == "_search") and not _creates(asked):
            return self._search(steps[0], path.query or asked.body.decode())
        return self._read(steps) if asked.method == "GET" else self._write(steps, asked)

    def _statement(self) -> Json:
        able = [{"type": kind, "updateCreate": self.careful} for kind in ("Task", "Encounter", "DocumentReference")]
        return {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": "2026-11-22",
            "kind": "instance",
            "fhirVersion": "4.0.1",
            "format": ["json"],
            "rest": [{"mode": "server", "resource": able}],
        }

    def _search(self, kind: str, query: str) -> Reply:
        wanted = parse_qs(query).get("identifier", [""])[0].rpartition("|")[2]
        now = time.monotonic()
        with self._lock:
            found = [r for (k, _), (r, at) in self._held.items() if k == kind and now - at >= self.lag]
        found = [r for r in found if any(i.get("value") == wanted for i in r.get("identifier", []))]
        entries = {"entry": [{"resource": each} for each in found]} if found else {}
        return _said(200, {"resourceType": "Bundle", "type": "searchset", **entries})

    def _read(self, steps: list[str]) -> Reply:
        with self._lock:
            held = self._held.get((steps[0], steps[1]))
        return _said(200, held[0]) if held else _said(404, _outcome("not-found"))

    def _write(self, steps: list[str], asked: Asked) -> Reply:
        resource = json.loads(asked.body)
        kind, identity = steps[0], steps[1] if len(steps) > 1 else str(uuid4())
        with self._lock:
            before = self._held.get((kind, identity))
            if before is not None and self.careful and "if-none-match" in asked.headers:
                return _said(412, _outcome("conflict"))
            version = int(before[0]["meta"]["versionId"]) + 1 if before else 1
            stored = {**resource, "id": identity, "meta": {"versionId": str(version)}}
            self._held[kind, identity] = (stored, before[1] if before else time.monotonic())
            if before is None:
                self.created[f"{kind} {resource['identifier'][0]['value']}"] += 1
        where = {"Location": f"{self.base}/{kind}/{identity}/_history/{version}", "ETag": f'W/"{version}"'}
        return Reply(200 if before else 201, json.dumps(stored).encode(), {**FHIR, **where})


def _creates(asked: Asked) -> bool:
    return asked.method == "POST" and not asked.path.endswith("/_search")


def _kind_of(asked: Asked) -> str:
    if asked.path == "/token":
        return LOGIN
    return WRITES if asked.method == "PUT" or _creates(asked) else READS


def _said(status: int, body: Json) -> Reply:
    return Reply(
        status, json.dumps(body).encode(), {**FHIR, "ETag": f'W/"{body.get("meta", {}).get("versionId", "")}"'}
    )


def _outcome(code: str) -> Json:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code}]}


def refusal(status: int, code: str) -> Reply:
    """With the OperationOutcome that says why."""
    return _said(status, _outcome(code))


def page(status: int, location: str = "") -> Reply:
    """A web page, as proxies and login forms answer."""
    where = {"Location": location} if location else {}
    return Reply(status, b"<html><body>hej</body></html>", {"Content-Type": "text/html", **where})


def half() -> Iterator[bytes]:
    """An answer that ends in the middle of its JSON, as its length says."""
    body = b'{"resourceType": "Tas'
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
