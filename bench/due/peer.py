"""A care system and a practice system in one, as small as they can be, so that a bench measures us and not them.

    python -m bench.due.peer PORT JOURNAL [--drip SECONDS]

FHIR R4 as our adapters ask for it: creates by ``If-None-Match: *``, search by identifier, no login worth the name.
Each effect is a line of the journal as it happens: seconds since the epoch, type, identifier. ``--drip``: every answer
to a write takes so long, one byte at a time.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

Json = dict[str, Any]
TYPES = ("Task", "Encounter", "DocumentReference", "Subscription")
FHIR = "application/fhir+json"


class Peer:
    """Resources in memory; the journal is the truth of what took effect."""

    def __init__(self, base: str, journal: Path, drip: float) -> None:
        self.base = base
        self.drip = drip
        self.held: dict[str, Json] = {}
        self.by_identifier: dict[str, Json] = {}
        self.journal = journal.open("a", encoding="utf-8", buffering=1)

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/fhir/.well-known/smart-configuration", self.configuration)
        app.router.add_post("/token", self.token)
        app.router.add_get("/fhir/metadata", self.metadata)
        for kind in TYPES:
            app.router.add_post(f"/fhir/{kind}/_search", self.search)
            app.router.add_get(f"/fhir/{kind}", self.search)
            app.router.add_put(f"/fhir/{kind}/{{id}}", self.put)
            app.router.add_get(f"/fhir/{kind}/{{id}}", self.read)
        return app

    async def configuration(self, _: web.Request) -> web.Response:
        said = {
            "token_endpoint": f"{self.base}/token",
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["ES384"],
            "grant_types_supported": ["client_credentials"],
        }
        return web.json_response(said)

    async def token(self, request: web.Request) -> web.Response:
        scope = str((await request.post()).get("scope", ""))
        token = {"access_token": "bench", "token_type": "bearer", "expires_in": 3600, "scope": scope}
        return web.json_response(token, headers={"Cache-Control": "no-store"})

    async def metadata(self, _: web.Request) -> web.Response:
        verbs = [{"code": code} for code in ("create", "read", "update", "search-type")]
        found = [{"name": "identifier", "type": "token"}, {"name": "_lastUpdated", "type": "date"}]
        resource = [
            {"type": kind, "interaction": verbs, "updateCreate": True, "conditionalCreate": True, "searchParam": found}
            for kind in TYPES
        ]
        statement = {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": "2026-11-22",
            "kind": "instance",
            "implementation": {"description": "bench", "url": f"{self.base}/fhir"},
            "fhirVersion": "4.0.1",
            "format": ["json"],
            "rest": [{"mode": "server", "resource": resource}],
        }
        return web.json_response(statement, content_type=FHIR)

    async def put(self, request: web.Request) -> web.StreamResponse:
        resource: Json = json.loads(await request.read())
        key = f"{resource['resourceType']}/{resource['id']}"
        if key in self.held and request.headers.get("If-None-Match") == "*":
            return web.json_response(self.held[key], status=412, content_type=FHIR)
        if self.drip:
            return await self._dripping(request)
        status = 200 if key in self.held else 201
        version = int(self.held[key]["meta"]["versionId"]) + 1 if key in self.held else 1
        resource["meta"] = {
            **resource.get("meta", {}), "versionId": str(version), "lastUpdated": datetime.now(UTC).isoformat()
        }  # fmt: skip
        self.held[key] = resource
        names = [f"{each.get('system', '')}|{each.get('value', '')}" for each in resource.get("identifier", [])]
        for name in names:
            self.by_identifier[f"{resource['resourceType']} {name}"] = resource
        if status == 201:
            self.journal.write(f"{time.time():.6f} {resource['resourceType']} {resource['id']} {','.join(names)}\n")
        headers = {"ETag": f'W/"{version}"', "Location": f"{self.base}/fhir/{key}/_history/{version}"}
        return web.json_response(resource, status=status, content_type=FHIR, headers=headers)

    async def _dripping(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(status=503, headers={"Content-Type": FHIR})
        answer.content_length = 100
        await answer.prepare(request)
        for _ in range(100):
            await asyncio.sleep(self.drip / 100)
            await answer.write(b" ")
        return answer

    async def read(self, request: web.Request) -> web.Response:
        found = self.held.get(request.path.removeprefix("/fhir/"))
        if found is None:
            return web.json_response({"resourceType": "OperationOutcome", "issue": []}, status=404, content_type=FHIR)
        return web.json_response(found, content_type=FHIR, headers={"ETag": f'W/"{found["meta"]["versionId"]}"'})

    async def search(self, request: web.Request) -> web.Response:
        kind = request.path.split("/")[2]
        fields = dict(request.query) | {name: str(value) for name, value in (await request.post()).items()}
        found = self.by_identifier.get(f"{kind} {fields.get('identifier', '')}")
        entries = [] if found is None else [{"fullUrl": f"{self.base}/fhir/{kind}/{found['id']}", "resource": found}]
        bundle: Json = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
        bundle |= {"entry": [{**each, "search": {"mode": "match"}} for each in entries]} if entries else {}
        return web.json_response(bundle, content_type=FHIR)


def main() -> None:
    port, journal = int(sys.argv[1]), Path(sys.argv[2])
    drip = float(sys.argv[4]) if "--drip" in sys.argv else 0.0
    peer = Peer(f"http://127.0.0.1:{port}", journal, drip)
    web.run_app(peer.application(), host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main()
