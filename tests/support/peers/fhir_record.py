"""A care system's FHIR endpoint on a scripted peer, small enough to be told what stands in it and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from adapters.wire.fhir import identifiers_of
from tests.support.peers.scripted_peer import Asked, Reply, ScriptedPeer

Json = dict[str, Any]
FHIR = {"Content-Type": "application/fhir+json"}


@dataclass
class FhirRecord:
    """``types``: those of the CapabilityStatement, with their interactions ([] = told without any). ``before_update``
    runs once before the next update is judged, as somebody else who was faster; ``status`` answers every write."""

    peer: ScriptedPeer
    types: dict[str, list[str]]
    stored: dict[str, Json] = field(default_factory=dict)
    before_update: Callable[[], None] | None = None
    status: int = 0
    scopes: list[str] = field(default_factory=list)
    statement_is_public: bool = True

    def __post_init__(self) -> None:
        self.peer.script = self.answer

    def put(self, resource: Json) -> None:
        reference = f"{resource['resourceType']}/{resource['id']}"
        version = int(self.stored.get(reference, {}).get("meta", {}).get("versionId", 0)) + 1
        meta = {**resource.get("meta", {}), "versionId": str(version), "lastUpdated": "2026-11-24T09:00:00Z"}
        self.stored[reference] = {**resource, "meta": meta}

    def of(self, kind: str) -> list[Json]:
        return [each for each in self.stored.values() if each["resourceType"] == kind]

    def answer(self, asked: Asked) -> Reply:
        if asked.path.endswith("smart-configuration"):
            return Reply.json({"issuer": self.peer.url, "token_endpoint": f"{self.peer.url}/token"})
        if asked.path == "/token":
            self.scopes += parse_qs(asked.body.decode())["scope"]
            return Reply.json({"access_token": "t", "token_type": "bearer", "expires_in": 300})
        if asked.path == "/fhir/metadata" and self.statement_is_public:
            return self._said(self._statement())
        if asked.headers.get("authorization") != "Bearer t":
            return Reply(401)
        return self._said(self._statement()) if asked.path == "/fhir/metadata" else self._resource(asked)

    def _resource(self, asked: Asked) -> Reply:
        reference = asked.path.removeprefix("/fhir/")
        if reference.endswith("/_search"):
            return self._search(reference.partition("/")[0], asked)
        if asked.method == "GET":
            found = self.stored.get(reference)
            return self._said(found) if found else Reply(404)
        return Reply(self.status) if self.status else self._put(reference, asked)

    def _put(self, reference: str, asked: Asked) -> Reply:
        if self.before_update is not None and reference in self.stored:
            faster, self.before_update = self.before_update, None
            faster()
        before = self.stored.get(reference)
        wanted = asked.headers.get("if-match", "")
        stale = before is not None and wanted and wanted != f'W/"{before["meta"]["versionId"]}"'
        if stale or (before is not None and asked.headers.get("if-none-match") == "*"):
            return Reply(412)
        self.put(json.loads(asked.body))
        return self._said(self.stored[reference], 200 if before else 201)

    def _search(self, kind: str, asked: Asked) -> Reply:
        words = parse_qs(asked.body.decode())
        value = words["identifier"][0].rpartition("|")[2]
        found = [each for each in self.of(kind) if any(one["value"] == value for one in identifiers_of(each))]
        whose = words.get("patient", [""])[0]
        entries = [{"resource": e} for e in found if not whose or e["subject"]["reference"] == whose]
        bundle = {"resourceType": "Bundle", "type": "searchset"}
        return self._said({**bundle, **({"entry": entries} if entries else {})})

    def _statement(self) -> Json:
        told = [
            {
                "type": kind,
                "updateCreate": True,
                **({"interaction": [{"code": code} for code in codes]} if codes else {}),
            }
            for kind, codes in self.types.items()
        ]
        basis = {"resourceType": "CapabilityStatement", "status": "active", "date": "2026-11-22", "kind": "instance"}
        rest = [{"mode": "server", "resource": told}]
        return {**basis, "fhirVersion": "4.0.1", "format": ["json"], "rest": rest}

    @staticmethod
    def _said(resource: Json, status: int = 200) -> Reply:
        return Reply(status, json.dumps(resource).encode(), FHIR)
