"""The floor under our FHIR adapter: fhir.resources (R4B) and httpx alone, saying the same to the same server.

The library reads the Task, checks it, writes it; httpx sends it with a token fetched beforehand; the library reads the
answer. A change asks for the Task first, as anybody must who names the version it read.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.task import Task


class BareR4B:
    """One server, one token."""

    def __init__(self, address: str, authorization: str) -> None:
        headers = {"Authorization": authorization, "Accept": "application/fhir+json"}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=30, trust_env=False)

    def create(self, task: dict[str, Any]) -> None:
        body = Task.model_validate(task).model_dump_json()
        written = {"Content-Type": "application/fhir+json", "If-None-Match": "*"}
        answer = self._http.put(f"Task/{task['id']}", content=body, headers=written)
        assert answer.status_code == 201, "the peer took it"
        Task.model_validate_json(answer.content)

    def change(self, identifier: str, text: str) -> None:
        found = Bundle.model_validate_json(self._http.get("Task", params={"identifier": identifier}).content)
        task = json.loads(found.entry[0].resource.model_dump_json())
        body = Task.model_validate(task | {"description": text}).model_dump_json()
        written = {"Content-Type": "application/fhir+json", "If-Match": f'W/"{task["meta"]["versionId"]}"'}
        answer = self._http.put(f"Task/{task['id']}", content=body, headers=written)
        assert answer.status_code == 200, "the peer took it"
        Task.model_validate_json(answer.content)

    def close(self) -> None:
        self._http.close()
