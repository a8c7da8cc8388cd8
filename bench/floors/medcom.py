"""The floor under our MedCom adapter: fhir.resources builds the very same message, writes it, and httpx posts it."""

from __future__ import annotations

import copy
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from fhir.resources.R4B.bundle import Bundle

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


class BareFhir:
    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=address, timeout=30, trust_env=False)

    def say(self, message: Mapping[str, Any]) -> None:
        content = Bundle.model_validate(copy.deepcopy(dict(message))).model_dump_json()
        answer = self._http.post("/messages", content=content, headers={"Content-Type": "application/fhir+json"})
        assert answer.status_code == 202, "the access point took it"

    def close(self) -> None:
        self._http.close()
