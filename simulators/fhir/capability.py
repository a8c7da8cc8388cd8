"""What each FHIR endpoint says it can do (CapabilityStatement, R4)."""

from collections.abc import Mapping

from simulators.fhir.engine import TypeRules
from simulators.fhir.outcome import Json

_INTERACTIONS = {"c": ["create"], "r": ["read", "history-instance"], "u": ["update"], "s": ["search-type"]}
_TYPES = {"identifier": "token", "status": "token", "code": "token", "_lastUpdated": "date", "_id": "token"}


def capability_statement(name: str, base: str, token_url: str, rules: Mapping[str, TypeRules]) -> Json:
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "experimental": True,
        "date": "2026-11-22",
        "kind": "instance",
        "software": {"name": name},
        "implementation": {"description": name, "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "patchFormat": ["application/json-patch+json"],
        "rest": [
            {
                "mode": "server",
                "security": _security(token_url),
                "resource": [_resource(kind, each) for kind, each in rules.items()],
            }
        ],
    }


def _security(token_url: str) -> Json:
    return {
        "service": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                        "code": "SMART-on-FHIR",
                    }
                ]
            }
        ],
        "extension": [
            {
                "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
                "extension": [{"url": "token", "valueUri": token_url}],
            }
        ],
    }


def _resource(kind: str, rules: TypeRules) -> Json:
    letters = [letter for letter in rules.letters if letter in _INTERACTIONS]
    verbs = [verb for letter in letters for verb in _INTERACTIONS[letter]]
    names = ["_id", "_lastUpdated", *(name for name in rules.matchers if ":" not in name)]
    return {
        "type": kind,
        "interaction": [{"code": verb} for verb in [*verbs, *(["patch"] if rules.needs_if_match else [])]],
        "versioning": "versioned-update" if rules.needs_if_match else "versioned",
        "readHistory": False,
        "updateCreate": "u" in rules.letters,
        "conditionalCreate": "c" in rules.letters,
        "searchParam": [{"name": name, "type": _TYPES.get(name, "reference")} for name in names],
    }
