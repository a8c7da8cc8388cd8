"""The code systems of the queue's Task mapping, and reading and writing the parts of a Task by code."""

from typing import Any

Json = dict[str, Any]
BASE = "https://laegebro.dk/fhir/CodeSystem"
TASK_CODE_SYSTEM = f"{BASE}/task"
TASK_CODE = "video-consultation-queue"
INPUT_SYSTEM = f"{BASE}/task-input"
OUTPUT_SYSTEM = f"{BASE}/task-output"
BUSINESS_SYSTEM = f"{BASE}/business-status"
REASON_SYSTEM = f"{BASE}/reject-reason"
YDERNUMMER_SYSTEM = "urn:oid:1.2.208.176.1.4"

REJECTED = "Afvist videokonsultation"
REJECT_REASONS = {
    "not-our-patient": "Ikke vores patient",
    "no-agreement": "Der er ingen aftale",
    "by-phone": "Tages på telefon",
    "other-way": "Løses på anden måde",
    "not-today": "Ikke i dag",
    "urgent": "Akut: ring 112 eller lægevagt",
    "other": "Andet",
}


def concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def code_in(element: Json | None, system: str) -> str:
    """The code of one system in a CodeableConcept, or nothing."""
    codings = (element or {}).get("coding", [])
    return next((str(each.get("code", "")) for each in codings if each.get("system") == system), "")


def value_of(task: Json, list_name: str, code: str) -> str:
    """The value of an input or output by its code, whatever its type."""
    system = INPUT_SYSTEM if list_name == "input" else OUTPUT_SYSTEM
    for each in task.get(list_name, []):
        if code_in(each.get("type"), system) == code:
            return next((str(value) for name, value in each.items() if name.startswith("value")), "")
    return ""


def output(code: str, value: str) -> Json:
    return {"type": concept(OUTPUT_SYSTEM, code), "valueString": value}


def business_status(task: Json) -> str:
    return code_in(task.get("businessStatus"), BUSINESS_SYSTEM)


def owner_of(task: Json) -> str:
    """The ydernummer the Task is addressed to."""
    identifier = task.get("owner", {}).get("identifier", {})
    return str(identifier.get("value", "")) if identifier.get("system") == YDERNUMMER_SYSTEM else ""


def contained(task: Json, kind: str) -> Json:
    return next((each for each in task.get("contained", []) if each.get("resourceType") == kind), {})
