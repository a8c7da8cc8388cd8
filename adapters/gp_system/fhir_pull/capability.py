"""What our FHIR door says of itself: a CapabilityStatement (R4 §5.1) and the SMART configuration, true to the code."""

from __future__ import annotations

from adapters.gp_system.fhir_pull.search import PARAMETERS
from adapters.wire.jose import ALGORITHMS
from adapters.wire.task.words import BASE, Json

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport"
TOPIC = f"{BASE}/SubscriptionTopic/video-queue"
SCOPES = ("system/Task.rus", "system/Subscription.cruds")
DATE = "2026-11-29"
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


def token_address(base: str) -> str:
    return f"{base}/token"


def capability_statement(base: str) -> Json:
    return {
        "resourceType": "CapabilityStatement",
        "id": "laegebro",
        "url": f"{BASE}/CapabilityStatement/practice-queue",
        "version": "1",
        "name": "LaegebroPracticeQueue",
        "title": "Lægebro: the video queue for practice systems that fetch it",
        "status": "active",
        "date": DATE,
        "publisher": "Lægebro",
        "description": "Task: read, search and update the practice's own entries. Subscription: R4 backport, ids only.",
        "kind": "instance",
        "software": {"name": "Lægebro", "version": "1"},
        "implementation": {"description": "Lægebro", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
        "implementationGuide": [f"{BACKPORT}/ImplementationGuide/hl7.fhir.uv.subscriptions-backport"],
        "rest": [{"mode": "server", "security": _security(base), "resource": [_task(), _subscription()]}],
    }


def _security(base: str) -> Json:
    system = "http://terminology.hl7.org/CodeSystem/restful-security-service"
    return {
        "extension": [_oauth_uris(base)],
        "service": [{"coding": [{"system": system, "code": "SMART-on-FHIR"}]}],
        "description": f"SMART Backend Services: private_key_jwt ({', '.join(ALGORITHMS)}), keys agreed beforehand.",
    }


def _oauth_uris(base: str) -> Json:
    """Where SMART App Launch 1.0 (§5.1) put the addresses; both are required there. ``authorize`` refuses everybody."""
    addresses = {"authorize": f"{base}/authorize", "token": token_address(base)}
    return {"url": OAUTH_URIS, "extension": [{"url": each, "valueUri": at} for each, at in addresses.items()]}


def _task() -> Json:
    return {
        "type": "Task",
        "interaction": [{"code": "read"}, {"code": "update"}, {"code": "search-type"}],
        "versioning": "versioned-update",
        "readHistory": False,
        "updateCreate": False,
        "conditionalCreate": False,
        "searchParam": [{"name": name, "type": kind} for name, kind in PARAMETERS.items()],
    }


def _subscription() -> Json:
    topic = f"{BACKPORT}/StructureDefinition/capabilitystatement-subscriptiontopic-canonical"
    return {
        "extension": [{"url": topic, "valueCanonical": TOPIC}],
        "type": "Subscription",
        "supportedProfile": [f"{BACKPORT}/StructureDefinition/backport-subscription"],
        "interaction": [{"code": each} for each in ("create", "read", "update", "delete", "search-type")],
        "versioning": "versioned-update",
        "readHistory": False,
        "updateCreate": False,
        "conditionalCreate": False,
        "operation": [
            {"name": name, "definition": f"{BACKPORT}/OperationDefinition/backport-subscription-{name}"}
            for name in ("status", "events")
        ],
    }


def smart_configuration(base: str) -> Json:
    """SMART App Launch 2.x, conformance: what a Backend Services client looks for."""
    return {
        "token_endpoint": token_address(base),
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "scopes_supported": list(SCOPES),
        "capabilities": ["client-confidential-asymmetric", "permission-v2"],
    }
