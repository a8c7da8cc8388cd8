"""A FHIR server with a login, of few words, in which one answer can be another: what trials of a connection meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.peers.scripted_peer import Asked, Reply, Script

CONFIGURATION, TOKEN, METADATA = "/.well-known/smart-configuration", "/token", "/metadata"
PATIENT = "/Patient/_search"


def _resource(kind: str) -> dict[str, Any]:
    names = [{"name": name, "type": "token"} for name in ("_id", "identifier")]
    return {"type": kind, "interaction": [{"code": "create"}, {"code": "read"}], "searchParam": names}


def statement(**more: Any) -> dict[str, Any]:
    kinds = ("Patient", "DocumentReference", "Task")
    basis = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "resource": [_resource(kind) for kind in kinds]}],
    }
    return {**basis, **more}


def unsearchable() -> dict[str, Any]:
    found = statement()
    for each in found["rest"][0]["resource"]:
        each["searchParam"] = [{"name": "_id", "type": "token"}]
    return found


def fhir(base: str, **instead: Reply) -> Script:
    """``instead``: by the last word of the path (``token``, ``metadata`` …) what is said there."""
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    token = {"access_token": "opens", "token_type": "Bearer", "expires_in": 300}
    said: Mapping[str, Any] = {
        CONFIGURATION: {"token_endpoint": f"{base}{TOKEN}", "capabilities": [], "issuer": base},
        TOKEN: token,
        METADATA: statement(),
        PATIENT: bundle,
    }

    def script(asked: Asked) -> Reply:
        path = asked.path.partition("?")[0].removeprefix("/fhir")
        other = instead.get(path.rpartition("/")[2].replace("-", "_"))
        if other is not None:
            return other
        return Reply.json(said[path]) if path in said else Reply.json({}, 404)

    return script
